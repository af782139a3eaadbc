"""Figures that go straight to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_and_close(picture: Any, path: str | Path) -> Path:
    """Write a matplotlib Figure, or the figure of Axes, and let pyplot forget it.

    Parameters
    ----------
    picture : Figure or Axes
    path
        Ends with .png, .svg or .pdf.

    Raises
    ------
    StatevizError
        As ``save_figure``.
    """
    from matplotlib import pyplot

    from stateviz.plotting.figures import save_figure

    figure = picture.get_figure(root=True) if hasattr(picture, "imshow") else picture
    try:
        return save_figure(figure, path)
    finally:
        pyplot.close(figure)
