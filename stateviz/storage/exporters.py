"""EXPORTERS: which file formats states are written to for other tools; READERS read all of them back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stateviz.core.errors import UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.core.table import Table, unknown
from stateviz.storage.atomic import AnyPath, atomic, check_apart, check_writable, write_zip
from stateviz.storage.formats.hdf5.write import write_hdf5
from stateviz.storage.formats.numpy_files import npy_bytes
from stateviz.storage.formats.parquet import write_parquet
from stateviz.storage.formats.tensors import write_safetensors
from stateviz.storage.readers import load_any, load_states
from stateviz.storage.recordings.save import save_recording

RECORDING_ENDINGS = (".zarr", ".zarr.zip")


@dataclass(frozen=True)
class Exporter:
    """How files of one ending are written: ``write(states, path)``."""

    name: str
    description: str
    write: Callable[[StateMatrix, Path], None]


def export_states(states: Any, path: AnyPath, *, overwrite: bool = False) -> Path:
    """Write states in the format that the ending of ``path`` names: for other tools, or as a recording.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path, shape (units, steps)
        What is written. A recording of several sites, or a file of them, is written whole as ``.zarr`` or
        ``.zarr.zip``; the formats of other tools hold one site.
    path : str or Path
        Ends with a row of EXPORTERS, ``.zarr`` or ``.zarr.zip``.
    overwrite : bool
        Replace what is there.

    Returns
    -------
    Path
        Where the file lies.

    Raises
    ------
    UnknownNameError
        When no exporter has such an ending, or there are several sites where one is needed.
    InputError
        When the numbers cannot be states.
    FileError
        When ``path`` cannot be written, or is there without ``overwrite``.

    Examples
    --------
    >>> import tempfile
    >>> path = export_states(StateMatrix([[0, 1], [1, 1]], tokens="ab"), tempfile.mkdtemp() + "/a.csv")
    >>> path.read_text().split()
    ['token,0,1', 'a,0,1', 'b,1,1']
    """
    target = Path(path)
    check_apart(target, Path(states) if isinstance(states, str) else states)
    if target.name.lower().endswith(RECORDING_ENDINGS):
        return save_recording(load_any(states), target, overwrite=overwrite)
    ending = next((name for name in EXPORTERS if target.name.lower().endswith(name)), None)
    if ending is None:
        raise UnknownNameError(f"cannot write {target}: {unknown('file format', target.suffix, EXPORTERS)}")
    check_writable(target, overwrite=overwrite)
    matrix = load_states(states)
    with atomic(target, overwrite=overwrite) as beside:
        EXPORTERS[ending].write(matrix, beside)
    return target


def _npy(states: StateMatrix, path: Path) -> None:
    path.write_bytes(npy_bytes(states.values))


def _npz(states: StateMatrix, path: Path) -> None:
    write_zip(path, {f"{states.site}.npy": npy_bytes(states.values)})


def _csv(separator: str) -> Callable[[StateMatrix, Path], None]:
    def write(states: StateMatrix, path: Path) -> None:
        # The first column always has a header of its own: a header of numbers alone would read as numbers.
        labels = range(states.shape[1]) if states.tokens is None else states.tokens
        with path.open("w", encoding="utf-8", newline="") as stream:
            plain = csv.writer(stream, delimiter=separator, lineterminator="\n")
            # csv leaves a carriage return bare, and readers take it for the end of a row.
            quoted = csv.writer(stream, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
            names = ["step" if states.tokens is None else "token", *states.units]
            (quoted if any("\r" in str(name) for name in names) else plain).writerow(names)
            for label, column in zip(labels, states.values.T, strict=True):
                # item by item: a float printed as itself is its shortest exact text
                cells = [label, *(value.item() if states.binary else str(value) for value in column)]
                (quoted if "\r" in str(label) else plain).writerow(cells)

    return write


EXPORTERS: Table[Exporter] = Table(
    "file format",
    {
        row.name: row
        for row in (
            Exporter(".npy", "one NumPy array, units x steps; without names", _npy),
            Exporter(".npz", "one NumPy array, named after the site", _npz),
            Exporter(".csv", "a header of unit names, one row a step, tokens in the first column", _csv(",")),
            Exporter(".tsv", "as .csv, separated by tabs", _csv("\t")),
            Exporter(".parquet", "as .csv (needs pyarrow)", write_parquet),
            Exporter(
                ".safetensors", "one tensor, units x steps, named after the site; names as metadata", write_safetensors
            ),
            Exporter(".hdf5", "states (step, unit), unit and tokens (needs h5py)", write_hdf5),
            Exporter(".h5", "the same as .hdf5", write_hdf5),
        )
    },
)
