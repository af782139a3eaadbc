"""Named two-colour and diverging palettes, how legible each is, and how a user names one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.sheets import Color, Palette
from stateviz.core.table import Table, unknown
from stateviz.rendering.color.ramps import SIGNED, ramp
from stateviz.rendering.color.srgb import to_linear

DEFAULT = "navy"
SIGNS = "harvest"
"""The default of real values, the same colours: navy is on or above zero, cream off or zero, orange below it."""
PRINT_CONTRAST = 7.0
"""The contrast that two colours should keep on paper (WCAG 2 level AAA)."""


def _row(name: str, minus: Color, plus: Color, note: str) -> tuple[str, Palette]:
    return name, Palette(name, (minus, plus), note)


# The colour of -1 first: it is also what surrounds the grid, so most rows are dark ink on a light ground.
PALETTES: Table[Palette] = Table(
    "palette",
    dict(
        (
            _row("navy", (250, 245, 235), (20, 40, 90), "navy on cream; the default, holds its colour in print"),
            _row("published", (254, 247, 233), (0, 64, 161), "blue on cream, as on the published phone case"),
            _row("ink", (255, 255, 255), (17, 17, 17), "near-black on white; the strongest contrast"),
            _row("forest", (246, 243, 230), (18, 64, 44), "pine green on parchment"),
            _row("petrol", (238, 245, 243), (8, 66, 78), "deep teal on mist"),
            _row("indigo", (243, 244, 250), (45, 35, 110), "violet-blue on cool white"),
            _row("plum", (250, 243, 246), (74, 24, 78), "aubergine on pale pink"),
            _row("oxblood", (251, 244, 236), (107, 16, 28), "dark red on ivory"),
            _row("rosewood", (248, 222, 216), (92, 20, 48), "wine on blush"),
            _row("sepia", (245, 237, 222), (62, 37, 24), "dark brown on milk"),
            _row("terracotta", (250, 241, 230), (132, 48, 24), "fired clay on sand"),
            _row("saffron", (250, 214, 120), (52, 34, 76), "aubergine on saffron yellow"),
            _row("graphite", (240, 240, 238), (52, 56, 62), "pencil grey on paper; one black ink will do"),
            _row("brass", (16, 24, 48), (232, 208, 150), "brass on midnight: light cells on a dark ground"),
            _row("blackboard", (24, 42, 37), (236, 236, 220), "chalk on slate green: light cells on a dark ground"),
        )
    ),
)


def _diverging(name: str, note: str, *anchors: Color) -> tuple[str, Palette]:
    return name, Palette(name, ramp(anchors, SIGNED), note)


# From -1 over 0, the middle colour, to +1: for real values, each a cell of continuous tone.
DIVERGING: Table[Palette] = Table(
    "diverging palette",
    dict(
        (
            _diverging(
                SIGNS,
                "burnt orange, cream, navy: below zero, zero, above; the default, navy is on in two colours, too",
                (84, 34, 8), (176, 84, 30), (232, 178, 130), (250, 245, 235),
                (150, 172, 204), (66, 98, 152), (20, 40, 90),
            ),
            _diverging(
                "balance",
                "deep blue, cream, deep red; as dark on both sides",
                (24, 40, 86), (58, 92, 142), (142, 168, 192), (250, 245, 235),
                (214, 150, 130), (164, 68, 62), (92, 20, 34),
            ),
            _diverging(
                "tide",
                "petrol, mist, fired clay; as dark on both sides",
                (8, 58, 70), (40, 110, 122), (140, 182, 186), (244, 243, 236),
                (224, 164, 128), (172, 88, 52), (96, 36, 20),
            ),
            _diverging(
                "orchard",
                "moss green, parchment, violet; as dark on both sides",
                (34, 60, 28), (88, 116, 66), (168, 188, 138), (246, 243, 230),
                (198, 162, 204), (128, 88, 152), (66, 28, 92),
            ),
            _diverging(
                "dusk",
                "midnight, rose, cream: ever lighter, so the sign survives a black-and-white copy",
                (28, 30, 66), (74, 50, 98), (126, 68, 104), (176, 96, 96),
                (214, 138, 92), (238, 188, 122), (252, 238, 208),
            ),
            _diverging(
                "embers",
                "ice, midnight, brass: zero is dark, for dark rooms and dark walls",
                (214, 232, 240), (120, 164, 190), (52, 84, 118), (18, 24, 44),
                (104, 74, 48), (188, 142, 84), (250, 226, 172),
            ),
        )
    ),
)  # fmt: skip


def luminance(color: Color) -> float:
    """Relative luminance of an sRGB colour, 0 (black) to 1 (white).

    Source: WCAG 2.2, definition of relative luminance.

    Examples
    --------
    >>> luminance((255, 255, 255))
    1.0
    """
    red, green, blue = (float(light) for light in to_linear(color))
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 12)


def ink_on(color: Color) -> str:
    """Black or white, as a hexadecimal colour, whichever stands out more on ``color``.

    Examples
    --------
    >>> ink_on((250, 245, 235)), ink_on((20, 40, 90))
    ('#000000', '#ffffff')
    """
    return "#000000" if luminance(color) > 0.179 else "#ffffff"  # where both have the same contrast, 4.58


def contrast(palette: Palette) -> float:
    """The least WCAG contrast ratio between any two colours of ``palette``, 1 (equal) to 21.

    Source: WCAG 2.2, definition of contrast ratio: ``(lighter + 0.05) / (darker + 0.05)``.

    Raises
    ------
    InputError
        When the palette has fewer than two colours.

    Examples
    --------
    >>> contrast(Palette("ink", ((255, 255, 255), (0, 0, 0))))
    21.0
    >>> round(contrast(PALETTES["navy"]), 1)
    13.0
    """
    if len(palette.colors) < 2:
        raise InputError(f"palette {palette.name!r} has {len(palette.colors)} colour; contrast needs two")
    ladder = sorted(luminance(color) for color in palette.colors)
    return round(min((b + 0.05) / (a + 0.05) for a, b in itertools.pairwise(ladder)), 6)


def span(colors: Iterable[Color]) -> float:
    """The WCAG contrast ratio between the darkest and the lightest of ``colors``, 1 to 21.

    Examples
    --------
    >>> span([(255, 255, 255), (127, 127, 127), (0, 0, 0)])
    21.0
    """
    ladder = sorted(colors, key=luminance)
    return contrast(Palette("ends", (ladder[0], ladder[-1])))


def resolve_palette(palette: str | Palette) -> Palette:
    """The palette a user named.

    Parameters
    ----------
    palette : str or Palette
        A row of PALETTES or DIVERGING; two hexadecimal colours, that of -1 first (``"ffffff,000000"``, a ``#`` and
        three digits are fine); or a Palette, returned as it is.

    Raises
    ------
    UnknownNameError
        When no row has that name.
    InputError
        When hexadecimal colours cannot be read, or there is but one colour.

    Examples
    --------
    >>> resolve_palette("ffffff,000000").colors
    ((255, 255, 255), (0, 0, 0))
    >>> resolve_palette("navi")
    Traceback (most recent call last):
    ...
    stateviz.core.errors.UnknownNameError: unknown palette 'navi'; choose from navy, published, ink, forest, petrol, \
