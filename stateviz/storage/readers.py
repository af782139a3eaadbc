"""READERS: which file formats states are read from; one row an ending."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, StatevizError, UnknownNameError
from stateviz.core.grids import Grid
from stateviz.core.inputs import StatesLike, check_no_site, coerce_states
from stateviz.core.recordings import Recording
from stateviz.core.selection import Steps
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.core.table import Table, unknown
from stateviz.core.values import as_float64
from stateviz.storage.atomic import AnyPath
from stateviz.storage.formats.delimited import read_csv, read_tsv
from stateviz.storage.formats.hdf5.matlab import read_matlab
from stateviz.storage.formats.hdf5.neurox import read_json_lines
from stateviz.storage.formats.hdf5.read import read_hdf5, read_netcdf
from stateviz.storage.formats.lstmvis import read_lstmvis
from stateviz.storage.formats.numpy_files import damage, read_npy, read_npz
from stateviz.storage.formats.parquet import read_parquet
from stateviz.storage.formats.tensors import read_safetensors, read_torch
from stateviz.storage.formats.zarr_groups import read_zarr
from stateviz.storage.limits import check_regular
from stateviz.storage.recordings.leftovers import PROGRESS, interrupted
from stateviz.storage.recordings.stored import open_recording
from stateviz.storage.statistics import ENDING, open_statistics
from stateviz.storage.text_files import meant
from stateviz.storage.zarr_codecs import check_codecs


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


def _zarr(path: Path, site: str | None) -> Recording | Grid:
    """A recording, or what another tool wrote."""
    if (path / PROGRESS).exists():
        return open_recording(path)  # which says that it was interrupted
    with damage(path):
        documents = check_codecs(path)
    root = documents.get("zarr.json")
    foreign = root is not None and "stateviz_format" not in dict(root.get("attributes") or {})
    if foreign or {".zarray", ".zgroup", ".zmetadata"} & set(documents):
        return read_zarr(path, site)
    return open_recording(path)


READERS: Table[Reader] = Table(
    "file format",
    {
        row.name: row
        for row in (
            Reader(".zarr", "a recording; or arrays of Zarr, version 2 or 3, as xarray writes them", _zarr),
            Reader(".zarr.zip", "the same in one file", _zarr),
            Reader(".npy", "one NumPy array, units x steps", read_npy),
            Reader(".npz", "NumPy arrays, units x steps; one, or the one that site names", read_npz),
            Reader(".csv", "with a header of unit names, one row a step; without, one row a unit", read_csv),
            Reader(".tsv", "as .csv, separated by tabs", read_tsv),
            Reader(".parquet", "as .csv with a header (needs pyarrow)", read_parquet),
            Reader(".safetensors", "tensors, units x steps; one, or the one that site names", read_safetensors),
            Reader(".pt", "tensors saved by torch, units x steps; pickled objects are refused", read_torch),
            Reader(".pth", "the same as .pt", read_torch),
            Reader(".hdf5", "sets of steps x units, or activations of NeuroX (needs h5py)", read_hdf5),
            Reader(".h5", "the same as .hdf5", read_hdf5),
            Reader(".nc", "NetCDF, classic or 4: a variable, its axes told by their names (4 needs h5py)", read_netcdf),
            Reader(".h5ad", "AnnData: observations are steps, variables units; X, or a layer (needs h5py)", read_hdf5),
            Reader(".mat", "a matrix of MATLAB, its rows units; of version 7.3 it needs h5py", read_matlab),
            Reader(".json", "activations of NeuroX, a sentence a line", read_json_lines),
            Reader(".jsonl", "the same as .json", read_json_lines),
            Reader(".yml", "a project of LSTMVis: lstm.yml beside its files (needs h5py, pyyaml)", read_lstmvis),
            Reader(".yaml", "the same as .yml", read_lstmvis),
        )
    },
)


def load_states(
    obj: StatesLike | AnyPath,
    *,
    site: str | None = None,
    steps: Steps | str | None = None,
    transpose: bool = False,
) -> StateMatrix:
    """The states of one site, from a file or from what is in memory.

    Parameters
    ----------
    obj : path, StateMatrix, Recording, array-like, torch.Tensor or data frame
        A path's ending says how it is read (READERS). Arrays and tensors are units x steps; data frames (of pandas,
        polars or pyarrow) hold a column a unit.
    site
        Which site of a recording, or which array of an .npz; needed where there is more than one.
    steps : slice, int or str, optional
        Only these steps; ``"A:B"`` is A to B - 1, counted from 0, either may be left out.
    transpose
        The matrix is steps x units; a data frame holds a row a unit.

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
    StateMatrix(array: 2 units x 2 steps, from rows, binary)
    """
    wanted = parse_steps(steps) if isinstance(steps, str) else steps
    found = _found(obj, site, transpose)
    length = found.steps if isinstance(found, Recording) else found.shape[1]
    if isinstance(wanted, slice) and isinstance(steps, str) and max(wanted.start or 0, wanted.stop or 0) > length:
        raise InputError(f"steps {steps} reach past the end: there are {length} steps")
    if isinstance(found, Recording):
        return found[found.only(site)] if wanted is None else found.select(site, steps=wanted)
    return found if wanted is None else found.select(wanted)


def load_array(path: AnyPath, *, site: str | None = None, transpose: bool = False) -> NDArray[np.float64]:
    """The numbers of a matrix file as they are, float64, such as distances computed elsewhere.

    Raises
    ------
    FileError
        As for ``load_states``.
    InputError
        When the file is a recording, or holds something else than a matrix of numbers.
    """
    return np.array(as_float64(load_grid(path, site=site, transpose=transpose).values))


def load_grid(path: AnyPath, *, site: str | None = None, transpose: bool = False) -> Grid:
    """A matrix file as it is, with its names; empty cells are NaN. It raises what ``load_array`` does."""
    source = Path(path)
    found = _read(source, site)
    if isinstance(found, Recording):
        raise InputError(f"{source} is a recording, and a plain matrix was expected (.npy, .npz, .csv, .tsv)")
    if found.values.ndim != 2 or found.values.dtype.kind not in "biuf":
        held = f"{found.values.dtype} of shape {found.values.shape}"
        raise InputError(f"{source} holds {held}; a matrix of numbers was expected")
    return found.transposed() if transpose else found


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
    """Raise FileError when there is nothing at ``path``, naming what is beside it under a similar name.

    What is a device or a pipe, and may never end, is refused, too.
    """
    check_regular(path, folder=True)
    if path.exists():
        return
    raise FileError(f"there is no file {path}{interrupted(path) or meant(path)}")


def load_any(obj: StatesLike | AnyPath, *, site: str | None = None) -> Recording:
    """What a file or an object holds as a recording, with all its sites; a plain matrix has steps for tokens."""
    found = _found(obj, site, False)
    if isinstance(found, Recording):
        return found
    tokens = found.tokens or tuple(str(step) for step in range(found.shape[1]))
    return Recording(tokens, {found.site: found}, found.source)


def load_input(
    obj: StatesLike | Statistics | AnyPath, *, site: str | None = None, transpose: bool = False
) -> StateMatrix | Statistics:
    """The states of one site as ``load_states`` finds them, or the Statistics that ``obj`` is or names.

    Examples
    --------
    >>> load_input(Statistics.of(StateMatrix([[0, 1], [1, 1]])))
    Statistics(h: 2 units over 2 steps)
    """
    if isinstance(obj, str | os.PathLike) and str(obj).lower().endswith(ENDING):
        obj = open_statistics(obj)
    if not isinstance(obj, Statistics):
        return load_states(obj, site=site, transpose=transpose)
    if transpose:
        raise InputError("statistics know which axis is which; leave transpose out")
    if site is not None and site != obj.site:
        raise UnknownNameError(unknown("site", site, {obj.site: None}))
    return obj


def load_whole(
    obj: StatesLike | AnyPath, *, site: str | None = None, transpose: bool = False
) -> StateMatrix | Recording:
    """As ``load_states``; of a recording all sites, of which nothing has been read yet."""
    return _found(obj, site, transpose)


def _found(obj: StatesLike | AnyPath, site: str | None, transpose: bool) -> StateMatrix | Recording:
    """States, or the recording of which a part is still to be read."""
    if not isinstance(obj, str | os.PathLike):
        if isinstance(obj, Recording) and not transpose:
            return obj
        return coerce_states(obj, site=site, transpose=transpose)
    found = _read(Path(obj), site)
    if isinstance(found, Recording):
        if transpose:
            raise InputError(f"{obj!s} is a recording and knows which axis is which; leave transpose out")
        return found
    if found.gap is not None:
        place = found.gap if found.gap.startswith(str(obj)) else f"{obj!s}: {found.gap}"
        raise FileError(
            f"{place}; order and compare take such a matrix with --missing pairwise (missing='pairwise'), anything "
            "else needs a number there"
        )
    try:
        return (found.transposed() if transpose else found).states()
    except StatevizError as error:
        raise InputError(f"{obj!s}: {error}") from error


def _read(path: Path, site: str | None) -> Recording | Grid:
    check_file(path)
    reader = READERS[_ending(path)]
    try:
        found = reader.read(path, site)
        if isinstance(found, Grid):
            check_no_site(site, found.site, str(path))
        return found
    except MemoryError:
        raise FileError(f"{path} does not fit into memory") from None
    except StatevizError:
        raise
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def _ending(path: Path) -> str:
    name = path.name.lower()
    if path.is_dir():
        if name.endswith(".zarr") or any((path / root).exists() for root in ("zarr.json", ".zgroup", ".zarray")):
            return ".zarr"
        raise FileError(f"{path} is a folder, but not a recording; give a recording or a matrix file")
    if name.endswith(ENDING):
        raise FileError(f"{path} holds statistics and no states; give it to order or correlate")
    known = [ending for ending in READERS if name.endswith(ending)]
    if known:
        return max(known, key=len)
    if name.endswith((".acts", ".pkl", ".pickle", ".joblib")):
        raise FileError(
            f"{path} is a pickle, which can run any program and is never opened; save it as .hdf5, .json or .npy"
        )
    raise UnknownNameError(f"cannot read {path}: {unknown('file format', path.suffix, READERS)}")
