"""untrained(): a model of the same shape, as its training began it with some seed."""

from __future__ import annotations

import torch

from stateviz.core.checks import check_seed
from stateviz.core.errors import InputError
from stateviz.models.char import CharModel


def untrained(model: CharModel, *, seed: int = 0) -> CharModel:
    """A model of the same shape and vocabulary, with the weights that a training begins with.

    What holds for a trained network and for this one is no fruit of training.

    Parameters
    ----------
    model : CharModel
        Trained or not; it stays as it is.
    seed : int
        Of the weights: those that ``train`` with this seed begins with.

    Returns
    -------
    CharModel
        In evaluation mode.

    Raises
    ------
    InputError
        When the model is no network of stateviz, which alone knows its shape and initialisation.

    Examples
    --------
    >>> from stateviz.models import load_model
    >>> untrained(load_model("phone-case")).provenance
    {'untrained': True, 'seed': 0}
    """
    if not isinstance(model, CharModel):
        raise InputError(
            f"cannot make an untrained {type(model).__name__}; give a CharModel, as train and load_model do"
        )
    check_seed(seed)
    config = {name: value for name, value in model.config.items() if name != "cell"}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = CharModel(model.vocabulary, cell=model.cell, **config, provenance={"untrained": True, "seed": seed})
        deviation = model.provenance.get("recipe", {}).get("init")
        if deviation is not None:
            initialize(new, deviation)
    return new.eval()


def initialize(model: CharModel, deviation: float) -> None:
    """Normal draws of that deviation for all weights, 0 for biases and start states; from torch's generator."""
    for name, weights in model.named_parameters():
        if "bias" in name or name.endswith("initial"):
            torch.nn.init.zeros_(weights)
        else:
            torch.nn.init.normal_(weights, std=deviation)
