"""Mappings whose parts are read from a recording on disk when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakValueDictionary

from stateviz.core.states import StateMatrix
from stateviz.core.tracks import Track, known_track
from stateviz.storage.recordings.schema import Site


class LazyStates(Mapping[str, StateMatrix]):
    """The sites of a recording, each read when it is asked for, and kept as long as someone has it."""

    def __init__(self, layout: Mapping[str, Site], read: Callable[[str], StateMatrix]) -> None:
        self.layout, self.read = layout, read
        self.loaded: WeakValueDictionary[str, StateMatrix] = WeakValueDictionary()
        self.kept: dict[str, StateMatrix] = {}

    def __getitem__(self, site: str) -> StateMatrix:
        if site not in self.layout:
            raise KeyError(site)
        found = self.kept.get(site) or self.loaded.get(site)
        if found is None:
            found = self.loaded[site] = self.read(site)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.layout)

    def __len__(self) -> int:
        return len(self.layout)


class LazyTracks(Mapping[str, Track]):
    """The tracks of a recording, each read when it is asked for, and then kept; ``added`` ones are not in the file."""

    def __init__(self, stored: Mapping[str, str], added: Mapping[str, Track], read: Callable[[str], Track]) -> None:
        self.stored, self.added, self.read = stored, added, read
        self.kept: dict[str, Track] = dict(added)

    def __getitem__(self, name: str) -> Track:
        if name not in self.kept:
            self.kept[name] = self.read(self.stored[known_track(name, self)])
        return self.kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self.stored or name in self.added

    def __iter__(self) -> Iterator[str]:
        return iter({**self.stored, **self.added})

    def __len__(self) -> int:
        return len({**self.stored, **self.added})
