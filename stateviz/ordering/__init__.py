"""Ordering rows: order() and the METHODS it chooses from, compare() and its CRITERIA."""

from stateviz.core.progress import Progress
from stateviz.ordering.comparison.criteria import CRITERIA, Criterion
from stateviz.ordering.comparison.result import Comparison
from stateviz.ordering.comparison.run import compare
from stateviz.ordering.comparison.stability import Stability, rank_agreement, stability
from stateviz.ordering.comparison.ties import InsertionTies, insertion_ties
from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.problem.problem import Answer, Problem
from stateviz.ordering.problem.stop import Stop
from stateviz.ordering.problem.task import problem_from_states
from stateviz.ordering.run import order

__all__ = [
    "CRITERIA",
    "METHODS",
    "Answer",
    "Comparison",
    "Criterion",
    "InsertionTies",
    "Method",
    "Problem",
    "Progress",
    "Stability",
    "Stop",
    "compare",
    "insertion_ties",
    "order",
    "problem_from_states",
    "rank_agreement",
    "stability",
]
