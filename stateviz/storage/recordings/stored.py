"""Disk -> Recording: opened at once, its states read where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import FileError
from stateviz.core.noun import FrozenDict, same_content
from stateviz.core.recordings import BLOCK_STEPS, Recording
from stateviz.core.selection import Steps, Units, breaks_within, step_slice, unit_rows
from stateviz.core.states import StateMatrix, Tokens
from stateviz.core.tracks import Track, coerce_tracks, joined_tracks
from stateviz.core.values import States
from stateviz.storage.atomic import AnyPath
from stateviz.storage.limits import check_growth
from stateviz.storage.recordings.header import Header, opened, plain_states, read_header, reading, stored_bytes, texts
from stateviz.storage.recordings.lazy import LazyStates, LazyTracks
from stateviz.storage.recordings.leftovers import interrupted
from stateviz.storage.recordings.schema import Site
from stateviz.storage.zarr_codecs import check_codecs

if TYPE_CHECKING:
    from xarray import Dataset

MOST_AT_ONCE = 2**16
"""Tokens of a part that are read along with its states: decoding ten million takes longer than a few units do."""
SMALL = 2**26
"""A recording of fewer bytes of states than this is read whole when it is opened, so that damage shows at once."""


def open_recording(path: AnyPath) -> StoredRecording:
    """Open what ``save_recording`` or ``RecordingWriter`` wrote.

    A small recording is read at once. Of a larger one only what is asked for: ``recording[site]`` all of a site,
    ``recording.select(site, steps=..., units=...)`` no more than the chunks that hold them.

    Parameters
    ----------
    path : str or os.PathLike
        A folder (``.zarr``) or one file (``.zarr.zip``).

    Returns
    -------
    StoredRecording
        A Recording whose parts are read when they are asked for; the file is opened for each reading, and not held.

    Raises
    ------
    FileError
        When there is nothing at ``path``, or it is damaged, not a recording, or of a newer format. Damage to the
        chunks of a large recording shows when they are read.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> shipped_recording().select(steps=slice(0, 9)).tokens[:3]
    ('F', 'o', 'r')
    """
    source = Path(path)
    if not source.exists():
        raise FileError(f"there is no recording at {source}{interrupted(source) or '; make one with stateviz record'}")
    with reading(source):
        size = stored_bytes(source)
        check_codecs(source)
        with opened(source) as group:
            return StoredRecording(source, size, read_header(group, size), group)


@dataclass(frozen=True, eq=False)
class Block:
    """Some steps of a recording as its file holds them; ``states[site]`` is steps x units."""

    tokens: tuple[str, ...]
    states: dict[str, NDArray[Any]]
    tracks: dict[str, Track]
    own_tokens: dict[str, tuple[str, ...]] = field(default_factory=dict)


class StoredRecording(Recording):
    """A Recording on disk: the same as one in memory, read in parts; ``open_recording`` makes it.

    It is pickled and copied as its path. Two are equal if they are of the same file, as it was when it was opened.

    Attributes
    ----------
    path
        Where it is. The file is opened for each reading, and not held.
    layout : mapping of str to Site
        Units, dtype on disk, breaks and source of each site, known without reading a state.
    """

    path: Path
    layout: Mapping[str, Site]
    _states: LazyStates
    _tracks: LazyTracks
    _size: int
    _header: Header
    _at_hand: Any

    def __init__(self, path: Path, size: int, header: Header, group: Any) -> None:
        states = LazyStates(header.layout, self.select)
        self._hold(
            path=path,
            layout=FrozenDict(header.layout),
            _source=FrozenDict(header.source),
            _states=states,
            _tracks=LazyTracks(header.tracks, {}, self.read_track),
            _size=size,
            _header=header,
            _at_hand=group,
        )
        if sum(np.dtype(s.dtype).itemsize * len(s.units) for s in header.layout.values()) * self.steps <= SMALL:
            states.kept.update(states)
            _ = self.tokens, dict(self.tracks)
        self._hold(_at_hand=None)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The text of each step."""
        with self._group() as group:
            return texts(self._array(group, "tokens"), slice(None))

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return self._header.steps

    @property
    def whole(self) -> bool:
        """Whether everything is in memory already."""
        return len(self._states.kept) == len(self.layout)

    def shape(self, site: str | None = None) -> tuple[int, int]:
        """(units, steps) of a site, without reading it."""
        return len(self.layout[self.only(site)].units), self.steps

    def select(self, site: str | None = None, *, steps: Steps | None = None, units: Units | None = None) -> StateMatrix:
        """Some steps and units of a site, read from no more than their chunks; see ``Recording.select``."""
        name = self.only(site)
        layout, kept = self.layout[name], self._states.kept.get(name)
        if kept is not None:
            return kept.select(steps, units=units)
        part, rows = step_slice(steps, self.steps), unit_rows(layout.units, units)
        values, tokens = self._part(name, part, None if units is None else rows)
        return StateMatrix(
            values,
            units=tuple(layout.units[row] for row in rows),
            tokens=tokens,
            site=name if layout.label is None else layout.label,
            source=layout.source,
            row_breaks=layout.row_breaks if units is None else (),
            column_breaks=breaks_within(layout.column_breaks, part),
            flipped=np.isin(np.arange(len(layout.units)), layout.flipped)[rows],
            binary=layout.binary,
            off=layout.off,
        )

    def read(self, steps: slice) -> Block:
        """All that was recorded of some steps, in the dtypes of the file."""
        part = step_slice(steps, self.steps)
        with self._group() as group:
            states, own = {}, {}
            for name, site in self.layout.items():
                inner = self._header.groups[name]
                states[name] = np.asarray(self._array(group, f"{inner}/states")[part])
                if site.tokens == "own":
                    own[name] = texts(self._array(group, f"{inner}/tokens"), part)
            stored, added = self._header.tracks, self._tracks.added
            tracks = {name: np.asarray(self._array(group, path)[part]) for name, path in stored.items()}
            tracks |= {name: track[part] for name, track in added.items()}
            return Block(texts(self._array(group, "tokens"), part), states, tracks, own)

    def blocks(self, site: str | None = None, *, steps: int = BLOCK_STEPS) -> Iterator[States]:
        """The states of a site from first to last, shape (steps, units), so many steps at a time."""
        name = self.only(site)
        path, kept = self._header.groups[name] + "/states", self._states.kept.get(name)
        for start in range(0, self.steps, steps):
            if kept is not None:
                yield kept.values[:, start : start + steps].T
                continue
            with self._group() as group:
                yield plain_states(np.asarray(self._array(group, path)[start : start + steps]))

    def with_tracks(self, tracks: Mapping[str, ArrayLike]) -> StoredRecording:
        """This recording with more tracks, kept in memory until it is saved; its file stays as it is."""
        added = coerce_tracks(joined_tracks(self._tracks.added, tracks), self.steps)
        result = StoredRecording.__new__(StoredRecording)
        result.__dict__.update(self.__dict__)
        result._hold(_tracks=LazyTracks(self._header.tracks, added, result.read_track))
        return result

    def to_xarray(self, site: str | None = None) -> Dataset:
        """A site as an xarray.Dataset of (step, unit), whose numbers are read when they are used."""
        from stateviz.storage.recordings.dataset import stored_dataset

        return stored_dataset(self.path, self._header.groups[self.only(site)], self._header.tracks, self._tracks.added)

    def read_track(self, path: str) -> Track:
        """The numbers of the track whose array is at ``path``, read-only."""
        with self._group() as group:
            values: Track = np.array(self._array(group, path)[...])
        values.flags.writeable = False
        return values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredRecording):
            return NotImplemented
        same = self.path.resolve() == other.path.resolve() and self._size == other._size
        return same and self._header == other._header and same_content(self._tracks.added, other._tracks.added)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.path.resolve()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (str(self.path.absolute()), dict(self._tracks.added))

    def _breaks(self) -> tuple[int, ...]:
        return self.layout[self.sites[0]].column_breaks

    def _layout(self) -> Mapping[str, tuple[int, bool]]:
        return {name: (len(site.units), site.binary) for name, site in self.layout.items()}

    def _part(self, name: str, part: slice, rows: NDArray[np.int64] | None) -> tuple[NDArray[Any], Tokens]:
        """States (units, steps) and tokens from the file; many tokens are read when they are asked for."""
        inner = self._header.groups[name]
        kind = {"shared": "tokens", "own": f"{inner}/tokens"}.get(self.layout[name].tokens)

        def tokens() -> tuple[str, ...]:
            with self._group() as group:
                return texts(self._array(group, kind or ""), part)

        with self._group() as group:
            states = self._array(group, f"{inner}/states")
            width = states.shape[1] if rows is None else len(rows)
            held = np.dtype(states.dtype).itemsize * (part.stop - part.start) * width
            check_growth(f"{name}, read whole,", held, self._size)
            values = plain_states(np.asarray(states[part] if rows is None else states.oindex[part, rows])).T
            return values, None if kind is None else tokens if values.shape[1] > MOST_AT_ONCE else tokens()

    @contextmanager
    def _group(self) -> Iterator[Any]:
        if self._at_hand is not None:
            yield self._at_hand
            return
        with reading(self.path), opened(self.path) as group:
            yield group

    def _array(self, group: Any, path: str) -> Any:
        array = group[path]
        if array.shape[0] != self.steps:
            raise FileError(f"changed since it was opened: {path} has {array.shape[0]} steps, and had {self.steps}")
        return array


def _reopened(path: str, added: Mapping[str, Track]) -> StoredRecording:
    """What a pickle of a StoredRecording calls."""
    found = open_recording(path)
    return found.with_tracks(added) if added else found
