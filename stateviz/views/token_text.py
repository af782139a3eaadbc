"""Tokens as they are drawn: what cannot be seen, or could turn its neighbours, gets a sign."""

from __future__ import annotations

import unicodedata

_SIGNS = {"\n": "↵", "\r": "␍", "\t": "⇥", "\xa0": "⍽", "\x7f": "␡"}
MOST = 40


def glyphs(token: str) -> str:
    """What is drawn for a token; a long one is cut.

    Examples
    --------
    >>> glyphs("a\\n"), glyphs("\\u202e"), glyphs("\\x00"), glyphs("")
    ('a↵', '[202E]', '␀', '∅')
    """
    if not token:
        return "∅"
    text = "".join(map(_visible, token[:MOST]))
    text = f"◌{text}" if unicodedata.category(text[0])[0] == "M" else text
    return text + "…" if len(token) > MOST else text


def _visible(letter: str) -> str:
    if letter in _SIGNS:
        return _SIGNS[letter]
    if ord(letter) < 32:
        return chr(0x2400 + ord(letter))
    if letter != "\u200d" and unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"):
        return f"[{ord(letter):04X}]"
    return letter
