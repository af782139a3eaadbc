"""Inequalities that every tour meets and a fractional one may not: subtours and blossoms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.ordering.mincut import components

Array = NDArray[Any]
_LEAST_VIOLATION = 1e-3
_FRACTIONS = (1e-6, 0.2)


@dataclass(frozen=True, eq=False)
class Cut:
    """The edges inside a set of nodes, and the teeth that leave it, sum to at most ``most``.

    Parameters
    ----------
    members : array of int
        Nodes of the set.
    teeth : array of int, shape (teeth, 2)
        Edges that leave the set; none for a subtour.
    """

    members: Array
    teeth: Array
    most: float


def subtour(members: Array) -> Cut:
    """A tour leaves every set: at most ``|S| - 1`` of its edges lie inside S.

    Examples
    --------
    >>> subtour(np.array([3, 4, 7])).most
    2
    """
    return Cut(members, np.zeros((0, 2), np.int64), len(members) - 1)


def blossoms(size: int, u: Array, v: Array, x: NDArray[np.float64]) -> list[Cut]:
    """Violated blossom inequalities: an odd number of disjoint teeth on a set.

    Each node has two edges, so the edges inside a handle H and the k teeth that leave it sum to at most
    ``|H| + (k - 1) / 2`` when k is odd (Edmonds 1965). Handles are tried where they are likely (Padberg & Hong
    1980): nodes that are connected by fractional edges. An empty answer does not mean that there is none.

    Parameters
    ----------
    u, v, x : arrays, shape (edges,)
        Two ends and the weight of each edge.

    Examples
    --------
    >>> u, v = np.array([0, 1, 2, 0, 1, 2, 3, 4, 5]), np.array([1, 2, 0, 3, 4, 5, 4, 5, 3])  # a prism
    >>> x = np.array([0.5, 0.5, 0.5, 1, 1, 1, 0.5, 0.5, 0.5])
    >>> [(cut.members.tolist(), cut.teeth.tolist(), cut.most) for cut in blossoms(6, u, v, x)][0]
    ([0, 1, 2], [[0, 3], [1, 4], [2, 5]], 4.0)
    """
    found: dict[bytes, Cut] = {}
    for low in _FRACTIONS:
        part = (x > low) & (x < 1 - low)
        label = components(size, u[part], v[part])
        heavy = (x >= 1 - low) & (label[u] != label[v])
        for name in np.unique(label[u[part]]).tolist():
            members, teeth = _disjoint_teeth(label == name, u[heavy], v[heavy])
            if len(teeth) < 3 or len(teeth) % 2 == 0:
                continue
            cut = Cut(np.flatnonzero(members), teeth, float(members.sum() + (len(teeth) - 1) / 2))
            chosen = (members[u] & members[v]) | np.isin(u * size + v, teeth @ (size, 1))
            if x[chosen].sum() > cut.most + _LEAST_VIOLATION:
                found[cut.members.tobytes()] = cut
    return list(found.values())


def _disjoint_teeth(members: Array, u: Array, v: Array) -> tuple[Array, Array]:
    """Heavy edges that leave the set; where two meet outside, their node joins the set and both are inside."""
    members = members.copy()
    leaving = members[u] != members[v]
    outer = np.where(members[u], v, u)[leaving]
    names, counts = np.unique(outer, return_counts=True)
    members[names[counts > 1]] = True
    leaving &= members[u] != members[v]
    teeth = np.stack((u[leaving], v[leaving])).T
    ends = teeth.ravel()
    return members, teeth if len(np.unique(ends)) == len(ends) else teeth[:0]
