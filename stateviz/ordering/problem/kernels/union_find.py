"""Union-find, compiled."""

from __future__ import annotations

from stateviz.ordering.problem import union_find
from stateviz.ordering.problem.jit import kernel

find = kernel(internal=True)(union_find.find)
"""``union_find.find``, called by other kernels."""
