"""Models people learn from: cells, the character model, training, sampling, shipped weights."""

from stateviz.models.cells import CELLS
from stateviz.models.char import CharModel, load_model
from stateviz.models.networks import Network, load_network
from stateviz.models.sampling import sample
from stateviz.models.training.loop import evaluate, train
from stateviz.models.training.recipes import RECIPES, Recipe

__all__ = [
    "CELLS",
    "RECIPES",
    "CharModel",
    "Network",
    "Recipe",
    "evaluate",
    "load_model",
    "load_network",
    "sample",
    "train",
]
