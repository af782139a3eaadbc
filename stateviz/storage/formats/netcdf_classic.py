"""Classic NetCDF (version 3), as xarray writes it where nothing but SciPy is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.labels import PACKING, Variable, is_matrix, labelled_grid
from stateviz.storage.formats.names import named_site
from stateviz.storage.formats.numpy_files import damage


def read_classic(path: Path, site: str | None) -> Grid:
    """The only matrix among the variables, or the one that ``site`` names."""
    from scipy.io import netcdf_file

    with damage(path), netcdf_file(path, "r", mmap=False) as file:
        variables = {name: _variable(name, found) for name, found in file.variables.items()}
        matrices = {name: one for name, one in variables.items() if is_matrix(one)}
        if not matrices:
            raise FileError(f"{path} holds no variable of steps x units; it holds {', '.join(variables) or 'none'}")
        return labelled_grid(matrices[named_site(path, "variables", site, matrices)], variables, units_from="columns")


def _variable(name: str, found: Any) -> Variable:
    data: NDArray[Any] = found.data
    attributes = {key: _plain(getattr(found, key)) for key in PACKING if hasattr(found, key)}
    if data.dtype.kind != "S":
        return Variable(name, tuple(found.dimensions), data.shape, data.dtype.kind, lambda: np.array(data), attributes)
    # Text lies as characters, its last axis their number.
    width, dimensions = data.shape[-1:], tuple(found.dimensions[:-1])
    lines = data.reshape(-1, *width) if data.ndim > 1 else data[None]
    texts = [b"".join(line).rstrip(b"\0").decode("utf-8", "replace") for line in lines]
    return Variable(name, dimensions, (len(texts),), "T", lambda: np.array(texts, object))


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
