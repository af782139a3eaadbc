"""Stop: when a method has to be done, and whom it tells how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from stateviz.core.errors import InputError
from stateviz.core.progress import Progress, Watch
from stateviz.ordering.problem.arrays import Ints


@dataclass
class Stop:
    """When a method has to be done: asked often, answered fast.

    Parameters
    ----------
    seconds
        From now; None for no limit.
    interrupted
        Set by a method that was interrupted by Ctrl-C and returns what it has.
    watch
        Called with a Progress whenever there is a new stage, and every so often within one.
    every
        Seconds between two reports of the same stage.
    found
        Called with orders that methods come by on their way; None where nobody keeps them.
    """

    seconds: float | None = None
    interrupted: bool = False
    watch: Watch | None = None
    every: float = 0.2
    found: Callable[[Ints], None] | None = None
    progress: Progress = field(default_factory=lambda: Progress(""))
    _start: float = field(default_factory=time.perf_counter, repr=False)
    _told: float = field(default=-math.inf, repr=False)

    def __post_init__(self) -> None:
        if self.seconds is not None and not (isinstance(self.seconds, (int, float)) and self.seconds > 0):
            raise InputError(f"time is {self.seconds!r}; give seconds above 0")

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self.interrupted or self.remaining() <= 0

    def remaining(self) -> float:
        """Seconds left; infinity without a limit."""
        return math.inf if self.seconds is None else self.seconds - self.elapsed()

    def elapsed(self) -> float:
        """Seconds since it was made."""
        return time.perf_counter() - self._start

    def due(self, seconds: float = 0.0) -> bool:
        """Whether it is time for a report, ``seconds`` after the last or more: ask before working out what to tell."""
        return self.watch is not None and self.elapsed() - self._told >= max(self.every, seconds)

    def keep(self, order: Callable[[], Ints]) -> None:
        """Hand on the order that a method has now, which is made only where somebody keeps it."""
        if self.found is not None:
            self.found(order())

    @contextmanager
    def within(self, whole: Callable[[Ints], Ints]) -> Iterator[None]:
        """While a method works on a part of the problem: ``whole`` makes an order of all rows of one of the part's."""
        outer = self.found
        if outer is not None:
            self.found = lambda rows: outer(whole(rows))
        try:
            yield
        finally:
            self.found = outer

    def stage(self, name: str) -> None:
        """Say what begins now."""
        self._tell(replace(self.progress, stage=name, done=None))

    def tell(self, *, length: float | None = None, bound: float | None = None, done: float | None = None) -> None:
        """Say what is new since the last time, if a report is due."""
        if self.due():
            known = self.progress
            longer, lower = known.length if length is None else length, known.bound if bound is None else bound
            self._tell(replace(known, length=longer, bound=lower, done=done))

    def _tell(self, progress: Progress) -> None:
        if self.watch is not None:
            self._told = self.elapsed()
            self.progress = replace(progress, seconds=self._told)
            self.watch(self.progress)
