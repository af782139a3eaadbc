"""Correlations: units x units, how alike each pair of units is over a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.graphs import PairGraphs
from stateviz.analysis.measures import MEASURES, Matrix, Measure
from stateviz.analysis.nulls.pairs import SHIFTS
from stateviz.analysis.nulls.shifts import corrected_p, upper_quantile
from stateviz.analysis.pair_intervals import PairIntervals
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.html import grey_levels
from stateviz.core.interop import pandas_module
from stateviz.core.noun import Noun
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.values import as_real

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class Correlations(PairIntervals, PairGraphs, Noun):
    """How alike each pair of units is; made by ``correlate``.

    Parameters
    ----------
    values : array, shape (units, units)
        Symmetric, in [-1, 1], 1 on the diagonal; 0 between a constant unit and any other. Of mutual information bits,
        the entropy of a unit's bins on the diagonal. With lags ``values[i, j]`` is of unit i at a step and unit j
        ``lag[i, j]`` steps later, and is not symmetric.
    states : StateMatrix or Statistics
        What they were computed from, its rows in the same order: states, or statistics of a text too long to keep.
    measure : str
        What the measure is called.
    constant : tuple of int or str
        Units that never change.
    ordering : Ordering, optional
        The order the rows are in; None for the order they came in.
    row : Measure, optional
        The measure itself, where it is none of MEASURES.
    lags : tuple of int
        By how many steps the second unit of a pair may come later.
    by_lag : array, shape (lags, units, units), optional
        The measure at each lag, where there are others than 0; ``values`` is the strongest of them.
    z : array, shape (units, units), optional
        Standard deviations by which ``values`` differ from what circular shifts show; with ``correlate(null="shift")``.

    Raises
    ------
    InputError
        When ``values`` are not as many rows and columns as there are units.

    Examples
    --------
    >>> found = Correlations([[1.0, 0.5], [0.5, 1.0]], StateMatrix([[0, 1, 1], [1, 1, 1]]), "pearson")
    >>> found
    Correlations(2 units of h, pearson)
    >>> found.pairs(1)
    [{'unit': 0, 'other': 1, 'correlation': 0.5}]
    """

    values: Matrix
    states: StateMatrix | Statistics
    measure: str
    constant: tuple[int | str, ...] = ()
    ordering: Ordering | None = None
    row: Measure | None = None
    lags: tuple[int, ...] = (0,)
    by_lag: Matrix | None = None
    z: Matrix | None = None

    def __post_init__(self) -> None:
        square = 2 * self.states.shape[:1]
        values = as_real(self.values)
        if values.shape != square:
            raise InputError(f"values have shape {values.shape}; expected a row and a column for each unit")
        values.flags.writeable = False
        for name, shape in (("by_lag", (len(self.lags), *square)), ("z", square)):
            if getattr(self, name) is not None:
                array = np.array(getattr(self, name), np.float64)
                if array.shape != shape:
                    raise InputError(f"{name} has shape {array.shape}; expected {shape}")
                array.flags.writeable = False
                self._hold(**{name: array})
        self._hold(lags=tuple(map(int, self.lags)))
        self._hold(values=values, constant=tuple(self.constant), row=self.row or MEASURES[self.measure])

    @property
    def units(self) -> tuple[int | str, ...]:
        """The name of each row."""
        return self.states.units

    @property
    def lag(self) -> NDArray[np.int64]:
        """Steps by which the second unit of a pair comes later where they are most alike, shape (units, units)."""
        if self.by_lag is None:
            return np.full(self.values.shape, self.lags[0], np.int64)
        return np.asarray(np.array(self.lags, np.int64)[np.abs(self.by_lag).argmax(axis=0)])

    def __repr__(self) -> str:
        order = f", in the order of {self.ordering.method}" if self.ordering else ""
        extent = f"{len(self.units)} units"
        if isinstance(self.states, StateMatrix) and self.states.units_from:
            extent = self.states.extent
        return f"Correlations({extent} of {self.states.site}, {self.measure}{order})"

    def _facts(self) -> dict[str, object]:
        order = self.ordering.method if self.ordering else "as they came"
        return {"site": self.states.site, "units": f"{len(self.units):,}", "measure": self.measure, "order": order}

    def _picture(self) -> NDArray[np.uint8]:
        return grey_levels(np.abs(self.values))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=bool(copy)) if copy else np.asarray(self.values, dtype)

    def reorder(self, ordering: Ordering) -> Correlations:
        """The same in another order, made for these very units; a unit that the order negates changes its sign.

        Parameters
        ----------
        ordering : Ordering
            As ``order(states, metric="correlation")`` finds it.

        Raises
        ------
        MismatchError
            When the order was made for other units, another site or another model.
        """
        states = _ordered(self.states, ordering)
        rows, signs = np.ix_(ordering.rows, ordering.rows), np.outer(ordering.signs, ordering.signs)
        if not self._measure.signed(self.states.binary):
            signs = np.ones_like(signs)
        moved: dict[str, Any] = {
            name: None if (given := getattr(self, name)) is None else given[..., rows[0], rows[1]] * signs
            for name in ("values", "by_lag", "z")
        }
        return replace(self, states=states, ordering=ordering, **moved)

    def with_null(self) -> Correlations:
        """The same with ``z``, by circular shifts."""
        return replace(self, z=self._null().z(self.values, self.lag))

    def pairs(self, k: int | None = 20) -> list[dict[str, Any]]:
        """The pairs of largest absolute correlation, strongest first.

        Parameters
        ----------
        k : int, optional
            How many; None for all.

        Returns
        -------
        list of dict
            ``unit``, ``other``, ``correlation``, with lags ``lag``, with a null ``z``; ``pandas.DataFrame(pairs)`` is
            a table of them.
        """
        if k is not None:
            check_whole("k", k)
        first, second = self._pairs()
        best = np.argsort(-np.abs(self.values[first, second]), kind="stable")[:k]
        return self._told(first[best], second[best], {"z": self.z})

    def significant(
        self, alpha: float = 0.05, *, shifts: int = SHIFTS, seed: int = 0, guard: int | None = None
    ) -> list[dict[str, Any]]:
        """The pairs that are more alike than chance alone makes any pair, by the largest z first.

        Parameters
        ----------
        alpha, shifts, seed, guard
            As ``threshold`` takes them.

        Returns
        -------
        list of dict
            As ``pairs`` gives them, with ``z`` and ``p``, the probability that chance alone makes any pair as strong.
        """
        null = self._null(alpha, shifts=shifts, seed=seed, guard=guard)
        z = null.z(self.values, self.lag)
        strong = np.abs(z) >= upper_quantile(null.maxima, alpha)
        first, second = (index[strong[self._pairs()]] for index in self._pairs())
        best = np.argsort(-np.abs(z[first, second]), kind="stable")
        return self._told(first[best], second[best], {"z": z, "p": corrected_p(null.maxima, np.abs(z))})

    def threshold(
        self, alpha: float = 0.05, *, shifts: int = SHIFTS, seed: int = 0, guard: int | None = None
    ) -> Matrix:
        """For each pair the correlation, without sign, that no unrelated pair reaches, but with probability ``alpha``.

        States of one text are alike from step to step, so that unrelated units correlate far more than independent
        numbers would, slow ones more than others. Turning a unit's row round keeps what it does and breaks only what it
        has to do with the others (Harrison et al. 2013). How far the correlation of a pair spreads over all circular
        shifts follows from two power spectra; z is the correlation over this spread. The threshold is the level that
        the largest z of all pairs passes with probability ``alpha`` (Westfall and Young 1993), by random shifts, which
        also give the spread of measures that are no correlation of rows. Texts are turned inside themselves. A common
        drift from start to end is not a thing shifts can tell from a relation.

        Parameters
        ----------
        alpha
            Probability of one or more false pairs among all.
        shifts
            How often all rows are turned; at least ``1 / alpha - 1``.
        seed
            Of the random turns.
        guard
            Pairs that are turned to within so many steps of where they were still are what they are, and are left out
            of that draw, which loosens ``alpha`` by as large a share as is left out: with the twentieth of the steps
            that is taken by default by a tenth of itself.

        Returns
        -------
        array, shape (units, units)
            ``np.abs(correlations.values) >= threshold`` are the pairs that pass; ``groups`` and ``graph`` take it, too.
            Infinite on the diagonal, and for a constant unit.

        Raises
        ------
        InputError
            With fewer than two units or 40 steps, or when ``shifts`` are too few for ``alpha``.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> slow = rng.normal(size=(3, 400)).cumsum(axis=1)
        >>> from stateviz.analysis.pairwise import correlate
        >>> correlate(np.diff(slow)).threshold().shape
        (3, 3)
        """
        null = self._null(alpha, shifts=shifts, seed=seed, guard=guard)
        found = np.sign(self.values) * null.moments[0] + upper_quantile(null.maxima, alpha) * null.spread(self.lag)
        np.fill_diagonal(found, np.inf)
        return np.asarray(found)

    def to_pandas(self) -> DataFrame:
        """The matrix as a data frame with the units as index and columns."""
        frame: DataFrame = pandas_module().DataFrame(self.values, index=list(self.units), columns=list(self.units))
        return frame

    @property
    def _measure(self) -> Measure:
        assert self.row is not None  # __post_init__ fills it in
        return self.row

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each pair once: first and second rows. With lags a unit may come before or after another."""
        if self.by_lag is None and self.lags == (0,):
            first, second = np.triu_indices(len(self.units), 1)
            return first, second
        lag, rows = self.lag, np.arange(len(self.units))
        both = np.isin(-lag, self.lags)  # the pair the other way round says the same
        once = np.where(lag > 0, True, np.where(lag < 0, ~both, rows[:, None] < rows))
        np.fill_diagonal(once, False)
        first, second = np.nonzero(once)
        return first, second

    def _told(
        self, first: NDArray[np.int64], second: NDArray[np.int64], more: dict[str, Matrix | None]
    ) -> list[dict[str, Any]]:
        lag = self.lag
        return [
            {"unit": self.units[i], "other": self.units[j], "correlation": float(self.values[i, j])}
            | ({} if self.lags == (0,) else {"lag": int(lag[i, j])})
            | {name: float(values[i, j]) for name, values in more.items() if values is not None}
            for i, j in zip(first, second, strict=True)
        ]


def _ordered(states: StateMatrix | Statistics, ordering: Ordering) -> StateMatrix | Statistics:
    if not isinstance(states, Statistics):
        return ordering.apply(states)
    # One column stands for the text: apply refuses an order of other units, another site or another model.
    ordering.apply(
        StateMatrix(states.mean[:, None].astype(np.float32), units=states.units, site=states.site, source=states.source)
    )
    return states.reorder(ordering.rows, ordering.signs, ordering.breaks)
