"""align(): each unit's partner in another model, checkpoint or layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.aligning.results import Alignment, Partner
from stateviz.analysis.aligning.similarities import Regression, cka
from stateviz.analysis.measures import standardized
from stateviz.analysis.nulls.passages import shifted
from stateviz.analysis.nulls.shifts import corrected_p, joined, long_texts, powers, text_dots, upper_quantile
from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.table import unknown
from stateviz.storage import load_input

Real = NDArray[np.float64]
_LEAST = 100

ALIGNMENTS = {
    "best": "the unit of largest correlation, which may be the partner of several",
    "assignment": "one to one, so that the absolute correlations add up to as much as they can",
    "regression": "all units of the other together: the share of variance they account for on another part of the text",
}
"""How partners are chosen."""


def align(
    a: Any,
    b: Any,
    *,
    method: str = "assignment",
    site: str | None = None,
    other_site: str | None = None,
    alpha: float = 0.05,
    shifts: int = 199,
    seed: int = 0,
) -> Alignment:
    """Each unit's partner in another model, checkpoint or layer that read the same text, and how alike both are.

    Parameters
    ----------
    a, b : StateMatrix, Recording, array, tensor, DataFrame or path
        Units x steps each, of the same text.
    method : {"assignment", "best", "regression"}
        One to one; the best partner of each; or all units of ``b`` together.
    site, other_site : str, optional
        Of ``a`` and of ``b``, where they have more than one. Both may be sites of one recording.
    alpha : float
        The probability that chance alone gives any significant partner.
    shifts : int
        Draws of circular shifts, by which all units of ``b`` are turned together.
    seed : int
        Of the shifts.

    Returns
    -------
    Alignment
        In the order of the units of ``a``.

    Raises
    ------
    MismatchError
        When both are of different texts.
    InputError
        When there are fewer than 100 steps, statistics in place of states, or shifts too few for ``alpha``; by
        regression, when half the steps are no more than twice the units of ``b``.
    UnknownNameError
        When there is no such method or site.

    Notes
    -----
    Best partners are those of Li et al. 2015 and, as MaxCorr, of Bau et al. 2019. The null is that of ``correlate``:
    z is the correlation over its standard deviation under all circular shifts inside each text, by power spectra; p
    counts the draws whose largest z of all pairs is as large. By regression it counts those whose largest R2 is.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> states = rng.normal(size=(4, 500))
    >>> found = align(states, -states[::-1] + rng.normal(size=(4, 500)))
    >>> [(one.partner, one.significant) for one in found]
    [(3, True), (2, True), (1, True), (0, True)]
    """
    if method not in ALIGNMENTS:
        raise UnknownNameError(unknown("method", method, ALIGNMENTS))
    if not isinstance(alpha, float | int) or not 0 < alpha < 1:
        raise InputError(f"alpha must lie between 0 and 1, got {alpha}")
    upper_quantile(np.zeros(check_whole("shifts", shifts)), alpha)  # so many must tell alpha
    one, other = _states(a, site), _states(b, other_site)
    pair = _Pair.of(one, other)
    regression = Regression(pair.second) if method == "regression" else None
    maxima, alignments = _draws(pair, shifts, check_seed(seed), regression)
    r, z = pair.correlation, pair.z
    first, partners = _partners(r, method)
    r2 = None if regression is None else regression.r2(pair.first)
    p = corrected_p(maxima, np.abs(z[first, partners]) if r2 is None else r2[first])
    rows = [
        Partner(
            one.units[i], other.units[j], float(r[i, j]), float(z[i, j]), float(chance),
            None if r2 is None else float(r2[i]), bool(chance <= alpha),
        )
        for i, j, chance in zip(first, partners, p, strict=True)
    ]  # fmt: skip
    level = upper_quantile(alignments, alpha)
    return Alignment(tuple(rows), method, _named(one), _named(other), other.units, pair.cka, level, float(alpha))


@dataclass(frozen=True, eq=False)
class _Pair:
    """States of both over the same steps, shape (units, steps), of the texts that are long enough."""

    first: Real
    second: Real
    texts: tuple[slice, ...]

    @classmethod
    def of(cls, one: StateMatrix, other: StateMatrix) -> _Pair:
        steps = one.shape[1]
        if other.shape[1] != steps or (one.tokens and other.tokens and one.tokens != other.tokens):
            raise MismatchError(
                f"the states are of different texts ({steps:,} and {other.shape[1]:,} steps); record both on the same"
            )
        if steps < _LEAST:
            raise InputError(f"there are {steps} steps, and an alignment needs {_LEAST} or more; give a longer text")
        where = long_texts(sorted({*one.column_breaks, *other.column_breaks}), steps)
        (first, texts), (second, _) = (joined(matrix.values, where) for matrix in (one, other))
        return cls(np.asarray(first, np.float64), np.asarray(second, np.float64), texts)

    @cached_property
    def rows(self) -> tuple[Real, Real]:
        """Both, of mean 0 and norm 1."""
        return standardized(self.first), standardized(self.second)

    @cached_property
    def correlation(self) -> Real:
        """Shape (units of the one, units of the other)."""
        return np.asarray(np.clip(self.rows[0] @ self.rows[1].T, -1, 1))

    @cached_property
    def spread(self) -> tuple[Real, Real]:
        """Mean and standard deviation of each pair under all shifts; infinite where a unit never changes."""
        first, second = self.rows
        variance = powers(first, self.texts) @ powers(second, self.texts).T
        mean = text_dots(first, second, self.texts)
        return mean, np.asarray(np.where(variance > 1e-18, np.sqrt(np.maximum(variance, 1e-18)), np.inf))

    @property
    def z(self) -> Real:
        """Standard deviations by which each correlation differs from what shifts show."""
        return np.asarray((self.correlation - self.spread[0]) / self.spread[1])

    @cached_property
    def cka(self) -> float:
        """How alike both are as a whole."""
        return cka(self.first, self.second)

    def alignment(self, correlation: Real) -> float:
        """The same of other correlations between both, as shifts make them; each set's own stay as they are."""
        own = float((np.outer(*self.norms) * self.correlation**2).sum())
        return self.cka * float((np.outer(*self.norms) * correlation**2).sum()) / own if own > 0 else 0.0

    @cached_property
    def norms(self) -> tuple[Real, Real]:
        """The variance of each unit, over the largest."""
        found = [rows.var(axis=1) for rows in (self.first, self.second)]
        return found[0] / max(float(found[0].max()), 1e-300), found[1] / max(float(found[1].max()), 1e-300)


