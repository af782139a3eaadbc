"""How units and what they do hang together: correlations and what chance alone would show."""

from stateviz.analysis.correlations import Correlations
from stateviz.analysis.measures import MEASURES, Measure
from stateviz.analysis.pairwise import correlate

__all__ = ["MEASURES", "Correlations", "Measure", "correlate"]
