"""RecordingWriter: a recording that grows on disk while a model reads, and goes on after an interruption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import FileError, InputError
from stateviz.core.recordings import Recording
from stateviz.core.tracks import TRACKS, WIDE_TRACKS
from stateviz.core.values import as_array
from stateviz.storage.atomic import AnyPath, check_writable
from stateviz.storage.recordings.schema import Site, plain_json
from stateviz.storage.recordings.store import GrowingStore
from stateviz.storage.recordings.validation import column_values, text_values

DTYPES = ("float32", "float64", "float16", "int8", "bool")


class RecordingWriter:
    """Write a recording chunk by chunk, in memory that does not grow with the text.

    Everything is written to ``X.partial`` beside ``path``, a block of steps at a time, and renamed by ``close``.
    What an interruption leaves there is continued with ``resume=True``; the arrays are then byte for byte those of a
    recording that was not interrupted, however many steps each ``append`` brings.

    Parameters
    ----------
    path
        Ends in ``.zarr``, or in ``.zarr.zip`` (which takes the room twice while it is closed).
    sites : mapping of str to int or sequence
        The units of each site: how many, or their names.
    dtype : str or mapping of str to str
        ``"float32"``, ``"float64"``, ``"float16"`` (3 digits, up to 65,504), ``"int8"`` for binary states of -1
        and 1 (a bit each) or ``"bool"`` for those of 0 and 1. A site of floats is real, whatever numbers come.
    source : mapping
        Where the states come from (model and text digests, versions); plain JSON values.
    breaks : sequence of int
        The steps at which a new text begins.
    steps : int, optional
        How many steps will come, where that is known; ``close`` then checks it.
    overwrite
        Replace a recording that is there, and what an interrupted one left.
    resume
        Go on after an interruption: append the steps from ``written`` on. Where nothing was interrupted, begin.

    Raises
    ------
    InputError
        When the ending, a dtype or a site cannot be used.
    FileError
        When ``path`` is there without ``overwrite``, or what an interruption left without ``overwrite`` or ``resume``.
    MismatchError
        When what is resumed was begun with another model, text, site or dtype.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/a.zarr"
    >>> with RecordingWriter(path, {"core.h": 2}, dtype="int8") as writer:
    ...     writer.append(["a", "b"], {"core.h": [[-1, 1], [1, 1]]}, {"entropy": [2.0, 1.5]})
    ...     writer.append(["c"], {"core.h": [[1, -1]]}, {"entropy": [0.5]})
    ...     writer.close()["core.h"]
    StateMatrix(core.h: 2 units x 3 steps, binary)
    """

    def __init__(
        self,
        path: AnyPath,
        sites: Mapping[str, int | Sequence[int | str]],
        *,
        dtype: str | Mapping[str, str] = "float32",
        source: Mapping[str, Any] | None = None,
        breaks: Sequence[int] = (),
        steps: int | None = None,
        overwrite: bool = False,
        resume: bool = False,
    ) -> None:
        kinds = dtype if isinstance(dtype, Mapping) else dict.fromkeys(sites, dtype)
        for name in kinds:
            if name not in sites:
                raise InputError(f"a dtype came for {name!r}, which is none of the sites {', '.join(sites)}")
        rows = []
        for name, given in sites.items():
            units = tuple(range(given)) if isinstance(given, int) else tuple(given)
            kind = str(kinds.get(name, "float32"))
            if kind not in DTYPES:
                raise InputError(f"states are stored as {', '.join(DTYPES)}; got {kind!r} for {name}")
            rows.append(Site(name, units, kind, dict(source or {}), column_breaks=tuple(map(int, breaks))))
        self._begin(path, rows, source or {}, steps, overwrite=overwrite, resume=resume)

    @classmethod
    def of_sites(
        cls, path: AnyPath, sites: Sequence[Site], source: Mapping[str, Any], steps: int, *, overwrite: bool = False
    ) -> RecordingWriter:
        """A writer of one or more sites that carry more than units: flips, breaks, a text of their own.

        Parameters
        ----------
        path, source, steps, overwrite
            As for the class.
        sites : sequence of Site
            What it holds.
        """
        writer = cls.__new__(cls)
        writer._begin(path, sites, source, steps, overwrite=overwrite, resume=False)
        return writer

    def _begin(
        self,
        path: AnyPath,
        sites: Sequence[Site],
        source: Mapping[str, Any],
        steps: int | None,
        *,
        overwrite: bool,
        resume: bool,
    ) -> None:
        self.path = Path(path)
        check_target(self.path, overwrite=overwrite)
        if not sites:
            raise InputError("a recording needs at least one site")
        if steps is not None and steps < 1:
            raise InputError(f"a recording has 1 step or more, not {steps}")
        for site in sites:
            if not site.units or len(set(site.units)) != len(site.units):
                raise InputError(f"site {site.name!r} has {len(site.units)} units; give 1 or more, of different names")
        named = {site.name: site for site in sites}
        self._store = GrowingStore(self.path, named, plain_json(source, "the source"), steps)
        self._overwrite, self._open, self._pending = overwrite, True, 0
        self._store.find(resume=resume, overwrite=overwrite)
        self._buffers = self._new_buffers()

    @property
    def written(self) -> int:
        """Whole steps that were written; when resuming, the step to go on from."""
        return self._store.written

    def append(
        self,
        tokens: Sequence[str],
        values: Mapping[str, ArrayLike],
        tracks: Mapping[str, ArrayLike] | None = None,
        *,
        own_tokens: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Add steps.

        Parameters
        ----------
        tokens
            The text of each step.
        values : mapping of str to array, shape (steps, units)
            Of every site.
        tracks : mapping of str to array, shape (steps,) or (steps, k)
            What is known of each step beside the states, under any names; the same ones each time.
            ``top_ids`` and ``top_probabilities`` have shape (steps, k), ``surprisal`` and ``entropy`` (steps,).
        own_tokens
            For sites whose steps have another text than the recording's.

        Raises
        ------
        InputError
            When shapes do not fit, a state is not finite or does not fit into its dtype (the first is named with its
            unit and step), or a token is not valid Unicode. Nothing of this call is then kept.
        FileError
            When the disk is full; what was written stays beside, to be resumed.
        """
        if not self._open:
            raise InputError("the recording is closed; nothing can be added")
        tokens = tuple(tokens)
        if not tokens:
            return
        arrays = {name: as_array(track) for name, track in (tracks or {}).items()}
        if not self._store.columns:
            self._create(arrays)
        given = self._given(tokens, values, arrays, own_tokens or {})
        first = self.written + self._pending
        checked = {path: self._checked(path, value, len(tokens), first) for path, value in given.items()}
        taken = 0
        while taken < len(tokens):
            part = min(len(tokens) - taken, self._store.block - self._pending)
            for path, array in checked.items():
                self._buffers[path][self._pending : self._pending + part] = array[taken : taken + part]
            taken, self._pending = taken + part, self._pending + part
            if self._pending == self._store.block:
                self._flush()

    def close(self) -> Recording:
        """Finish the recording and open it, its states on disk.

        Raises
        ------
        InputError
            When no step came, or fewer than were announced.
        """
        from stateviz.storage.recordings.stored import open_recording

        self.finish()
        return open_recording(self.path)

    def finish(self) -> None:
        """Finish the recording as ``close`` does, without opening it."""
        if self._open:
            total, announced = self.written + self._pending, self._store.steps
            if not total:
                raise InputError("nothing was recorded: no step came")
            if announced is not None and total != announced:
                raise InputError(f"{total} steps came, and {announced} were announced")
            self._flush()
            self._store.finish(overwrite=self._overwrite)
            self._open = False

    def abort(self) -> None:
        """Give up, and remove what was written."""
        if self._open:
            self._open = False
            self._store.discard()

    def leave(self) -> None:
        """Write no more; what was written stays beside, to be resumed by whoever comes."""
        self._open = False
        self._store.release()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error what was written stays beside, so that hours of reading can be resumed.
        if kind is None and self._open:
            self.close()
        self._store.release()

    def _create(self, tracks: Mapping[str, NDArray[Any]]) -> None:
        """Create the arrays, once the first steps tell which tracks there are."""
        for name, track in tracks.items():
            dimensions = (2,) if name in WIDE_TRACKS else (1,) if name in TRACKS else (1, 2)
            if track.ndim not in dimensions or not track.size or not name:
                axes = " or ".join(("(steps,)", "(steps, k)")[count - 1] for count in dimensions)
                raise InputError(f"{name} came with shape {track.shape}; expected {axes}")
            if track.dtype.kind not in "biuf":
                raise InputError(f"{name} came as {track.dtype}; numbers were expected")
        self._store.create({name: (track.dtype.name, track.shape[1:]) for name, track in tracks.items()})
        self._buffers = self._new_buffers()

    def _new_buffers(self) -> dict[str, NDArray[Any]]:
        columns, block = self._store.columns, self._store.block
        return {
            path: np.empty((block, *column.width), object if column.dtype == "text" else column.dtype)
            for path, column in columns.items()
        }

    def _given(
        self,
        tokens: tuple[str, ...],
        values: Mapping[str, ArrayLike],
        tracks: Mapping[str, NDArray[Any]],
        own: Mapping[str, Sequence[str]],
    ) -> dict[str, Any]:
        """What came, by the path of its array."""
        sites, groups = self._store.sites, self._store.groups
        if set(values) != set(sites):
            raise InputError(f"states came of {', '.join(values) or 'no site'}; expected {', '.join(sites)}")
        before = self._store.tracks
        if set(tracks) != set(before):
            raise InputError(f"tracks {list(tracks)} came, and {list(before)} before; give the same each time")
        given: dict[str, Any] = {"tokens": tokens, **{before[name].path: track for name, track in tracks.items()}}
        for site, states in values.items():
            given[f"{groups[site]}/states"] = states
            if sites[site].tokens == "own":
                given[f"{groups[site]}/tokens"] = tuple(own[site])
        return given

    def _checked(self, path: str, value: Any, count: int, first: int) -> NDArray[Any]:
        column = self._store.columns[path]
        if column.dtype == "text":
            return text_values(value, count)
        return column_values(as_array(value), column, count, first)

    def _flush(self) -> None:
        if self._pending:
            self._store.write(self._buffers, self._pending)
            self._pending = 0


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a name that no recording can be written to."""
    if not target.name.lower().endswith((".zarr", ".zarr.zip")):
        raise InputError(f"a recording is written to a name that ends in .zarr or .zarr.zip, not {target.name!r}")
    check_writable(target, overwrite=overwrite)
    if target.is_dir() and any(target.iterdir()) and not (target / "zarr.json").exists():
        raise FileError(f"{target} is a folder of something else, and is not replaced; choose another name")
