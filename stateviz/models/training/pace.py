"""How fast a training goes, and how long it has left."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_LATEST = 50  # updates that the pace is taken from: it follows a machine that becomes busy
_ENOUGH, _SECONDS = 5, 1.0  # so many updates tell the pace, or one of so many seconds


class Pace:
    """Seconds of updates and of looks at the held-out text.

    The first update is left out: it compiles and fills caches, and can take a hundred times what the others take.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.left(updates=10, looks=1) is None
    True
    >>> pace.updates.extend([0.1] * 5)
    >>> pace.left(updates=10, looks=0)
    1.0
    """

    def __init__(self) -> None:
        self.updates: deque[float] = deque(maxlen=_LATEST)
        self.last_look = 0.0
        self._begun = False

    @contextmanager
    def update(self) -> Iterator[None]:
        """The block is an update."""
        begun = time.perf_counter()
        yield
        if self._begun:
            self.updates.append(time.perf_counter() - begun)
        self._begun = True

    @contextmanager
    def look(self) -> Iterator[None]:
        """The block is a look at the held-out text, with what is written then."""
        begun = time.perf_counter()
        yield
        self.last_look = time.perf_counter() - begun

    @property
    def each(self) -> float | None:
        """Seconds of an update, the median of the latest; None while too few were seen."""
        if len(self.updates) < _ENOUGH and sum(self.updates) < _SECONDS:
            return None
        return statistics.median(self.updates)

    def left(self, updates: int, looks: int) -> float | None:
        """Seconds that so many updates and looks will take; None while the pace is not known."""
        return None if self.each is None else updates * self.each + looks * self.last_look
