"""Zarr v3 arrays in gzip within shards, written from the first step to the last with little memory."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BufferedRandom
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 2**18
"""Cells of a chunk: what a page fetches at once."""
CHUNK_ROWS = 256
SHARD = 2**25
"""Cells of a shard: what is one file."""
MOST_FILES = 4000
_PENDING = 32
_EMPTY = 2**64 - 1


@dataclass(frozen=True)
class Tiling:
    """How an array of ``rows`` x ``steps`` is cut: chunks of ``chunk`` (rows, steps), shards of ``shard`` steps.

    Examples
    --------
    >>> Tiling.of(1024, 10_000_000)
    Tiling(rows=1024, steps=10000000, chunk=(256, 1024), shard=32768)
    >>> Tiling.of(1, 100)
    Tiling(rows=1, steps=100, chunk=(1, 128), shard=128)
    """

    rows: int
    steps: int
    chunk: tuple[int, int]
    shard: int

    @classmethod
    def of(cls, rows: int, steps: int) -> Tiling:
        """Chunks of about ``CHUNK`` cells, shards of about ``SHARD``, and under ``MOST_FILES`` of them."""
        high = -(-rows // -(-rows // CHUNK_ROWS))
        wide = min(2**14, 1 << (max(1, CHUNK // high).bit_length() - 1), 1 << (steps - 1).bit_length())
        each = max(SHARD // rows, -(-steps // MOST_FILES), 1)
        return cls(rows, steps, (high, wide), wide * max(1, min(-(-each // wide), -(-steps // wide))))

    @property
    def grid(self) -> tuple[int, int]:
        """Chunks of a shard, down and across."""
        return -(-self.rows // self.chunk[0]), self.shard // self.chunk[1]


@dataclass
class ShardedArray:
    """One array on disk, (rows, steps), to which steps are added.

    A shard begins with its index, so that a page reads it by one range from the first byte on. Within it the chunks of
    one span of steps lie side by side. Runs of one value and frequencies of values are all that is looked for: states
    of networks hold little else that deflate finds, and it is found in a third of the time.

    Parameters
    ----------
    folder
        Where the array goes.
    tiling
        How it is cut.
    dtype
        ``uint8``, ``uint16``, or ``string``.
    pool
        The threads that pack.
    dimensions
        Names of the axes.
    attributes
        What stands in the metadata beside the shape.
    """

    folder: Path
    tiling: Tiling
    dtype: str
    pool: ThreadPoolExecutor
    dimensions: Sequence[str] = ("unit", "step")
    attributes: Mapping[str, Any] = field(default_factory=dict)
    _held: list[Any] = field(default_factory=list, init=False)
    _count: int = field(default=0, init=False)
    _waiting: deque[tuple[int, int, Future[bytes]]] = field(default_factory=deque, init=False)
    _chunk: int = field(default=0, init=False)
    _shard: int = field(default=-1, init=False)
    _file: BufferedRandom | None = field(default=None, init=False)
    _index: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64), init=False)

    def add(self, values: Any) -> None:
        """Steps that follow those before: (steps, rows), or of strings a sequence."""
        wide, start = self.tiling.chunk[1], 0
        while start < len(values):
            part = values[start : start + wide - self._count]
            self._held.append(part)
            self._count += len(part)
            start += len(part)
            if self._count == wide:
                self._pack()

    def close(self) -> dict[str, Any]:
        """Write what is left and the metadata; gives what a page must know of the array."""
        if self._count:
            self._pack()
        while self._waiting:
            self._write()
        self._end_shard()
        tiling = self.tiling
        (self.folder / "zarr.json").write_text(json.dumps(self._metadata(), indent=1), encoding="utf-8")
        return {"path": "", "rows": tiling.rows, "steps": tiling.steps, "chunk": tiling.chunk, "shard": tiling.shard}

    def _pack(self) -> None:
        high, wide = self.tiling.chunk
        if self.dtype == "string":
            tasks = [self.pool.submit(_packed_texts, list(chain.from_iterable(self._held)), wide)]
        else:
            whole = np.concatenate(self._held)
            bands = (whole[:, first : first + high] for first in range(0, self.tiling.rows, high))
            tasks = [self.pool.submit(_packed, band, high, wide) for band in bands]
        self._held, self._count = [], 0
        self._waiting.extend((self._chunk, row, task) for row, task in enumerate(tasks))
        while len(self._waiting) > _PENDING:
            self._write()
        self._chunk += 1

    def _write(self) -> None:
        chunk, row, packed = self._waiting.popleft()
        across = self.tiling.grid[1]
        if chunk // across != self._shard:
            self._end_shard()
            self._begin_shard(chunk // across)
        assert self._file is not None
        data = packed.result()
        at = self._file.tell()
        self._index[row, chunk % across] = (at, len(data))
        self._file.write(data)

    def _begin_shard(self, number: int) -> None:
        place = self.folder / "c" / (f"{number}" if self.dtype == "string" else f"0/{number}")
        place.parent.mkdir(parents=True, exist_ok=True)
        self._shard, self._file = number, place.open("w+b")
        self._index = np.full((*self.tiling.grid, 2), _EMPTY, np.uint64)
        self._file.write(self._index.tobytes())

    def _end_shard(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.write(self._index.astype("<u8").tobytes())
            self._file.close()
            self._file = None

    def _metadata(self) -> dict[str, Any]:
        tiling, text = self.tiling, self.dtype == "string"
        little = {"name": "bytes", "configuration": {"endian": "little"}}
        plain = {"name": "vlen-utf8"} if text else little if self.dtype == "uint16" else {"name": "bytes"}
        shapes = [
            (tiling.rows, tiling.steps),
            (tiling.grid[0] * tiling.chunk[0], tiling.shard),
            tiling.chunk,
        ]
        shape, shard, chunk = (list(one[1:] if text else one) for one in shapes)
        sharding = {
            "chunk_shape": chunk,
            "codecs": [plain, {"name": "gzip", "configuration": {"level": 6}}],
            "index_codecs": [little],
            "index_location": "start",
        }
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": shape,
            "data_type": self.dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": "" if text else 0,
            "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
            "dimension_names": list(self.dimensions),
            "attributes": dict(self.attributes),
        }


def _gzip(data: bytes) -> bytes:
    # 31: the header of gzip, and its window of 32 KB; 9: the memory that is fastest.
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 31, 9, zlib.Z_RLE)
    return squeeze.compress(data) + squeeze.flush()


def _packed(part: NDArray[Any], high: int, wide: int) -> bytes:
    """A chunk of (steps, rows), turned, filled up to its shape and packed."""
    chunk = np.zeros((high, wide), part.dtype.newbyteorder("<"))
    chunk[: part.shape[1], : part.shape[0]] = part.T
    return _gzip(chunk.tobytes())


def _packed_texts(part: list[str], wide: int) -> bytes:
    """Strings as Zarr's vlen-utf8 has them: how many, then each behind its length in bytes."""
    pieces = [wide.to_bytes(4, "little")]
    for text in part + [""] * (wide - len(part)):
        data = text.encode("utf-8", "surrogatepass")
        pieces += (len(data).to_bytes(4, "little"), data)
    return _gzip(b"".join(pieces))


def write_group(folder: Path, attributes: Mapping[str, Any]) -> None:
    """The metadata of a Zarr v3 group."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"zarr_format": 3, "node_type": "group", "attributes": dict(attributes)}
    (folder / "zarr.json").write_text(json.dumps(metadata, indent=1), encoding="utf-8")