def _draws(pair: _Pair, shifts: int, seed: int, regression: Regression | None) -> tuple[Real, Real]:
    """In each draw the largest z of all pairs, or R2 of all units; and the alignment of both as a whole."""
    mean, spread = pair.spread
    largest, alignments = [], []
    for first, second in _turned(pair, shifts, seed):
        found = np.asarray(first @ second.T, np.float64)
        alignments.append(pair.alignment(found))
        largest.append(
            float((np.abs(found - mean) / spread).max() if regression is None else regression.r2(first).max())
        )
    return np.array(largest), np.array(alignments)


def _turned(pair: _Pair, shifts: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """All units of the first turned together: what they have to do with the second is broken, and nothing else."""
    first, second = (rows.astype(np.float32) for rows in pair.rows)
    for drawn in shifted(first, pair.texts, shifts, np.random.default_rng(seed)):
        yield drawn, second


def _partners(r: Real, method: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the one and of the other that belong together."""
    from scipy.optimize import linear_sum_assignment

    if method == "assignment":
        first, second = linear_sum_assignment(-np.abs(r))
        return np.asarray(first, np.int64), np.asarray(second, np.int64)
    return np.arange(len(r)), np.abs(r).argmax(axis=1)


def _states(given: Any, site: str | None) -> StateMatrix:
    matrix = load_input(given, site=site)
    if isinstance(matrix, Statistics):
        raise InputError("an alignment needs the states of the text, and these are statistics; record the states")
    return matrix


def _named(matrix: StateMatrix) -> str:
    name = matrix.source.get("name")
    return f"{matrix.site} of {name}" if isinstance(name, str) and name else matrix.site
