"""How far an order depends on the text it was made from: bootstrap over steps, and the agreement of orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.orders import Ordering
from stateviz.core.progress import Progress, Watch
from stateviz.core.states import StateMatrix
from stateviz.ordering.comparison.run import PROVED_ROWS
from stateviz.ordering.problem.task import RowsLike, load
from stateviz.ordering.run import order


@dataclass(frozen=True, eq=False, repr=False)
class Stability(Noun):
    """How much orders of resampled steps agree with the order of all of them.

    Parameters
    ----------
    ordering
        The order of all steps.
    agreement : array, shape (repeats,)
        Rank agreement of each resampled order with it, 0 to 1; see ``rank_agreement``.
    neighbours : array, shape (repeats,)
        Share of its neighbouring pairs that are neighbours in the resampled order, too.
    pairs : array, shape (units - 1,)
        For each row of the order and the next: in what share of the resampled orders they are neighbours.

    Examples
    --------
    >>> found = stability(np.sin(np.arange(6)[:, None] / 4 + np.arange(60) / 9), repeats=3)
    >>> found.agreement.shape, found.pairs.shape
    ((3,), (5,))
    """

    ordering: Ordering
    agreement: NDArray[np.float64]
    neighbours: NDArray[np.float64]
    pairs: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("agreement", "neighbours", "pairs"):
            array = np.array(getattr(self, name), np.float64)
            array.flags.writeable = False
            self._hold(**{name: array})

    def __repr__(self) -> str:
        agreement = f"rank agreement {np.median(self.agreement):.2f}"
        extent = self.ordering.extent or f"{len(self.ordering.rows)} rows"
        return f"Stability({extent}, {len(self.agreement)} resamplings, {agreement})"

    def __str__(self) -> str:
        return (
            f"over {len(self.agreement)} resamplings of the steps: rank agreement {np.median(self.agreement):.2f} "
            f"({self.agreement.min():.2f} to {self.agreement.max():.2f}), "
            f"{np.median(self.neighbours):.0%} of neighbours kept"
        )


def rank_agreement(one: ArrayLike, other: ArrayLike) -> float:
    """Size of Kendall's rank correlation of two orders: 1 for the same order, in whichever direction.

    Parameters
    ----------
    one, other : array of int, shape (n,)
        Permutations of the same rows.

    Returns
    -------
    float
        From 0, where the orders have nothing in common, to 1.

    Raises
    ------
    InputError
        When the orders have different numbers of rows.

    Examples
    --------
    >>> rank_agreement([0, 1, 2, 3], [3, 2, 1, 0])
    1.0
    >>> round(rank_agreement([0, 1, 2, 3], [1, 0, 2, 3]), 3)
    0.667
    """
    from scipy.stats import kendalltau

    first, second = np.argsort(np.asarray(one)), np.argsort(np.asarray(other))
    if len(first) != len(second):
        raise InputError(f"the orders have {len(first)} and {len(second)} rows; compare orders of the same rows")
    return 1.0 if len(first) < 2 else abs(float(kendalltau(first, second).statistic))


def stability(
    states: RowsLike,
    *,
    repeats: int = 20,
    block: int | None = None,
    seed: int = 0,
    site: str | None = None,
    transpose: bool = False,
    watch: Watch | None = None,
    **settings: Any,
) -> Stability:
    """Order resampled steps over and over, and compare with the order of all steps.

    Steps follow from one another, so they are drawn in blocks of neighbours with replacement, round the end of the
    text (the circular block bootstrap, Politis & Romano 1992).

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        As ``order`` takes; rows, not distances.
    repeats : int
        How many times the steps are resampled.
    block : int, optional
        Steps a block; by default the cube root of their number, rounded up.
    seed : int
        Of the resampling, and of methods that use chance.
    site : str, optional
        Which site of a recording that has more than one.
    transpose : bool
        Units are the columns of an array and the rows of a data frame.
    watch : callable, optional
        Called with a Progress a few times a second while the states as they are are ordered, then for each resampling.
    **settings
        What ``order`` takes.

    Returns
    -------
    Stability
        The order of all steps, and how far the resampled orders agree with it.

    Raises
    ------
    InputError
        When distances, columns or rows with missing values are to be resampled, or a block is longer than the text.

    Examples
    --------
    >>> rows = np.sin(np.arange(6)[:, None] / 4 + np.arange(60) / 9)
    >>> found = stability(rows, repeats=3)
    >>> bool(found.neighbours.min() > 0.5)
    True
    """
    check_whole("repeats", repeats)
    if settings.get("axis", "units") != "units" or settings.get("metric") == "precomputed":
        raise InputError("stability resamples the steps of rows; give rows, and order their units")
    if settings.get("missing", "refuse") != "refuse":
        raise InputError("stability resamples whole steps; it takes rows without missing values")
    matrix = load(states, site, transpose)
    steps = matrix.shape[1]
    size = max(1, round(steps ** (1 / 3) + 0.5)) if block is None else check_whole("block", block)
    if size > steps:
        raise InputError(f"block is {block}; the rows have {steps} steps")
    whole = order(matrix, seed=seed, watch=watch, **settings)
    if settings.get("method", "auto") == "auto" and len(whole.rows) > PROVED_ROWS:
        settings["method"] = "lin-kernighan"  # as short but for a hair, and no proof is wanted of a resampling
    near = _neighbours(whole.rows)
    rng = np.random.default_rng(check_seed(seed))
    agreement, kept = [], []
    for done in range(repeats):
        starts = rng.integers(0, steps, -(-steps // size))
        chosen = ((starts[:, None] + np.arange(size)).ravel()[:steps]) % steps
        found = order(_resampled(matrix, chosen, size), seed=seed, bound=False, **settings)
        agreement.append(rank_agreement(whole.rows, found.rows))
        kept.append(np.isin(near, _neighbours(found.rows)))
        if watch is not None:
            watch(Progress("resampled", done=(done + 1) / repeats))
    pairs = np.mean(kept, axis=0) if len(near) else np.zeros(0)
    return Stability(whole, np.array(agreement), np.array([k.mean() if len(k) else 1.0 for k in kept]), pairs)


def _resampled(matrix: StateMatrix, chosen: NDArray[np.int64], size: int) -> StateMatrix:
    """The chosen steps; each block of ``size`` is a text of its own, so that no step follows one it did not follow."""
    return replace(
        matrix, values=matrix.values[:, chosen], tokens=None, column_breaks=tuple(range(size, len(chosen), size))
    )


def _neighbours(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each pair of neighbours, whichever way round."""
    return np.asarray(np.minimum(rows[:-1], rows[1:]) * len(rows) + np.maximum(rows[:-1], rows[1:]))
