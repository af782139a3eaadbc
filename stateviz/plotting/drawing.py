"""Drawing: boxes, lines, pictures and words in pixels, as a figure of matplotlib or as the frame of a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.plotting import style
from stateviz.plotting.typefaces import MONO, SANS, typeface

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Color = (35, 39, 47)
MUTED: Color = (95, 101, 112)
HAIRLINE: Color = (201, 205, 211)
ACCENT: Color = (201, 69, 0)
"""What is looked at: the step that runs, the phrase."""


@dataclass(frozen=True)
class _Word:
    x: float
    y: float
    text: str
    size: float
    color: Color
    side: str
    mono: bool
    bold: bool


@dataclass
class Drawing:
    """What stands in a picture, in pixels from the top left; what came later lies above.

    Parameters
    ----------
    width, height
        Of the picture.

    Examples
    --------
    >>> drawing = Drawing(40, 20)
    >>> drawing.box(0, 0, 10, 20, (255, 0, 0))
    >>> drawing.frame()[5, [5, 20]].tolist()
    [[255, 0, 0], [255, 255, 255]]
    """

    width: int
    height: int
    boxes: list[tuple[float, float, float, float, Color]] = field(default_factory=list)
    lines: list[tuple[float, float, float, float, Color, float]] = field(default_factory=list)
    pictures: list[tuple[float, float, float, float, NDArray[np.uint8]]] = field(default_factory=list)
    words: list[_Word] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        """A filled rectangle."""
        self.boxes.append((x, y, width, height, color))

    def outline(self, x: float, y: float, width: float, height: float, color: Color, thick: float = 1.5) -> None:
        """A rectangle that is not filled."""
        right, low = x + width, y + height
        for ends in ((x, y, right, y), (right, y, right, low), (right, low, x, low), (x, low, x, y)):
            self.line(*ends, color, thick)

    def line(self, x: float, y: float, to_x: float, to_y: float, color: Color = HAIRLINE, thick: float = 1.0) -> None:
        """A straight line."""
        self.lines.append((x, y, to_x, to_y, color, thick))

    def arrow(self, x: float, y: float, to_x: float, to_y: float, color: Color = MUTED, thick: float = 1.2) -> None:
        """A straight line with a head at its end."""
        self.line(x, y, to_x, to_y, color, thick)
        along = np.array([to_x - x, to_y - y]) / (np.hypot(to_x - x, to_y - y) or 1.0)
        across = np.array([-along[1], along[0]])
        for side in (-1, 1):
            tip = np.array([to_x, to_y]) - 7 * along + side * 3.5 * across
            self.line(to_x, to_y, float(tip[0]), float(tip[1]), color, thick)

    def picture(self, x: float, y: float, width: float, height: float, pixels: NDArray[np.uint8]) -> None:
        """Pixels of shape (rows, columns, 3), each a rectangle of one colour."""
        self.pictures.append((x, y, width, height, pixels))

    def word(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        color: Color = INK,
        side: str = "left",
        mono: bool = False,
        bold: bool = False,
    ) -> None:
        """A line of text centred on ``y``; ``side`` of it, left, center or right, stands at ``x``."""
        self.words.append(_Word(x, y, text, size, color, side, mono, bold))

    def figure(self) -> Figure:
        """The drawing in shapes, for papers."""
        from matplotlib.collections import LineCollection, PolyCollection

        figure = style.pixel_figure(self.width, self.height)
        ax = style.pixel_axes(figure, 0, 0, self.width, self.height)
        ax.set(xlim=(0, self.width), ylim=(self.height, 0), xticks=[], yticks=[], frame_on=False)
        for x, y, w, h, pixels in self.pictures:
            ax.imshow(pixels, extent=(x, x + w, y + h, y), interpolation="none", aspect="auto", zorder=1)
        ax.set(xlim=(0, self.width), ylim=(self.height, 0))
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h, _ in self.boxes]
        shades = [style.rgb(color) for *_, color in self.boxes]
        ax.add_collection(PolyCollection(corners, facecolors=shades, edgecolors="none", antialiaseds=False, zorder=2))
        ends = [[(x, y), (to_x, to_y)] for x, y, to_x, to_y, _, _ in self.lines]
        ink = [style.rgb(color) for *_, color, _ in self.lines]
        thick = [one[-1] * 72 / style.DPI for one in self.lines]
        ax.add_collection(LineCollection(ends, colors=ink, linewidths=thick, zorder=3, capstyle="round"))
        for word in self.words:
            font = {"fontfamily": MONO if word.mono else SANS, "fontweight": "bold" if word.bold else "normal"}
            size = word.size * 72 / style.DPI
            place = {"ha": word.side, "va": "center_baseline", "zorder": 4}
            style.write_text(ax, word.x, word.y, word.text, fontsize=size, color=style.rgb(word.color), **font, **place)
        return figure

    def svg(self, name: str) -> str:
        """Boxes, lines and words as an SVG to stand in a page, called ``name`` (escaped); pictures are left out."""
        parts = [f'<svg viewBox="0 0 {self.width} {self.height}" width="{self.width}" role="img"><title>{name}</title>']
        for x, y, w, h, color in self.boxes:
            parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="rgb{color}"/>')
        for x, y, to_x, to_y, color, thick in self.lines:
            ends = f'x1="{x:.4g}" y1="{y:.4g}" x2="{to_x:.4g}" y2="{to_y:.4g}"'
            parts.append(f'<line {ends} stroke="rgb{color}" stroke-width="{thick:g}" stroke-linecap="round"/>')
        anchors = {"left": "start", "center": "middle", "right": "end"}
        for word in self.words:
            face = "ui-monospace,'DejaVu Sans Mono',monospace" if word.mono else "system-ui,'DejaVu Sans',sans-serif"
            look = f'font-family="{face}" font-size="{word.size:g}"' + (' font-weight="700"' if word.bold else "")
            place = f'x="{word.x:.4g}" y="{word.y + word.size * 0.35:.4g}" text-anchor="{anchors[word.side]}"'
            parts.append(f'<text {place} {look} fill="rgb{word.color}">{escape(word.text)}</text>')
        return "\n".join([*parts, "</svg>\n"])

    def frame(self, scale: float = 1.0) -> NDArray[np.uint8]:
        """The drawing in pixels, shape (height, width, 3), drawn by Pillow: fast enough for a film."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (round(self.width * scale), round(self.height * scale)), (255, 255, 255))
        pen = ImageDraw.Draw(image)
        for x, y, w, h, pixels in self.pictures:
            size = (max(1, round(w * scale)), max(1, round(h * scale)))
            shown = Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.NEAREST)
            image.paste(shown, (round(x * scale), round(y * scale)))
        for x, y, w, h, color in self.boxes:
            left, top, right, low = (round(one * scale) for one in (x, y, x + w, y + h))
            if right > left and low > top:
                pen.rectangle((left, top, right - 1, low - 1), fill=color)
        for x, y, to_x, to_y, color, thick in self.lines:
            ends = tuple(round(one * scale) for one in (x, y, to_x, to_y))
            pen.line(ends, fill=color, width=max(1, round(thick * scale)))
        anchors = {"left": "lm", "center": "mm", "right": "rm"}
        for word in self.words:
            font, text = _font(word.text, word.size * scale, word.mono, word.bold)
            pen.text((word.x * scale, word.y * scale), text, fill=word.color, font=font, anchor=anchors[word.side])
        return np.asarray(image)


