"""From the names of methods to rows: which run, with which options, from left to right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from stateviz.core.checks import check_real, check_takes, check_whole
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown
from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.problem.problem import Answer, Problem, Rows
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.ordering.problem.stop import Stop
from stateviz.ordering.problem.task import DENSE_ROWS

EXACT_ROWS = 1100
"""Up to here ``auto`` is exact."""

EXACT_SECONDS = 60.0
"""How long ``auto`` looks for a proof where no time is given; most end long before."""

MethodLike: TypeAlias = str | Method | Callable[..., ArrayLike]
"""What names a method in a call: names of METHODS, a row, or a function as a row has."""

_FIRST = "mean"
"""What an improver starts from when nothing comes before it, as published for 2-opt."""


@dataclass(frozen=True)
class Step:
    """One method of a pipeline, with its options; ``row`` is None for a function from outside."""

    name: str
    function: Callable[..., ArrayLike]
    options: Mapping[str, object]
    row: Method | None = None


_AT_EASE, _ROWS_A_SECOND = 200, 250
"""Up to so many rows ``auto`` is exact in any time; beyond, only where a second is given for so many rows."""


SETTINGS = (
    *("metric", "flip", "seed", "time", "site", "transpose", "axis", "first", "last", "ends", "groups"),
    *("grouping", "missing", "bound", "watch", "trace"),
)
"""What ``order`` itself takes, whatever the method."""


def resolve_method(method: str, size: int, time: float | None = None) -> str:
    """The names of methods, with what ``auto`` stands for at this many rows and seconds in its place.

    Measured on 2 cores, seconds to a proof: 128 binary rows 0.05; of trained LSTMs 512 rows 0.8 and their signs 1.5,
    1,024 rows 7 and their signs 23; 2,048 rows none after 120, 0.04% open. Lin-Kernighan takes about a second for a
    thousand rows and comes within 0.01%, but the bound that is then looked for takes as long as a proof. So up to 1,100
    rows a proof is looked for, for a minute: random points in a plane, the hardest kind, took 15 seconds at 512 rows,
    and at 1,024 were 0.5% open when time was up. In less than 2 seconds for 512 rows, or 4 for 1,024, exact has no
    bound worth the name yet, and Lin-Kernighan an order as short or shorter.

    Examples
    --------
    >>> resolve_method("auto", 512), resolve_method("auto", 512, 1.0), resolve_method("auto", 4096)
    ('exact', 'lin-kernighan', 'lin-kernighan')
    """
    ample = time is None or size <= max(_AT_EASE, _ROWS_A_SECOND * time)
    auto = "exact" if size <= EXACT_ROWS and ample else "lin-kernighan"
    return ",".join(auto if name.strip() == "auto" else name for name in method.split(","))


def auto_seconds(method: object, size: int) -> float | None:
    """The time that goes with ``auto`` at this many rows; None for no limit, and for other methods.

    Examples
    --------
    >>> auto_seconds("auto", 512), auto_seconds("auto", 4096), auto_seconds("exact", 512)
    (60.0, None, None)
    """
    exact = method == "auto" and resolve_method("auto", size) == "exact"
    return EXACT_SECONDS if exact else None


def steps_of(method: MethodLike, options: Mapping[str, object], size: int, time: float | None = None) -> list[Step]:
    """The methods to run, with the options of each; every complaint is made here, before any computing."""
    if isinstance(method, Method):
        table = [method]
    elif isinstance(method, str):
        table = [METHODS[name.strip()] for name in resolve_method(method, size, time).split(",")]
    elif callable(method):
        form = "solve(problem, *, start, rng, stop, **options) -> rows"
        check_takes(method, "a method", form, None, start=None, rng=None, stop=None, **options)
        return [Step(getattr(method, "__name__", "function"), method, options)]
    else:
        raise InputError(f"method is {method!r}; give a name, names with commas between them, a row, or a function")
    known = {name: None for row in table for name in row.options}
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.7)
            if near:
                raise UnknownNameError(f"unknown option {name!r}; did you mean {near[0]!r} (--{near[0]})?")
            if not known:
                raise UnknownNameError(f"unknown option {name!r}; {', '.join(r.name for r in table)} takes none")
            raise UnknownNameError(unknown("option", name, known))
        for row in table:
            if name in row.options:
                _check_option(name, options[name], row.options[name])
    for place, row in enumerate(table):
        if row.largest is not None and size > row.largest:
            raise InputError(f"{row.name} takes at most {row.largest} rows, and these are {size}; try exact")
        if place and row.kind == "constructor" and not row.warm:
            raise InputError(f"{row.name} starts anew and would discard {table[place - 1].name}; put it first")
    if table[0].kind == "improver":
        table.insert(0, METHODS[_FIRST])
    return [
        Step(row.name, row.load(), {name: options.get(name, default) for name, default in row.options.items()}, row)
        for row in table
    ]


def _check_option(name: str, value: object, default: object) -> None:
    """Raise InputError where a value is of another kind than the default."""
    if isinstance(default, str):
        if not isinstance(value, str):
            raise InputError(f"{name} is {value!r}; give a word, such as {default!r}")
    elif isinstance(default, float):
        check_real(name, value, inclusive=True)
    elif isinstance(default, int):
        check_whole(name, value, min(default, 1))
    elif value is not None:
        check_whole(name, value)


def check_scale(steps: list[Step], problem: Problem) -> None:
    """Raise InputError where a method needs what there is not for so many rows: all distances, or a compiled cost."""
    if problem.square:
        return
    size = problem.size
    for step in steps:
        if step.row is None:
            continue
        if step.row.square:
            searched = not isinstance(problem, RowProblem) or problem.searchable
            without = ", ".join(
                row.name for row in METHODS.values() if not row.square and (searched or not row.searches)
            )
            raise InputError(
                f"{step.name} needs the distances of all pairs, up to {DENSE_ROWS} rows, and these are {size}; "
                f"choose from {without}"
            )
        if step.row.searches and isinstance(problem, RowProblem) and not problem.searchable:
            without = ", ".join(row.name for row in METHODS.values() if not (row.square or row.searches))
            raise InputError(
                f"{step.name} needs the compiled cost of a metric above {DENSE_ROWS} rows, and "
                f"{problem.metric_name!r} has none; choose from {without}"
            )


def check_joint(steps: list[Step]) -> None:
    """Raise InputError where a method needs rows, and the separators of joint groups have none."""
    for step in steps:
        if step.row is not None and step.row.needs == "states":
            raise InputError(
                f"{step.name} goes by the rows themselves, so it cannot place the cuts of joint groups; "
                "cut its order at its longest steps instead"
            )


def run_steps(steps: list[Step], problem: Problem, rng: np.random.Generator, stop: Stop) -> tuple[Rows, float | None]:
    """Run the steps from left to right; the rows, and a bound where a method of ours came by one."""
    rows: Rows | None = None
    bound: float | None = None
    for step in steps:
        if rows is not None and stop():
            break
        stop.stage(step.name)
        try:
            answer = step.function(problem, start=rows, rng=rng, stop=stop, **step.options)
        except KeyboardInterrupt:
            if rows is None:  # a method that cannot be interrupted, and nothing before it
                raise
            stop.interrupted = True
            break
        if isinstance(answer, Answer):
            # A function from outside cannot vouch for a bound.
            bound = answer.bound if step.row is not None else None
            answer = answer.rows
        new = problem.with_fixed_ends(_permutation(answer, problem.size, step.name))
        if rows is None or problem.length(new) <= problem.length(rows):
            rows = new
            stop.keep(new.copy)
    assert rows is not None  # there is at least one step
    return rows, bound


def _permutation(rows: ArrayLike, size: int, name: str) -> Rows:
    array = np.asarray(rows)
    if array.dtype.kind not in "iu" or array.shape != (size,) or not np.array_equal(np.sort(array), np.arange(size)):
        raise InputError(f"{name} did not return each row from 0 to {size - 1} once")
    return array.astype(np.int64)
