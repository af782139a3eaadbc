"""Disk -> Recording: opened at once, its states read where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.states import Recording, StateMatrix
from stateviz.core.table import unknown
from stateviz.storage.atomic import AnyPath
from stateviz.storage.recordings.header import Header, opened, read_header, reading, stored_bytes, texts
from stateviz.storage.recordings.schema import MOST_STEPS, Site
from stateviz.storage.recordings.selection import Block, Units, step_slice, unit_rows

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

SMALL = 2**26
"""A recording of fewer bytes of states than this is read whole when it is opened, so that damage shows at once."""


def open_recording(path: AnyPath) -> StoredRecording:
    """Open what ``save_recording`` or ``RecordingWriter`` wrote.

    A small recording is read at once. Of a larger one only what is asked for: ``recording[site]`` all of a site,
    ``recording.select(site, steps=..., units=...)`` no more than the chunks that hold them.

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
        raise FileError(f"there is no recording at {source}; make one with stateviz record")
    with reading(source):
        size = stored_bytes(source)
        with opened(source) as group:
            return StoredRecording(source, size, read_header(group, size), group)


class _States(Mapping[str, StateMatrix]):
    """The sites of a recording, each read when it is asked for, and kept as long as someone has it."""

    def __init__(self, recording: StoredRecording) -> None:
        self.recording = recording
        self.loaded: WeakValueDictionary[str, StateMatrix] = WeakValueDictionary()
        self.kept: dict[str, StateMatrix] = {}

    def __getitem__(self, site: str) -> StateMatrix:
        if site not in self.recording.layout:
            raise KeyError(site)
        found = self.kept.get(site) or self.loaded.get(site)
        if found is None:
            found = self.loaded[site] = self.recording.select(site)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.recording.layout)

    def __len__(self) -> int:
        return len(self.recording.layout)


