"""How units and what they do hang together: correlations and what chance alone would show."""

from stateviz.analysis.correlations import Correlations
from stateviz.analysis.judging import ORACLES, Judgement, ModelComparison, Oracle, compare_models, judge
from stateviz.analysis.measures import MEASURES, Measure
from stateviz.analysis.pairwise import correlate

__all__ = [
    "MEASURES",
    "ORACLES",
    "Correlations",
    "Judgement",
    "Measure",
    "ModelComparison",
    "Oracle",
    "compare_models",
    "correlate",
    "judge",
]
