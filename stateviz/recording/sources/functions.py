"""Plain functions: ``step(x, h) -> h`` over inputs, in whatever array library they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from stateviz.core.errors import InputError
from stateviz.recording.digests import digest_of
from stateviz.recording.sources.base import Options, Part, Sites, Source
from stateviz.recording.sources.cells import real_parts
from stateviz.recording.texts import Opened, Text


class Steps:
    """A step function, what it starts from, and what it reads."""

    def __init__(self, step: Callable[[Any, Any], Any], h0: Any, inputs: Any, tokens: Sequence[str] | None) -> None:
        if not callable(step):
            raise InputError(f"step is a {type(step).__name__}; give a function step(x, h) -> h")
        row = isinstance(h0, list) and all(isinstance(value, (int, float)) for value in h0)
        self.step, self.h0 = step, np.asarray(h0, float) if row else h0
        self.inputs = inputs if hasattr(inputs, "__len__") else list(inputs)
        count = len(self.inputs)
        if not count:
            raise InputError("no input came; give at least one step")
        plain = isinstance(self.inputs, (str, list, tuple)) and all(isinstance(x, str) for x in self.inputs)
        self.tokens = [str(x) for x in self.inputs] if tokens is None and plain else tokens
        if self.tokens is None:
            self.tokens = [str(t) for t in range(count)]
        if len(self.tokens) != count:
            raise InputError(f"{len(self.tokens)} tokens came for {count} steps of input; give one token a step")


class FunctionSource(Source):
    """`Steps` in a loop; sites are the parts of the state: ``h``, ``c``, or the names of a mapping."""

    model: Steps

    def __init__(self, model: Steps, options: Options) -> None:
        super().__init__(model, options)

    def encode(self, name: str | None, text: Opened) -> Text:
        """The steps themselves are the text: their numbers stand for the inputs."""
        return Text(list(self.model.tokens or ()), torch.arange(len(self.model.inputs)), name)

    def discover(self, inputs: Tensor | None) -> Sites:
        """From the state it starts from."""
        return Sites({name: int(np.size(_array(value))) for name, value in real_parts(self.model.h0).items()})

    def start(self, batch: int) -> Any:
        """A copy of h0: a function may write into its state."""
        return deepcopy(self.model.h0)

    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """The loop."""
        sizes, kept = self.discover(None).known, []
        for t in inputs[:, 0].tolist():
            x = self.model.inputs[t]
            # What is a view of the user's array is handed out as a copy: a function may write into what it reads.
            state = self.model.step(deepcopy(x) if hasattr(x, "__array__") else x, state)
            row = {name: np.array(_array(value), np.float32).ravel() for name, value in real_parts(state).items()}
            for site in self.wanted:
                if site not in row or row[site].size != sizes[site]:
                    got = row[site].size if site in row else "no"
                    raise InputError(
                        f"step {t} gave {got} units of {site}, and h0 has {sizes[site]}; a state keeps its shape"
                    )
            kept.append(row)
        values = {site: torch.from_numpy(np.stack([row[site] for row in kept]))[:, None] for site in self.wanted}
        return Part(values, None, state)

    def provenance(self) -> dict[str, object]:
        """The name of the function: it has no weights to make a digest of."""
        return {"step": getattr(self.model.step, "__qualname__", type(self.model.step).__name__)}

    def given(self, texts: Sequence[Text]) -> dict[str, object]:
        """The code of the function, what it starts from and what it reads: the inputs are not those of the text."""
        return {
            "step_sha256": digest_of(self.model.step),
            "start_sha256": digest_of(self.model.h0),
            "inputs_sha256": digest_of(self.model.inputs),
        }


def _array(value: ArrayLike | Tensor) -> NDArray[Any]:
    return value.detach().float().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
