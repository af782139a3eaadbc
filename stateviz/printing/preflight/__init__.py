"""Preflight: what a print shop would say of a file."""

from stateviz.printing.preflight.run import preflight

__all__ = ["preflight"]
