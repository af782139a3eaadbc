"""Whether colours survive print: the shift, contrast, colour blindness and grey of a palette, and soft proofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.sheets import Color, Palette, PixelGrid, Sheet
from stateviz.rendering.color.palettes import PRINT_CONTRAST, resolve_palette, span
from stateviz.rendering.color.profiles import COATED_INK, PRINT_PROFILE, from_cmyk, to_cmyk
from stateviz.rendering.color.vision import COLOR_BLINDNESS, difference, simulate, to_grey, to_lab

MOST_SHIFT, LEAST_BLIND, LEAST_GREY = 5.0, 20.0, 30.0
"""Delta E 2000 between screen and print; between the two signs for the colour-blind; L* between them in grey."""

Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
Drawn = TypeVar("Drawn", Palette, PixelGrid, Sheet)


@dataclass(frozen=True)
class PaletteCheck:
    """What print does to a palette, measured through a profile.

    Parameters
    ----------
    name
        Of the palette.
    shift
        The most that a colour moves from screen to print, Delta E 2000; ``shifted`` is that colour.
    contrast_screen, contrast
        WCAG contrast ratio on screen and in print: of the two colours, or of the lightest and darkest of many.
    blind
        Least Delta E 2000 in print between the colours of -1 and +1, for each row of COLOR_BLINDNESS.
    grey
        Difference of L* in print between the colours of -1 and +1.
    ink
        The most ink of one colour, percent of all four together.
    warnings
        What falls short, each with its number and what to do.
    """

    name: str
    shift: float
    shifted: Color
    contrast_screen: float
    contrast: float
    blind: dict[str, float]
    grey: float
    ink: float
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        blind = min(self.blind.values())
        return (
            f"{self.name}: shift {self.shift:.1f}, contrast {self.contrast:.1f} in print "
            f"({self.contrast_screen:.1f} on screen), colour-blind difference {blind:.0f}, "
            f"grey difference {self.grey:.0f}, ink {self.ink:.0f}%"
        )


def check_palette(
    palette: str | Palette, *, profile: str | Path = PRINT_PROFILE, limit: float = COATED_INK
) -> PaletteCheck:
    """Measure what print does to a palette: shift, contrast, colour blindness, grey and ink.

    Parameters
    ----------
    palette : str or Palette
        See ``resolve_palette``. Of more than two colours, the first and the last stand for -1 and +1.
    profile : str or Path
        A CMYK profile, see ``profile_bytes``.
    limit : float
        Percent of ink, all four together, see ``to_cmyk``.

    Returns
    -------
    PaletteCheck
        ``str()`` of it is one line; its ``warnings`` are empty where everything holds.

    Raises
    ------
    UnknownNameError, InputError, FileError
        For an unknown palette, one of fewer than two colours, or a profile that cannot be used.

    Examples
    --------
    >>> print(check_palette("navy"))
    navy: shift 2.3, contrast 12.4 in print (13.0 on screen), colour-blind difference 72, grey difference 77, ink 219%
    >>> print(check_palette("0000ff,ff0000").warnings[1])
    palette '0000ff,ff0000': contrast in print is 1.8, below 7; take a darker ink or a lighter ground
    """
    palette = resolve_palette(palette)
    if len(palette.colors) < 2:
        raise InputError(f"palette {palette.name!r} has {len(palette.colors)} colour; a check needs two")
    colors = np.array(palette.colors, np.uint8)
    inks = to_cmyk(colors, profile=profile, limit=limit)
    printed = from_cmyk(inks, profile=profile)
    shifts = difference(to_lab(colors), to_lab(printed))
    signs = printed[[0, -1]]
    blind = {kind: _apart(simulate(signs, kind)) for kind in COLOR_BLINDNESS}
    check = PaletteCheck(
        name=palette.name,
        shift=round(float(shifts.max()), 2),
        shifted=_color(colors[shifts.argmax()]),
        contrast_screen=span(map(_color, colors)),
        contrast=span(map(_color, printed)),
        blind=blind,
        grey=round(abs(float(np.subtract(*to_lab(to_grey(signs))[:, 0]))), 2),
        ink=round(float(inks.sum(axis=1, dtype=float).max() / 2.55), 1),
        warnings=(),
    )
    return replace(check, warnings=tuple(_warnings(check)))


def soft_proof(drawn: Drawn, *, profile: str | Path = PRINT_PROFILE, limit: float = COATED_INK) -> Drawn:
    """A palette, grid or sheet in the colours it has in print, to be looked at on a screen.

    Raises
    ------
    InputError, FileError
        When the profile or the limit cannot be used, see ``to_cmyk``.

    Examples
    --------
    >>> soft_proof(resolve_palette("navy")).colors
    ((255, 245, 234), (24, 45, 93))
    """
    return recolour(drawn, lambda colors: from_cmyk(to_cmyk(colors, profile=profile, limit=limit), profile=profile))


def recolour(drawn: Drawn, change: Change) -> Drawn:
    """A palette, grid or sheet whose colours went through ``change``, sRGB (n, 3) to sRGB (n, 3).

    Examples
    --------
    >>> from stateviz.rendering.color.vision import to_grey
    >>> recolour(Palette("p", ((255, 0, 0), (255, 255, 255))), to_grey).colors
    ((127, 127, 127), (255, 255, 255))
    """
    return cast(Drawn, _recoloured(drawn, change))


def _recoloured(drawn: Palette | PixelGrid | Sheet, change: Change) -> Palette | PixelGrid | Sheet:
    if isinstance(drawn, Sheet):
        pair = None if drawn.halftone_palette is None else recolour(drawn.halftone_palette, change)
        return replace(drawn, grid=recolour(drawn.grid, change), halftone_palette=pair)
    if isinstance(drawn, PixelGrid):
        return replace(drawn, palette=recolour(drawn.palette, change))
    if not isinstance(drawn, Palette):
        raise InputError(f"expected a Palette, PixelGrid or Sheet, got {type(drawn).__name__}")
    colors = tuple(_color(row) for row in change(np.array(drawn.colors, np.uint8)))
    return replace(drawn, colors=colors)


def _warnings(check: PaletteCheck) -> list[str]:
    found = []
    name = f"palette {check.name!r}"
    if check.shift > MOST_SHIFT:
        vivid = "#{:02x}{:02x}{:02x}".format(*check.shifted)
        found.append(
            f"{name}: colour {vivid} shifts by {check.shift:.1f} in print, above {MOST_SHIFT:g}; "
            "take a less vivid one, or accept a duller print"
        )
    if check.contrast < PRINT_CONTRAST:
        found.append(
            f"{name}: contrast in print is {check.contrast:.1f}, below {PRINT_CONTRAST:g}; "
            "take a darker ink or a lighter ground"
        )
    kind, least = min(check.blind.items(), key=lambda item: item[1])
    if least < LEAST_BLIND:
        found.append(
            f"{name}: with {kind} the two signs differ by {least:.0f}, below {LEAST_BLIND:g}; "
            "take colours of other lightness, or blue against orange"
        )
    if check.grey < LEAST_GREY:
        found.append(
            f"{name}: in grey the two signs differ by {check.grey:.0f} in lightness, below {LEAST_GREY:g}; "
            "a black-and-white copy loses the sign"
        )
    return found


def _apart(pair: NDArray[np.uint8]) -> float:
    lab = to_lab(pair)
    return round(float(difference(lab[0], lab[1])), 2)


def _color(row: NDArray[np.uint8]) -> Color:
    red, green, blue = (int(value) for value in row)
    return red, green, blue
