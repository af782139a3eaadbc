"""States that are carried from token to token: whether reading one token at a time gives what one pass gives."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from stateviz.core.errors import InputError
from stateviz.recording.chunks import ChunkTrial, varied
from stateviz.recording.sources.base import Source
from stateviz.recording.texts import Text

_STEPS = 96
_GROWN = 20  # a state after many steps of one token is rounded otherwise than one that was computed in blocks


def check_states(source: Source, texts: Sequence[Text], wanted: Sequence[str], device: torch.device) -> None:
    """Refuse the states among ``wanted`` where they, or what is recorded beside them, are others than in one pass.

    Raises
    ------
    InputError
        When they are.
    """
    carried = [site for site in wanted if site in source.carried]
    if not carried:
        return
    inputs = max((text.inputs for text in texts), key=len)
    few = varied(inputs, min(_STEPS, len(inputs)) // 2, min(_STEPS, len(inputs))).to(device)
    every = torch.arange(len(few))
    trial = ChunkTrial(source, True, device)
    with source.attached([site for site in wanted if site not in carried]):
        whole = source.run(few[:, None], source.start(1))
    with source.attached(wanted):
        alone = source.run(few[:, None], source.start(1))
    gap = trial.compare(trial.numbers(whole, every), {}, trial.numbers(alone, every), every, 0, _GROWN)
    if gap is None:
        ends = {site: state.flatten(1)[None] for site, state in source.states_in(whole.state["model"]).items()}
        ends = {site: state for site, state in ends.items() if site in carried}
        after = {site: alone.values[site][-1:] for site in carried}
        gap = trial.compare(ends, {}, after, every[-1:], 0, _GROWN)
    if gap is not None:
        raise InputError(
            f"{carried[0]} is read one token at a time, and so {type(source.model).__name__} gives other numbers than "
            f"in one pass: {gap}; leave {', '.join(carried[:3])} out"
        )
