"""Where recorded steps go: into memory, into running statistics, or into a growing store on disk.

``begin`` says what will come, ``append`` takes the steps in order, and ``finish`` makes the result; after an exception
``abort`` is called.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Accumulator, Statistics
from stateviz.storage import RecordingWriter

DTYPES = ("float32", "float16")
_BEHIND = 2  # chunks that wait to be written
Values = Mapping[str, NDArray[np.generic]]
Result_co = TypeVar("Result_co", covariant=True)


class Sink(Protocol[Result_co]):
    """What takes the steps of a recording."""

    skip: int
    """Steps that are there already, and are not wanted again; known once it has begun."""

    def begin(self, steps: int, sites: Mapping[str, int], binary: frozenset[str]) -> None:
        """``steps`` steps will come; ``sites`` says how many units, ``binary`` which sites hold only -1 and +1."""

    def append(self, tokens: Sequence[str], values: Values, tracks: Values) -> None:
        """Take steps: ``values[site]`` of shape (steps, units), ``tracks[name]`` of (steps,) or (steps, k)."""

    def finish(self) -> Result_co:
        """The result."""

    def abort(self) -> None:
        """Give up after an exception."""


class MemorySink:
    """Keep every step: a Recording.

    Examples
    --------
    >>> sink = MemorySink({"model": "none"}, breaks=[2])
    >>> sink.begin(3, {"h": 1}, frozenset())
    >>> sink.append("ab", {"h": np.array([[0.5], [0.25]])}, {})
    >>> sink.append("c", {"h": np.array([[0.75]])}, {})
    >>> sink.finish()["h"].values.tolist()
    [[0.5, 0.25, 0.75]]
    """

    skip = 0

    def __init__(self, provenance: Mapping[str, object], breaks: Sequence[int] = ()) -> None:
        self.provenance, self.breaks = provenance, tuple(breaks)

    def begin(self, steps: int, sites: Mapping[str, int], binary: frozenset[str]) -> None:
        """Reserve room for ``steps`` steps."""
        self.steps, self.tokens = steps, list[str]()
        # Steps first, as they come; a matrix is units x steps, and the other view of the same memory.
        self.values = {s: np.empty((steps, n), np.int8 if s in binary else np.float32) for s, n in sites.items()}
        self.tracks: dict[str, NDArray[np.generic]] = {}

    def append(self, tokens: Sequence[str], values: Values, tracks: Values) -> None:
        """Copy the steps to their place."""
        first = len(self.tokens)
        here = slice(first, first + len(tokens))
        self.tokens += tokens
        for site, array in values.items():
            self.values[site][here] = array
        for name, track in tracks.items():
            if name not in self.tracks:
                self.tracks[name] = np.empty((self.steps, *track.shape[1:]), track.dtype)
            self.tracks[name][here] = track

    def finish(self) -> Recording:
        """The recording."""
        tokens, states = tuple(self.tokens), {}
        for site, array in self.values.items():
            array.flags.writeable = False
            states[site] = StateMatrix(
                array.T, tokens=tokens, site=site, source=self.provenance, column_breaks=self.breaks,
                binary=array.dtype == np.int8,
            )  # fmt: skip
        return Recording(tokens, states, self.provenance, self.tracks)

    def abort(self) -> None:
        """Nothing to undo."""


class StatisticsSink:
    """Keep moments and quantiles, not the steps: a Statistics a site."""

    skip = 0

    def __init__(self, provenance: Mapping[str, object]) -> None:
        self.provenance = provenance

    def begin(self, steps: int, sites: Mapping[str, int], binary: frozenset[str]) -> None:
        """One accumulator a site."""
        self.accumulators = {
            site: Accumulator(units, site=site, source=self.provenance, off=-1 if site in binary else None)
            for site, units in sites.items()
        }

    def append(self, tokens: Sequence[str], values: Values, tracks: Values) -> None:
        """Add the steps to the moments."""
        for site, array in values.items():
            self.accumulators[site].update(array)

    def finish(self) -> dict[str, Statistics]:
        """The statistics of each site."""
        return {site: accumulator.finish() for site, accumulator in self.accumulators.items()}

    def abort(self) -> None:
        """Nothing to undo."""


class StoreSink:
    """Write each step to a Zarr store that grows beside ``path`` and is renamed when it is whole.

    A thread packs and writes while the model reads on, at most two chunks behind. What goes wrong there is raised by
    the next ``append``, or by ``finish``.
    """

    def __init__(
        self,
        path: str | Path,
        provenance: Mapping[str, object],
        breaks: Sequence[int] = (),
        *,
        dtype: str = "float32",
        overwrite: bool = False,
        resume: bool = False,
    ) -> None:
        if dtype not in DTYPES:
            raise InputError(f"dtype {dtype!r} is none; store states as {' or '.join(DTYPES)} (binary ones take a bit)")
        self.path, self.provenance, self.breaks = path, provenance, tuple(breaks)
        self.dtype, self.overwrite, self.resume = dtype, overwrite, resume
        self.skip = 0
        self._open: tuple[RecordingWriter, ThreadPoolExecutor] | None = None
        self._behind: deque[Future[None]] = deque()

    def begin(self, steps: int, sites: Mapping[str, int], binary: frozenset[str]) -> None:
        """Create the store, or find what an interruption left of it."""
        dtypes = {site: "int8" if site in binary else self.dtype for site in sites}
        writer = RecordingWriter(
            self.path, sites, dtype=dtypes, source=self.provenance, breaks=self.breaks, steps=steps,
            overwrite=self.overwrite, resume=self.resume,
        )  # fmt: skip
        self.skip = writer.written
        self._open = writer, ThreadPoolExecutor(1, "stateviz-store")

    def append(self, tokens: Sequence[str], values: Values, tracks: Values) -> None:
        """Write the steps soon; the arrays are not to be changed any more."""
        writer, thread = self._opened()
        while len(self._behind) >= _BEHIND:
            self._behind.popleft().result()
        self._behind.append(thread.submit(writer.append, tokens, values, tracks))

    def finish(self) -> Recording:
        """The recording, its states on disk."""
        writer, thread = self._opened()
        while self._behind:
            self._behind.popleft().result()
        thread.shutdown()
        return writer.close()

    def abort(self) -> None:
        """What was written stays beside, to be resumed; where that is nothing, nothing stays."""
        if self._open is not None:
            writer, thread = self._open
            thread.shutdown(wait=True, cancel_futures=True)
            if writer.written:
                writer.leave()
            else:
                writer.abort()

    def _opened(self) -> tuple[RecordingWriter, ThreadPoolExecutor]:
        if self._open is None:
            raise RuntimeError("a sink takes steps only after it has begun")
        return self._open
