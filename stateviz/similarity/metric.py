"""Metric: one row of METRICS, with all that a similarity implies; what it lacks is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics

Real = NDArray[np.float64]
Distances = NDArray[np.number]
States = NDArray[np.int8] | NDArray[np.float32] | NDArray[np.float64]
Indices = NDArray[np.int64]
Square = Callable[[StateMatrix, bool], Distances]
Between = Callable[[Indices, Indices], Distances]


@dataclass(frozen=True)
class Moment:
    """How a similarity follows from sums of products over the steps.

    Parameters
    ----------
    products
        ``products(statistics)``, shape (units, units): negative where a flip brings two units nearer.
    distances
        ``distances(products, steps)``: from products whose signs do not matter where flips are allowed.
    degenerate
        Units the similarity says nothing of; they count as unlike every other.
    direct
        ``direct(statistics, flip)``: distances that do not go by way of the products, whose digits could cancel.
    """

    products: Callable[[Statistics], Distances]
    distances: Callable[[Distances, int], Distances]
    degenerate: Callable[[Statistics], NDArray[np.bool_]] | None = None
    direct: Callable[[Statistics, bool], Distances] | None = None


@dataclass(frozen=True)
class CompiledCost:
    """Which compiled cost measures two rows, and how rows are prepared for it.

    Parameters
    ----------
    kind
        How the distance follows from two prepared rows x and y: ``"half-square"``, half of ``|x - y|^2``;
        ``"root"``, ``|x - y|``; or ``"product"``, the largest squared norm of a row minus ``x . y``.
    unit_norm
        Rows are scaled to norm 1: only their direction counts.
    centred
        The mean of a row is taken off first.
    per_step
        Distance of one step at which two binary rows differ, whose rows are then packed to bits; None where binary
        rows are measured as the numbers -1 and 1.
    degenerate
        With ``unit_norm``: what is said of units without a direction, which are at distance 1 from all others.
    """

    kind: str
    unit_norm: bool = False
    centred: bool = False
    per_step: int | None = None
    degenerate: str = ""


@dataclass(frozen=True)
class Metric:
    """One way to measure how far apart two rows are; what is None is refused by name where it is needed.

    Parameters
    ----------
    name, description
        What it is called and what it means.
    square
        ``square(states, flip) -> distances``, shape (units, units), symmetric, zero diagonal: of all pairs of rows.
    true_metric
        The triangle inequality holds (with flips too) and distance 0 is an equivalence, so that rows at
        distance 0 may be kept together without making the best order longer.
    integer
        Distances are whole numbers.
    needs
        ``"binary"`` (rows of two values), ``"rows"``, or ``"square"`` (the matrix is the distances).
    swap
        On and off of rows of 0 and 1 may be exchanged: two rows that are both flipped are as far apart as before.
    signed_rows
        ``signed_rows(states)``: rows whose dot products are negative where a flip brings two units nearer;
        None where distances have no sign.
    pairs
        ``pairs(values, flip)`` of rows, shape (units, steps), gives a function ``between(a, b)``: the distances between
        the rows ``a[i]`` and ``b[i]``, shape (pairs,). Above 8,192 rows, distances come from it.
    moments
        How it follows from Statistics, which hold no states.
    gaps
        ``gaps(filled, mask, shared, flip) -> (distances, similarities)``, each (units, units), where values are
        missing: ``filled`` and ``mask``, shape (units, steps), hold 0 where a value is missing; ``shared``, shape
        (units, units), counts the steps that two rows both have. A similarity below 0 says that a flip brings two
        rows nearer.
    compiled
        The compiled cost that searches above 8,192 rows use.
    successive
        It compares each step with the one before, so that units are ordered by it, and steps are not.

    Examples
    --------
    >>> def manhattan(states, flip):
    ...     return np.abs(states.values[:, None] - states.values).sum(axis=2)
    >>> row = Metric("manhattan", "sum of absolute differences", manhattan, true_metric=True)
    >>> row.square(StateMatrix([[0.0, 1.0], [2.0, 4.0]]), False).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """

    name: str
    description: str
    square: Square | None
    true_metric: bool = False
    integer: bool = False
    needs: str = "rows"
    swap: bool = False
    signed_rows: Callable[[StateMatrix], Real] | None = None
    pairs: Callable[[States, bool], Between] | None = None
    moments: Moment | None = None
    gaps: Callable[[Real, Real, Real, bool], tuple[Real, Real]] | None = None
    compiled: CompiledCost | None = None
    successive: bool = False

    def check(self, states: StateMatrix | Statistics, flip: bool) -> None:
        """Raise InputError where the metric cannot measure these rows, or has no sign to flip by.

        Parameters
        ----------
        states
            The rows, or what is known of them after one pass.
        flip
            Whether rows may be flipped.
        """
        if self.needs == "binary" and not states.binary:
            raise InputError(
                f"metric {self.name!r} counts where rows of two values differ, and these are real; "
                "choose correlation, cosine or euclidean"
            )
        if flip and self.signed_rows is None:
            raise InputError(f"metric {self.name!r} has no sign to flip by; give rows, or leave flip out")
        if flip and states.off == 0 and not self.swap:
            raise InputError(
                f"metric {self.name!r} has no flips of rows of 0 and 1: two rows whose 0 and 1 are exchanged are at "
                "another distance; choose hamming, correlation or euclidean, or give -1 for 0"
            )
