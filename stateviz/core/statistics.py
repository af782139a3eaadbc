"""Statistics: what is known of units after one pass over a text too long to keep; Accumulator gathers it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError
from stateviz.core.moments import Moments, checked_block
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.sketches import BLOCK, QuantileSketch
from stateviz.core.states import StateMatrix
from stateviz.core.values import as_array, as_real

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Statistics(Noun):
    """Moments and quantiles of units over a text; what ``order`` and ``correlate`` need of it.

    Parameters
    ----------
    units
        The name of each row.
    count
        How many steps were seen.
    mean : array, shape (units,)
    covariance : array, shape (units, units)
        Divided by ``count``, not by ``count - 1``: ``numpy.cov(..., bias=True)``.
    minimum, maximum : array, shape (units,)
    binary
        The units are two-valued, as the states that were counted say of themselves.
    off : int, optional
        -1 or 0: the lower value of binary units, the upper is 1. By default -1 of binary ones, None of real ones.
    sketch : QuantileSketch, optional
        Of the values of each unit.
    site, source, row_breaks
        As of a StateMatrix.

    Raises
    ------
    InputError
        When shapes do not fit, a number is not finite, or ``off`` does not suit.

    Examples
    --------
    >>> found = Statistics.of(StateMatrix([[0.0, 1.0, 2.0], [2.0, 2.0, 5.0]]))
    >>> found.mean.tolist(), found.count
    ([1.0, 3.0], 3)
    >>> found.correlation().round(4).tolist()
    [[1.0, 0.866], [0.866, 1.0]]
    """

    units: tuple[int | str, ...]
    count: int
    mean: Matrix
    covariance: Matrix
    minimum: Matrix
    maximum: Matrix
    binary: bool = False
    sketch: QuantileSketch | None = None
    site: str = "h"
    source: Mapping[str, Any] = field(default_factory=dict)
    row_breaks: tuple[int, ...] = ()
    off: int | None = None

    def __post_init__(self) -> None:
        rows = len(self.units)
        if self.off not in ((None, -1, 0) if self.binary else (None,)):
            raise InputError(f"off is {self.off!r}; give -1 or 0, and only for binary statistics")
        if self.count < 1 or not rows:
            raise InputError("statistics need at least one step of at least one unit")
        if len(set(self.units)) != rows:
            raise InputError("two rows have the same unit name; unit names must differ")
        shapes = {"mean": (rows,), "covariance": (rows, rows), "minimum": (rows,), "maximum": (rows,)}
        for name, shape in shapes.items():
            array = as_real(getattr(self, name))
            if array.shape != shape:
                raise InputError(f"{name} has shape {array.shape}; expected {shape}")
            if not np.isfinite(array).all():
                raise InputError(f"{name} holds a number that is not finite")
            array.flags.writeable = False
            self._hold(**{name: array})
        sketch = None if self.sketch is None else self.sketch.frozen()
        off = -1 if self.binary and self.off is None else self.off
        self._hold(units=tuple(self.units), source=FrozenDict(self.source), sketch=sketch, off=off)

    @classmethod
    def of(cls, states: StateMatrix) -> Statistics:
        """The statistics of states that are at hand.

        Parameters
        ----------
        states : StateMatrix, shape (units, steps)
        """
        gathered = Accumulator(states.units, site=states.site, source=states.source, off=states.off)
        gathered.update(states.values.T)
        return gathered.finish()

    @property
    def shape(self) -> tuple[int, int]:
        """(units, steps)."""
        return len(self.units), self.count

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which units never changed, shape (units,)."""
        return np.equal(self.minimum, self.maximum)

    def __repr__(self) -> str:
        return f"Statistics({self.site}: {len(self.units)} units over {self.count:,} steps)"

    def _facts(self) -> Mapping[str, object]:
        quantiles = "none" if self.sketch is None else f"ranks off by {self.sketch.error:.2%} at most"
        kind, steps = "binary" if self.binary else "real", f"{self.count:,}"
        return {"site": self.site, "units": f"{len(self.units):,}, {kind}", "steps": steps, "quantiles": quantiles}

    def correlation(self) -> Matrix:
        """Pearson's r of each pair of units, 1 on the diagonal; 0 between a constant unit and any other."""
        spread = np.sqrt(np.diag(self.covariance))
        spread = np.where(self.constant | (spread == 0), np.inf, spread)
        values = np.clip(self.covariance / (spread[:, None] * spread), -1, 1)
        np.fill_diagonal(values, 1)
        return np.asarray((values + values.T) / 2)

    def products(self) -> Matrix:
        """Dot products of the rows, the sums over all steps, shape (units, units); whole numbers for binary ones."""
        sums = self.count * (self.covariance + np.outer(self.mean, self.mean))
        return np.rint(sums) if self.binary else sums

    def quantiles(self, shares: ArrayLike) -> Matrix:
        """Values below which the given shares of a unit's values lie, shape (units,) or (units, n).

        Exact for shares 0 and 1; otherwise a value whose rank is off by no more than ``sketch.error`` of all ranks.

        Parameters
        ----------
        shares : float or array of float, shape (n,)
            From 0 to 1; 0.5 is the median.
        """
        if self.sketch is None:
            raise InputError("these statistics were gathered without quantiles")
        found, asked = self.sketch.quantiles(shares), np.asarray(shares, np.float64)
        found = np.where(asked == 0, self.minimum.reshape(-1, *[1] * asked.ndim), found)
        return np.where(asked == 1, self.maximum.reshape(-1, *[1] * asked.ndim), found)

    def reorder(self, rows: ArrayLike, signs: ArrayLike | None = None, row_breaks: Sequence[int] = ()) -> Statistics:
        """The units in another order, those of sign -1 flipped, as ``StateMatrix.reorder`` has them.

        Parameters
        ----------
        rows : array of int, shape (units,)
            A permutation: ``rows[i]`` is the unit that comes to place i.
        signs : array of int, shape (units,), optional
            -1 or +1 for each unit of the result.
        row_breaks : sequence of int
            Where groups of units begin in the result.
        """
        rows = np.asarray(rows)
        if not np.array_equal(np.sort(rows), np.arange(len(self.units))):
            raise InputError(f"rows must be a permutation of 0 to {len(self.units) - 1}")
        factor = np.ones(len(rows)) if signs is None else np.asarray(signs, np.float64)
        shift = np.where((factor < 0) & (self.off == 0), 1.0, 0.0)  # 0 and 1 exchanged: 1 - x
        least, most = self.minimum[rows] * factor + shift, self.maximum[rows] * factor + shift
        return replace(
            self,
            units=tuple(self.units[row] for row in rows),
            mean=self.mean[rows] * factor + shift,
            covariance=self.covariance[np.ix_(rows, rows)] * np.outer(factor, factor),
            minimum=np.minimum(least, most),
            maximum=np.maximum(least, most),
            sketch=None if self.sketch is None else self.sketch.take(rows, factor, shift),
            row_breaks=tuple(row_breaks),
        )


