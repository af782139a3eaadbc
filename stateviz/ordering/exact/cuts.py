"""Inequalities that every tour meets and a fractional one may not: subtours, blossoms and combs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stateviz.ordering.exact.min_cut import components
from stateviz.ordering.problem.arrays import Bools, Floats, Ints
from stateviz.ordering.problem.jit import COMPILED_ROWS

LEAST_VIOLATION = 1e-3
"""By how much a cut must be broken to be worth a row."""

_FRACTIONS = (1e-6, 0.1, 0.2, 0.3, 0.4)
_MOVES = 10


@dataclass(frozen=True, eq=False)
class Cut:
    """The edges inside each of some sets of nodes, counted once for each set, sum to at most ``most``.

    Parameters
    ----------
    sets
        Nodes of each set, ascending: one set for a subtour; a handle and its teeth for a blossom or comb.
    """

    sets: tuple[Ints, ...]
    most: float

    @cached_property
    def _key(self) -> tuple[bytes, ...]:
        return self.sets[0].tobytes(), *sorted(members.tobytes() for members in self.sets[1:])

    def __eq__(self, other: object) -> bool:
        """Whether both are about the same sets, teeth in any order."""
        return isinstance(other, Cut) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def count(self, u: Ints, v: Ints, size: int) -> Ints:
        """How often each edge counts, shape (edges,)."""
        times = np.zeros(len(u), np.int64)
        for members in self.sets:
            inside = np.zeros(size, bool)
            inside[members] = True
            times += inside[u] & inside[v]
        return times


def subtour(members: Ints) -> Cut:
    """A tour leaves every set: at most ``|S| - 1`` of its edges lie inside S.

    Examples
    --------
    >>> subtour(np.array([3, 4, 7])).most
    2
    """
    return Cut((members,), len(members) - 1)


def comb(handle: Ints, teeth: list[Ints]) -> Cut:
    """An odd number of disjoint sets, each partly in the handle, partly outside (Grötschel & Padberg 1979).

    At most ``|H| + sum(|T| - 1) - (k + 1) / 2`` edges of a tour lie inside the handle and k teeth, counted for each.
    With teeth of two nodes it is a blossom (Edmonds 1965).

    Examples
    --------
    >>> comb(np.array([0, 1, 2]), [np.array([0, 3]), np.array([1, 4]), np.array([2, 5])]).most
    4.0
    """
    return Cut((handle, *teeth), len(handle) + sum(len(tooth) - 1 for tooth in teeth) - (len(teeth) + 1) / 2)


def blossoms(size: int, u: Ints, v: Ints, x: Floats) -> list[Cut]:
    """Violated blossom inequalities: combs whose teeth are edges.

    Handles are tried where they are likely (Padberg & Hong 1980): nodes that are connected by fractional edges. An
    empty answer does not mean that there is none.

    Parameters
    ----------
    u, v, x : arrays, shape (edges,)
        Two ends and the weight of each edge; weights sum to 2 at each node.

    Examples
    --------
    >>> u, v = np.array([0, 1, 2, 0, 1, 2, 3, 4, 5]), np.array([1, 2, 0, 3, 4, 5, 4, 5, 3])  # a prism
    >>> x = np.array([0.5, 0.5, 0.5, 1, 1, 1, 0.5, 0.5, 0.5])
    >>> [[s.tolist() for s in cut.sets] for cut in blossoms(6, u, v, x)][0]
    [[0, 1, 2], [0, 3], [1, 4], [2, 5]]
    """
    used = x > 1e-9
    u, v, x = u[used], v[used], x[used]
    found: dict[bytes, Cut] = {}
    for low in _FRACTIONS:
        part = (x > low) & (x < 1 - low)
        if not part.any():
            break
        label = components(size, u[part], v[part])
        for name in _promising(label, u, v, x).tolist():
            cut = blossom(label == name, u, v, x)
            if cut is not None:
                found[cut.sets[0].tobytes()] = cut
    if not found and size > COMPILED_ROWS:
        for handle in _tree_handles(size, u, v, x):
            cut = blossom(handle, u, v, x)
            if cut is not None:
                found[cut.sets[0].tobytes()] = cut
    return list(found.values())


def _promising(label: Ints, u: Ints, v: Ints, x: Floats) -> Ints:
    """Labels whose nodes are a handle of a violated blossom, unless teeth meet (see `blossom`)."""
    leaving = label[u] != label[v]
    ends, weight = np.concatenate((label[u[leaving]], label[v[leaving]])), np.tile(x[leaving], 2)
    teeth = np.bincount(ends, weight > 0.5, len(label))
    price = np.bincount(ends, np.minimum(weight, 1 - weight), len(label))
    another = np.ones(len(label))  # what it costs to have one tooth more or less
    np.minimum.at(another, ends, np.abs(1 - 2 * weight))
    return np.flatnonzero((teeth >= 2) & (price + another * (teeth % 2 == 0) < 1 - LEAST_VIOLATION))


def _tree_handles(size: int, u: Ints, v: Ints, x: Floats) -> Bools:
    """Handles among which there is a violated one if there is any: of least cuts (Letchford, Reinelt & Theis 2008)."""
    from stateviz.ordering.exact.kernels import cuts as kernels

    sides = np.zeros((size, size), bool)
    part = (x > 1e-9) & (x < 1 - 1e-9)  # the others weigh nothing
    light = np.minimum(x, 1 - x)
    count = kernels.cut_tree(size, u[part], v[part], light[part], 1.0, sides)
    side = np.ascontiguousarray(sides[:count].T)  # nodes first: the rows of ends are gathered, which is quick
    leaving = side[u] != side[v]
    even = (leaving[x > 0.5].sum(axis=0) % 2) == 0
    least = np.where(leaving, np.abs(1 - 2 * x)[:, None], 1.0).min(axis=0)
    return np.asarray(sides[:count][light @ leaving + even * least < 1 - LEAST_VIOLATION])


def blossom(handle: Bools, u: Ints, v: Ints, x: Floats) -> Cut | None:
    """The most violated blossom on a handle, or nearly: teeth are those that are used more than half.

    Their number is made odd where that costs least; where two meet, their node changes sides, which costs nothing
    (Padberg & Rao 1982).

    Parameters
    ----------
    handle : array of bool, shape (nodes,)
    """
    handle = handle.copy()
    for _ in range(_MOVES):
        leaving = np.flatnonzero(handle[u] != handle[v])
        weight = x[leaving]
        tooth = weight > 0.5
        if not tooth.sum() % 2:
            if not len(leaving):
                return None
            flip = np.abs(weight - 0.5).argmin()
            tooth[flip] = not tooth[flip]
        if np.where(tooth, 1 - weight, weight).sum() > 1 - LEAST_VIOLATION or tooth.sum() < 3:
            return None
        teeth = np.stack((u[leaving[tooth]], v[leaving[tooth]])).T
        ends = np.sort(teeth, axis=None)
        meeting = ends[1:][ends[1:] == ends[:-1]]
        if not len(meeting):
            return comb(np.flatnonzero(handle), list(np.sort(teeth, axis=1)))
        handle[meeting[0]] ^= True
    return None
