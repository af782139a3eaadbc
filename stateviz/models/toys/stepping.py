"""step_through(): every operation of a small network on a short text, with every number it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_real
from stateviz.core.errors import InputError
from stateviz.models.char import CharModel
from stateviz.models.toys.programs import backward, program, run

Array = NDArray[np.float64]
MOST_UNITS, MOST_SYMBOLS, MOST_STEPS = 40, 64, 32


@dataclass(frozen=True)
class LineRun:
    """One line that ran.

    Parameters
    ----------
    phase
        ``"forward"``, ``"backward"``, ``"update"`` or ``"after"``: forward again, with the new weights.
    step
        The time step; -1 where there is none.
    line
        What ran.
    name, value
        What it set, and to what.
    """

    phase: str
    step: int
    line: str
    name: str
    value: Array


@dataclass(frozen=True)
class SteppedNetwork:
    """A network, stepped through.

    Parameters
    ----------
    tokens, targets
        What was read, and what came next each time.
    weights, start
        By the names that the lines use.
    stages
        Every line that ran, in order.
    loss, loss_after
        Sum over the steps in nats, before the update and after it; ``loss_after`` is None without an update.
    """

    tokens: tuple[str, ...]
    targets: tuple[str, ...]
    vocabulary: tuple[str, ...]
    weights: Mapping[str, Array]
    start: Mapping[str, Array]
    stages: tuple[LineRun, ...]
    loss: float
    loss_after: float | None


def step_through(model: CharModel, text: str, *, rate: float | None = 0.1) -> SteppedNetwork:
    """Every operation of a small network on a short text: forward, backward, and one update.

    Parameters
    ----------
    model : CharModel
        One layer of a cell of CELLS with a linear readout (``blocks=0``), of at most MOST_UNITS units.
    text : str
        2 to MOST_STEPS + 1 characters; each but the last is read, and followed by its target.
    rate : float, optional
        How far the weights move against the gradient of the mean loss; None leaves backward and update out.

    Of torch's two biases one sum is shown, and moved once.

    Raises
    ------
    InputError
        When the model or the text is too large to follow, or the model is of another shape.

    Examples
    --------
    >>> toy = CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    >>> steps = step_through(toy, "1010", rate=None)
    >>> len(steps.stages), [stage.name for stage in steps.stages[:4]]
    (33, ['x', 'u', 'w', 's'])
    """
    tokens, targets, ids = _checked(model, text)
    if rate is not None:
        check_real("rate", rate)
    weights = weights_of(model)
    embedding = "embedding" if "E" in weights else "one-hot"
    lines = program(str(model.config["cell"]), embedding)
    states = {"h0": _start(model, 0)} | ({"c0": _start(model, 1)} if model.config["cell"] == "lstm" else {})
    stages, kept, loss = _forward(lines, weights, states, ids, "forward")
    loss_after = None
    if rate is not None:
        back, gradients = _backward(lines, kept, weights)
        moved = {**weights, **states}
        stages += back
        learned = [*weights, *(["h0"] if model.core.layers[0].state_dict().get("initial") is not None else [])]
        for name in learned:
            values: dict[str, Any] = {name: moved[name], f"d{name}": gradients[name], "rate": rate}
            line = f"{name} = {name} - rate * d{name}"
            run(line, values)
            moved[name] = values[name]
            stages.append(LineRun("update", -1, line, name, values[name]))
        starts = {name: moved.pop(name) for name in states}
        again, _, loss_after = _forward(lines, moved, starts, ids, "after")
        stages += again
    return SteppedNetwork(tokens, targets, model.vocabulary, weights, states, tuple(stages), loss, loss_after)


def _checked(model: CharModel, text: str) -> tuple[tuple[str, ...], tuple[str, ...], list[int]]:
    if not isinstance(model, CharModel):
        raise InputError(f"steps are those of a CharModel, not of a {type(model).__name__}")
    if model.config["layers"] != 1 or model.config["blocks"] != 0:
        raise InputError(
            f"the model has {model.config['layers']} layers and {model.config['blocks']} blocks before its readout; "
            "one layer and a linear readout (layers=1, blocks=0) can be stepped through"
        )
    if model.config["width"] > MOST_UNITS or len(model.vocabulary) > MOST_SYMBOLS:
        raise InputError(
            f"{model.config['width']} units and {len(model.vocabulary)} symbols are too many to follow; "
            f"up to {MOST_UNITS} units and {MOST_SYMBOLS} symbols can be stepped through"
        )
    tokens, ids = model.encode(text)
    if not 2 <= len(tokens) <= MOST_STEPS + 1:
        raise InputError(f"the text has {len(tokens)} characters; give 2 to {MOST_STEPS + 1}")
    return tuple(tokens[:-1]), tuple(tokens[1:]), [int(one) for one in ids]


def weights_of(model: CharModel) -> dict[str, Array]:
    """A model's weights by the names that its lines use: one matrix a gate, biases of torch's two kinds summed."""
    held = {name: one.detach().cpu().double().numpy() for name, one in model.state_dict().items()}
    found = {"E": held["embedding.weight"]} if "embedding.weight" in held else {}
    cell = str(model.config["cell"])
    if cell in ("binary", "highway"):
        parts = [
            held["core.layers.0.input.weight"],
            held["core.layers.0.recurrent.weight"],
            held["core.layers.0.input.bias"],
        ]
        for place, gate in enumerate("cug"):
            rows = _rows(place, int(model.config["width"]))
            found |= {f"{name}{gate}": part[rows] for name, part in zip("UWb", parts, strict=True)}
    else:
        ih, hh, bi, bh = (
            held[f"core.layers.0.rnn.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        for place, gate in enumerate({"rnn": [""], "gru": "rzn", "lstm": "ifgo"}[cell]):
            rows = _rows(place, int(model.config["width"]))
            # torch keeps two biases; the GRU's reset gate acts on one of them, all others are one sum.
            bias = {"bn": bi[rows], "bk": bh[rows]} if (cell, gate) == ("gru", "n") else {f"b{gate}": (bi + bh)[rows]}
            found |= {f"U{gate}": ih[rows], f"W{gate}": hh[rows], **bias}
    return found | {"V": held["head.weight"], "a": held["head.bias"]}


def _rows(place: int, width: int) -> slice:
    return slice(place * width, (place + 1) * width)


def _start(model: CharModel, part: int) -> Array:
    state = model.start(1)[0]
    tensor = state[part] if isinstance(state, tuple) else state
    return np.asarray(tensor.detach().cpu().double().numpy()).reshape(-1)


def _forward(
    lines: tuple[str, ...], weights: Mapping[str, Array], states: Mapping[str, Array], ids: list[int], phase: str
) -> tuple[list[LineRun], list[dict[str, Any]], float]:
    """Every step; also what was known after each, which backward needs."""
    stages, kept, carried, total = [], [], dict(states), np.zeros(())
    for step, (symbol, target) in enumerate(pairwise(ids)):
        values: dict[str, Any] = {**weights, **carried, "symbol": symbol, "target": target, "total": total}
        values["steps"] = len(ids) - 1
        for line in lines:
            name = run(line, values)
            stages.append(LineRun(phase, step, line, name, np.array(values[name], np.float64)))
        carried = {name: values[name.removesuffix("0")] for name in states}
        total = values["total"]
        kept.append(values)
    return stages, kept, float(total)


def _backward(
    lines: tuple[str, ...], kept: list[dict[str, Any]], weights: Mapping[str, Array]
) -> tuple[list[LineRun], dict[str, Array]]:
    """From the last step to the first: each line's own lines, and the gradient of every weight."""
    stages = []
    gradients: dict[str, Any] = {name: np.zeros_like(value) for name, value in weights.items()}
    later: dict[str, Array] = {}
    for step in reversed(range(len(kept))):
        values = dict(kept[step])
        zeros = {f"d{name}": np.zeros(np.shape(value)) for name, value in values.items() if name not in weights}
        values |= zeros | {f"d{name}": value for name, value in gradients.items()} | later
        for line in reversed(lines):
            for back in backward(line):
                name = run(back, values)
                stages.append(LineRun("backward", step, back, name, np.array(values[name], np.float64)))
        gradients = {name: values[f"d{name}"] for name in weights}
        later = {f"d{name}": values[f"d{name}0"] for name in ("h", "c") if f"{name}0" in values}
    return stages, gradients | {"h0": later["dh"]}
