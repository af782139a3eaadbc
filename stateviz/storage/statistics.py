"""Statistics <-> disk: one .stats.npz of plain arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.sketches import QuantileSketch
from stateviz.core.statistics import Statistics
from stateviz.storage.atomic import AnyPath, atomic, write_zip
from stateviz.storage.formats.numpy_files import damage, npy_bytes, npz_members
from stateviz.storage.limits import check_regular
from stateviz.storage.recordings.schema import plain_json

ENDING = ".stats.npz"
FORMAT = 2
"""Format 2 is of binary units whose off is 0; what holds none is written as format 1, in which it is -1."""


def save_statistics(statistics: Statistics, path: AnyPath, *, overwrite: bool = False) -> Path:
    """Write statistics to one file; the same ones give the same bytes.

    Parameters
    ----------
    statistics : Statistics
        As ``record_statistics`` gives them, a site each.
    path : str or Path
        Ends with ``.stats.npz``.
    overwrite : bool
        Replace a file that is there.

    Returns
    -------
    Path
        Where the file lies.

    Raises
    ------
    InputError
        When the ending is another, or the source is not plain JSON.
    FileError
        When ``path`` cannot be written, or is there without ``overwrite``.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.core.states import StateMatrix
    >>> found = Statistics.of(StateMatrix([[0.5, 1.0], [2.0, 3.0]]))
    >>> open_statistics(save_statistics(found, tempfile.mkdtemp() + "/a.stats.npz"))
    Statistics(h: 2 units over 2 steps)
    """
    if not isinstance(statistics, Statistics):
        raise InputError(
            f"save_statistics takes the Statistics of one site, got {type(statistics).__name__}; "
            "of what record_statistics gives, save one site a file: found['h']"
        )
    target = Path(path)
    if not target.name.lower().endswith(ENDING):
        raise InputError(f"statistics are written to a name that ends in {ENDING}, not {target.name!r}")
    header: dict[str, Any] = {
        "stateviz_statistics": FORMAT if statistics.off == 0 else 1,
        "units": [unit if isinstance(unit, str) else int(unit) for unit in statistics.units],
        "count": statistics.count,
        "binary": statistics.binary,
        "site": statistics.site,
        "source": dict(statistics.source),
        "row_breaks": list(statistics.row_breaks),
    }
    arrays = {name: getattr(statistics, name) for name in ("mean", "covariance", "minimum", "maximum")}
    if statistics.off == 0:
        header["off"] = 0
    if statistics.sketch is not None:
        state = statistics.sketch.state()
        levels = state.pop("levels")
        header["sketch"] = {**state, "levels": len(levels)}
        arrays |= {f"level-{number}": held for number, held in enumerate(levels)}
    text = json.dumps(plain_json(header, "the statistics"), ensure_ascii=False)
    arrays["header"] = np.frombuffer(text.encode("utf-8"), np.uint8)
    with atomic(target, overwrite=overwrite) as beside:
        write_zip(beside, {f"{name}.npy": npy_bytes(array) for name, array in arrays.items()})
    return target


def open_statistics(path: AnyPath) -> Statistics:
    """Read what ``save_statistics`` wrote.

    Parameters
    ----------
    path : str or Path
        A ``.stats.npz`` file.

    Returns
    -------
    Statistics
        As they were written.

    Raises
    ------
    FileError
        When the file is missing, damaged, of a newer format or something else.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.core.states import StateMatrix
    >>> path = save_statistics(Statistics.of(StateMatrix([[0, 1, 1]])), tempfile.mkdtemp() + "/a.stats.npz")
    >>> open_statistics(path).count
    3
    """
    source = Path(path)
    check_regular(source)
    if not source.is_file():
        raise FileError(f"there is no file {source}")
    try:
        arrays = npz_members(source)
        with damage(source):
            return _statistics(source, arrays)
    except FileError:
        raise
    except StatevizError as error:
        raise FileError(f"{source} is damaged: {error}") from error
    except MemoryError:
        raise FileError(f"{source} does not fit into memory") from None
    except OSError as error:  # of the system, or of the unpacking of a damaged file
        raise FileError(f"cannot read {source}: {error.strerror or error}") from error


def _statistics(path: Path, arrays: dict[str, NDArray[Any]]) -> Statistics:
    if "header" not in arrays:
        raise FileError(f"{path} holds arrays, and no statistics of stateviz")
    header = json.loads(arrays["header"].tobytes().decode("utf-8"))
    version = header["stateviz_statistics"]
    if not isinstance(version, int) or version > FORMAT:
        raise FileError(f"{path} has format {version}, this version reads up to {FORMAT}; update stateviz")
    units = tuple(unit if isinstance(unit, int) else str(unit) for unit in header["units"])
    sketch = None
    if "sketch" in header:
        held = header["sketch"]
        levels = [arrays[f"level-{number}"].astype(np.float32) for number in range(min(64, int(held["levels"])))]
        if any(level.ndim != 2 or len(level) != len(units) for level in levels):
            raise FileError(f"{path} is damaged: its quantiles are of other units")
        sketch = QuantileSketch.restored(len(units), held["moved"], held["count"], levels)
    return Statistics(
        units=units,
        count=int(header["count"]),
        binary=bool(header["binary"]),
        site=str(header["site"]),
        source=dict(header["source"]),
        row_breaks=tuple(int(row) for row in header["row_breaks"]),
        off=None if header.get("off") is None else int(header["off"]),
        sketch=sketch,
        **{name: arrays[name] for name in ("mean", "covariance", "minimum", "maximum")},
    )
