"""What a report is about: states with their text, and the model they were recorded of."""

from __future__ import annotations

from typing import Any

from stateviz.core.errors import InputError, MismatchError
from stateviz.core.states import StateMatrix


def read_with_text(recording: Any, site: str | None, model: Any, what: str) -> tuple[Any, StateMatrix]:
    """What was recorded, and its one site; refused where there is no text, or ``model`` is not the one recorded."""
    from stateviz.storage import load_whole

    whole = load_whole(recording, site=site)
    states = whole if isinstance(whole, StateMatrix) else whole.select(whole.only(site))
    if states.tokens is None:
        raise InputError(f"{what} is about states and their text, and these carry none; record them from a text")
    if model is not None:
        check_model(model, states)
    return whole, states


def title_of(states: StateMatrix) -> str:
    """What a report says it is about, where nobody gave a title."""
    return f"{states.shape[0]:,} units of {states.site} over {states.shape[1]:,} steps"


def check_model(model: Any, states: StateMatrix) -> None:
    """Raise MismatchError where a model is not the one that states were recorded of."""
    recorded, own = states.source.get("model"), getattr(model, "digest", lambda: None)()
    if recorded is not None and own is not None and recorded != own:
        raise MismatchError(
            f"the recording is of model {str(recorded)[:12]}, and this one is {own[:12]}; give that one"
        )
