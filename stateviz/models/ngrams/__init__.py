"""n-gram models: counted in one pass, smoothed, and used as the networks are."""

from stateviz.models.ngrams.model import NGram
from stateviz.models.ngrams.smoothing import SMOOTHINGS, Smoothing
from stateviz.models.ngrams.train import ngram

__all__ = ["SMOOTHINGS", "NGram", "Smoothing", "ngram"]
