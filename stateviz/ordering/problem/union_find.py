"""Union-find: the root of a node in a forest of sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def find(parent: list[int] | NDArray[np.int64], node: int) -> int:
    """The root of a node; the path to it is halved on the way (Tarjan & van Leeuwen 1984).

    Examples
    --------
    >>> find([0, 0, 1, 2], 3)
    0
    """
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = int(parent[node])
    return node
