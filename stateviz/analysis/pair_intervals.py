"""How surely the correlation of a pair of units is known: its spread by chance alone, and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.intervals import Lagged, intervals
from stateviz.analysis.measures import Matrix, Measure
from stateviz.analysis.nulls.pairs import PairNull
from stateviz.analysis.nulls.shifts import upper_quantile
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.statistics import Statistics

if TYPE_CHECKING:
    from stateviz.core.states import StateMatrix

Names = tuple[int | str, ...]


class PairIntervals:
    """What Correlations tells of chance and of intervals."""

    values: Matrix
    states: StateMatrix | Statistics
    lags: tuple[int, ...]
    row: Measure | None

    @property
    def units(self) -> Names:
        """The name of each row."""
        raise NotImplementedError

    @property
    def lag(self) -> NDArray[np.int64]:
        """The lag of each pair."""
        raise NotImplementedError

    def spread(self) -> Matrix:
        """The standard deviation of each pair under all circular shifts, shape (units, units).

        Returns
        -------
        array
            How far chance alone takes the correlation of units that have nothing to do with each other; infinite where
            a unit is constant.

        Examples
        --------
        >>> from stateviz.analysis.pairwise import correlate
        >>> noise = np.random.default_rng(0).normal(size=(2, 400))
        >>> bool(0.04 < correlate(noise).spread()[0, 1] < 0.06)
        True
        """
        return self._null().spread(self.lag)

    def with_intervals(self, pairs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Pairs with ``low`` and ``high``, the 95% interval of each correlation on these very states.

        The intervals are those of ``find``: by Bartlett's variance, which knows that a text is alike from step to
        step, through Fisher's z. Of a pair that was chosen on the same states they are flattered.

        Parameters
        ----------
        pairs : sequence of dict
            With ``unit`` and ``other``, as ``pairs`` and ``significant`` give them, of these or other states.

        Returns
        -------
        list of dict
            Each with its ``correlation`` here, ``low``, ``high`` and ``z``, and all else that it held.

        Raises
        ------
        InputError
            When the measure is no correlation, or lags were asked for.
        UnknownNameError
            When there is no such unit.

        Examples
        --------
        >>> from stateviz.analysis.pairwise import correlate
        >>> first, noise = np.random.default_rng(0).normal(size=(2, 400))
        >>> found = correlate(np.stack([first, first + noise]))
        >>> [round(found.with_intervals(found.pairs(1))[0][name], 2) for name in ("low", "correlation", "high")]
        [0.68, 0.73, 0.78]
        """
        if self.lags != (0,) or self.row is None or not self.row.spectral:
            raise InputError("intervals are known of correlations at the same step; leave lags out, or measure pearson")
        place = {unit: row for row, unit in enumerate(self.units)}
        missing = [one[key] for one in pairs for key in ("unit", "other") if one[key] not in place]
        if missing:
            raise UnknownNameError(f"unit {missing[0]!r} is not among these {len(place)} units")
        if not pairs:
            return []
        null = self._null()
        z = null.z(self.values, self.lag)
        involved = sorted({place[one[key]] for one in pairs for key in ("unit", "other")})
        lagged = Lagged(np.asarray(null.values, np.float64)[involved], null.texts)
        told = []
        for one in pairs:
            first, second = place[one["unit"]], place[one["other"]]
            r = self.values[first, second]
            chosen = np.array([involved.index(second)])
            (sure,) = intervals(lagged, lagged, involved.index(first), chosen, np.array([r]))
            new = {"correlation": float(r), "low": sure.low, "high": sure.high, "z": float(z[first, second])}
            told.append(one | new)
        return told

    def _null(self, alpha: float = 0.5, **draws: Any) -> PairNull:
        if isinstance(self.states, Statistics):
            raise InputError("what chance shows needs the states, and these are statistics; give the states")
        if not 0 < alpha < 1:
            raise InputError(f"alpha must lie between 0 and 1, got {alpha}")
        assert self.row is not None  # __post_init__ fills it in
        null = PairNull.of(self.states, self.row, self.lags, **draws)
        upper_quantile(np.zeros(check_whole("shifts", null.shifts, 0)), alpha)  # so many must tell alpha
        return null
