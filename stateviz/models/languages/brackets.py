"""Brackets: the parenthesis language and Dyck words, with the exact probability of every character."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_real, check_whole
from stateviz.core.errors import InputError
from stateviz.models.languages.row import Language, Truth

KINDS = ("()", "[]", "{}", "<>", "\u00ab\u00bb", "\u2039\u203a", "\u300c\u300d", "\u27e8\u27e9")
_MOST_DIGITS = 9  # one character names the depth
_BRACKETS = {
    "depth": "how many brackets are open after it",
    "expected": "1 where a symbol comes next, 0 where its space does",
    "probability": "that of this character, given all before it",
    "entropy": "of the next character, in nats, given all so far",
}


def stationary(up: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of time that a walk spends at each depth.

    Parameters
    ----------
    up, down : float, shape (depths,)
        How likely it goes one deeper, and one less deep.

    Examples
    --------
    >>> (stationary(np.array([1 / 2, 1 / 3, 0]), np.array([0, 1 / 3, 1 / 2])) * 7).round(9).tolist()
    [2.0, 3.0, 2.0]
    """
    weights = np.cumprod(np.concatenate([[1.0], up[:-1] / down[1:]]))
    return np.asarray(weights / weights.sum())


def _symbols(depth: int, zero: bool) -> list[str]:
    """The symbols that are allowed at each depth, from 0 on."""
    depth = check_whole("depth", depth)
    if depth > _MOST_DIGITS:
        raise InputError(f"depth is {depth}; one digit names it, so give at most {_MOST_DIGITS}")
    if not isinstance(zero, bool):
        raise InputError(f"zero is {zero!r}; give true or false")
    return [
        ("(" if d < depth else "") + (")" if d > 0 else "") + (str(d) if d > 0 or zero else "")
        for d in range(depth + 1)
    ]


def _write_parenthesis(characters: int, rng: np.random.Generator, *, depth: int, zero: bool) -> tuple[str, Truth]:
    allowed = _symbols(depth, zero)
    written, after, at = [], [], 0
    counts = [len(one) for one in allowed]
    shares: list[float] = []
    for number in rng.random((characters + 1) // 2).tolist():
        symbol = allowed[at][int(number * counts[at])]
        shares.append(1 / counts[at])
        at += (symbol == "(") - (symbol == ")")
        written.append(symbol)
        after.append(at)
    depths = np.repeat(np.array(after, np.int8), 2)
    spaces = np.arange(len(depths)) % 2
    probability = np.where(spaces, 1.0, np.repeat(shares, 2))
    entropy = np.where(spaces, np.log(counts)[depths], 0.0)
    truth: Truth = {"depth": depths, "expected": spaces.astype(np.int8), "probability": probability, "entropy": entropy}
    return " ".join([*written, ""]), truth


def _rate_of_parenthesis(*, depth: int, zero: bool) -> float:
    """Every depth is as frequent as it has symbols: the walk is equally likely there and back."""
    counts = np.array([len(one) for one in _symbols(depth, zero)])
    return float(counts @ np.log(counts) / counts.sum() / 2)


def _steps(kinds: int, depth: int, opening: float) -> NDArray[np.float64]:
    """How likely a bracket opens at each depth, checked."""
    if check_whole("kinds", kinds) > len(KINDS):
        raise InputError(f"kinds is {kinds}; there are {len(KINDS)}: {' '.join(KINDS)}")
    check_whole("depth", depth)
    if not 0 < check_real("opening", opening) < 1:
        raise InputError(f"opening is {opening!r}; give a share between 0 and 1")
    return np.array([1.0, *[opening] * (depth - 1), 0.0])


def _choices(kinds: int, up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy of the next symbol at each depth."""
    choice = -sum(p * np.log(np.where(p > 0, p, 1.0)) for p in (up, 1 - up))
    return np.asarray(choice + up * math.log(kinds))


def _write_dyck(
    characters: int, rng: np.random.Generator, *, kinds: int, depth: int, opening: float
) -> tuple[str, Truth]:
    up = _steps(kinds, depth, opening)
    likely = up.tolist()
    written: list[str] = []
    after, shares, distance = [], [], []
    opened: list[tuple[int, int]] = []
    for place, number in enumerate(rng.random(characters).tolist()):
        share = likely[len(opened)]
        if number < share:
            kind = int(number / share * kinds)
            opened.append((kind, place))
            written.append(KINDS[kind][0])
            shares.append(share / kinds)
            distance.append(0)
        else:
            kind, since = opened.pop()
            written.append(KINDS[kind][1])
            shares.append(1 - share)
            distance.append(place - since)
        after.append(len(opened))
    depths = np.array(after, np.int32)
    truth: Truth = {
        "depth": depths,
        "closes": np.array(distance, np.int64),
        "probability": np.array(shares),
        "entropy": _choices(kinds, up)[depths],
    }
    return "".join(written), truth


def _rate_of_dyck(*, kinds: int, depth: int, opening: float) -> float:
    up = _steps(kinds, depth, opening)
    return float(stationary(up, 1 - up) @ _choices(kinds, up))


PARENTHESIS = Language(
    "parenthesis",
    "brackets at most 4 deep, and digits that name the depth: each symbol allowed equally likely, a space after each",
    _write_parenthesis,
    _BRACKETS,
    {"depth": 4, "zero": True},
    _rate_of_parenthesis,
)
DYCK = Language(
    "dyck",
    "balanced brackets of 1 to 8 kinds: where both may be, one opens with a stated probability, its kind drawn evenly",
    _write_dyck,
    {
        "depth": _BRACKETS["depth"],
        "closes": "how many characters ago the bracket that it closes was opened; 0 where it opens one",
        "probability": _BRACKETS["probability"],
        "entropy": _BRACKETS["entropy"],
    },
    {"kinds": 2, "depth": 8, "opening": 0.5},
    _rate_of_dyck,
)
