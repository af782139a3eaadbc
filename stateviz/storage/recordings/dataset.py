"""A recording on disk as an xarray.Dataset whose numbers are read when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.interop import track_dimensions, xarray_module
from stateviz.core.tracks import Track
from stateviz.storage.recordings.chunk_guard import guarded
from stateviz.storage.recordings.schema import ADDED

if TYPE_CHECKING:
    from xarray import Dataset


def stored_dataset(path: Path, group: str, tracks: Mapping[str, str], added: Mapping[str, Track]) -> Dataset:
    """One site of a recording on disk; tokens and tracks along its steps, those ``added`` from memory.

    ``tracks`` gives the path of the array of each track in the file.
    """
    xarray = xarray_module()

    def one(name: str | None) -> Dataset:
        import zarr

        kind = zarr.storage.ZipStore if path.is_file() else zarr.storage.LocalStore
        store = guarded(kind(path, read_only=True))
        found: Dataset = xarray.open_dataset(store, engine="zarr", group=name, chunks=None, zarr_format=3)
        return found

    site, root = one(group), one(None)
    if "tokens" in site:
        site = site.rename(tokens="token")
    shared: dict[str, Any] = {} if "token" in site else {"token": root["tokens"]}
    inner = one(ADDED) if any("/" in place for place in tracks.values()) else None
    for name, place in tracks.items():
        folder, _, array = place.rpartition("/")
        shared[name] = root[array] if inner is None or not folder else inner[array]
    shared |= {name: (track_dimensions(name, track.ndim), track) for name, track in added.items()}
    return site.assign_coords({name: array for name, array in shared.items() if name not in site})
