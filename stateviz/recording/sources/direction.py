"""Which way a part of a model reads: one token is changed, and what moves in its columns is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from stateviz.recording.failures import FAILURES

_MOVED = 1e-6  # in parts of the largest; experts that are given other tokens round otherwise


@dataclass
class Directions:
    """How sites read.

    Attributes
    ----------
    turned
        They read the text from its end, and came in that order: column t was of the token t places from the end.
    ahead
        Their column t depends on tokens after t.
    late
        Their column t has read the tokens before t only.
    """

    turned: set[str] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)

    def copy(self, site: str, other: str) -> None:
        """``other`` reads as ``site`` does."""
        for kind in (self.turned, self.ahead, self.late):
            kind |= {other} if site in kind else set()


def directions(
    numbers: Callable[[Tensor], Mapping[str, Tensor]], inputs: Tensor, before: Mapping[str, Tensor]
) -> Directions:
    """What ``numbers(inputs)``, by site (steps, ...), says of each site when a token of ``inputs`` is another.

    ``before`` is what it gave for ``inputs`` as they are.

    Examples
    --------
    >>> sites = {"sum": lambda x: x.cumsum(0), "back": lambda x: x.flip(0).cumsum(0), "all": lambda x: x + x.sum(0)}
    >>> x = torch.arange(5.0)[:, None]
    >>> numbers = lambda x: {name: make(x) for name, make in sites.items()}
    >>> found = directions(numbers, x, numbers(x))
    >>> found.turned, found.ahead
    ({'back'}, {'all'})
    """
    found, steps = Directions(), len(inputs)
    if steps < 2:
        return found
    moved = {step: _moved(numbers, inputs, before, step) for step in sorted({0, steps // 2, steps - 1})}
    for site in before:
        columns = {step: sites[site] for step, sites in moved.items() if site in sites}
        first, last = columns.get(0), columns.get(steps - 1)
        if first is None or last is None or not bool((first | last).any()):
            continue
        if not first[0] and first[-1] and last[0]:
            found.turned.add(site)
        elif any(bool(column[:step].any()) for step, column in columns.items()):
            found.ahead.add(site)
        elif not first[0] and not last[-1]:
            found.late.add(site)
    return found


def _moved(
    numbers: Callable[[Tensor], Mapping[str, Tensor]], inputs: Tensor, before: Mapping[str, Tensor], step: int
) -> dict[str, Tensor]:
    """By site, which steps are others when the token at ``step`` is."""
    for other in _others(inputs, step):
        changed = inputs.clone()
        changed[step] = other
        try:
            after = numbers(changed)
        except FAILURES:  # a token that the model does not have
            continue
        return {
            site: _apart(after[site], value)
            for site, value in before.items()
            if site in after and after[site].shape == value.shape
        }
    return {}


def _others(inputs: Tensor, step: int) -> Iterator[Tensor]:
    """What the token at ``step`` may be changed to: another of the text, or one beside it."""
    yield from (one for one in inputs if not torch.equal(one, inputs[step]))
    if inputs.is_floating_point():
        yield inputs[step] + 1
    else:
        yield inputs[step] - 1 if bool((inputs[step] > 0).all()) else inputs[step] + 1


def _apart(a: Tensor, b: Tensor) -> Tensor:
    a, b = a.double().flatten(1).nan_to_num(), b.double().flatten(1).nan_to_num()
    return ((a - b).abs() > _MOVED * b.abs().max()).any(1).cpu()
