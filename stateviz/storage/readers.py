"""READERS: which file formats states are read from; one row an ending."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, StatevizError, UnknownNameError
from stateviz.core.states import Recording, StateMatrix, coerce_states
from stateviz.core.table import Table, unknown
from stateviz.storage.arrays import read_npy, read_npz
from stateviz.storage.delimited import read_csv, read_tsv
from stateviz.storage.files import AnyPath
from stateviz.storage.grids import Grid
from stateviz.storage.recordings import open_recording


@dataclass(frozen=True)
class Reader:
    """How files of one ending are read.

    Parameters
    ----------
    name, description
        The ending and what such a file holds.
    read
        ``read(path, site)``: a Recording, which knows its axes, or a Grid, which may be transposed.
    """

    name: str
    description: str
    read: Callable[[Path, str | None], Recording | Grid]


def _recording(path: Path, site: str | None) -> Recording:
    return open_recording(path)


READERS: Table[Reader] = Table(
    "file format",
    {
        row.name: row
        for row in (
            Reader(".zarr", "a recording: Zarr v3 folder written by stateviz record", _recording),
            Reader(".zarr.zip", "a recording in one file", _recording),
            Reader(".npy", "one NumPy array, units x steps", read_npy),
            Reader(".npz", "NumPy arrays, units x steps; one, or the one that site names", read_npz),
            Reader(".csv", "with a header of unit names, one row a step; without, one row a unit", read_csv),
            Reader(".tsv", "as .csv, separated by tabs", read_tsv),
        )
    },
)


def load_states(
    obj: Any, *, site: str | None = None, steps: slice | str | None = None, transpose: bool = False
) -> StateMatrix:
    """The states of one site, from a file or from what is in memory.

    Parameters
    ----------
    obj : path, StateMatrix, Recording, array-like, torch.Tensor or pandas.DataFrame
        A path's ending says how it is read (READERS). Arrays and tensors are units x steps.
    site
        Which site of a recording, or which array of an .npz; needed where there is more than one.
    steps : slice or str, optional
        Only these steps; ``"A:B"`` is A to B - 1, counted from 0, either may be left out.
    transpose
        The matrix is steps x units.

    Returns
    -------
    StateMatrix
        Shape (units, steps).

    Raises
    ------
    FileError
        When a file is missing, damaged or not what its ending says.
    UnknownNameError
        When no reader has such an ending, or there is no such site.
    InputError
        When the numbers cannot be states, steps hold no column, or transpose has no meaning.

    Examples
    --------
    >>> load_states([[0, 1, 1], [1, 1, 0]], steps="1:")
    StateMatrix(array: 2 units x 2 steps, binary)
    """
    wanted = parse_steps(steps) if isinstance(steps, str) else steps
    if isinstance(obj, str | Path) or hasattr(obj, "__fspath__"):
        states = _from_file(Path(obj), site, transpose)
    else:
        knows = isinstance(obj, Recording | StateMatrix) or hasattr(obj, "columns")
        if transpose and knows:
            raise InputError(f"a {type(obj).__name__} knows which axis is which; leave transpose out")
        states = coerce_states(obj, site=site, transpose=transpose)
    if wanted is None:
        return states
    last = max((bound for bound in (wanted.start, wanted.stop) if bound is not None), default=0)
    if isinstance(steps, str) and last > states.shape[1]:
        raise InputError(f"steps {steps} reach past the end: there are {states.shape[1]} steps")
    return states.select(wanted)


def load_array(path: AnyPath, *, site: str | None = None, transpose: bool = False) -> NDArray[np.float64]:
    """The numbers of a matrix file as they are, float64, such as distances computed elsewhere.

    Raises
    ------
    FileError
        As for ``load_states``.
    InputError
        When the file is a recording, or holds something else than a matrix of numbers.
    """
    source = Path(path)
    found = _read(source, site)
    if isinstance(found, Recording):
        raise InputError(f"{source} is a recording, and a plain matrix was expected (.npy, .npz, .csv, .tsv)")
    values = found.values.T if transpose else found.values
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InputError(f"{source} holds {values.dtype} of shape {values.shape}; a matrix of numbers was expected")
    return np.array(values, np.float64)


def parse_steps(text: str) -> slice:
    """``"A:B"`` as a slice; A and B count from 0 and may be left out.

    Examples
    --------
    >>> parse_steps("10:20"), parse_steps(":5")
    (slice(10, 20, None), slice(None, 5, None))
    """
    match = re.fullmatch(r"\s*(\d{0,18})\s*:\s*(\d{0,18})\s*", text, re.ASCII)
    if match is None:
        raise InputError(f"steps are given as A:B, two whole numbers from 0 on, such as 10:20 or :100; got {text!r}")
    start, stop = (int(bound) if bound else None for bound in match.groups())
    if stop is not None and stop <= (start or 0):
        raise InputError(f"steps {text} hold no column; give A:B with A < B")
    return slice(start, stop)


def check_file(path: Path) -> None:
    """Raise FileError when there is nothing at ``path``, naming what is beside it under a similar name."""
    if path.exists():
        return
    folder = path.parent
    beside = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    raise FileError(f"there is no file {path}" + (f" (did you mean {near[0]!r}?)" if near else ""))


def _from_file(path: Path, site: str | None, transpose: bool) -> StateMatrix:
    found = _read(path, site)
    if isinstance(found, Recording):
        if transpose:
            raise InputError(f"{path} is a recording and knows which axis is which; leave transpose out")
        return coerce_states(found, site=site)
    try:
        return (found.transposed() if transpose else found).states()
    except StatevizError as error:
        raise InputError(f"{path}: {error}") from error


def _read(path: Path, site: str | None) -> Recording | Grid:
    check_file(path)
    reader = READERS[_ending(path)]
    try:
        return reader.read(path, site)
    except MemoryError:
        raise FileError(f"{path} does not fit into memory") from None
    except StatevizError:
        raise
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def _ending(path: Path) -> str:
    name = path.name.lower()
    if path.is_dir():
        if (path / "zarr.json").exists() or name.endswith(".zarr"):
            return ".zarr"
        raise FileError(f"{path} is a folder, but not a recording; give a recording or a matrix file")
    known = [ending for ending in READERS if name.endswith(ending)]
    if known:
        return max(known, key=len)
    if name.endswith(".json"):
        raise FileError(f"{path} is not states; an order.json is given with --order, states as {', '.join(READERS)}")
    raise UnknownNameError(f"cannot read {path}: {unknown('file format', path.suffix, READERS)}")