class Accumulator:
    """Gather Statistics in one pass, in memory that does not grow with the text.

    Values are taken in blocks of BLOCK steps, whatever ``update`` brings, so that the result does not depend on how
    the text was cut. The moments of a block join those before by the update of Chan, Golub and LeVeque (1983),
    "Algorithms for computing the sample variance", in float64: no sum of squares is taken that could cancel.

    Parameters
    ----------
    units : int or sequence
        How many, or their names.
    site, source
        As of a StateMatrix.
    quantiles
        Also keep a sketch of each unit's values.
    off
        The lower value of binary units, -1 or 0; None of real ones.

    Examples
    --------
    >>> gathered = Accumulator(2)
    >>> gathered.update([[0.0, 2.0], [1.0, 2.0], [2.0, 5.0]])
    >>> gathered.finish().mean.tolist()
    [1.0, 3.0]
    """

    def __init__(
        self,
        units: int | Iterable[int | str],
        *,
        site: str = "h",
        source: Mapping[str, Any] | None = None,
        quantiles: bool = True,
        off: int | None = None,
    ) -> None:
        self.units = tuple(range(units)) if isinstance(units, int) else tuple(units)
        self.site, self.source, self.off = site, dict(source or {}), off
        rows = len(self.units)
        self._moments, self._held = Moments(rows), 0
        self.sketch = QuantileSketch(rows) if quantiles else None
        self._waiting = np.empty((BLOCK, rows))

    def update(self, values: ArrayLike) -> None:
        """See more steps.

        Parameters
        ----------
        values : array, shape (steps, units)
            What the units were at each of them.

        Raises
        ------
        InputError
            When the shape is another, or a value is not finite or none of binary units: the first is named.
        """
        array = as_array(values)
        if array.ndim != 2 or array.shape[1] != len(self.units) or array.dtype.kind not in "biuf":
            raise InputError(
                f"values came as {array.dtype} of shape {array.shape}; expected (steps, {len(self.units)})"
            )
        seen = self._moments.count + self._held
        for start in range(0, len(array), BLOCK):  # a block at a time: no copy of all that came
            self._take(array[start : start + BLOCK], seen + start)

    def merge(self, other: Accumulator) -> None:
        """See what another accumulator saw.

        Parameters
        ----------
        other : Accumulator
            Of the same units, both with quantiles or both without.
        """
        if other.units != self.units:
            raise InputError(f"statistics of {len(other.units)} other units cannot be merged with {len(self.units)}")
        if self.off != other.off:
            raise InputError("statistics of binary and of real units, or of -1/+1 and of 0/1, cannot be merged")
        if (self.sketch is None) != (other.sketch is None):
            raise InputError("statistics with quantiles cannot be merged with statistics without")
        self._moments.merge(other._moments)
        if self.sketch is not None and other.sketch is not None:
            self.sketch.merge(other.sketch)
        self.update(other._waiting[: other._held])

    def finish(self) -> Statistics:
        """The statistics of what was seen so far; more may come.

        Raises
        ------
        InputError
            When nothing was seen.
        """
        whole = copy.deepcopy(self)
        whole._flush()
        found = whole._moments
        if not found.count:
            raise InputError("nothing was seen, and there are no statistics; call update first")
        return Statistics(
            self.units, found.count, found.mean, found.products / found.count, found.minimum, found.maximum,
            self.off is not None, whole.sketch, self.site, self.source, off=self.off)  # fmt: skip

    def _take(self, block: NDArray[Any], first: int) -> None:
        block = checked_block(block, self.off, first)
        while len(block):
            part = block[: BLOCK - self._held]
            self._waiting[self._held : self._held + len(part)] = part
            self._held += len(part)
            block = block[len(part) :]
            if self._held == BLOCK:
                self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        block, self._held = self._waiting[: self._held], 0
        self._moments.add(block)
        if self.sketch is not None:
            self.sketch.add(block.T)
