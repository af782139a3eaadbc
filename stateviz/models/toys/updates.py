"""one_update(): what one step of gradient descent does to a network, number by number."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from stateviz.core.checks import check_real
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.models.char import CharModel

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Update(Noun):
    """One update of a network on a short text, before and after.

    Parameters
    ----------
    tokens, targets : tuple of str
        What was read, and what came next each time.
    rate : float
        Weights moved by this much times their gradient.
    loss, loss_after : float
        Nats a character, before and after.
    weights, gradients, weights_after : mapping of str to array
        By the name of the parameter: what it was, how the loss changes with it, and what it became.
    states, states_after : mapping of str to array
        Of each site, (units, steps).
    probabilities, probabilities_after : array, shape (vocabulary, steps)
        Of every next symbol.

    Examples
    --------
    >>> import stateviz as sv
    >>> update = sv.one_update(sv.CharModel("ehlo", cell="rnn", width=3, blocks=0, embedding="one-hot"), "hello")
    >>> update.tokens, update.targets, update.loss_after < update.loss
    (('h', 'e', 'l', 'l'), ('e', 'l', 'l', 'o'), True)
    """

    tokens: tuple[str, ...]
    targets: tuple[str, ...]
    rate: float
    loss: float
    loss_after: float
    weights: Arrays
    gradients: Arrays
    weights_after: Arrays
    states: Arrays
    states_after: Arrays
    probabilities: NDArray[Any]
    probabilities_after: NDArray[Any]

    def __repr__(self) -> str:
        return (
            f"Update({''.join(self.tokens)!r} to {''.join(self.targets)!r} at rate {self.rate:g}: "
            f"{self.loss:.4f} to {self.loss_after:.4f} nats a character)"
        )


def one_update(model: CharModel, text: str, *, rate: float = 0.1) -> Update:
    """One step of gradient descent on a short text, every number of it; the model stays as it is.

    Parameters
    ----------
    model : CharModel
        Such as ``sv.load_model("hello")``.
    text : str
        Two characters or more, read from the start state; each character but the last is followed by its target.
    rate : float
        How far the weights move against the gradient.

    Returns
    -------
    Update
        Weights, gradients, states, probabilities and losses, before and after.

    Raises
    ------
    InputError
        When the text has fewer than two characters, or ones that the model does not know, or the model is none of ours.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    >>> sorted(sv.one_update(model, "1010").gradients)[:2]
    ['core.layers.0.rnn.bias_hh_l0', 'core.layers.0.rnn.bias_ih_l0']
    """
    if not isinstance(model, CharModel):
        raise InputError(f"one update is made of a CharModel, not of a {type(model).__name__}")
    check_real("rate", rate)
    tokens, ids = model.encode(text)
    if len(tokens) < 2:
        raise InputError("the text has one character and no next one to learn; give two or more")
    learned = copy.deepcopy(model).eval()
    weights = _arrays(dict(learned.named_parameters()))
    loss, states, probabilities = _pass(learned, ids)
    loss.backward()  # type: ignore[no-untyped-call]
    found = {
        name: one.grad if one.grad is not None else torch.zeros_like(one) for name, one in learned.named_parameters()
    }
    with torch.no_grad():
        for name, one in learned.named_parameters():
            one.sub_(rate * found[name])
        loss_after, states_after, probabilities_after = _pass(learned, ids)
    return Update(
        tuple(tokens[:-1]), tuple(tokens[1:]), float(rate), loss.item(), loss_after.item(), weights, _arrays(found),
        _arrays(dict(learned.named_parameters())), states, states_after, probabilities, probabilities_after,
    )  # fmt: skip


def _pass(model: CharModel, ids: torch.Tensor) -> tuple[torch.Tensor, Arrays, NDArray[Any]]:
    """The mean loss, the states of each site, and the probabilities."""
    ids = ids.to(model.head.weight.device)
    logits, states, _ = model.collect(ids[:-1, None], model.start(1))
    chances = torch.softmax(logits[:, 0], -1).T
    return (
        F.cross_entropy(logits[:, 0], ids[1:]),
        _arrays({site: values[:, 0].T for site, values in states.items()}),
        next(iter(_arrays({"": chances}).values())),
    )


def _arrays(tensors: Mapping[str, torch.Tensor]) -> FrozenDict[str, NDArray[Any]]:
    """Copies that stay as they are."""
    found = {name: one.detach().cpu().numpy().copy() for name, one in tensors.items()}
    for array in found.values():
        array.flags.writeable = False
    return FrozenDict(found)
