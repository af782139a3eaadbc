"""Figures that go straight to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_and_close(picture: Any, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a matplotlib Figure, or the figure of Axes, and let pyplot forget it.

    Parameters
    ----------
    picture : Figure or Axes
    path
        Ends with .png, .svg or .pdf.
    overwrite : bool
        Replace whatever file is there; without it, only a picture of stateviz is.

    Raises
    ------
    StatevizError
        As ``save_figure``.
    """
    from matplotlib import pyplot

    from stateviz.plotting.figures import save_figure

    figure = picture.get_figure(root=True) if hasattr(picture, "imshow") else picture
    try:
        return save_figure(figure, path, overwrite=overwrite)
    finally:
        pyplot.close(figure)


def png_and_close(picture: Any, *, dpi: float) -> bytes:
    """A matplotlib Figure, or the figure of Axes, as the bytes of a PNG; pyplot forgets it.

    Examples
    --------
    >>> from stateviz.plotting import heatmap
    >>> png_and_close(heatmap([[0, 1]]), dpi=50)[1:4]
    b'PNG'
    """
    from io import BytesIO

    from matplotlib import pyplot

    figure = picture.get_figure(root=True) if hasattr(picture, "imshow") else picture
    stream = BytesIO()
    try:
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    finally:
        pyplot.close(figure)
    return stream.getvalue()
