"""What the units have to do with one another, with significance that allows for text being text."""

from stateviz.analysis.correlations import Correlations, correlate
from stateviz.analysis.measures import MEASURES, Measure

__all__ = ["MEASURES", "Correlations", "Measure", "correlate"]
