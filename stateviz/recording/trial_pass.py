"""The trial pass: a model is run over a few steps of a text, or of made-up inputs, to find its sites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError, StatevizError
from stateviz.recording.chunks import varied
from stateviz.recording.failures import FAILURES, first_line
from stateviz.recording.sources import Sites, Source
from stateviz.recording.sources.base import real_dtype
from stateviz.recording.texts import Text

_STEPS = 7  # a number unlike the sizes of layers


def first_steps(texts: Sequence[Text], window: int | None = None) -> Tensor:
    """The first inputs of the longest text, or a few of all kinds where these are alike; no more than a window."""
    longest = max(texts, key=lambda text: len(text.tokens))
    steps = min(_STEPS, window or _STEPS, len(longest.inputs))
    return varied(longest.inputs, steps // 2, steps)


def discovered(source: Source, inputs: Tensor) -> Sites:
    """What can be recorded, found on a few steps.

    Raises
    ------
    InputError
        When the model cannot read them: its own words in one line.
    """
    try:
        return source.discover(inputs)
    except StatevizError:
        raise
    except FAILURES as error:
        if len(inputs) > 2 and not source.causal and _reads(source, inputs[:2]):
            raise InputError(
                f"{type(source.model).__name__} reads 2 tokens at once, but not {len(inputs)} ({type(error).__name__}: "
                f"{first_line(error)}); give window=, as many as it reads"
            ) from error
        raise InputError(
            f"{type(source.model).__name__} cannot read the first inputs, {inputs.dtype} of shape "
            f"{tuple(inputs.shape)}, one text at once ({type(error).__name__}: {first_line(error)}); "
            f"give other inputs by encode=, or say by forward= how it is called{_hint(inputs)}"
        ) from error


def sites_of_made_up_inputs(source: Source, place: torch.device) -> Sites:
    """What can be recorded of a model that reads made-up inputs, whichever kind it takes."""
    tried = []
    for inputs in _made_up(source.model):
        try:
            return source.discover(inputs.to(place))
        except FAILURES as error:
            tried.append(first_line(error))
    raise InputError(
        f"{type(source.model).__name__} takes no inputs that were made up ({tried[0]}); give a text it reads, "
        "and encode"
    )


def _made_up(model: object) -> Iterator[Tensor]:
    """Inputs a model might take: ids, or rows as wide as the first recurrent or linear part reads."""
    if isinstance(model, nn.Module):
        first = next(
            (m for m in model.modules() if isinstance(m, (nn.Embedding, nn.RNNBase, nn.RNNCellBase, nn.Linear))), None
        )
        width = getattr(first, "input_size", None) or getattr(first, "in_features", None)
        if width is None and first is None:  # of a scripted module only the weights tell
            width = next((weight.shape[1] for weight in model.parameters() if weight.dim() == 2), None)
        if width is not None:
            yield torch.zeros(_STEPS, int(width), dtype=real_dtype(model))
    yield torch.zeros(_STEPS, dtype=torch.int64)
    yield torch.zeros(2, dtype=torch.int64)


def _reads(source: Source, inputs: Tensor) -> bool:
    try:
        source.discover(inputs)
    except FAILURES:
        return False
    return True


def _hint(inputs: Tensor) -> str:
    """More to say where the inputs look like a batch."""
    if inputs.dim() == 2 and not inputs.is_floating_point():
        return ". Are the rows texts of ids, side by side? Give a list of 1-D arrays, one a text"
    if inputs.dim() == 3 and inputs.is_floating_point():
        return ". Are they (texts, steps, numbers)? Give a list of arrays (steps, numbers), one a text"
    return ""
