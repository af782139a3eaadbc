"""Setting a caption: how much room it takes around the bands, and where each line of it stands."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from stateviz.core.errors import InputError
from stateviz.core.sheets import Rule, TextRun
from stateviz.printing.layout.bands import Fit, Furniture
from stateviz.printing.layout.captions import Caption
from stateviz.printing.layout.keys import ADVANCE, SWATCH, swatch
from stateviz.printing.layout.paragraphs import Paragraph, paragraphs, wrap, wrap_evenly
from stateviz.printing.lengths import MM_PER_INCH
from stateviz.rendering.fonts.glyphs import measure

LETTER_MM = 2.0
"""From this width on a cell carries a letter, of 9 points; 6 points, from 1.3 mm on, are hard to read."""
MONO_ADVANCE = 0.602  # width of a DejaVu Sans Mono letter, in ems
_LARGEST_LETTER_PT = 11.0
_LEADING = 1.2
_SMALLEST_TITLE_PT = 6.0
_NARROWEST_LEGEND, _COLUMNS_FROM = 15, 46  # ems; from the latter on three columns have room
_LABEL_FONT = "serif-italic"
_CAP_HEIGHT = 0.67  # of the serif, in ems
_MARKS = {"\n": "¶", "\r": " ", "\t": " "}


def _mark(token: str) -> str:
    """What stands under a column: a sign for a line break, a space for what cannot be printed."""
    return _MARKS.get(token) or "".join(char if char.isprintable() else " " for char in token)


class Typesetter:
    """Sets one caption on one medium; all measures in canvas pixels.

    Sizes follow the medium: small text in points is its shorter side in millimetres by 33, 6 to 12, for a larger
    sheet is seen from further away: 9 on A3.

    Parameters
    ----------
    caption
        What is set.
    dpi
        Pixels an inch.
    side
        Millimetres of the medium's shorter side.
    width
        Pixels at most that a line may take.
    palette_index
        Of the letters.
    black
        Whether small text and rules are black alone in a file of inks: where they are darker than their ground.
    key
        The line of the legend that says what the colours mean, and the palette index of each swatch in it.
    """

    def __init__(
        self, caption: Caption, *, dpi: float, side: float, width: int, palette_index: int, black: bool = False,
        key: tuple[str, tuple[int, ...]] = ("", ()),
    ) -> None:  # fmt: skip
        words, self.swatches = key
        self.legend = (*caption.legend, *([("cells", words)] if words else []))
        self.caption, self.dpi, self.width, self.palette_index, self.black = caption, dpi, width, palette_index, black
        self.body = self._pt(min(12.0, max(6.0, side / 33)))
        self.tokens = None if caption.tokens is None else [_mark(token) for token in caption.tokens]
        self.letters = self.tokens is not None and all(len(token) <= 1 for token in self.tokens)
        self.hair = max(1, round(self._pt(0.25)))
        self._starts = _word_starts(caption.tokens or ())
        title = min(self._mm(0.045 * side), 30 * self.body)
        if caption.title:
            title = min(title, title * width / max(1.0, measure(caption.title, caption.font, title)))
            if title < self._pt(_SMALLEST_TITLE_PT):
                raise InputError(
                    f"the title of {len(caption.title)} letters does not fit at {_SMALLEST_TITLE_PT:g} pt; shorten it"
                )
        self.title = float(round(title))
        self._set = lru_cache(maxsize=8)(self._paragraphs)  # measured once, drawn once

    def furnish(self, cell: int, ranges: Sequence[tuple[int, int]], width: int) -> Furniture:
        """The room that the caption takes around bands of these steps, ``width`` pixels wide."""
        block = self._block(width)
        below = 0
        if self.legend:
            below = self._legend_gap() + max(y for _, _, y, _ in self._legend(block)) + round(0.3 * self.body)
        return Furniture(
            above=round(self._title(width) * (_CAP_HEIGHT + 0.75)) if self.caption.title else 0,
            below=below,
            under=tuple(self._under(cell, start, stop) for start, stop in ranges),
            block=block,
        )

    def draw(self, fit: Fit, units: int) -> tuple[list[TextRun], list[Rule]]:
        """Every line and hairline of the caption, around bands that ``furnish`` made room for."""
        texts, rules = [], []
        x0, y0, x1, y1 = fit.box
        if self.caption.title:
            size = self._title(x1 - x0)
            baseline = y0 - fit.furniture.above + round(size * _CAP_HEIGHT)
            texts.append(TextRun(self.caption.title, x0, baseline, size, self.caption.font, self.palette_index))
        if self.tokens is not None:
            for band in fit.bands:
                bottom = band.y + units * fit.cell
                lines, ticks = self._text(band.start, band.stop, fit.cell, band.x, bottom)
                texts += lines
                rules += ticks
        if self.legend:
            top = y1 + self._legend_gap()
            rules.append(self._rule(x0, top - round(1.3 * self.body), x1 - x0, self.hair))
            swatches = iter(self.swatches)
            for text, x, y, font in self._legend(self._block(x1 - x0)):
                before, *parts = text.split(SWATCH)
                runs, boxes = self._keyed(before, parts, x0 + x, top + y, font, swatches)
                texts += runs
                rules += boxes
        return texts, rules

    def _keyed(
        self, before: str, parts: list[str], x: int, y: int, font: str, swatches: Iterator[int]
    ) -> tuple[list[TextRun], list[Rule]]:
        """A line of the legend: words, and parts that each stand behind a swatch."""
        runs = [self._run(before, x, y, font)] if before else []
        boxes: list[Rule] = []
        at = x + self._width(before)
        for part in parts:
            boxes += swatch(round(at), y, self.body, self.hair, next(swatches), self._rule(0, 0, 0, 0))
            at += ADVANCE * self.body
            runs.append(self._run(part.rstrip(), round(at), y, font))
            at += self._width(part)
        return runs, boxes

    def _run(self, text: str, x: int, y: int, font: str) -> TextRun:
        """A line of small text."""
        return TextRun(text, x, y, self.body, font, self.palette_index, black=self.black)

    def _rule(self, x: int, y: int, width: int, height: int) -> Rule:
        return Rule(x, y, width, height, self.palette_index, self.black)

    def _aligned(self, cell: int) -> bool:
        """Whether a letter stands under each column."""
        return self.letters and cell * MM_PER_INCH / self.dpi >= LETTER_MM

    def _letter_size(self, cell: int) -> float:
        return min(cell / MONO_ADVANCE, self._pt(_LARGEST_LETTER_PT))

    def _letter_gap(self, cell: int) -> int:
        return self._pad() + round(0.35 * self._letter_size(cell))

    def _under(self, cell: int, start: int, stop: int) -> int:
        if self.tokens is None:
            return 0
        if self._aligned(cell):
            return self._letter_gap(cell) + round(1.2 * self._letter_size(cell))
        lines = max((len(p.lines) for p in self._set(cell, start, stop)), default=0)
        return self._tick() + self._leading() * lines + round(self.body)

    def _text(self, start: int, stop: int, cell: int, x: int, y: int) -> tuple[list[TextRun], list[Rule]]:
        assert self.tokens is not None
        if self._aligned(cell):
            size = self._letter_size(cell)
            baseline = y + self._letter_gap(cell) + round(0.75 * size)
            text = "".join(token or " " for token in self.tokens[start:stop])
            return [TextRun(text, x, baseline, size, "mono", self.palette_index, "start", cell, self.black)], []
        texts, rules = [], []
        for paragraph in self._set(cell, start, stop):
            left = x + (paragraph.start - start) * cell
            # Short of the letters, or it would look like one of them.
            tall = self._tick() - self._pad() - round(0.2 * self.body)
            rules.append(self._rule(left, y + self._pad(), self.hair, max(1, tall)))
            for number, line in enumerate(paragraph.lines):
                baseline = y + self._tick() + round(0.75 * self.body) + number * self._leading()
                texts.append(self._run(line, left, baseline, self.caption.font))
        return texts, rules

    def _paragraphs(self, cell: int, start: int, stop: int) -> list[Paragraph]:
        """A word that a band's end parts is set in the band where it begins."""
        assert self.caption.tokens is not None
        em = self.body
        first, last = (self._word_start(step, (stop - start) // 2) for step in (start, stop))
        return paragraphs(
            self.caption.tokens[first:last], first, cell,
            width_of=self._width,
            narrowest=round(14 * em), widest=round(26 * em), gutter=round(1.2 * em),
        )  # fmt: skip

    def _word_start(self, step: int, most: int) -> int:
        """The first step from this one on that begins a word, of at most so many; else the step itself."""
        assert self.caption.tokens is not None
        at = bisect_left(self._starts, step)
        found = self._starts[at] if at < len(self._starts) else len(self.caption.tokens)
        return found if step and found - step <= most else step

    def _legend(self, block: int) -> list[tuple[str, int, int, str]]:
        """(text, x, baseline, font) of every line, from the legend's top left corner."""
        found, top = [], round(0.75 * self.body)
        if block < _COLUMNS_FROM * self.body:
            return self._legend_list(block, top)
        for pairs, lefts, widths in self._legend_rows(block):
            deepest = 0
            for (label, words), x, width in zip(pairs, lefts, widths, strict=True):
                heads = wrap(label.split(), width, self._label_width)
                lines = [(line, _LABEL_FONT) for line in heads]
                lines += [(line, self.caption.font) for line in wrap_evenly(_parts(words), width, self._width)]
                found += [(line, x, top + n * self._leading(), font) for n, (line, font) in enumerate(lines)]
                deepest = max(deepest, len(lines))
            top += deepest * self._leading() + round(0.6 * self.body)
        return found

    def _legend_list(self, block: int, top: int) -> list[tuple[str, int, int, str]]:
        """A pair below another, all words in line behind the longest label."""
        found = []
        label_width = min(block // 3, math.ceil(max(self._label_width(label) for label, _ in self.legend)))
        left = label_width + round(self.body)
        for label, words in self.legend:
            heads = wrap(label.split(), label_width, self._label_width)
            lines = wrap_evenly(_parts(words), block - left, self._width)
            found += [(line, 0, top + n * self._leading(), _LABEL_FONT) for n, line in enumerate(heads)]
            found += [(line, left, top + n * self._leading(), self.caption.font) for n, line in enumerate(lines)]
            top += max(len(heads), len(lines)) * self._leading() + round(0.2 * self.body)
        return found

    def _legend_rows(self, block: int) -> Iterator[tuple[tuple[tuple[str, str], ...], list[int], list[float]]]:
        """(pairs, left edges, widths) a row: all in one where they are not too long, else columns of one width."""
        pairs, em = self.legend, self.body
        widths = [math.ceil(max(self._label_width(label), self._width(words)) + 1) for label, words in pairs]
        if len(pairs) > 1 and (room := (block - sum(widths)) / (len(pairs) - 1)) >= 2 * em:
            lefts = [round(sum(widths[:i]) + i * room) for i in range(len(pairs))]
            yield pairs, lefts, [float(width) for width in widths]
            return
        gutter = round(2 * em)
        columns = max(1, min(len(pairs), (block + gutter) // round(14 * em + gutter)))
        columns = -(-len(pairs) // -(-len(pairs) // columns))  # rows as full as one another
        each = (block + gutter) // columns
        for first in range(0, len(pairs), columns):
            row = pairs[first : first + columns]
            yield row, [i * each for i in range(len(row))], [float(each - gutter)] * len(row)

    def _width(self, text: str) -> float:
        swatches = text.count(SWATCH)
        return measure(text.replace(SWATCH, ""), self.caption.font, self.body) + swatches * ADVANCE * self.body

    def _label_width(self, text: str) -> float:
        return measure(text, _LABEL_FONT, self.body)

    def _legend_gap(self) -> int:
        return round(3.6 * self.body)

    def _block(self, wide: int) -> int:
        """Width of title and legend: that of the bands, or more where those are narrow."""
        legend = round(_NARROWEST_LEGEND * self.body) if self.legend else 0
        title = math.ceil(measure(self.caption.title, self.caption.font, self._title(wide)))
        return min(self.width, max(wide, legend, title))

    def _title(self, wide: int) -> float:
        """Pixels an em of the title: no wider than the bands, unless that would make it small."""
        taken = max(1.0, measure(self.caption.title, self.caption.font, self.title))
        least = min(self.title, max(self.title / 2, self._pt(_SMALLEST_TITLE_PT)))
        return float(math.floor(max(least, min(self.title, self.title * wide / taken))))

    def _leading(self) -> int:
        return round(_LEADING * self.body)

    def _pad(self) -> int:
        """Between the cells and what stands under them."""
        return max(1, round(self._mm(0.5)))

    def _tick(self) -> int:
        return self._pad() + round(0.75 * self.body)

    def _pt(self, points: float) -> float:
        return points * self.dpi / 72

    def _mm(self, millimetres: float) -> float:
        return millimetres * self.dpi / MM_PER_INCH


def _parts(words: str) -> list[str]:
    """What a line may be broken between: words, but for those that a no-break space joins."""
    return [part for part in re.split(r"[ \t\n\r]+", words) if part]


def _word_starts(tokens: Sequence[str]) -> list[int]:
    """Steps that a band may begin with: after white space, or tokens that bring their own."""
    return [
        step
        for step, token in enumerate(tokens)
        if step and not token.isspace() and (token[:1].isspace() or tokens[step - 1][-1:].isspace())
    ]
