"""What a user is told of sites whose column t is not simply the state after the tokens up to t."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence

from stateviz.core.errors import InputError
from stateviz.recording.sources import Source
from stateviz.recording.sources.attention import REACH

_FEW = 3


def noted_directions(source: Source, wanted: Sequence[str]) -> dict[str, object]:
    """Warn of sites that see later tokens or read from the end; what of it goes into the source of a recording."""
    name, reads = type(source.model).__name__, source.reads
    noted: dict[str, object] = {}
    turned = [site for site in wanted if site in reads.turned]
    if turned:
        _warn(f"{_some(turned)} of {name} read the text from its end; their columns are in the order of the text, so "
              "column t is the state after the tokens from the last to t")  # fmt: skip
        noted["reversed"] = turned
    ahead = [site for site in wanted if site in reads.ahead]
    if ahead:
        _warn(f"{name} is not causal: column t of {_some(ahead)} depends on the tokens after t, too")
        noted["not_causal"] = ahead
    late = [site for site in wanted if site in reads.late and ".in." not in f".{site}."]
    if late:
        _warn(f"column t of {_some(late)} of {name} has read the tokens before t, and not token t")
        noted["late"] = late
    if source.patterns(wanted):
        noted["attention"] = {"reach": source.options.reach or REACH, "units": "steps back, 0 the step itself"}
    elif source.options.reach is not None:
        raise InputError("reach is of attention patterns, and none is recorded; name sites such as '*.head*'")
    return noted


def _some(sites: Collection[str]) -> str:
    few = list(sites)[:_FEW]
    return ", ".join(few) + (f" and {len(sites) - len(few)} more" if len(sites) > len(few) else "")


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=6)
