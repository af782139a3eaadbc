"""Outlines as SVG writes them."""

from __future__ import annotations


def path_box(path: str) -> tuple[float, float, float, float] | None:
    """The box (x0, y0, x1, y1) around the ``d`` of an SVG path; None where it is empty or no path.

    Examples
    --------
    >>> path_box("M0 5h10v20z")
    (0.0, 5.0, 10.0, 25.0)
    """
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.svgLib.path import parse_path

    pen = BoundsPen(None)
    try:
        parse_path(path, pen)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError, AssertionError):
        return None
    return pen.bounds  # type: ignore[no-any-return]
