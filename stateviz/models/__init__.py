"""Models people learn from: cells, the character model, training, sampling, shipped weights."""

from stateviz.models.beginnings import untrained
from stateviz.models.cells import CELLS, CellRow
from stateviz.models.char import CharModel
from stateviz.models.describing import ModelDescription, describe
from stateviz.models.languages import LANGUAGES, Language, language
from stateviz.models.loading import load_model
from stateviz.models.networks import Network, load_network
from stateviz.models.ngrams import SMOOTHINGS, NGram, Smoothing, ngram
from stateviz.models.rearrange import apply
from stateviz.models.sampling import sample, sample_many, sample_stream
from stateviz.models.scoring import score
from stateviz.models.shipped import MODELS
from stateviz.models.toys import Update, one_update
from stateviz.models.training.evaluation import evaluate
from stateviz.models.training.loop import train
from stateviz.models.training.recipe import Recipe
from stateviz.models.training.recipes import RECIPES

__all__ = [
    "CELLS",
    "LANGUAGES",
    "MODELS",
    "RECIPES",
    "SMOOTHINGS",
    "CellRow",
    "CharModel",
    "ModelDescription",
    "Language",
    "NGram",
    "Network",
    "Recipe",
    "Smoothing",
    "Update",
    "apply",
    "describe",
    "evaluate",
    "language",
    "load_model",
    "load_network",
    "ngram",
    "one_update",
    "sample",
    "sample_many",
    "sample_stream",
    "score",
    "train",
    "untrained",
]
