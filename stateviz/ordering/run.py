"""order(): from states to an Ordering."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import Recording, StateMatrix, coerce_states
from stateviz.core.table import unknown
from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.problem import Answer, Problem, Rows, Stop
from stateviz.ordering.signs import canonical, canonical_signed
from stateviz.similarity import METRICS, check_distances, flip_products, resolve_metric

EXACT_ROWS = 200
"""Up to here ``auto`` is exact."""

BOUND_SECONDS = 30.0
"""The bound is stopped after this long; it rarely takes a tenth of it."""

_FIRST = "mean"
"""What an improver starts from when nothing comes before it, as published for 2-opt."""


@dataclass(frozen=True)
class _Step:
    name: str
    function: Callable[..., Any]
    options: Mapping[str, Any]
    row: Method | None = None


def order(
    states: Any,
    *,
    method: str | Callable[..., Any] = "auto",
    metric: str = "auto",
    flip: bool = False,
    seed: int = 0,
    time: float | None = None,
    site: str | None = None,
    bound: bool = True,
    **options: Any,
) -> Ordering:
    """Order rows so that each is as near to the next as can be.

    Parameters
    ----------
    states
        Units x steps: a StateMatrix, a Recording (with ``site``), an array, a tensor, a DataFrame or a path. For the
        metric ``precomputed`` the square matrix of distances.
    method
        A name of METHODS, several joined by commas from left to right (``"greedy-insert,two-opt"``), ``"auto"`` (exact
        up to 200 rows, above that greedy-insert,two-opt), or a function
        ``solve(problem, *, start, rng, stop, **options) -> rows``. An improver that comes first starts from
        the order of means.
    metric
        A name of METRICS; ``"auto"`` is hamming for binary rows and correlation for real ones.
    flip
        Rows may be negated: they are ordered by the size of their similarity, and signs chosen along the order.
    seed
        The same seed gives the same order.
    time
        Seconds after which the methods return the best they have; None for no limit.
    bound
        Also find what no order can be shorter than, within 30 seconds.
    options
        Passed to the methods that take them.

    Returns
    -------
    Ordering
        In canonical direction: the first row's mean (its distance to the others, for precomputed) is not above the
        last's; on a tie the lower index comes first.

    Raises
    ------
    UnknownNameError
        When a method, metric or option does not exist.
    InputError
        When the states do not suit the metric, or there are too many rows for the method.

    Examples
    --------
    >>> ordering = order([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])
    >>> ordering.rows.tolist(), ordering.length, ordering.proven
    ([0, 2, 3, 1], 3.0, True)
    """
    matrix = _load(states, site)
    metric = resolve_metric(metric, matrix)
    steps = _steps(method, options, matrix.shape[0])
    stop = Stop(time)
    rng = np.random.default_rng(_seed(seed))
    problem = _problem(states, matrix, metric, flip)
    stop = Stop(time)  # the clock of the methods starts here
    rows, least = _pipeline(steps, problem, rng, stop)
    seconds = stop.elapsed()
    if bound and least is None and not stop.interrupted:
        from stateviz.ordering.bounds import lower_bound

        least = lower_bound(problem, rows, stop=Stop(BOUND_SECONDS))
    if flip:
        rows, signs = canonical_signed(rows, problem.means, lambda r: flip_products(matrix, metric, r))
    else:
        rows, signs = canonical(rows, problem.means), np.ones(problem.size, np.int8)
    length = problem.length(rows)
    # What is within rounding of the length is the length.
    least = None if least is None else min(least, length)
    return Ordering(
        rows=rows,
        signs=signs,
        length=float(length),
        bound=None if least is None else float(least),
        proven=least is not None and problem.proves(length, least),
        flip=flip,
        method=",".join(step.name for step in steps),
        metric=metric,
        options={name: value for step in steps for name, value in step.options.items()},
        seed=int(seed),
        units=matrix.units,
        site=matrix.site,
        model=matrix.source.get("model"),
        seconds=seconds,
    )


def resolve_method(method: str, size: int) -> str:
    """The pipeline ``auto`` stands for at this many rows; any other name as it is.

    Examples
    --------
    >>> resolve_method("auto", 128), resolve_method("auto", 4096)
    ('exact', 'greedy-insert,two-opt')
    """
    if method != "auto":
        return method
    return "exact" if size <= EXACT_ROWS else "greedy-insert,two-opt"


def _load(states: Any, site: str | None) -> StateMatrix:
    if isinstance(states, (str, os.PathLike)):
        from stateviz.storage import load_states

        return load_states(states, site=site)
    return coerce_states(states, site=site)


def _problem(states: Any, matrix: StateMatrix, metric: str, flip: bool) -> Problem:
    given = isinstance(states, (str, os.PathLike, StateMatrix, Recording))
    if METRICS[metric].needs == "square" and not given and not flip:
        return Problem(check_distances(_array_of(states)))  # as precise as it came, not float32
    return Problem.from_states(matrix, metric, flip=flip)


def _array_of(states: Any) -> Any:
    """The array behind a DataFrame, a tensor or an array."""
    if hasattr(states, "detach"):
        states = states.detach().cpu()
    return states.to_numpy() if hasattr(states, "to_numpy") else np.asarray(states)


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed is {seed!r}; give a whole number from 0 on")
    return int(seed)


def _steps(method: str | Callable[..., Any], options: Mapping[str, Any], size: int) -> list[_Step]:
    """The methods to run, with the options of each; every complaint is made here, before any computing."""
    if callable(method):
        return [_Step(getattr(method, "__name__", "function"), method, options)]
    table = [METHODS[name.strip()] for name in resolve_method(method, size).split(",")]
    known = {name: None for row in table for name in row.options}
    for name in options:
        if name not in known:
            if not known:
                raise UnknownNameError(f"unknown option {name!r}; {', '.join(r.name for r in table)} takes none")
            raise UnknownNameError(unknown("option", name, known))
    for place, row in enumerate(table):
        if row.largest is not None and size > row.largest:
            raise InputError(f"{row.name} takes at most {row.largest} rows, and these are {size}; try exact")
        if place and row.kind == "constructor" and not row.warm:
            raise InputError(f"{row.name} starts anew and would discard {table[place - 1].name}; put it first")
    if table[0].kind == "improver":
        table.insert(0, METHODS[_FIRST])
    return [
        _Step(row.name, row.load(), {name: options.get(name, default) for name, default in row.options.items()}, row)
        for row in table
    ]


def _pipeline(steps: list[_Step], problem: Problem, rng: np.random.Generator, stop: Stop) -> tuple[Rows, float | None]:
    """Run the steps from left to right; the rows, and a bound where a method of ours came by one."""
    rows: Rows | None = None
    bound: float | None = None
    for step in steps:
        if rows is not None and stop():
            break
        answer = step.function(problem, start=rows, rng=rng, stop=stop, **step.options)
        if isinstance(answer, Answer):
            # A function from outside cannot vouch for a bound.
            bound = answer.bound if step.row is not None else None
            answer = answer.rows
        new = _permutation(answer, problem.size, step.name)
        if rows is None or problem.length(new) <= problem.length(rows):
            rows = new
    assert rows is not None  # there is at least one step
    return rows, bound


def _permutation(rows: Any, size: int, name: str) -> Rows:
    array = np.asarray(rows)
    if array.dtype.kind not in "iu" or array.shape != (size,) or not np.array_equal(np.sort(array), np.arange(size)):
        raise InputError(f"{name} did not return each row from 0 to {size - 1} once")
    return array.astype(np.int64)
