"""Lengths as people write them: 70mm, 7cm, 2.75in, 200pt, 850px."""

from __future__ import annotations

import math
import re

from stateviz.core.errors import InputError

MM_PER_INCH = 25.4
_MM = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH, "pt": MM_PER_INCH / 72}
_LENGTH = re.compile(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*([a-z]*)\s*", re.IGNORECASE)


def parse_length(length: str | float, *, dpi: float | None = None) -> float:
    """A length in millimetres.

    Parameters
    ----------
    length : str or float
        A number with mm, cm, in, pt (1/72 in) or px; a bare number, as int or float, is millimetres.
    dpi : float, optional
        Pixels an inch; needed by px.

    Raises
    ------
    InputError
        When the text is no length of 0 or more, has no unit, or is in px without a dpi.

    Examples
    --------
    >>> parse_length("70mm"), parse_length("2.5in"), parse_length("150px", dpi=300)
    (70.0, 63.5, 12.7)
    """
    if isinstance(length, (int, float)) and not isinstance(length, bool):
        if math.isfinite(length) and length >= 0:
            return float(length)
        raise InputError(f"a length must be 0 mm or more, got {length}")
    match = _LENGTH.fullmatch(length) if isinstance(length, str) else None
    if match is None:
        raise InputError(f"{length!r} is not a length; write a number and mm, cm, in, pt or px, such as 70mm")
    number, unit = float(match[1]), match[2].lower()
    if not unit:
        raise InputError(f"{length!r} has no unit; write {match[1]}mm (or cm, in, pt, px)")
    if unit == "px":
        if dpi is None:
            raise InputError(f"{length!r} is in pixels, which have no size without a dpi; write it in mm")
        return number * MM_PER_INCH / dpi
    if unit not in _MM:
        raise InputError(f"{length!r}: unknown unit {unit!r}; choose from mm, cm, in, pt, px")
    return round(number * _MM[unit], 9)


def in_pixels(*lengths: object) -> bool:
    """Whether any of these is a length in px, which means nothing without a dpi.

    Examples
    --------
    >>> in_pixels("3mm", None, 5), in_pixels("36 px")
    (False, True)
    """
    return any(isinstance(length, str) and length.strip().lower().endswith("px") for length in lengths)


def to_pixels(millimetres: float, dpi: float) -> int:
    """Whole pixels nearest to a length; the one place where millimetres are rounded.

    Examples
    --------
    >>> to_pixels(71.6, 300)
    846
    """
    return math.floor(millimetres / MM_PER_INCH * dpi + 0.5)


def at_least(millimetres: float, dpi: float) -> int:
    """Whole pixels that are no less than a length: for a bleed, or what is kept free.

    Examples
    --------
    >>> at_least(3, 300), at_least(25.4, 300)
    (36, 300)
    """
    return math.ceil(round(millimetres / MM_PER_INCH * dpi, 6))