class StoredRecording(Recording):
    """A Recording on disk: the same as one in memory, and it can be read in parts; ``open_recording`` makes it.

    Attributes
    ----------
    path
        Where it is. The file is opened for each reading, and not held.
    steps
        How many there are.
    layout : mapping of str to Site
        Units, dtype on disk, breaks and source of each site, known without reading a state.
    """

    path: Path
    steps: int
    layout: Mapping[str, Site]
    states: _States
    _header: Header
    _at_hand: Any

    def __init__(self, path: Path, size: int, header: Header, group: Any) -> None:
        states = _States(self)
        for name, value in {
            "path": path,
            "steps": header.steps,
            "source": header.source,
            "layout": header.layout,
            "states": states,
            "_size": size,
            "_header": header,
            "_at_hand": group,
        }.items():
            object.__setattr__(self, name, value)
        if sum(np.dtype(s.dtype).itemsize * len(s.units) for s in header.layout.values()) * self.steps <= SMALL:
            states.kept.update(states)
            for name in ("tokens", *header.tracks):
                getattr(self, name)
        object.__setattr__(self, "_at_hand", None)

    @cached_property
    def tokens(self) -> tuple[str, ...]:  # type: ignore[override]
        """The text of each step."""
        with self._group() as group:
            return texts(self._array(group, "tokens"), slice(None))

    # As of Recording; read when they are asked for, and then kept.
    surprisal = cached_property(lambda self: self._track("surprisal"))  # type: ignore[assignment]
    entropy = cached_property(lambda self: self._track("entropy"))  # type: ignore[assignment]
    top_ids = cached_property(lambda self: self._track("top_ids"))  # type: ignore[assignment]
    top_probabilities = cached_property(lambda self: self._track("top_probabilities"))  # type: ignore[assignment]

    @property
    def boundaries(self) -> NDArray[np.bool_]:
        """True at the first step of each text, shape (steps,)."""
        first = np.zeros(self.steps, bool)
        first[[0, *self.layout[next(iter(self.layout))].column_breaks]] = True
        return first

    @property
    def whole(self) -> bool:
        """Whether everything is in memory already."""
        return len(self.states.kept) == len(self.layout)

    def shape(self, site: str | None = None) -> tuple[int, int]:
        """(units, steps) of a site, without reading it."""
        return len(self.layout[self.only(site)].units), self.steps

    def select(self, site: str | None = None, *, steps: slice | None = None, units: Units | None = None) -> StateMatrix:
        """Some steps and units of a site, read from no more than their chunks.

        Parameters
        ----------
        site
            Needed where the recording has more than one.
        steps
            A slice without a stride.
        units
            A slice of the rows, or names of units in any order.

        Raises
        ------
        UnknownNameError
            When there is no such site or unit.
        InputError
            When there is no such step.

        Examples
        --------
        >>> from stateviz.storage import shipped_recording
        >>> shipped_recording().select(steps=slice(10, 20), units=[3, 1]).units
        (3, 1)
        """
        name = self.only(site)
        layout, kept = self.layout[name], self.states.kept.get(name)
        part, rows = step_slice(steps, self.steps), unit_rows(layout, units)
        flipped = np.isin(np.arange(len(layout.units)), layout.flipped)[rows]
        values, tokens = (
            self._part(name, part, None if units is None else rows)
            if kept is None
            else (kept.values[rows, part], None if kept.tokens is None else kept.tokens[part])
        )
        return StateMatrix(
            values,
            units=tuple(layout.units[row] for row in rows),
            tokens=tokens,
            site=name if layout.label is None else layout.label,
            source=layout.source,
            row_breaks=layout.row_breaks if units is None else (),
            column_breaks=tuple(b - part.start for b in layout.column_breaks if part.start < b < part.stop),
            flipped=flipped,
        )

    def _part(
        self, name: str, part: slice, rows: NDArray[np.int64] | None
    ) -> tuple[NDArray[Any], tuple[str, ...] | None]:
        """States (units, steps) and tokens from the file."""
        inner = self._header.groups[name]
        kind = {"shared": "tokens", "own": f"{inner}/tokens"}.get(self.layout[name].tokens)
        with self._group() as group:
            states = self._array(group, f"{inner}/states")
            values = np.asarray(states[part] if rows is None else states.oindex[part, rows]).T
            return values, None if kind is None else texts(self._array(group, kind), part)

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
            tracks = {name: np.asarray(self._array(group, name)[part]) for name in self._header.tracks}
            return Block(texts(self._array(group, "tokens"), part), states, tracks, own)

    def blocks(self, site: str | None = None, *, steps: int = MOST_STEPS) -> Iterator[NDArray[Any]]:
        """The states of a site from first to last, shape (steps, units), so many steps at a time."""
        name = self.only(site)
        path, kept = self._header.groups[name] + "/states", self.states.kept.get(name)
        for start in range(0, self.steps, steps):
            if kept is not None:
                yield kept.values[:, start : start + steps].T
                continue
            with self._group() as group:
                yield np.asarray(self._array(group, path)[start : start + steps])

    def to_xarray(self, site: str | None = None) -> Dataset:
        """A site as an xarray.Dataset of (step, unit), whose numbers are read when they are used."""
        from stateviz.storage.recordings.interop import stored_dataset

        return stored_dataset(self.path, self._header.groups[self.only(site)])

    def to_pandas(self, site: str | None = None, *, steps: slice | None = None) -> DataFrame:
        """A site as a pandas.DataFrame: one row a step, its token and one column a unit."""
        from stateviz.storage.recordings.interop import to_pandas

        return to_pandas(self.select(site, steps=steps))

    def __repr__(self) -> str:
        sites = (
            f"StateMatrix({name}: {len(site.units)} units x {self.steps} steps, "
            f"{'binary' if site.dtype == 'int8' else 'real'})"
            for name, site in self.layout.items()
        )
        return f"Recording({self.steps} steps; {', '.join(sites)})"

    def only(self, site: str | None = None) -> str:
        """``site`` once it is known to be there, or the name of the only one."""
        if site is None and len(self.layout) > 1:
            raise InputError(f"the recording has {len(self.layout)} sites; name one of {', '.join(self.layout)}")
        if site is not None and site not in self.layout:
            raise UnknownNameError(unknown("site", site, self.layout))
        return next(iter(self.layout)) if site is None else site

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

    def _track(self, name: str) -> NDArray[Any] | None:
        if name not in self._header.tracks:
            return None
        with self._group() as group:
            values = np.array(self._array(group, name)[...])
        values.flags.writeable = False
        return values
