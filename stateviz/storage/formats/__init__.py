"""Formats of other tools, one a file."""
