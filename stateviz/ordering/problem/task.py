"""What is to be ordered: states, statistics or distances, from a path or from memory, as a task."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.grids import Grid
from stateviz.core.inputs import StatesLike, coerce_grid, coerce_states
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.values import as_real, signed
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.row_problem import RowProblem
from stateviz.similarity.metric import Metric
from stateviz.similarity.metrics import MetricLike, distances, flip_products, metric_row
from stateviz.similarity.precomputed import check_distances

DENSE_ROWS = 8192
"""Up to here all distances are kept in a square matrix: 512 MiB of it."""

RowsLike: TypeAlias = StatesLike | Statistics | str | os.PathLike[str]
"""What rows are read from: what is in memory, or the path of a file."""

Products = Callable[[Rows], Numbers]


@dataclass(frozen=True)
class Task:
    """What is to be ordered: rows, the problem they make, and the signs of their products.

    ``extent`` is how large it is, in words, where it came without names of its axes.
    """

    matrix: StateMatrix | Statistics
    metric: str
    problem: Callable[[], Problem]
    products: Products
    extent: str = ""


def problem_from_states(
    states: StateMatrix | Statistics, metric: MetricLike = "auto", *, flip: bool = False
) -> Problem:
    """The problem of ordering ``states`` by a metric; above DENSE_ROWS without the square matrix.

    Raises
    ------
    InputError
        When the metric does not suit the rows, or lacks the form that so many rows need.

    Examples
    --------
    >>> problem_from_states(StateMatrix([[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]])).length([0, 1, 2])
    4
    """
    row = metric_row(metric, binary=states.binary)
    if isinstance(states, Statistics):
        means = 2 * states.mean - 1 if states.off == 0 else states.mean
        return Problem(distances(states, row, flip=flip), None, row.true_metric, averages=means)
    if row.needs != "square" and len(states.units) > DENSE_ROWS:
        return RowProblem.of(states, row, flip=flip)
    # Methods that look at rows, such as greedy insertion by |mean|, are defined on signed ones: off is -1.
    values = None if row.needs == "square" else signed(states.values, states.off)
    return Problem(distances(states, row, flip=flip), values, row.true_metric)


def task_of(
    states: RowsLike, site: str | None, axis: str, metric: MetricLike, flip: bool, missing: str, transpose: bool = False
) -> Task:
    """The task that the arguments of ``order`` name; every complaint about them is made before any computing."""
    if missing == "pairwise":
        return _incomplete(states, site, axis, metric, flip, transpose)
    matrix = load_rows(states, site, transpose) if axis == "units" else load(states, site, transpose)
    if isinstance(matrix, Statistics):
        return _gathered(matrix, metric, flip)
    extent = _told(matrix)
    if axis == "steps":
        if metric_row(metric, binary=matrix.binary).successive:
            raise InputError(f"metric {metric!r} compares a step with the one before, and cannot order the steps")
        matrix = StateMatrix(
            matrix.values.T, site=matrix.site, source=matrix.source, binary=matrix.binary, off=matrix.off
        )
    row = metric_row(metric, binary=matrix.binary)
    if row.needs != "square" and matrix.shape[1] < 2:
        raise InputError(f"the rows have {matrix.shape[1]} step; an order needs rows of 2 or more")
    return Task(
        matrix,
        row.name,
        lambda: _problem(states, site, matrix, row, flip),
        lambda rows: flip_products(matrix, row, rows),
        extent,
    )


def _told(matrix: StateMatrix) -> str:
    return matrix.extent if matrix.units_from else ""


def _gathered(statistics: Statistics, metric: MetricLike, flip: bool) -> Task:
    row = metric_row(metric, binary=statistics.binary)
    return Task(
        statistics,
        row.name,
        lambda: problem_from_states(statistics, row, flip=flip),
        lambda rows: flip_products(statistics, row, rows),
    )


def _incomplete(states: RowsLike, site: str | None, axis: str, metric: MetricLike, flip: bool, transpose: bool) -> Task:
    from stateviz.similarity.gaps import pairwise_complete, two_valued

    matrix = _numbers(states, site, transpose)
    values = as_real(matrix.values).T if axis == "steps" else as_real(matrix.values)
    name, distances, similarity = pairwise_complete(values, metric, flip=flip)
    filled = np.where(np.isnan(values), np.nanmean(values, axis=1, keepdims=True), values)
    units = matrix.units or () if axis == "units" else ()
    told = StateMatrix(filled, units=units, site=site or "array", units_from=matrix.units_from)
    return Task(
        told,
        name,
        lambda: Problem(distances, 2 * filled - 1 if two_valued(values) == 0 else filled),
        lambda rows: similarity[rows[:-1], rows[1:]],
        _told(told) if axis == "units" else "",
    )


def load(states: RowsLike, site: str | None = None, transpose: bool = False) -> StateMatrix:
    """The states of one site, from a path or from what is in memory."""
    found = load_rows(states, site, transpose)
    if isinstance(found, Statistics):
        raise InputError("these are statistics, and the states themselves are needed here; record them")
    return found


def load_rows(states: RowsLike, site: str | None = None, transpose: bool = False) -> StateMatrix | Statistics:
    """The states of one site, or the statistics gathered over them."""
    if isinstance(states, (str, os.PathLike, Statistics)):
        from stateviz.storage import load_input

        return load_input(states, site=site, transpose=transpose)
    return coerce_states(states, site=site, transpose=transpose)


def _problem(states: RowsLike, site: str | None, matrix: StateMatrix, metric: Metric, flip: bool) -> Problem:
    if metric.needs == "square" and not flip and not isinstance(states, (StateMatrix, Recording)):
        return Problem(check_distances(_numbers(states, site).values))  # as precise as it came, not float32
    return problem_from_states(matrix, metric, flip=flip)


def _numbers(states: RowsLike, site: str | None, transpose: bool = False) -> Grid:
    """The numbers in a file or in memory as they came, with their names."""
    if isinstance(states, (str, os.PathLike)):
        from stateviz.storage import load_grid

        return load_grid(states, site=site, transpose=transpose)
    return coerce_grid(states, site=site, transpose=transpose)
