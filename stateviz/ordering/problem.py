"""Problem: what an ordering method is given; Stop: when it has to be done; Answer: what it may hand back."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.similarity import METRICS, distances, resolve_metric

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows to be put in an order of least total distance, both ends free.

    Parameters
    ----------
    distances : array, shape (n, n)
        Symmetric, zero diagonal, never negative.
    states : array, shape (n, steps), optional
        The rows themselves; None where only distances are known.
    collapsible
        Rows at distance 0 may be kept together: the distances are those of a true metric.

    Examples
    --------
    >>> problem = Problem(np.array([[0, 1, 4], [1, 0, 3], [4, 3, 0]]))
    >>> problem.length([0, 2, 1]), problem.integer
    (7, True)
    """

    distances: NDArray[Any]
    states: NDArray[Any] | None = None
    collapsible: bool = False

    @classmethod
    def from_states(cls, states: StateMatrix, metric: str = "auto", *, flip: bool = False) -> Problem:
        """The problem of ordering ``states`` by a metric of METRICS."""
        row = METRICS[resolve_metric(metric, states)]
        values = None if row.needs == "square" else states.values
        return cls(distances(states, row.name, flip=flip), values, row.true_metric)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.distances)

    @cached_property
    def integer(self) -> bool:
        """Every distance is a whole number, and so is every length."""
        if self.distances.dtype.kind in "iu":
            return True
        exact = float(self.distances.max()) * self.size < 2**53
        return exact and bool(np.all(self.distances == np.rint(self.distances)))

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """Mean activation of each row, shape (n,).

        Without rows, the mean distance to the other rows: outliers come last.
        """
        if self.states is None:
            return np.asarray(self.distances.sum(axis=1) / max(1, self.size - 1), np.float64)
        return np.asarray(self.states.mean(axis=1, dtype=np.float64))

    @cached_property
    def lattice(self) -> tuple[float, float]:
        """(offset, step): every distance is ``offset`` plus a whole multiple of ``step``; step is 0 for real ones.

        The length of every order is then ``(n - 1) * offset`` plus a multiple of ``step``, which lets a
        bound be rounded up further than to the next whole number.
        """
        if self.size < 2:
            return 0, 0
        # A row's least distance to another is under its diagonal only where the diagonal is left out.
        upper = self.distances[np.triu_indices(self.size, 1)]
        offset = upper.min()
        if not self.integer:
            return float(offset), 0
        return int(offset), int(np.gcd.reduce(upper.astype(np.int64) - int(offset)))

    def length(self, rows: ArrayLike) -> float:
        """Sum of the distances from each row to the next; exact, and the same from either end."""
        rows = np.asarray(rows)
        steps = self.distances[rows[:-1], rows[1:]]
        return int(steps.sum(dtype=np.int64)) if steps.dtype.kind in "iu" else math.fsum(steps)

    def round_up(self, bound: float) -> float:
        """The least length an order can have, given that none is below ``bound``."""
        offset, step = self.lattice
        if not self.integer:
            return bound
        base = (self.size - 1) * offset
        if step == 0:  # all distances are equal
            return base
        # The bounds computed in floating point are safe to far less than this.
        return base + step * max(0, math.ceil((bound - base) / step - 1e-6))

    def proves(self, length: float, bound: float) -> bool:
        """Whether ``bound`` shows that no order is shorter than ``length``."""
        return length - bound < 1 if self.integer else length - bound <= 1e-9 * length

    def collapse(self) -> tuple[Problem, list[Rows]]:
        """One row of each set at distance 0, and the members of each set, lowest index first.

        Only where the distances are those of a true metric: elsewhere separate copies can serve as
        stepping stones, and the problem comes back as it is.
        """
        if not self.collapsible:
            return self, [np.array([i]) for i in range(self.size)]
        first = np.argmax(self.distances == 0, axis=1)
        keep, label = np.unique(first, return_inverse=True)
        members = [np.flatnonzero(label == i) for i in range(len(keep))]
        states = None if self.states is None else self.states[keep]
        return Problem(self.distances[np.ix_(keep, keep)], states, True), members


@dataclass
class Stop:
    """When a method has to be done: asked often, answered fast.

    Parameters
    ----------
    seconds
        From now; None for no limit.
    interrupted
        Set by a method that was interrupted from the keyboard and returns what it has.
    """

    seconds: float | None = None
    interrupted: bool = False
    _start: float = field(default_factory=time.perf_counter, repr=False)

    def __post_init__(self) -> None:
        if self.seconds is not None and not self.seconds > 0:
            raise InputError(f"time is {self.seconds}; give seconds above 0")

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self.interrupted or self.remaining() <= 0

    def remaining(self) -> float:
        """Seconds left; infinity without a limit."""
        return math.inf if self.seconds is None else self.seconds - self.elapsed()

    def elapsed(self) -> float:
        """Seconds since it was made."""
        return time.perf_counter() - self._start


@dataclass(frozen=True, eq=False)
class Answer:
    """Rows together with a bound the method came by; most methods return rows alone."""

    rows: Rows
    bound: float | None = None
