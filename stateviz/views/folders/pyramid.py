"""Means, minima and maxima over 8, 64, 512 ... steps, made while the steps go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.views.folders.shards import ShardedArray, Tiling, write_group

FACTOR = 8
TOP = 1024
"""Columns of the coarsest level, which a page holds, at most."""
SUMMARIES = ("mean", "minimum", "maximum")
Summary = tuple[NDArray[Any], NDArray[Any], NDArray[np.float64], NDArray[np.int64]]
"""Minima, maxima and sums, (columns, rows) each, and how many steps each column holds."""


class Pyramid:
    """An array of whole numbers and what it looks like from further and further away.

    Level 0 is the array, ``<folder>/0``; of each level beyond, ``<folder>/mean/<level>`` and, unless ``summaries``
    says otherwise, ``minimum`` and ``maximum`` hold one number for 8 columns of the level before. Sums are carried from
    level to level, so that a mean is rounded once.

    Parameters
    ----------
    folder
        A new Zarr group.
    rows, steps
        Its shape.
    dtype
        ``uint8`` or ``uint16``.
    pool
        The threads that pack.
    attributes
        Of every array: what a number stands for.
    summaries
        Which of ``SUMMARIES`` are kept.
    """

    def __init__(
        self,
        folder: Path,
        rows: int,
        steps: int,
        dtype: str,
        pool: ThreadPoolExecutor,
        attributes: Mapping[str, Any],
        summaries: Iterable[str] = SUMMARIES,
    ) -> None:
        self.folder, self.summaries = folder, tuple(summaries)
        columns = [steps]
        while columns[-1] > TOP:
            columns.append(-(-columns[-1] // FACTOR))
        self._dtype = np.dtype(dtype)

        def array(path: str, wide: int) -> ShardedArray:
            (folder / path).mkdir(parents=True)
            return ShardedArray(folder / path, Tiling.of(rows, wide), dtype, pool, attributes=attributes)

        self._cells = array("0", steps)
        self._levels = [
            {kind: array(f"{kind}/{level}", wide) for kind in self.summaries}
            for level, wide in enumerate(columns[1:], 1)
        ]
        self._pending: list[Summary | None] = [None] * len(self._levels)
        self.coarsest: list[NDArray[Any]] = []

    def add(self, cells: NDArray[Any]) -> None:
        """Steps that follow those before, (steps, rows)."""
        self._cells.add(cells)
        if self._levels:
            self._gather(0, cells, cells, cells, np.ones(len(cells), np.int64), last=False)
        else:
            self.coarsest.append(cells)

    def close(self) -> dict[str, Any]:
        """Write what is left; gives what a page must know: ``levels``, from near to far, each by its summaries."""
        for level, pending in enumerate(self._pending):
            if pending is not None:
                self._gather(level, *pending, last=True)
        near = self._cells.close() | {"path": "0"}
        found: list[dict[str, Any]] = [dict.fromkeys(self.summaries, near)]
        for level, arrays in enumerate(self._levels, 1):
            found.append({kind: array.close() | {"path": f"{kind}/{level}"} for kind, array in arrays.items()})
        for kind in self.summaries if self._levels else ():
            write_group(self.folder / kind, {})
        write_group(self.folder, {"ome": {"version": "0.5", "multiscales": self._multiscales(len(found))}})
        return {"factor": FACTOR, "levels": found}

    def _gather(
        self,
        level: int,
        low: NDArray[Any],
        high: NDArray[Any],
        sums: NDArray[Any],
        counts: NDArray[np.int64],
        *,
        last: bool,
    ) -> None:
        """Columns of a level become those of the next one, 8 by 8; at the end what is left of them, too."""
        pending = None if last else self._pending[level]
        if pending is not None:
            low, high, sums, counts = (
                np.concatenate(two) for two in zip(pending, (low, high, sums, counts), strict=True)
            )
        whole = len(low) if last else len(low) // FACTOR * FACTOR
        rest = (low[whole:], high[whole:], sums[whole:], counts[whole:])
        self._pending[level] = rest if len(rest[0]) else None
        if not whole:
            return
        edges = np.arange(0, whole, FACTOR)
        small = level < 2 and self._dtype.itemsize == 1  # sums over 64 bytes are under 2 ** 14
        low = _reduced(np.minimum, low[:whole], edges, low.dtype)
        high = _reduced(np.maximum, high[:whole], edges, high.dtype)
        sums = _reduced(np.add, sums[:whole], edges, np.dtype(np.uint16 if small else np.float64))
        counts = np.add.reduceat(counts[:whole], edges)
        made = {"minimum": low, "maximum": high}
        made["mean"] = np.rint(sums / counts[:, None].astype(np.float32)).astype(self._dtype)
        for kind, array in self._levels[level].items():
            array.add(made[kind])
        if level + 1 < len(self._levels):
            self._gather(level + 1, low, high, sums, counts, last=False)
        else:
            self.coarsest.append(made["mean"])

    def _multiscales(self, count: int) -> list[dict[str, Any]]:
        """The levels as other readers of multiscale Zarr look for them (OME-NGFF 0.5)."""
        axes = [{"name": "unit", "type": "space"}, {"name": "step", "type": "space"}]

        def dataset(kind: str, level: int) -> dict[str, Any]:
            scale = {"type": "scale", "scale": [1.0, float(FACTOR**level)]}
            shift = {"type": "translation", "translation": [0.0, (FACTOR**level - 1) / 2]}
            return {"path": f"{kind}/{level}" if level else "0", "coordinateTransformations": [scale, shift]}

        return [
            {"name": kind, "axes": axes, "datasets": [dataset(kind, level) for level in range(count)], "type": kind}
            for kind in self.summaries
        ]


def _reduced(by: np.ufunc, values: NDArray[Any], edges: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Rows of ``values`` taken together from one edge to the next, by loops over what is side by side."""
    even = len(values) // FACTOR
    whole = values[: even * FACTOR].reshape(even, FACTOR, values.shape[1])
    found: NDArray[Any] = by.reduce(whole, axis=1, dtype=dtype)
    if even == len(edges):
        return found
    return np.concatenate([found, by.reduce(values[even * FACTOR :], axis=0, dtype=dtype)[None]])
