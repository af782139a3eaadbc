"""Ordering rows: order(), and the METHODS it chooses from."""

from stateviz.ordering.methods import METHODS, Method
from stateviz.ordering.problem import Answer, Problem, Stop
from stateviz.ordering.run import order

__all__ = ["METHODS", "Answer", "Method", "Problem", "Stop", "order"]
