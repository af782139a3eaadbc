"""What is set around the cells: a title, the text under its columns, and a small legend."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.number_wording import between_ends, caption_amount, caption_quality
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Rule, TextRun
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table
from stateviz.printing.layout.keys import key_of
from stateviz.rendering.fonts.glyphs import font_path, missing_glyphs

FONT = "serif"
SHIPPED_MODEL = "phone-case"

CAPTIONS: Table[str] = Table(
    "caption",
    {
        "all": "the text under its columns, and the legend",
        "text": "the text under its columns",
        "legend": "the model, the text, how its units are ordered, and how to read the picture",
    },
)


@dataclass(frozen=True)
class Caption:
    """What a sheet says of itself.

    Parameters
    ----------
    title
        Set large above the cells; none where empty.
    tokens
        The text of each step, set under the columns; None where it is not.
    legend
        (label, words) pairs, set small below the cells.
    font
        A row of ``core.glyphs.FONTS``, or a font file of your own; letters it lacks are set in another.
    key
        What the colours mean, from the palette's first to its last: written in the legend beside swatches of them.

    Raises
    ------
    UnknownNameError, FileError
        For a font that is not there or cannot be read.
    InputError
        When the title has more than one line.
    """

    title: str = ""
    tokens: tuple[str, ...] | None = None
    legend: tuple[tuple[str, str], ...] = ()
    font: str = FONT
    key: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        font_path(self.font)
        if len(self.title.splitlines()) > 1:
            raise InputError(f"the title {self.title!r} has more than one line; give one")
        object.__setattr__(self, "title", self.title.strip())
        object.__setattr__(self, "tokens", None if self.tokens is None else tuple(self.tokens))
        object.__setattr__(self, "legend", tuple((str(k), str(v)) for k, v in self.legend))

    def warnings(self) -> list[str]:
        """The letters that the font lacks, named."""
        text = self.title + "".join(self.tokens or ()) + "".join(a + b for a, b in self.legend)
        lacking = missing_glyphs(text, self.font)
        nowhere = [char for char in lacking if missing_glyphs(char, "sans")]
        found = []
        if lacking:
            found.append(f"the font {self.font} has no {_some(lacking)}; set in DejaVu Sans instead")
        if nowhere:
            found.append(f"no font at hand has {_some(nowhere)}, which print as □; give a font file that has them")
        return found


def make_caption(
    states: StateMatrix,
    ordering: Ordering | None = None,
    *,
    parts: str = "all",
    title: str = "",
    legend: Mapping[str, str] | None = None,
    font: str = FONT,
    threshold: float | None = None,
    scale: float | None = None,
) -> Caption:
    """The caption of a picture of ``states``.

    Parameters
    ----------
    states
        As drawn.
    ordering
        What ordered them, for the legend; without it the legend says nothing of an order.
    parts : {"all", "text", "legend"}
        What to set besides the title.
    title
        Above the cells.
    legend
        Words for the labels model, text, units, order, groups, reading, cells or others of your own; an empty text
        leaves a label out.
    threshold, scale
        Real states: as ``rasterize`` took them, for the numbers beside the swatches.

    Raises
    ------
    UnknownNameError
        For unknown parts or an unknown font.
    InputError
        When the text is asked for and the states carry none.

    Examples
    --------
    >>> caption = make_caption(StateMatrix([[0, 1, 1]], tokens="abc"), legend={"model": "mine"})
    >>> caption.legend[:2]
    (('model', 'mine'), ('text', '“abc”, 3 characters'))
    """
    CAPTIONS[parts]
    if parts in ("all", "text") and states.tokens is None:
        raise InputError("the states carry no text to set under the columns; record it, or take the legend alone")
    pairs = _legend(states, ordering, title) | dict(legend or {}) if parts in ("all", "legend") else {}
    if parts == "text" and legend:
        raise InputError("words for the legend came, and the caption is of the text alone; take all or legend")
    tokens = states.tokens if parts in ("all", "text") else None
    key = () if parts == "text" or "cells" in pairs else key_of(states, threshold, scale)
    return Caption(title, tokens, tuple((k, v) for k, v in pairs.items() if v), font, key)


def _legend(states: StateMatrix, ordering: Ordering | None, title: str) -> dict[str, str]:
    units, steps = states.shape
    model = str(states.source.get("model") or "")
    length = (
        ""
        if ordering is None
        else f"length {caption_amount(ordering.length)}, {caption_quality(ordering.proven, ordering.gap)}"
        f"{between_ends(ordering.options)}"
    )
    pairs = {
        "model": SHIPPED_MODEL if model and model == _shipped_digest() else model[:12],
        "text": "",
        "units": f"{units:,} units of {states.site}{_negated(states)}",
        "order": "" if ordering is None else f"{', '.join(ordering.method.split(','))}; {length}",
        "groups": groups_in_words(states),
        "reading": "each step is the state after its token was read",
    }
    if states.tokens is not None:
        characters = all(len(token) == 1 for token in states.tokens)
        name = title or f"“{_beginning(states.tokens)}”"
        pairs["text"] = f"{name}, {steps:,} {'characters' if characters else 'tokens'}"
        pairs["reading"] = pairs["reading"].replace("its token", "its character" if characters else "its token")
    return pairs


def _negated(states: StateMatrix) -> str:
    count = int(np.count_nonzero(states.flipped))
    return f"; {count:,} drawn negated" if count else ""


def groups_in_words(states: StateMatrix) -> str:
    """The groups of units and of steps, which a print does not set apart; empty where there are none.

    Examples
    --------
    >>> groups_in_words(StateMatrix([[1], [0], [1]], row_breaks=(2,)))
    '2 of 2 and 1 units, not set apart'
    """
    parts = []
    for breaks, count, name in zip(
        (states.row_breaks, states.column_breaks), states.shape, ("units", "steps"), strict=True
    ):
        sizes = [f"{stop - start:,}" for start, stop in itertools.pairwise([0, *breaks, count])]
        if breaks:
            parts.append(f"{len(sizes)} of {', '.join(sizes[:-1])} and {sizes[-1]} {name}")
    return f"{'; '.join(parts)}, not set apart" if parts else ""


@lru_cache(maxsize=1)
def _shipped_digest() -> str:
    from stateviz.storage import shipped_recording

    return str(shipped_recording().source.get("model"))


def _beginning(tokens: tuple[str, ...], most: int = 24) -> str:
    text = " ".join("".join(tokens[: 4 * most]).split())
    if len(text) <= most:
        return text
    return text[: most + 1].rsplit(" ", 1)[0][:most].rstrip(" ,;:.") + "\N{NO-BREAK SPACE}…"


def _some(chars: list[str], most: int = 8) -> str:
    shown = ", ".join(f"{char!r}" for char in chars[:most])
    return shown + (f" and {len(chars) - most} more" if len(chars) > most else "")


def plain(runs: Iterable[TextRun | Rule]) -> list[dict[str, object]]:
    """Text runs or rules as plain JSON values.

    Examples
    --------
    >>> from stateviz.core.sheets import Rule
    >>> plain([Rule(1, 2, 3, 4)])
    [{'x': 1, 'y': 2, 'width': 3, 'height': 4, 'palette_index': 1, 'black': False}]
    """
    return [dict(vars(run)) for run in runs]
