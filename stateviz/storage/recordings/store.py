"""GrowingStore: the arrays of a recording on disk while it is written, beside the place where it will be."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.storage.atomic import name_beside, put, remove, sync, sync_folder, zip_folder
from stateviz.storage.locks import Claim
from stateviz.storage.recordings import schema as encoding
from stateviz.storage.recordings.leftovers import PROGRESS, is_left_over
from stateviz.storage.recordings.schema import ADDED, Site, StepArray
from stateviz.storage.zarr_codecs import check_codecs

SETTLE_SECONDS = 5.0
"""How often what was written is put on the disk, which a crash of the machine cannot take back."""

Tracks = Mapping[str, tuple[str, tuple[int, ...]]]
"""The dtype and the width of each track; () for one number a step."""


class GrowingStore:
    """A Zarr group ``X.partial`` whose arrays grow by whole chunks.

    A chunk is written once and under its final name, so that the bytes depend on the numbers alone; the length in the
    metadata is set at the end. ``progress.json`` says how many steps are on the disk, every few seconds and after them.

    Parameters
    ----------
    path
        Where the recording will be.
    sites
        What it holds.
    source
        Where it comes from, plain JSON.
    steps
        How many there will be, where that is known.
    """

    def __init__(self, path: Path, sites: Mapping[str, Site], source: Mapping[str, Any], steps: int | None) -> None:
        self.path = Path(os.path.realpath(path)) if path.is_symlink() else path
        self.partial = self.path.with_name(self.path.name + ".partial")
        self.sites, self.source, self.steps = sites, source, steps
        self.groups = encoding.group_names(sites)
        self.attributes = {name: site.attributes() for name, site in sites.items()}
        self.columns: dict[str, StepArray] = {}
        self.block = self.written = self.settled = 0
        self._settled_at = monotonic()
        self._arrays: dict[str, Any] = {}
        self._claim: Claim | None = None
        self.tracks: dict[str, StepArray] = {}

    def find(self, *, resume: bool, overwrite: bool) -> None:
        """Take up what an interruption left, or clear the way; until ``release`` nobody else writes here."""
        self._claim = Claim(self.path)
        try:
            self._take_up(self._progress(), resume=resume, overwrite=overwrite)
        except BaseException:
            self.release()
            raise

    def _take_up(self, left: dict[str, Any] | None, *, resume: bool, overwrite: bool) -> None:
        with self.telling():
            if left is None or not left["written"] or (not resume and overwrite):
                self._clear()
            elif resume:
                self._compare(left["identity"])
                self.layout({name: (dtype, tuple(width)) for name, (dtype, width) in left["tracks"].items()})
                self.written = self.settled = int(left["written"])
                self._attach()
            else:
                raise FileError(
                    f"{self.partial} is there from a recording that was interrupted after {left['written']:,} steps; "
                    "go on with --resume (resume=True), or start anew with --force (overwrite=True)"
                )

    def layout(self, tracks: Tracks) -> None:
        """Fix which arrays there are."""
        self.tracks = encoding.track_columns(tracks)
        columns = [StepArray("tokens", "text"), *self.tracks.values()]
        for name, site in self.sites.items():
            group = self.groups[name]
            columns.append(StepArray(f"{group}/states", site.dtype, (len(site.units),), ("step", "unit")))
            if site.tokens == "own":
                columns.append(StepArray(f"{group}/tokens", "text"))
        self.columns = {column.path: column for column in columns}
        self.block = encoding.block_steps(columns, self.steps)

    def create(self, tracks: Tracks) -> None:
        """Create the arrays, empty."""
        import zarr

        self._check_claim()
        self.layout(tracks)
        with self.telling(), encoding.quiet():
            self.partial.mkdir()
            self._say_progress()  # first of all: by it the folder is known for one of ours
            root = zarr.create_group(zarr.storage.LocalStore(self.partial), zarr_format=3)
            for name, site in self.sites.items():
                group = root.create_group(self.groups[name], attributes=self.attributes[name])
                encoding.write_units(group, site.units)
            for column in self.columns.values():
                encoding.create_column(root, column, self.steps, self.block)
            self._attach()

    def write(self, buffers: Mapping[str, NDArray[Any]], count: int) -> None:
        """Write the first ``count`` steps of the buffers after what is there: a block, or the last ones."""
        self._check_claim()
        stop = self.written + count
        if self.steps is not None and stop > self.steps:
            raise InputError(f"{self.steps} steps were announced, and more came")
        with self.telling(), encoding.quiet():
            for path, array in self._arrays.items():
                array[self.written : stop] = buffers[path][:count]
            self.written = stop
            if monotonic() - self._settled_at >= SETTLE_SECONDS:
                self._settle()

    def finish(self, *, overwrite: bool) -> None:
        """Set the length, and put everything where it belongs."""
        import zarr

        with self.telling(), encoding.quiet():
            for path in self.columns:
                encoding.set_length(self.partial, path, self.written)
            store = zarr.storage.LocalStore(self.partial)
            root = zarr.open_group(store, mode="r+", zarr_format=3, use_consolidated=False)
            added = {name: column.path for name, column in self.tracks.items() if column.path != name}
            version = encoding.format_of(self.sites.values(), bool(added))
            root.attrs.update({"stateviz_format": version, "source": self.source, "sites": self.groups})
            if added:
                root.attrs["tracks"] = added
            for group in (*self.groups.values(), *([ADDED] if added else [])):
                # Each group carries its own table of contents: xarray opens it as it is, without a search.
                zarr.consolidate_metadata(store, path=group)
            zarr.consolidate_metadata(store)
            if self.path.name.lower().endswith(".zip"):
                packed = name_beside(self.path)
                try:
                    zip_folder(self.partial, packed, leave_out=PROGRESS)
                    put(packed, self.path, overwrite=overwrite)
                finally:
                    packed.unlink(missing_ok=True)
                remove(self.partial)
            else:
                if self.settled < self.written:
                    self._sync(slice(self.settled, self.written))
                sync(self._small_files())
                (self.partial / PROGRESS).unlink(missing_ok=True)
                put(self.partial, self.path, overwrite=overwrite, synced=True)
        self.release()

    def _check_claim(self) -> None:
        if self._claim is None:
            raise FileError(f"writing {self.path} has failed, or was given up; go on with --resume (resume=True)")

    def release(self) -> None:
        """Let others write here; what is beside stays, and says how far it is."""
        if self._claim is not None:
            with suppress(OSError):  # what fails leaves the progress that was said before
                if self.partial.is_dir() and self.columns:
                    self._settle()
            self._claim.release()
            self._claim = None

    def discard(self) -> None:
        """Remove what was written beside, where that is ours, and let others write here."""
        try:
            self._claim = self._claim or Claim(self.path)
        except FileError:  # it was let go of after a failure, and is another writer's by now
            return
        try:
            with self.telling():
                self._clear()
        finally:
            self.release()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Say a failure of this output in one line that names it."""
        try:
            yield
        except FileError:
            self.release()
            raise
        except OSError as error:
            self.release()
            raise FileError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _clear(self) -> None:
        """Remove what lies beside, if it is what a writer of recordings left, known by what it holds."""
        if not os.path.lexists(self.partial):
            return
        if not is_left_over(self.partial):
            raise FileError(
                f"{self.partial} is in the way, and no recording that was interrupted: it is not removed; "
                "move it, or choose another name"
            )
        remove(self.partial)

    def _settle(self) -> None:
        """Have the whole blocks that were written on the disk, then say that they are."""
        whole = self.written - self.written % self.block
        if whole > self.settled:
            self._sync(slice(self.settled, whole))
            self.settled = whole
            self._say_progress()
        self._settled_at = monotonic()

    def _sync(self, steps: slice) -> None:
        folders = {self.partial / path: array for path, array in self._arrays.items()}
        sync([
            folder / name
            for folder, array in folders.items()
            for name in encoding.chunk_names(array.chunks, array.shape, steps)
        ])  # fmt: skip
        for folder in folders:
            sync_folder(folder)

    def _small_files(self) -> list[Path]:
        """All but the chunks of what grows."""
        growing = {self.partial / path for path in self._arrays}
        files = [path for path in self.partial.rglob("*") if path.is_file()]
        return [file for file in files if not (file.parent in growing and file.name.startswith("c."))]

    def _progress(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.partial / PROGRESS).read_text(encoding="utf-8"))
            return found if {"identity", "tracks", "written"} <= set(found) else None
        except (OSError, ValueError, TypeError):
            return None  # nothing that could be resumed

    def _say_progress(self) -> None:
        text = json.dumps(self._progress_now())
        beside = self.partial / (PROGRESS + ".new")
        beside.write_text(text, encoding="utf-8")
        sync([beside])
        os.replace(beside, self.partial / PROGRESS)
        sync_folder(self.partial)

    def _progress_now(self) -> dict[str, Any]:
        tracks = {name: (column.dtype, column.width) for name, column in self.tracks.items()}
        return {"identity": self._identity(), "tracks": tracks, "written": self.settled}

    def _identity(self) -> dict[str, Any]:
        sites = {
            name: {"units": [str(unit) for unit in site.units], "dtype": site.dtype, **self.attributes[name]}
            for name, site in self.sites.items()
        }
        return {"source": dict(self.source), "sites": sites, "steps": self.steps}

    def _compare(self, theirs: dict[str, Any]) -> None:
        """Refuse to go on with a recording of something else."""
        ours = json.loads(json.dumps(self._identity()))
        if theirs == ours:
            return
        what = "other settings"
        for key in sorted({*theirs["source"], *ours["source"]}):
            old, new = (str(side["source"].get(key, "none")) for side in (theirs, ours))
            if old != new:
                what = f"another {key} ({old[:60]} there, {new[:60]} now)"
                break
        else:
            for key in ("steps", "sites"):
                if theirs[key] != ours[key]:
                    what = f"other {key}" + (f" ({', '.join(theirs[key])} there)" if key == "sites" else "")
                    break
        raise MismatchError(f"cannot resume {self.partial}: it was begun with {what}; start anew with --force")

    def _attach(self) -> None:
        import zarr

        for stray in self.partial.rglob("*.partial"):  # a chunk whose writing was cut off
            stray.unlink()
        for path in self.columns:  # an interruption while closing may have set the true length already
            encoding.set_length(self.partial, path, self.steps or encoding.UNKNOWN_LENGTH)
        check_codecs(self.partial)
        store = zarr.storage.LocalStore(self.partial)
        self._arrays = {
            path: zarr.open_array(store, path=path, mode="r+", zarr_format=3).with_config({"write_empty_chunks": True})
            for path in self.columns
        }
