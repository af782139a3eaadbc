"""States in a terminal: half blocks in colour, or text on the colour of a unit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.escapes import printable
from stateviz.core.states import StateMatrix
from stateviz.plotting.scales import ColorLimits, color_scale
from stateviz.views.packing import mean_columns

_INK = " ░▒▓█"
_HALVES = " ▀▄█"
_RESET = "\x1b[0m"
_TALLEST = 64


def draw_cells(
    states: StateMatrix,
    unit: int,
    palettes: Callable[..., Any],
    limits: ColorLimits | None,
    columns: int,
    color: bool,
) -> str:
    """A heatmap of two rows a line, as wide as the terminal; what does not fit is averaged, and that is said.

    Without colour binary states are drawn by half blocks, real ones by five strengths of ink, a row a line.

    Examples
    --------
    >>> from functools import partial
    >>> from stateviz.views.palettes import palettes_of
    >>> colors = partial(palettes_of, given=None)
    >>> print(draw_cells(StateMatrix([[0.0, 0.5, 2.0]]), 0, colors, None, 40, False))
    h: 1 unit x 3 steps
     ░█
    """
    if columns < 20:
        raise InputError(f"a terminal of {columns} columns is too narrow; give it 20 or more")
    units, steps = states.shape
    across, down = min(columns, steps), min(_TALLEST, units)
    cells = _mean(_mean(states.values, across).T, down).T
    note = f"{printable(states.site)}: {units:,} unit{'s' * (units != 1)} x {steps:,} step{'s' * (steps != 1)}"
    if across < steps or down < units:
        note += f", each cell the mean of {_times(units, down)} x {_times(steps, across)}"
    colors, (low, high), beyond = _scale(states, palettes, limits)
    note += f"; {beyond}" if beyond else ""
    share = np.clip((cells - low) / (high - low), 0, 1)
    if not color and states.binary:
        on = np.pad(share > 0.5, ((0, len(share) % 2), (0, 0)))
        rows = (on[::2] + 2 * on[1::2]).astype(int)
        return "\n".join([note, *("".join(_HALVES[cell] for cell in row) for row in rows)])
    if not color:
        return "\n".join([note, *("".join(_INK[int(cell * 4 + 0.5)] for cell in row) for row in share)])
    rgb = colors[np.rint(share * (len(colors) - 1)).astype(int)]
    lines = [note]
    for top in range(0, len(rgb), 2):
        upper, lower = rgb[top], rgb[top + 1] if top + 1 < len(rgb) else [None] * across
        lines.append("".join(map(_half, upper, lower)) + _RESET)
    return "\n".join(lines)


def draw_text(
    states: StateMatrix,
    unit: int,
    palettes: Callable[..., Any],
    limits: ColorLimits | None,
    columns: int,
    color: bool,
) -> str:
    """The text on the colours of one unit; without colour, underlined by strengths of ink.

    Examples
    --------
    >>> from functools import partial
    >>> from stateviz.views.palettes import palettes_of
    >>> states = StateMatrix([[0, 1, 1]], tokens="abc")
    >>> print(draw_text(states, 0, partial(palettes_of, given=None), None, 40, False))
    h: unit 0
    abc
     ██
    """
    colors, (low, high), beyond = _scale(states, palettes, limits)
    head = f"{printable(states.site)}: unit {printable(str(states.units[unit]))}{f'; {beyond}' if beyond else ''}"
    share = np.clip((states.values[unit].astype(np.float64) - low) / (high - low), 0, 1)
    lines, text, under, used = [head], "", "", 0
    for token, value in zip(states.tokens or (), share, strict=True):
        shown = "".join(_visible(letter) for letter in token)
        width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in shown)
        if used and used + width > columns:
            lines += _line(text, under, color)
            text, under, used = "", "", 0
        if color:
            red, green, blue = colors[round(value * (len(colors) - 1))]
            ink = "30" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 120 else "97"
            shown = f"\x1b[48;2;{red};{green};{blue}m\x1b[{ink}m{shown}"
        text, under, used = text + shown, under + _INK[int(value * 4 + 0.5)] * width, used + width
        if token.endswith("\n"):
            lines += _line(text, under, color)
            text, under, used = "", "", 0
    return "\n".join(lines + (_line(text, under, color) if text else []))


def _line(text: str, under: str, color: bool) -> list[str]:
    return [text + _RESET] if color else [text, under.rstrip()]


def _visible(letter: str) -> str:
    """A letter that takes its place and nothing more: no control, no format character reaches the terminal."""
    if letter == "\n":
        return "↵"
    if letter == "\t":
        return "⇥"
    return (
        "·"
        if unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp", "Mn", "Me")
        else letter
    )


def _half(upper: NDArray[Any], lower: NDArray[Any] | None) -> str:
    top = "\x1b[38;2;{};{};{}m".format(*upper)
    return top + ("\x1b[49m▀" if lower is None else "\x1b[48;2;{};{};{}m▀".format(*lower))


def _scale(
    states: StateMatrix, palettes: Callable[..., Any], limits: ColorLimits | None
) -> tuple[NDArray[np.int64], tuple[float, float], str]:
    """256 colours, the values of the first and the last, by default as a heatmap has them, and what lies beyond."""
    scale = color_scale([states], None, limits=None if states.binary else limits)
    low, high = scale.low, scale.high
    site: dict[str, Any] = {"name": states.site, "binary": states.binary, "off": states.off, "limits": [low, high]}
    stops = next(iter(next(iter(palettes([{"sites": [site]}]).values())).values()))
    rgb = np.array([[int(stop[at : at + 2], 16) for at in (0, 2, 4)] for stop in stops], np.float64)
    places = np.linspace(0, len(rgb) - 1, 256)
    mixed = np.stack([np.interp(places, np.arange(len(rgb)), rgb[:, part]) for part in range(3)], axis=1)
    low, high = site["limits"] if not states.binary else (low, high)
    return np.rint(mixed).astype(np.int64), (low, high), scale.note


def _mean(values: NDArray[Any], size: int) -> NDArray[np.float64]:
    return mean_columns(values, np.linspace(0, values.shape[1], size + 1).astype(np.int64))


def _times(whole: int, shown: int) -> str:
    return f"{whole / shown:.3g}"
