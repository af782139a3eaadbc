"""From a grid and a medium to a sheet: the largest whole-pixel cells, captions, openings."""

from stateviz.printing.layout.run import layout

__all__ = ["layout"]
