"""Judging samples, and comparing models on one text."""

from stateviz.analysis.judging.comparison import ModelComparison, compare_models
from stateviz.analysis.judging.judgement import Judgement, judge
from stateviz.analysis.judging.oracles import ORACLES, Oracle

__all__ = ["ORACLES", "Judgement", "ModelComparison", "Oracle", "compare_models", "judge"]
