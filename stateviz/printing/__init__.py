"""From a grid to a thing: media in millimetres, whole-pixel layouts, and what they say of themselves."""

from stateviz.printing.layouts import TIMES, layout
from stateviz.printing.lengths import parse_length
from stateviz.printing.media import MEDIA, resolve_medium
from stateviz.printing.plans import describe

__all__ = ["MEDIA", "TIMES", "describe", "layout", "parse_length", "resolve_medium"]
