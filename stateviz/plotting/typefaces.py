"""Which installed fonts a text is drawn in: the house type, then others for the characters it lacks."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SANS, MONO = "DejaVu Sans", "DejaVu Sans Mono"
FALLBACKS = (
    SANS, "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP",
    "Noto Sans KR", "Source Han Sans SC", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic",
    "Malgun Gothic", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Sans Hebrew", "Noto Sans Arabic",
    "Noto Naskh Arabic", "Noto Emoji", "Segoe UI Symbol", "Symbola",
)  # fmt: skip
"""Asked in this order for what the house type lacks; then every other installed font, by name."""
NO_GLYPH = "□"
_MARKS = {" ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "␣"}
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""Zero-width joiners and variation selectors: they shape their neighbours and show nothing themselves."""
_SIGNS = ("cm", "STIX", "Last Resort", "D0500", "Standard")
"""How the names of fonts begin that map letters to signs, or to boxes."""
_LONGEST_NAME = 24


def visible(token: str) -> str:
    """A token with its white space and control characters made visible.

    Examples
    --------
    >>> visible("a b\\n")
    'a·b⏎'
    """
    return "".join(_MARKS.get(c, c if c.isprintable() or c in _JOINERS else "�") for c in token)


def short(name: object) -> str:
    """A name of at most 24 characters: a longer one loses its middle, as names tend to differ at their ends.

    Examples
    --------
    >>> short("model.layers.11.self_attn.q_proj.unit7")
    'model.layers…q_proj.unit7'
    """
    text = visible(str(name)).replace("·", " ")
    half = _LONGEST_NAME // 2
    return text if len(text) <= _LONGEST_NAME else f"{text[:half]}…{text[-half:]}"


@dataclass(frozen=True)
class Typeface:
    """The fonts that a text is drawn in, asked one after the other for each of its characters."""

    families: tuple[str, ...]
    missing: frozenset[str] = frozenset()

    def shown(self, text: str) -> str:
        """The text as it is drawn: what no font has is a box; joined and right to left if matplotlib does neither."""
        shown = "".join(NO_GLYPH if char in self.missing else char for char in text)
        return shown if _shapes() else _visual(shown)

    def width(self, text: str, size: float) -> float:
        """Points that the text takes at ``size`` points."""
        return _width(self.shown(text), self.families, size)

    @property
    def options(self) -> dict[str, Any]:
        """What a matplotlib Text takes: these fonts, and no mark-up of any kind in what it says."""
        return {"fontfamily": list(self.families), "parse_math": False, "usetex": False}


def typeface(texts: Iterable[str], base: str = SANS) -> Typeface:
    """The fonts for ``texts``, ``base`` first; warns once of characters that no installed font has.

    Examples
    --------
    >>> typeface(["plain"]).families
    ('DejaVu Sans',)
    >>> typeface(["שלום"], MONO).families
    ('DejaVu Sans Mono', 'DejaVu Sans')
    """
    characters = frozenset().union(*texts) - _characters(base)
    found = _choose(frozenset(char for char in characters if char.isprintable()), base)
    if found.missing:
        some = sorted(found.missing)
        names = ", ".join(f"{char} (U+{ord(char):04X})" for char in some[:3])
        more = f" and {len(some) - 3} more" if len(some) > 3 else ""
        warnings.warn(
            f"no installed font has {names}{more}: drawn as {NO_GLYPH}; install one, such as {_advice(some[0])}",
            UserWarning,
            stacklevel=2,
        )
    return found


@lru_cache(maxsize=256)
def _choose(lacking: frozenset[str], base: str) -> Typeface:
    families, left = [base], lacking - frozenset(_JOINERS)
    for name in _fallbacks() if left else ():
        if name != base and left & _characters(name):
            families.append(name)
            left -= _characters(name)
        if not left:
            break
    return Typeface(tuple(families), left)


@lru_cache(maxsize=1)
def _files() -> dict[str, str]:
    """The file of each installed family that has upright letters of normal weight."""
    from matplotlib import font_manager

    entries = sorted(font_manager.fontManager.ttflist, key=lambda entry: (entry.name, entry.fname))
    upright = [entry for entry in entries if entry.style == "normal" and entry.weight in (400, "normal", "regular")]
    return {entry.name: entry.fname for entry in reversed(upright)}


@lru_cache(maxsize=1)
def _fallbacks() -> tuple[str, ...]:
    """Families in the order they are asked; not those that map letters to signs, nor pictures in colour."""
    others = [name for name in _files() if not name.startswith(_SIGNS)]
    named = (*FALLBACKS, *sorted(others))
    return tuple(dict.fromkeys(name for name in named if name in _files() and "Color" not in name))


@lru_cache(maxsize=64)
def _characters(family: str) -> frozenset[str]:
    from matplotlib import font_manager

    try:
        font = font_manager.get_font(_files()[family])
    except (KeyError, OSError, RuntimeError):  # not there, or a kind that matplotlib cannot read
        return frozenset()
    return frozenset(map(chr, font.get_charmap())) if font.scalable else frozenset()


@lru_cache(maxsize=4096)
def _width(text: str, families: tuple[str, ...], size: float) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(family=list(families), size=size)
    lines = text.split("\n") or [""]
    return max(float(text_to_path.get_text_width_height_descent(line, properties, False)[0]) for line in lines)


@lru_cache(maxsize=1)
def _shapes() -> bool:
    """Whether this matplotlib joins letters and orders right-to-left text by itself (from 3.11 on)."""
    from matplotlib import ft2font

    return hasattr(ft2font, "__libraqm_version__")


def _visual(text: str) -> str:
    from pathlib import Path

    from stateviz.rendering.fonts.shaping import metrics_of, visual

    return visual(text, metrics_of(Path(_files()[SANS])))


def _advice(char: str) -> str:
    if unicodedata.east_asian_width(char) in "WF" and char < "\U0001f000":
        return "Noto Sans CJK"
    return "Noto Emoji" if unicodedata.category(char) == "So" else "Noto Sans"


def wrap(text: str, width: float, size: float) -> str:
    """``text`` in lines of at most ``width`` points, broken between words.

    Examples
    --------
    >>> wrap("in the beginning was the word", 80, 10).split("\\n")
    ['in the', 'beginning was', 'the word']
    """
    face, lines = typeface([text]), [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if lines[-1] == "" or face.width(longer, size) <= width else [lines[-1], word]
    return "\n".join(lines)
