"""Names of the array types that compiled kernels and searches share; shapes are said where arrays are taken."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int16]
"""How many tours of a population have each edge, shape (nodes, nodes)."""
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Nodes: TypeAlias = NDArray[np.int32]
"""Nodes of a tour, or their places: half the memory of Ints, and half the cache."""
Numbers: TypeAlias = NDArray[np.number]
"""Numbers of any dtype, as they were given."""
Singles: TypeAlias = NDArray[np.float32]
Words: TypeAlias = NDArray[np.uint64]
"""Packed bits, or the states of random number generators."""

Whole: TypeAlias = int | np.int64
"""A whole number as a kernel is called with it: Python's at the boundary, NumPy's among kernels."""

CandidateLists: TypeAlias = tuple[Nodes, Floats, Bools]
"""Candidate edges of a search.

For each node its nearest neighbours, ascending, shape (nodes, k), and the costs of these edges; which rows are fixed
as ends, shape (nodes,): their edge to the dummy must stay.
"""

Graph: TypeAlias = tuple[Ints, Ints, Floats]
"""Edges by node: those of node i are ``[starts[i] : starts[i + 1]]`` of their other ends and their weights."""

Tour: TypeAlias = tuple[Nodes, Nodes]
"""The node at each place, and the place of each node, shape (nodes,) each."""

Steps: TypeAlias = tuple[Nodes, Nodes, Floats]
"""A Tour, and the cost of the step after each place."""

UndoLog: TypeAlias = tuple[Nodes, Floats]
"""What moves overwrote: nodes, and costs of steps."""
