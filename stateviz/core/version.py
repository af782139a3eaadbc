"""The version of the package, in a module of its own so that anything may name it in what it writes."""

__version__ = "0.1.0"
