"""correlate(): how alike each pair of units is over a text."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.blocked import is_too_large, streamed, write_square
from stateviz.analysis.correlations import Correlations
from stateviz.analysis.devices import Dots
from stateviz.analysis.measures import Matrix, Measure, measure_of, measured, rows_of
from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.storage import load_any, load_input
from stateviz.storage.atomic import AnyPath

AnyMeasure = str | Measure | Callable[[NDArray[np.generic]], Matrix]


@overload
def correlate(
    states: Any,
    *,
    measure: AnyMeasure = ...,
    lags: Sequence[int] = ...,
    null: str | None = ...,
    bins: int | None = ...,
    site: str | Sequence[str] | None = ...,
    device: str | None = ...,
    out: None = ...,
    overwrite: bool = ...,
    transpose: bool = ...,
) -> Correlations:
    """All pairs in memory."""


@overload
def correlate(
    states: Any,
    *,
    measure: AnyMeasure = ...,
    lags: Sequence[int] = ...,
    null: str | None = ...,
    bins: int | None = ...,
    site: str | Sequence[str] | None = ...,
    device: str | None = ...,
    out: AnyPath,
    overwrite: bool = ...,
    transpose: bool = ...,
) -> Recording:
    """All pairs on disk."""


def correlate(
    states: Any,
    *,
    measure: AnyMeasure = "pearson",
    lags: Sequence[int] = (0,),
    null: str | None = None,
    bins: int | None = None,
    site: str | Sequence[str] | None = None,
    device: str | None = None,
    out: AnyPath | None = None,
    overwrite: bool = False,
    transpose: bool = False,
) -> Correlations | Recording:
    """How alike each pair of units is over the text.

    Parameters
    ----------
    states : StateMatrix, Recording, Statistics, array, tensor, DataFrame or path
        Units x steps, at least 2 steps. A recording of more than 1 GB is read block by block, for ``pearson``, ``phi``,
        ``partial`` and ``spearman`` (whose ranks take as much room on disk meanwhile), without lags and null.
        Statistics suffice for ``pearson`` and ``partial``, and of binary states for ``spearman`` and ``phi``.
    measure : str, Measure or callable
        A name of MEASURES; a row of one's own; or a function ``rows(values)`` that makes of states, shape
        (units, steps), the rows whose correlation coefficient is wanted. On binary states ``pearson``, ``spearman`` and
        ``phi`` are the phi coefficient. ``switches`` correlates when units change, and not what they are.
    lags : sequence of int
        By how many steps the second unit of a pair may come later (earlier, below 0), inside each text; of several the
        strongest counts.
    null : {"shift"}, optional
        Also z, in standard deviations of what circular shifts show. ``Correlations.significant`` and ``threshold``
        need no such word.
    bins : int, optional
        Of ``mutual-information``: into how many bins a unit's values are cut; by default 8.
    site : str or sequence of str, optional
        Which site of a recording that has more than one; of several, or ``"all"``, units are correlated across them
        and named ``site:unit``.
    device : str, optional
        Where torch computes the products of rows, such as ``"cuda"``; by default NumPy does. The numbers are the same
        to 1e-5.
    out : str or Path, optional
        Write the square as a recording, ``X.zarr`` or ``X.zarr.zip``, row by row: for units whose square is too large
        to hold. A row is a step, its token the unit's name; of ``pearson``, ``spearman`` and ``phi``, in float32.
    overwrite : bool
        Replace the recording at ``out``.
    transpose : bool
        Units are the columns of an array and the rows of a data frame.

    Returns
    -------
    Correlations, or with ``out`` Recording
        In the order the units came in: ``order(states, metric="correlation")`` finds another, and
        ``heatmap(correlations, ordering=...)`` draws them in it.

    Warns
    -----
    UserWarning
        Names the units that never change; they count as uncorrelated.

    Raises
    ------
    UnknownNameError
        When MEASURES has no such name.
    InputError
        When there are fewer than 2 steps, or when the measure needs the states and only statistics came.

    Examples
    --------
    >>> found = correlate([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]])
    >>> found.values.tolist()
    [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    >>> found.groups(0.5)
    [(0, 1)]
    >>> correlate([[0.0, 0.1, 9.0], [0.0, 5.0, 6.0]], measure=np.sign).values.tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    >>> correlate([[0, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 1]], lags=(0, 1)).lag.tolist()
    [[0, 1], [0, 0]]
    """
    row, dots = measure_of(measure, bins), Dots(device)
    if null not in (None, "shift"):
        raise InputError(f"null is {null!r}; give 'shift', or leave it out")
    if out is not None:
        if _checked_lags(lags, 3) != (0,) or null is not None:
            raise InputError("a square on disk has neither lags nor a null; leave them out, or leave out=")
        return write_square(*_on_disk(states, site, transpose), row, out, dots, overwrite=overwrite)
    if overwrite:
        raise InputError("overwrite is for out=; leave it out")
    if site is None or (isinstance(site, str) and site != "all"):
        large = None if transpose else _large(states, site)
        if large is not None:
            return _from_statistics(streamed(large, large.only(site), row, dots), row, tuple(lags), null, measured=True)
        matrix = load_input(states, site=site, transpose=transpose)
    else:
        if transpose:
            raise InputError("a recording of several sites knows which axis is which; leave transpose out")
        matrix = joined_sites(load_any(states), site)
    wanted = _checked_lags(lags, matrix.shape[1])
    if matrix.shape[1] < 2:
        raise InputError("a correlation needs at least 2 steps, got 1")
    if isinstance(matrix, Statistics):
        return _from_statistics(matrix, row, wanted, null)
    constant = _constant(matrix)
    if wanted == (0,):
        prepared = matrix if row.prepare is None else row.prepare(matrix)
        found = Correlations(measured(row, prepared.values, dots), matrix, row.name, constant, row=row)
    else:
        by_lag = _lagged(matrix, row, wanted, dots)
        strongest = np.abs(by_lag).argmax(axis=0)[None]
        values = np.take_along_axis(by_lag, strongest, axis=0)[0]
        found = Correlations(values, matrix, row.name, constant, row=row, lags=wanted, by_lag=by_lag)
    return found if null is None else found.with_null()


def _large(states: Any, site: str | None) -> Recording | None:
    """The recording on disk that is too large to hold, if it is one."""
    if isinstance(states, str | os.PathLike) and str(states).lower().endswith((".zarr", ".zarr.zip")):
        states = load_any(states)
    if isinstance(states, Recording) and is_too_large(states, states.only(site)):
        return states
    return None


def _on_disk(states: Any, site: str | Sequence[str] | None, transpose: bool) -> tuple[Recording, str]:
    """What a square is written of: a recording, and the site of it."""
    if transpose or isinstance(states, Statistics):
        matrix = load_input(states, transpose=transpose)
        if isinstance(matrix, Statistics):
            raise InputError("a square on disk is made of states, and these are statistics; leave out=")
        states = matrix
    if site is not None and (not isinstance(site, str) or site == "all" or "," in site):
        states, site = joined_sites(load_any(states), site), None
    recording = load_any(states, site=site)
    return recording, recording.only(site)


def _from_statistics(
    matrix: Statistics, row: Measure, lags: tuple[int, ...], null: str | None, *, measured: bool = False
) -> Correlations:
    """From statistics of the states; or of what the measure makes of them, where they are ``measured`` already."""
    enough = measured or row.from_moments or (matrix.binary and row.prepare is None and row.square is None)
    if not enough:
        raise InputError(f"measure {row.name!r} needs the states, and these are statistics; choose pearson")
    if lags != (0,) or null is not None:
        raise InputError("lags and a null need the states, and these are statistics; leave them out")
    values = matrix.correlation()
    return Correlations(
        values if row.adjust is None else row.adjust(values), matrix, row.name, _constant(matrix), row=row
    )


def joined_sites(recording: Recording, site: str | Sequence[str]) -> StateMatrix:
    """The units of several sites of a recording as rows of one matrix, named ``site:unit``.

    Parameters
    ----------
    recording : Recording
    site : str or sequence of str
        Names of sites, as one str with commas between them; or ``"all"``.
    """
    names = recording.sites if site == "all" else tuple(site.split(",") if isinstance(site, str) else site)
    if not names or len(set(names)) < len(names):
        raise InputError(f"sites are {site!r}; name different ones, or give 'all'")
    parts = [recording[name] for name in names]
    return StateMatrix(
        np.concatenate([part.values for part in parts]),
        units=[f"{name}:{unit}" for name, part in zip(names, parts, strict=True) for unit in part.units],
        tokens=parts[0].tokens,
        site="+".join(names),
        source=parts[0].source,
        row_breaks=np.cumsum([len(part.units) for part in parts])[:-1].tolist(),
        column_breaks=parts[0].column_breaks,
        binary=len({(part.binary, part.off) for part in parts}) == 1 and parts[0].binary,
    )


def _checked_lags(lags: Sequence[int], steps: int) -> tuple[int, ...]:
    given = (lags,) if isinstance(lags, int) else tuple(lags)
    whole = all(isinstance(lag, (int, np.integer)) and not isinstance(lag, bool) for lag in given)
    if not given or not whole or len(set(given)) < len(given):
        raise InputError(f"lags are {lags!r}; give different whole numbers of steps, such as (0, 1, 2)")
    if max(map(abs, given)) > steps - 2 and given != (0,):
        raise InputError(f"lags reach to {max(map(abs, given))} steps, and there are {steps}; two steps must be left")
    return tuple(int(lag) for lag in given)


def _lagged(matrix: StateMatrix, row: Measure, lags: tuple[int, ...], dots: Dots) -> Matrix:
    """The measure at each lag, shape (lags, units, units), over the steps whose other one is in the same text."""
    if not row.spectral:
        raise InputError(f"measure {row.name!r} has no lags; choose pearson, spearman, phi or switches")
    prepared = matrix if row.prepare is None else row.prepare(matrix)
    steps = prepared.shape[1]
    text = np.searchsorted(np.array(prepared.column_breaks, np.int64), np.arange(steps), side="right")
    found = np.empty((len(lags), *2 * prepared.shape[:1]))
    for place, lag in enumerate(lags):
        at = np.arange(max(0, -lag), min(steps, steps - lag))
        at = at[text[at] == text[at + lag]]
        if len(at) < 2:
            raise InputError(f"no text is long enough for a lag of {lag} steps")
        found[place] = np.clip(
            dots(rows_of(row, prepared.values[:, at]), rows_of(row, prepared.values[:, at + lag])), -1, 1
        )
        if lag == 0:
            np.fill_diagonal(found[place], 1)
    return found


def _constant(states: StateMatrix | Statistics) -> tuple[int | str, ...]:
    if isinstance(states, Statistics):
        still = np.flatnonzero(states.constant)
    else:
        still = np.flatnonzero(np.all(states.values == states.values[:, :1], axis=1))
    names = tuple(states.units[row] for row in still)
    if names:
        shown = ", ".join(map(str, names[:10])) + (", ..." if len(names) > 10 else "")
        what = "unit is" if len(names) == 1 else "units are"
        text = f"{len(names)} {what} constant, and counted as uncorrelated with every other: {shown}"
        warnings.warn(text, UserWarning, stacklevel=3)
    return names
