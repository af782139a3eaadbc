"""Correlations: units x units, how alike each pair of units is over a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.measures import MEASURES, Matrix, Measure, rows_of
from stateviz.analysis.nulls.shifts import shifted_maxima, upper_quantile
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError, MissingExtraError
from stateviz.core.html import grey_levels
from stateviz.core.noun import Noun
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics

if TYPE_CHECKING:
    from networkx import Graph
    from pandas import DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class Correlations(Noun):
    """How alike each pair of units is; made by ``correlate``.

    Parameters
    ----------
    values : array, shape (units, units)
        Symmetric, in [-1, 1], 1 on the diagonal; 0 between a constant unit and any other.
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

    def __post_init__(self) -> None:
        values = np.array(self.values, np.float64)
        if values.shape != 2 * self.states.shape[:1]:
            raise InputError(f"values have shape {values.shape}; expected a row and a column for each unit")
        values.flags.writeable = False
        self._hold(values=values, constant=tuple(self.constant), row=self.row or MEASURES[self.measure])

    @property
    def units(self) -> tuple[int | str, ...]:
        """The name of each row."""
        return self.states.units

    def __repr__(self) -> str:
        order = f", in the order of {self.ordering.method}" if self.ordering else ""
        return f"Correlations({len(self.units)} units of {self.states.site}, {self.measure}{order})"

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
        values = self.values[np.ix_(ordering.rows, ordering.rows)]
        signed = values * np.outer(ordering.signs, ordering.signs)
        return replace(self, values=signed, states=states, ordering=ordering)

    def pairs(self, k: int | None = 20) -> list[dict[str, Any]]:
        """The pairs of largest absolute correlation, strongest first.

        Parameters
        ----------
        k : int, optional
            How many; None for all.

        Returns
        -------
        list of dict
            ``unit``, ``other``, ``correlation``; ``pandas.DataFrame(pairs)`` is a table of them.
        """
        if k is not None:
            check_whole("k", k)
        first, second = np.triu_indices(len(self.units), 1)
        strength = np.abs(self.values[first, second])
        best = np.argsort(-strength, kind="stable")[:k]
        return [
            {"unit": self.units[i], "other": self.units[j], "correlation": float(self.values[i, j])}
            for i, j in zip(first[best], second[best], strict=True)
        ]

    def groups(self, threshold: float = 0.5) -> list[tuple[int | str, ...]]:
        """Groups of units that switch together, largest first; units alone are left out.

        Two units are in one group when a chain of pairs of absolute correlation ``threshold`` or
        more leads from one to the other (connected components, also called single linkage), so
        that two units of a long chain may have little to do with each other.

        Parameters
        ----------
        threshold : float
            Absolute correlation, 0 to 1.

        Returns
        -------
        list of tuple
            The names of the units of each group.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        _, group = connected_components(csr_array(self._strong(threshold)), directed=False)
        members = [np.flatnonzero(group == number) for number in range(group.max() + 1)]
        members = sorted((rows for rows in members if len(rows) > 1), key=lambda rows: (-len(rows), rows[0]))
        return [tuple(self.units[row] for row in rows) for rows in members]

    def graph(self, threshold: float = 0.5) -> Graph:
        """A networkx graph: a node a unit, an edge a pair of absolute correlation ``threshold`` or more.

        An edge holds ``weight``, the absolute correlation (what layouts and community methods
        expect), and ``correlation``, with its sign.

        Parameters
        ----------
        threshold : float
            Absolute correlation, 0 to 1.

        Raises
        ------
        MissingExtraError
            When networkx is not installed.
        """
        try:
            import networkx
        except ImportError:
            raise MissingExtraError("graphs need networkx; install it with: pip install networkx") from None
        strong = self._strong(threshold)
        graph = networkx.Graph()
        graph.add_nodes_from(self.units)
        for i, j in np.argwhere(np.triu(strong, 1)):
            value = float(self.values[i, j])
            graph.add_edge(self.units[i], self.units[j], weight=abs(value), correlation=value)
        return graph

    def threshold(self, alpha: float = 0.05, *, shifts: int = 200, seed: int = 0, guard: int | None = None) -> float:
        """The absolute correlation that no pair of unrelated units reaches, but with probability ``alpha``.

        States of one text are alike from step to step, so that unrelated units correlate far more
        than independent numbers would, and shuffling steps would call them related. Turning each
        unit's whole row round by a random number of steps keeps what it does and breaks only what
        it has to do with the others (Harrison et al. 2013; the largest over all pairs: Westfall
        and Young 1993). It takes units whose ways do not change over the text; a common drift
        from start to end is not a thing it can tell from a relation.

        Parameters
        ----------
        alpha
            Probability of one or more false pairs among all.
        shifts
            How often all rows are turned; at least ``1 / alpha - 1``.
        seed
            Of the random turns.
        guard
            Pairs that are turned to within so many steps of where they were still are what they
            are, and are left out of that draw; by default a twentieth of the steps.

        Raises
        ------
        InputError
            With fewer than two units or 40 steps, or when ``shifts`` are too few for ``alpha``.
        """
        if isinstance(self.states, Statistics):
            raise InputError("a threshold turns the states of the text, and these are statistics; give the states")
        units, steps = self.states.shape
        if not 0 < alpha < 1:
            raise InputError(f"alpha must lie between 0 and 1, got {alpha}")
        if units < 2 or steps < 40:
            raise InputError(f"a threshold needs 2 units and 40 steps or more, got {units} and {steps}")
        guard = steps // 20 if guard is None else guard
        if not 0 <= guard < steps // 4:
            raise InputError(f"guard must be 0 to {steps // 4 - 1} for {steps} steps, got {guard}")
        rows = rows_of(self._measure, self.states.values)
        maxima = shifted_maxima(rows, shifts, guard, np.random.default_rng(seed))
        kept = 1 - (2 * guard + 1) / steps  # the draws hold this share of the pairs: ask of them as much less
        return upper_quantile(maxima, alpha * kept)

    def to_pandas(self) -> DataFrame:
        """The matrix as a data frame with the units as index and columns."""
        try:
            from pandas import DataFrame
        except ImportError:
            raise MissingExtraError("data frames need pandas; install it with: pip install pandas") from None
        return DataFrame(self.values, index=list(self.units), columns=list(self.units))

    @property
    def _measure(self) -> Measure:
        assert self.row is not None  # __post_init__ fills it in
        return self.row

    def _strong(self, threshold: float) -> NDArray[np.bool_]:
        if not 0 < threshold <= 1:
            raise InputError(f"threshold must be above 0 and at most 1, got {threshold}")
        strong = np.abs(self.values) >= threshold
        np.fill_diagonal(strong, False)
        return strong


def _ordered(states: StateMatrix | Statistics, ordering: Ordering) -> StateMatrix | Statistics:
    if not isinstance(states, Statistics):
        return ordering.apply(states)
    # One column stands for the text: apply refuses an order of other units, another site or another model.
    ordering.apply(
        StateMatrix(states.mean[:, None].astype(np.float32), units=states.units, site=states.site, source=states.source)
    )
    return states.reorder(ordering.rows, ordering.signs, ordering.breaks)
