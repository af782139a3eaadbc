"""What a model expected: entropy, the likeliest next tokens, and how surprising the one that came was."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stateviz.core.errors import InputError

_BLOCK = 2**22  # log-probabilities computed at once


class Predictions:
    """Tracks of one text, chunk after chunk.

    Parameters
    ----------
    top
        How many of the likeliest next tokens are kept at each step.

    Examples
    --------
    >>> tracks = Predictions(1).tracks(torch.tensor([[0.0, 0.0], [9.0, 0.0]]), torch.tensor([0, 1]))
    >>> tracks["entropy"][0], tracks["surprisal"][1], tracks["top_ids"][1].tolist()
    (np.float32(1.0), np.float32(1.0), [0])
    """

    def __init__(self, top: int) -> None:
        self.top = top
        self.last: Tensor | None = None

    def tracks(self, logits: Tensor, ids: Tensor | None) -> dict[str, NDArray[np.generic]]:
        """Tracks of the next steps.

        Parameters
        ----------
        logits : tensor, shape (steps, vocabulary)
            The prediction of step t is of token t + 1.
        ids : tensor of int, shape (steps,), optional
            The tokens that came; without them there is no surprisal.
        """
        size = logits.shape[1]
        if self.top > size:
            raise InputError(f"predictions={self.top} asks for more tokens than the {size} that the model knows")
        if ids is not None and int(ids.max()) >= size:
            raise InputError(
                f"token {int(ids.max())} came, and the model's output has places 0 to {size - 1}; is it logits?"
            )
        rows = max(1, _BLOCK // size)
        parts = [
            self._some(logits[i : i + rows], None if ids is None else ids[i : i + rows])
            for i in range(0, len(logits), rows)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _some(self, logits: Tensor, ids: Tensor | None) -> dict[str, NDArray[np.generic]]:
        bits = torch.log_softmax(logits.float(), -1) / math.log(2)
        chances = (bits * math.log(2)).exp()
        # A token of no chance adds nothing to an entropy; 0 * -inf would be NaN.
        entropy = -(bits.masked_fill(bits == -math.inf, 0) * chances).sum(-1)
        found = {"entropy": entropy.cpu().numpy()}
        if ids is not None:
            first = bits.new_full((1, bits.shape[1]), math.nan) if self.last is None else self.last
            before = torch.cat([first, bits[:-1]])
            found["surprisal"] = -before.gather(1, ids.to(bits.device)[:, None])[:, 0].cpu().numpy()
            self.last = bits[-1:]
        if self.top:
            likeliest = chances.topk(self.top, -1)
            found["top_ids"] = likeliest.indices.to(torch.int32).cpu().numpy()
            found["top_probabilities"] = likeliest.values.cpu().numpy()
        return found
