"""Correlations of a recording that is too large to hold: block by block, in memory that does not grow with its text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.devices import Dots
from stateviz.analysis.measures import Measure
from stateviz.core.errors import InputError
from stateviz.core.recordings import Recording
from stateviz.core.statistics import Statistics
from stateviz.storage import RecordingWriter, StoredRecording, open_recording
from stateviz.storage.atomic import AnyPath

LARGEST = 2**30
"""A site of more bytes, as float32, is correlated block by block."""
_STEPS = 2**13
_RANKED_BYTES = 2**28
_ROWS_BYTES = 2**28
ONE_PASS = ("pearson", "phi", "partial")
"""Measures that follow from means and products of the steps."""
BLOCKED = (*ONE_PASS, "spearman")
"""Measures of what is too large to hold; ranks take a pass for each block of units, and then one."""
TILED = ("pearson", "spearman", "phi")
"""Measures of which a square is written row by row; partial correlation needs all of it at once."""

Narrow = NDArray[np.float32]
Blocks = Callable[[], Iterator[Narrow]]
"""A pass over the text: what is correlated, shape (some steps, units), block by block."""


def is_too_large(recording: Recording, site: str) -> bool:
    """Whether the states of a site are left on disk."""
    units, steps = recording.shape(site)
    return isinstance(recording, StoredRecording) and not recording.whole and 4 * units * steps > LARGEST


def streamed(recording: Recording, site: str, measure: Measure, dots: Dots, *, steps: int = _STEPS) -> Statistics:
    """Means and covariances of a site, read ``steps`` at a time; of ``phi`` those of on and off, of others of ranks.

    Products are of float32, about the mean of the first block, and add up in float64.

    Raises
    ------
    InputError
        When the measure needs all states at once.
    """
    if measure.name not in BLOCKED:
        raise InputError(
            f"measure {measure.name!r} needs all states at once, and {site} has over {LARGEST / 2**30:g} GB of them; "
            f"choose {', '.join(BLOCKED)}, or give some steps"
        )
    first = recording.select(site, steps=slice(0, 1))
    units = len(first.units)
    sums, products, count = np.zeros(units), np.zeros((units, units)), 0
    low, high, origin = np.full(units, np.inf), np.full(units, -np.inf), np.zeros(units, np.float32)
    with passes(recording, site, measure, steps) as blocks:
        for part in blocks():
            origin = part.mean(axis=0) if count == 0 else origin
            low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
            centred = (part - origin).T
            sums += centred.sum(axis=1, dtype=np.float64)
            products += dots(centred, centred)
            count += len(part)
    mean = sums / count
    products /= count
    products -= np.outer(mean, mean)
    return Statistics(first.units, count, origin + mean, products, low, high, site=first.site, source=first.source)


@contextmanager
def passes(recording: Recording, site: str, measure: Measure, steps: int = _STEPS) -> Iterator[Blocks]:
    """What a measure correlates, to be gone over as often as it takes; ranks lie in a temporary file meanwhile."""
    if measure.name == "spearman":
        with tempfile.TemporaryDirectory(prefix="stateviz-") as folder:
            ranks = _ranks(recording, site, Path(folder) / "ranks")
            yield lambda: (ranks[:, t : t + steps].T for t in range(0, ranks.shape[1], steps))
            del ranks  # some systems remove no file that is still mapped
        return
    on = measure.name == "phi"
    yield lambda: (np.asarray(part > 0 if on else part, np.float32) for part in recording.blocks(site, steps=steps))


def _ranks(recording: Recording, site: str, path: Path) -> Narrow:
    """The rank of each value among those of its unit, about the middle and over the steps, by blocks of units."""
    from scipy.stats import rankdata

    units, steps = recording.shape(site)
    ranks = np.memmap(path, np.float32, "w+", shape=(units, steps))
    group = max(1, _RANKED_BYTES // (4 * steps))
    names = recording.select(site, steps=slice(0, 1)).units
    for start in range(0, units, group):
        values = recording.select(site, units=names[start : start + group]).values
        for row, line in enumerate(values, start):
            ranks[row] = (rankdata(line) - (steps + 1) / 2) / steps
    return ranks


def write_square(
    recording: Recording, site: str, measure: Measure, out: AnyPath, dots: Dots, *, overwrite: bool = False
) -> Recording:
    """The measure of all pairs of units as a recording on disk, row by row, in memory that grows with the units alone.

    A row of the square is a step, its token the unit's name; source says what it is of.

    Raises
    ------
    InputError
        When the measure is none of TILED.
    FileError
        When ``out`` is there without ``overwrite``, or cannot be written.
    """
    if measure.name not in TILED:
        raise InputError(f"measure {measure.name!r} is not made row by row; choose {', '.join(TILED)}, or no out")
    first = recording.select(site, steps=slice(0, 1))
    names = [str(unit) for unit in first.units]
    source = {**first.source, "measure": measure.name, "site": site}
    with passes(recording, site, measure) as blocks:
        middle, scale = _spread(blocks, len(names))
        rows = max(1, _ROWS_BYTES // (8 * len(names)))
        writer = RecordingWriter(out, {"correlation": names}, source=source, steps=len(names), overwrite=overwrite)
        try:
            for start in range(0, len(names), rows):
                tile = _tile(blocks, slice(start, start + rows), middle, scale, dots)
                writer.append(names[start : start + rows], {"correlation": tile})
            writer.close()
        except BaseException:
            writer.abort()
            raise
    return open_recording(out)


def _spread(blocks: Blocks, units: int) -> tuple[Narrow, Narrow]:
    """The mean of each unit, and one over its norm; 0 where it never changes."""
    sums, squares, count = np.zeros(units), np.zeros(units), 0
    low, high, origin = np.full(units, np.inf), np.full(units, -np.inf), np.zeros(units, np.float32)
    for part in blocks():
        origin = part.mean(axis=0) if count == 0 else origin
        low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
        centred = (part - origin).astype(np.float64)
        sums += centred.sum(axis=0)
        squares += np.einsum("ij,ij->j", centred, centred)
        count += len(part)
    if count < 2:
        raise InputError("a correlation needs at least 2 steps, got 1")
    norm = np.sqrt(np.maximum(squares - sums**2 / count, 0))
    changes = (high > low) & (norm > 0)
    scale = np.where(changes, 1 / np.where(changes, norm, 1), 0)
    return (origin + sums / count).astype(np.float32), scale.astype(np.float32)


def _tile(blocks: Blocks, rows: slice, middle: Narrow, scale: Narrow, dots: Dots) -> Narrow:
    """Some rows of the square."""
    total: NDArray[np.float64] | None = None
    for part in blocks():
        centred = ((part - middle) * scale).T
        found = dots(centred[rows], centred).astype(np.float64)
        total = found if total is None else total + found
    assert total is not None
    square = np.clip(total, -1, 1).astype(np.float32)
    square[np.arange(len(square)), np.arange(len(square)) + rows.start] = 1
    return square
