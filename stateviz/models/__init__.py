"""Models people learn from: cells, the character model, training, sampling, shipped weights."""

from stateviz.models.cells import CELLS
from stateviz.models.char import CharModel, load_model
from stateviz.models.recipes import RECIPES, Recipe
from stateviz.models.sampling import sample
from stateviz.models.training import evaluate, train

__all__ = ["CELLS", "RECIPES", "CharModel", "Recipe", "evaluate", "load_model", "sample", "train"]
