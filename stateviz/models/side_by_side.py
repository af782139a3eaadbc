"""Several texts of one model drawn side by side: the weights are read once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.models.char import CharModel

Options = tuple[float, int, float]
"""Temperature, top k and top p."""


@torch.no_grad()
def stepped(model: CharModel, ids: Tensor, uniforms: NDArray[np.float64], options: Options) -> NDArray[np.int64]:
    """Ids (texts, length) that go on from ``ids``, one for each of ``uniforms`` (length, texts), by compiled steps.

    The model's core is one that ``core_of`` knows.
    """
    from stateviz.models.cells.stream import Core, core_of, states_of
    from stateviz.models.cells.streams import Streams, draw_each

    number = uniforms.shape[1]
    state = model.start(number)
    if len(ids) > 1:
        state = model.collect(ids[:-1, None].expand(-1, number), state)[2]
    core = cast(Core, core_of(list(model.core.layers), model.embedding.weight))
    streams = Streams(core, *states_of(state, number))
    drawn, tokens = np.empty(uniforms.shape, np.int64), np.full(number, int(ids[-1]))
    for step, uniform in enumerate(uniforms):
        logits = model.readout(streams.read(tokens))
        draw_each(logits.numpy(), *options, uniform, drawn[step])
        tokens = drawn[step]
    return np.ascontiguousarray(drawn.T)


@torch.no_grad()
def collected(
    model: CharModel, ids: Tensor, uniforms: NDArray[np.float64], options: Options, draw: Callable[..., int]
) -> NDArray[np.int64]:
    """The same of any model, wherever it is."""
    number, drawn = uniforms.shape[1], np.empty(uniforms.shape, np.int64)
    logits, _, state = model.collect(ids[:, None].expand(-1, number).to(model.device), model.start(number))
    for step, uniform in enumerate(uniforms):
        rows = logits[-1].cpu().float().numpy()
        drawn[step] = [draw(row, *options, at) for row, at in zip(rows, uniform, strict=True)]
        logits, _, state = model.collect(torch.from_numpy(drawn[step]).to(model.device)[None], state)
    return np.ascontiguousarray(drawn.T)
