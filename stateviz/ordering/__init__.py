"""Ordering rows: order() and the METHODS it chooses from, compare() and its CRITERIA."""

from stateviz.ordering.bootstrap import Stability, rank_agreement, stability
from stateviz.ordering.comparison import compare
from stateviz.ordering.criteria import CRITERIA, Criterion
from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.problem import Answer, Problem
from stateviz.ordering.run import order
from stateviz.ordering.stop import Progress, Stop
from stateviz.ordering.trials import Comparison

__all__ = [
    "CRITERIA",
    "METHODS",
    "Answer",
    "Comparison",
    "Criterion",
    "Method",
    "Problem",
    "Progress",
    "Stability",
    "Stop",
    "compare",
    "order",
    "rank_agreement",
    "stability",
]