def stacked(drawings: Sequence[Drawing], columns: int) -> Drawing:
    """Several drawings on one, row by row.

    Examples
    --------
    >>> stacked([Drawing(10, 5), Drawing(10, 5), Drawing(10, 5)], 2).height
    10
    """
    width, height = max(one.width for one in drawings), max(one.height for one in drawings)
    columns = min(columns, len(drawings))
    sheet = Drawing(columns * width, -(-len(drawings) // columns) * height)
    for place, one in enumerate(drawings):
        x, y = place % columns * width, place // columns * height
        sheet.boxes += [(a + x, b + y, w, h, color) for a, b, w, h, color in one.boxes]
        sheet.lines += [(a + x, b + y, c + x, d + y, color, thick) for a, b, c, d, color, thick in one.lines]
        sheet.pictures += [(a + x, b + y, w, h, pixels) for a, b, w, h, pixels in one.pictures]
        sheet.words += [replace(word, x=word.x + x, y=word.y + y) for word in one.words]
    return sheet


def _font(text: str, size: float, mono: bool, bold: bool) -> tuple[Any, str]:
    """The font that has the letters of a text, and the text as it is drawn."""
    face = typeface([text], MONO if mono else SANS)
    return _loaded(face.families[-1], round(size * 2) / 2, bold), face.shown(text)


@lru_cache(maxsize=64)
def _loaded(family: str, size: float, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont
    from PIL import ImageFont

    return ImageFont.truetype(findfont(FontProperties(family=family, weight="bold" if bold else "normal")), size)


def mixed(stops: Sequence[Color], share: float) -> Color:
    """The colour at ``share`` of the way from the first to the last.

    Examples
    --------
    >>> mixed([(0, 0, 0), (100, 200, 50)], 0.5)
    (50, 100, 25)
    """
    place = min(1.0, max(0.0, share)) * (len(stops) - 1)
    low = min(len(stops) - 2, int(place))
    one, other = stops[low], stops[low + 1]
    red, green, blue = (round(a + (place - low) * (b - a)) for a, b in zip(one, other, strict=True))
    return red, green, blue
