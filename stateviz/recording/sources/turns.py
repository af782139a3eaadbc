"""One recording of a model at a time: hooks, taps and evaluation mode are the model's, not a thread's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

_FREED = threading.Condition()
_TAKEN: dict[int, tuple[int, int]] = {}
"""By the id of a module that is being recorded: the thread that does it, and how many times over."""


@contextmanager
def alone(model: object) -> Iterator[None]:
    """The block has ``model`` and all its parts for itself; another thread's recording of any of them waits.

    Recordings of models that share no part run side by side, and a thread does not wait for itself.
    """
    if not isinstance(model, nn.Module):
        yield
        return
    parts, me = {id(part) for part in model.modules()}, threading.get_ident()
    with _FREED:
        _FREED.wait_for(lambda: all(_TAKEN.get(part, (me, 0))[0] == me for part in parts))
        for part in parts:
            _TAKEN[part] = me, _TAKEN.get(part, (me, 0))[1] + 1
    try:
        yield
    finally:
        with _FREED:
            for part in parts:
                times = _TAKEN.pop(part)[1] - 1
                if times:
                    _TAKEN[part] = me, times
            _FREED.notify_all()
