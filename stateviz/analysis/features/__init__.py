"""Features of text: what is true, or how much, at each step."""

from stateviz.analysis.features.computed import Given, StepText, compute
from stateviz.analysis.features.row import Feature, Tracks, Values
from stateviz.analysis.features.table import FEATURES

__all__ = ["FEATURES", "Feature", "Given", "StepText", "Tracks", "Values", "compute"]
