"""MOMENTS: distances between units from sums of products, for texts whose states were not kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.statistics import Statistics

Distances = NDArray[Any]


@dataclass(frozen=True)
class Moment:
    """How a similarity is had from moments.

    Parameters
    ----------
    products
        ``products(statistics)``, shape (units, units): negative where a flip brings two units nearer.
    distances
        ``distances(products, steps)``: from products whose signs do not matter where flips are allowed.
    degenerate
        Units the similarity says nothing of; they count as unlike every other.
    """

    products: Callable[[Statistics], Distances]
    distances: Callable[[Distances, int], Distances]
    degenerate: Callable[[Statistics], NDArray[np.bool_]] | None = None


def moment_distances(statistics: Statistics, row: Moment, flip: bool) -> Distances:
    """Distances between all pairs of units.

    Parameters
    ----------
    flip
        A unit may be negated: of the two products the larger counts.

    Returns
    -------
    array, shape (units, units)
        Symmetric, zero on the diagonal, never negative.
    """
    if row.degenerate is not None:
        warn_units(statistics, row.degenerate(statistics), "without a direction, and counted as unlike every unit")
    products = row.products(statistics)
    result = row.distances(np.abs(products) if flip else products, statistics.count)
    np.fill_diagonal(result, 0)
    return result


def warn_units(states: Any, rows: NDArray[np.bool_], what: str) -> None:
    """Warn of units by name, with the place outside of stateviz.similarity.metrics that asked for distances."""
    names = [str(states.units[i]) for i in np.flatnonzero(rows)]
    if names:
        shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        subject = f"unit {shown} is" if len(names) == 1 else f"units {shown} are"
        warnings.warn(f"{subject} {what}", UserWarning, stacklevel=6)


def _centred(statistics: Statistics) -> Distances:
    return np.where(np.eye(len(statistics.units), dtype=bool), 1, statistics.correlation())


def _cosines(statistics: Statistics) -> Distances:
    products = statistics.products()
    norm = np.sqrt(np.maximum(np.diag(products), 0))
    norm = np.where(norm > 0, norm, np.inf)
    return np.asarray(np.clip(products / norm[:, None] / norm, -1, 1))


def _differing(products: Distances, steps: int) -> Distances:
    return np.asarray((steps - np.rint(products).astype(np.int64)) // 2)


def _below_largest(products: Distances, steps: int) -> Distances:
    # No product exceeds the largest squared norm (Cauchy-Schwarz), but for rounding.
    return np.maximum(np.diag(products).max() - products, 0)


def _one_minus(products: Distances, steps: int) -> Distances:
    return np.asarray(1 - products)


def _euclidean(products: Distances, steps: int) -> Distances:
    norms = np.diag(products)
    return np.asarray(np.sqrt(np.maximum(norms[:, None] + norms - 2 * products, 0)))


def _zero(statistics: Statistics) -> NDArray[np.bool_]:
    return (statistics.minimum == 0) & (statistics.maximum == 0)


MOMENTS: Mapping[str, Moment] = {
    "hamming": Moment(Statistics.products, _differing),
    "dot": Moment(Statistics.products, _below_largest),
    "correlation": Moment(_centred, _one_minus, lambda statistics: statistics.constant),
    "cosine": Moment(_cosines, _one_minus, _zero),
    "euclidean": Moment(Statistics.products, _euclidean),
}
"""By the name of the metric; the others need the states themselves."""
