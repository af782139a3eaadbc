"""HDF5 as it is exported here: sets ``states``, ``unit`` and ``tokens``, and how text lies in them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np

from stateviz.core.states import StateMatrix
from stateviz.storage.extras import extra

MARK = "stateviz_format"


def write_hdf5(states: StateMatrix, path: Path) -> None:
    """Write ``states`` (step, unit), ``unit`` and ``tokens``; the same states give the same bytes."""
    h5py = extra("h5py", "h5py", ".hdf5")
    text = h5py.string_dtype("utf-8")
    made = BytesIO()  # on a full disk the library ends the process
    with h5py.File(made, "w", track_order=False) as file:
        found = file.create_dataset("states", data=np.ascontiguousarray(states.values.T), track_times=False)
        found.attrs[MARK] = 1
        found.attrs["site"] = states.site
        found.dims[0].label, found.dims[1].label = "step", "unit"
        names = np.array([escaped(str(unit)) for unit in states.units], object)
        file.create_dataset("unit", data=names, dtype=text, track_times=False)
        file["unit"].attrs["integers"] = [isinstance(unit, int | np.integer) for unit in states.units]
        if states.tokens is not None:
            tokens = np.array([escaped(token) for token in states.tokens], object)
            file.create_dataset("tokens", data=tokens, dtype=text, track_times=False)
    path.write_bytes(made.getbuffer())


def escaped(text: str) -> str:
    """``text`` without the zero character, which ends a text in HDF5."""
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def unescaped(text: str) -> str:
    """The text that ``escaped`` was given."""
    return re.sub(r"\\([\\0])", lambda match: "\0" if match[1] == "0" else "\\", text)
