"""Scenes as a folder: index.html beside a multiscale Zarr that the page reads by ranges."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.progress import Progress, Watch
from stateviz.core.states import StateMatrix
from stateviz.storage.atomic import atomic
from stateviz.views.document import MARK
from stateviz.views.folders.pyramid import Pyramid
from stateviz.views.folders.shards import ShardedArray, Tiling, write_group
from stateviz.views.packing import Levels
from stateviz.views.scene import SAMPLE, TILE, Packer, Scene, orders_of

STORE = "states.zarr"
BITS = 8
_THREADS = 2
_STRIP = 65534
"""What a change over the whole range is in the strip of switches."""
_TRACKS = (("surprisal", 65534 / 128), ("entropy", 65534 / 128), ("top_probabilities", 255.0), ("top_ids", 1.0))


@dataclass
class Folder:
    """A folder that is being written: its store, the threads that pack, and who watches."""

    store: Path
    pool: ThreadPoolExecutor
    watch: Watch | None
    total: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0

    def tell(self, steps: int) -> None:
        """So many steps more were read; of each site twice."""
        self.done += steps
        if self.watch is not None:
            seconds = time.monotonic() - self.began
            self.watch(Progress("view", count=self.done // 2, total=self.total, unit="steps", seconds=seconds))


@contextmanager
def folder_of(path: Path, scenes: Sequence[Scene], watch: Watch | None) -> Iterator[tuple[Path, Folder]]:
    """A new folder beside ``path``, which it becomes when all went well.

    Raises
    ------
    FileError
        When something is at ``path`` that is no page of ours.
    """
    if path.exists() and not is_page(path) and not (path.is_dir() and not any(path.iterdir())):
        what = "a folder that holds no page of stateviz" if path.is_dir() else "a file"
        raise FileError(f"{path} is {what}; choose another name, or remove it first")
    total = sum(len(scene.sites) * scene.steps for scene in scenes)
    with atomic(path, overwrite=True) as beside, ThreadPoolExecutor(_THREADS) as pool:
        write_group(beside / STORE, {})
        yield beside, Folder(beside / STORE, pool, watch, total)


def is_page(path: Path) -> bool:
    """Whether a folder is a page that stateviz wrote."""
    index = path / "index.html"
    if not index.is_file() or not (path / STORE / "zarr.json").is_file():
        return False
    with index.open("rb") as file:
        return MARK.encode() in file.read(2048)


def folder_panel(scene: Scene, number: int, folder: Folder, packer: Packer) -> dict[str, Any]:
    """The header of a scene whose data goes to the store; its coarsest level goes to ``packer``."""
    place = f"panel{number}"
    write_group(folder.store / place, {"name": scene.name})
    header: dict[str, Any] = {
        "name": scene.name,
        "steps": scene.steps,
        "breaks": scene.breaks,
        "most": [],
        "scales": {},
    }
    header["tokens"], header["tracks"], header["strips"] = "", {}, []
    texts = None
    if scene.has_text:
        (folder.store / place / "tokens").mkdir()
        tiling = Tiling.of(1, scene.steps)
        texts = ShardedArray(folder.store / place / "tokens", tiling, "string", folder.pool, ("step",))
    header["sites"] = [
        _site(scene, site, f"{place}/site{k}", folder, packer, header, texts if k == 0 else None)
        for k, site in enumerate(scene.sites)
    ]
    if texts is not None:
        header["tokens"] = texts.close() | {"path": f"{STORE}/{place}/tokens"}
    _tracks(scene, place, folder, packer, header)
    header["orders"] = orders_of(scene)
    return header


def _site(
    scene: Scene,
    site: str,
    place: str,
    folder: Folder,
    packer: Packer,
    header: dict[str, Any],
    texts: ShardedArray | None,
) -> dict[str, Any]:
    """One site: read once for its range, once for its levels."""
    units, steps = scene.shape(site)
    low, high, sample = _range(scene, site, folder)
    head = scene.part(site, 0, 1)
    bits = BITS if scene.bits is None else scene.bits
    levels = Levels(float(head.off or 0), 1.0 - (head.off or 0), 1) if head.binary else Levels.over(low, high, bits)
    scale = levels.step * (levels.count - 1) / 255
    meaning = {
        "scale_factor": scale,
        "add_offset": levels.low,
        "site": site,
        "units": [str(unit) for unit in head.units],
    }
    states = Pyramid(folder.store / place, units, steps, "uint8", folder.pool, meaning)
    strip = Pyramid(folder.store / f"{place}-changes", 1, steps, "uint16", folder.pool, {}, ("mean",))
    reader = _StepReader(levels, levels.step if head.binary else high - low, scene.breaks, texts)
    for part in scene.parts(site):
        cells, changes = reader.read(part)
        states.add(cells)
        strip.add(changes)
        folder.tell(cells.shape[0])
    known, changed = states.close(), strip.close()
    far = np.concatenate(states.coarsest).T
    ends = np.concatenate(strip.coarsest)
    header["most"].append(reader.most)
    header["strips"].append(
        changed | {"path": f"{STORE}/{place}-changes", "far": packer.add(ends.astype("<u2").tobytes())}
    )
    return {
        "name": site,
        "units": list(head.units),
        "binary": head.binary,
        "off": head.off or 0,
        "low": levels.low,
        "step": levels.step,
        "levels": levels.count,
        "bits": levels.bits,
        "limits": [low, high],
        "error": levels.error,
        "tile": TILE,
        "tiles": [],
        "overview": packer.add(np.ascontiguousarray(far).tobytes()),
        "buckets": far.shape[1],
        "store": known | {"path": f"{STORE}/{place}"},
        "sample": sample,
    }


def _range(scene: Scene, site: str, folder: Folder) -> tuple[float, float, NDArray[Any]]:
    """The least and the largest value of a site, and some of its values."""
    units, steps = scene.shape(site)
    jump = max(1, units * steps // SAMPLE)
    low, high, samples = np.inf, -np.inf, []
    for first, part in zip(range(0, steps, TILE), scene.parts(site), strict=True):
        low, high = min(low, float(part.values.min())), max(high, float(part.values.max()))
        samples.append(part.values[:, -first % jump :: jump])
        folder.tell(part.shape[1])
    return low, high, np.concatenate(samples, axis=1)


class _StepReader:
    """States as bytes, steps x units, and the mean change at each step as words."""

    def __init__(self, levels: Levels, span: float, breaks: Sequence[int], texts: ShardedArray | None) -> None:
        self._levels, self._span = levels, span or 1.0
        self._breaks, self._texts = np.asarray(breaks, np.int64), texts
        self._before: NDArray[Any] | None = None
        self.most = 1
        self._step = 0

    def read(self, part: StateMatrix) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """The next steps, which follow those before."""
        values = np.ascontiguousarray(part.values.T)
        if self._texts is not None:
            assert part.tokens is not None
            self._texts.add(list(part.tokens))
        before = values[:1] if self._before is None else self._before
        changes = np.abs(np.diff(np.concatenate([before, values]), axis=0)).mean(axis=1, dtype=np.float64)
        first, self._step = self._step, self._step + len(values)
        changes[self._breaks[(self._breaks >= first) & (self._breaks < self._step)] - first] = 0
        words = np.rint(changes * (_STRIP / self._span)).astype(np.uint16)
        self._before = values[-1:].copy()
        self.most = max(self.most, int(words.max()))
        return self._cells(values), words[:, None]

    def _cells(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        if self._levels.bits == 1:
            return (values > 0).astype(np.uint8) * np.uint8(255)
        count = self._levels.count - 1
        cells = values - values.dtype.type(self._levels.low)
        cells /= values.dtype.type(self._levels.step)
        np.rint(cells, out=cells)
        if count != 255:
            cells *= values.dtype.type(255 / count)
            np.rint(cells, out=cells)
        found: NDArray[np.uint8] = np.clip(cells, 0, 255, out=cells).astype(np.uint8)
        return found


def _tracks(scene: Scene, place: str, folder: Folder, packer: Packer, header: dict[str, Any]) -> None:
    """Surprisal, entropy and guesses as words of 16 bits, as a page of one file has them."""
    header["guesses"], header["vocabulary"] = 0, ""
    for name, scale in _TRACKS:
        if name not in scene.tracks:
            continue
        track = np.asarray(scene.tracks[name])
        wide = track.reshape(len(track), -1)
        target = folder.store / place / name
        target.mkdir()
        array = ShardedArray(
            target,
            Tiling.of(wide.shape[1], len(wide)),
            "uint16",
            folder.pool,
            ("guess", "step"),
            {"scale_factor": 1 / scale, "missing": 65535},
        )
        for first in range(0, len(wide), TILE):
            values = wide[first : first + TILE].astype(np.float64)
            words = np.where(np.isfinite(values), np.rint(np.clip(values * scale, 0, 65534)), 65535)
            array.add(words.astype(np.uint16))
        header["tracks"][name] = array.close() | {"path": f"{STORE}/{place}/{name}"}
        header["scales"][name] = scale
        if track.ndim == 2:
            header["guesses"] = track.shape[1]
    vocabulary = getattr(scene.source, "vocabulary", None)
    if header["guesses"] and vocabulary is not None:
        import json

        header["vocabulary"] = packer.add(json.dumps(list(vocabulary)).encode())