indigo, plum, oxblood, rosewood, sepia, terracotta, saffron, graphite, brass, blackboard, harvest, \
balance, tide, orchard, dusk, embers (did you mean 'navy'?)
    """
    if isinstance(palette, Palette):
        return _of_different(palette)
    if not isinstance(palette, str):
        raise InputError(
            f"expected a palette name or two hex colours such as 'ffffff,000000', got {type(palette).__name__}"
        )
    name = palette.strip()
    if "," in name or name.startswith("#"):
        parts = name.split(",")
        if len(parts) != 2:
            raise InputError(f"expected two hex colours such as 'ffffff,000000', got {len(parts)} in {palette!r}")
        pair = (_hex(parts[0], palette), _hex(parts[1], palette))
        return _of_different(Palette(name, pair, "given by its colours"))
    if name in PALETTES or name in DIVERGING:
        return (PALETTES if name in PALETTES else DIVERGING)[name]
    raise UnknownNameError(unknown("palette", name, {**PALETTES, **DIVERGING}))


def _of_different(palette: Palette) -> Palette:
    if len(set(palette.colors)) < 2:
        shown = "#{:02x}{:02x}{:02x}".format(*palette.colors[0]) if palette.colors else "none"
        raise InputError(f"palette {palette.name!r} has one colour, {shown}, for on and off; give two that differ")
    return palette


def _hex(text: str, whole: str) -> Color:
    digits = text.strip().removeprefix("#")
    if not re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", digits):
        raise InputError(f"{text.strip()!r} in {whole!r} is not a hex colour of 3 or 6 digits, such as 14285a")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
