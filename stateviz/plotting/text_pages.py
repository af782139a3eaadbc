"""Pages of text and pictures, set from top to bottom, as a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.plotting import style
from stateviz.plotting.typefaces import wrap

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0
"""Of a page, A4, in points."""
ROOM = WIDTH - 2 * MARGIN
LEADING = 1.38
NUMBER = 8.0


@contextmanager
def text_pages(path: Path, title: str) -> Iterator[TextPages]:
    """Pages to be filled, which are written in the end; equal ones give equal bytes."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    facts = {"Title": title, "CreationDate": None, "Creator": "stateviz", "Producer": None}
    with matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(path, metadata=facts) as file:
        pages = TextPages(file)
        yield pages
        pages.end()


class TextPages:
    """Pages that are filled from top to bottom; ``file`` is a PdfPages."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.number = 0
        self.figure: Any = None
        self.down = 0.0
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        from matplotlib.figure import Figure

        self.end()
        self.number += 1
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor="white")
        self.down = MARGIN

    def end(self) -> None:
        """Write the page, with its number at the foot."""
        if self.figure is not None:
            self.put(WIDTH / 2, HEIGHT - 28, str(self.number), NUMBER, ha="center", color=style.MUTED)
            self.file.savefig(self.figure)

    def need(self, room: float) -> None:
        """Begin a page where this one has less room."""
        if self.down + room > HEIGHT - MARGIN and self.down > MARGIN:
            self.turn()

    def put(self, across: float, baseline: float, text: str, size: float, **options: Any) -> None:
        """Text at a place, measured from the top left."""
        place = (across / WIDTH, 1 - baseline / HEIGHT)
        style.write_text(self.figure, *place, text, fontsize=size, va="baseline", **options)

    def words(self, text: str, size: float, above: float = 4.0, *, bold: bool = False, **more: Any) -> None:
        """A paragraph."""
        indent = more.pop("indent", 0.0)
        # Bold type is wider than what is measured.
        lines = wrap(text, (ROOM - indent) / (1.12 if bold else 1.0), size).split("\n")
        step = size * LEADING
        self.need(above + step * min(len(lines), 2) + (70 if bold else 0))  # a heading stays with what it is of
        self.down += above if self.down > MARGIN else 0
        for line in lines:
            self.need(step)
            self.down += step
            self.put(MARGIN + indent, self.down, line, size, fontweight="bold" if bold else "normal", **more)

    @staticmethod
    def fitted(width: float, height: float) -> tuple[float, float]:
        """A picture's size, made smaller where it is larger than a page."""
        scale = min(1.0, ROOM / width, (HEIGHT - 2 * MARGIN - 70) / height)
        return width * scale, height * scale

    def picture(self, pixels: NDArray[np.uint8], width: float, height: float) -> None:
        """A picture, no larger than a page."""
        width, height = self.fitted(width, height)
        self.need(height + 10)
        top = self.down + 8
        box = (MARGIN / WIDTH, 1 - (top + height) / HEIGHT, width / WIDTH, height / HEIGHT)
        axes = self.figure.add_axes(box)
        axes.set_axis_off()
        axes.imshow(pixels, interpolation="none", aspect="auto")
        self.down = top + height
