"""Units that switch at the same steps: how many a step, in neighbouring rows, on which characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.analysis.nulls.shifts import joined, long_texts
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.states import StateMatrix
from stateviz.similarity.switches import switches

Real = NDArray[np.float64]
_ORDERS = 500
_FEWEST = 5
_BYTE = 127
_DRAWS, _FEWER_DRAWS, _LARGE = 999, 199, 2**20


@dataclass(frozen=True, repr=False, eq=False)
class Synchrony(Noun):
    """How far units switch together.

    Parameters
    ----------
    a_step : array, shape (steps - texts,)
        How many units switch at each step but the first of a text.
    variance, chance, limit : float
        The variance of ``a_step``, its mean over circular shifts of the rows, and what 95% of them stay under.
    common : mapping of str to float
        The share of switches that a row has in common with the next, both over the mean of the two, in each order:
        ``as recorded``, ``random`` (the mean of 500), and those that were given.
    random_spread : float
        The standard deviation over random orders.
    by_token : mapping of str to tuple
        For each token that comes five times or more how many units switch at it on average, and how often it comes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> together = np.cumsum(rng.random(500) < 0.3) % 2
    >>> found = synchrony_of(StateMatrix(np.stack([together] * 4 + [rng.integers(0, 2, 500)])))
    >>> bool(found.variance > found.limit), round(found.common["as recorded"], 2) > found.common["random"]
    (True, True)
    """

    a_step: NDArray[np.int64]
    variance: float
    chance: float
    limit: float
    common: Mapping[str, float]
    random_spread: float
    by_token: Mapping[str, tuple[float, int]]

    def __post_init__(self) -> None:
        array = np.array(self.a_step, np.int64)
        array.flags.writeable = False
        self._hold(a_step=array, common=FrozenDict(self.common), by_token=FrozenDict(self.by_token))

    def __repr__(self) -> str:
        return (
            f"Synchrony(variance of switches a step {self.variance:.1f}; by chance {self.chance:.1f}, 95% under "
            f"{self.limit:.1f})"
        )


def synchrony_of(
    states: StateMatrix, orders: Mapping[str, ArrayLike] | None = None, *, shifts: int | None = None, seed: int = 0
) -> Synchrony:
    """How far units switch together, against circular shifts of their rows; real units switch where they cross 0."""
    on = states if states.binary else _signs(states)
    changed = switches(on)
    values, texts = joined(changed.values.astype(np.int8), long_texts(changed.column_breaks, changed.shape[1]))
    rng, sizes = np.random.default_rng(seed), [text.stop - text.start for text in texts]
    if shifts is None:  # a long text tells its variance by fewer
        shifts = _DRAWS if values.size <= _LARGE else _FEWER_DRAWS
    turns = (np.stack([rng.integers(size, size=len(values)) for size in sizes], axis=1) for _ in range(shifts))
    drawn = [turned_sum(values, texts, turn).var() for turn in turns]
    rows = changed.values.astype(np.float64)
    shared = rows @ rows.T
    random = [common_switches(shared, rng.permutation(len(rows))) for _ in range(_ORDERS)]
    common = {"as recorded": common_switches(shared, np.arange(len(rows))), "random": float(np.mean(random))}
    for name, order in (orders or {}).items():
        common[name] = common_switches(shared, np.asarray(getattr(order, "rows", order)))
    a_step = rows.sum(axis=0).astype(np.int64)
    return Synchrony(
        a_step,
        float(values.sum(axis=0).var()),
        float(np.mean(drawn)),
        float(np.quantile(drawn, 0.95)),
        common,
        float(np.std(random)),
        _by_token(a_step, changed.tokens),
    )


def turned_sum(rows: NDArray[np.generic], texts: Sequence[slice], turns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum over rows of 0 and 1, each turned round inside each text by ``turns``, shape (rows, texts).

    Examples
    --------
    >>> turned_sum(np.array([[1, 0, 0], [1, 0, 0]], np.int8), [slice(0, 3)], np.array([[0], [1]])).tolist()
    [1, 0, 1]
    """
    total = np.zeros(rows.shape[1], np.int64)
    for begin in range(0, len(rows), _BYTE):
        part = np.zeros(rows.shape[1], np.int8)  # so many rows of 0 and 1 fit a byte, which is added ten times as fast
        for row, own in zip(rows[begin : begin + _BYTE], turns[begin : begin + _BYTE], strict=True):
            for text, turn in zip(texts, own, strict=True):
                first, last, turning = text.start, text.stop, int(turn)
                part[first : last - turning] += row[first + turning : last]
                part[last - turning : last] += row[first : first + turning]
        total += part
    return total


def common_switches(shared: Real, rows: NDArray[np.int64]) -> float:
    """The share of switches that a row has in common with the next in an order: in both, over the mean of the two.

    Parameters
    ----------
    shared : array, shape (units, units)
        At how many steps both of two units switch, on the diagonal at how many one does.
    rows
        The order.

    Examples
    --------
    >>> switched = np.array([[1.0, 1, 0], [1, 0, 0], [0, 0, 1]])
    >>> common_switches(switched @ switched.T, np.array([0, 1, 2]))
    0.4
    """
    if not np.array_equal(np.sort(rows), np.arange(len(shared))):
        raise InputError(f"an order is a permutation of 0 to {len(shared) - 1}")
    both = float(shared[rows[:-1], rows[1:]].sum())
    count = np.diag(shared)[rows]
    return both / max(float((count[:-1] + count[1:]).sum() / 2), 1.0)


def _signs(states: StateMatrix) -> StateMatrix:
    return StateMatrix(states.values > 0, tokens=states.tokens, column_breaks=states.column_breaks, binary=True)


def _by_token(a_step: NDArray[np.int64], tokens: tuple[str, ...] | None) -> dict[str, tuple[float, int]]:
    if tokens is None:
        return {}
    known, places, counts = np.unique(np.array(tokens, object), return_inverse=True, return_counts=True)
    means = np.bincount(places, a_step) / counts
    found = [(str(known[k]), (float(means[k]), int(counts[k]))) for k in np.argsort(-means) if counts[k] >= _FEWEST]
    return dict(found)
