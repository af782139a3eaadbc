"""Zarr groups and arrays that other tools wrote, xarray among them, versions 2 and 3."""

from __future__ import annotations

import base64
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.grids import Grid
from stateviz.core.labels import PACKING, Variable, is_matrix, labelled_grid
from stateviz.storage.formats.hdf5.sandbox import check_readable
from stateviz.storage.formats.names import named_site
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import check_growth


def read_zarr(path: Path, site: str | None) -> Grid:
    """The only matrix of a group, or the one that ``site`` names; its codecs are known to be plain ones.

    Axes whose names do not tell are units x steps, as of any array.
    """
    undecoded = check_readable(path)  # the Blosc library believes what a damaged chunk says of its size
    with damage(path), arrays_of(path) as arrays:
        variables = {name: _variable(path, name, array, undecoded) for name, array in arrays.items()}
        matrices = {name: one for name, one in variables.items() if is_matrix(one)}
        if not matrices:
            raise FileError(f"{path} holds no array of units x steps; it holds {', '.join(variables) or 'none'}")
        return labelled_grid(matrices[named_site(path, "arrays", site, matrices)], variables, units_from="rows")


@contextmanager
def arrays_of(path: Path) -> Iterator[dict[str, Any]]:
    """Every array of numbers or text by its path, once it is sure that none takes far more than its file holds."""
    import zarr

    store = zarr.storage.ZipStore(path, mode="r") if path.is_file() else zarr.storage.LocalStore(path, read_only=True)
    try:
        root = zarr.open(store, mode="r")
        if isinstance(root, zarr.Array):
            found: dict[str, Any] = {"array": root}
        else:
            found = {name: one for name, one in root.members(max_depth=None) if isinstance(one, zarr.Array)}
        size = path.stat().st_size if path.is_file() else sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
        for name, array in found.items():
            chunk = int(np.prod(array.chunks, dtype=float)) * array.dtype.itemsize
            check_growth(f"{path}: {name}", max(array.nbytes, chunk), size)
        yield found
    finally:
        store.close()


def _variable(path: Path, name: str, array: Any, undecoded: Collection[str]) -> Variable:
    attributes = dict(array.attrs)
    dimensions = getattr(array.metadata, "dimension_names", None) or attributes.get("_ARRAY_DIMENSIONS") or ()
    if len(dimensions) != array.ndim:
        dimensions = ("",) * array.ndim
    packing = {key: _plain(attributes[key]) for key in PACKING if key in attributes}
    if "scale_factor" in packing and array.metadata.zarr_format == 2 and array.fill_value is not None:
        packing.setdefault("_FillValue", array.fill_value)

    def read() -> NDArray[Any]:
        if name in undecoded:
            raise FileError(f"{path}: {name} is damaged, or takes too much memory")
        return np.asarray(array[...])

    kind = "T" if array.dtype.kind in "OSTU" else array.dtype.kind
    return Variable(name, tuple(str(one or "") for one in dimensions), array.shape, kind, read, packing)


def _plain(value: Any) -> Any:
    """A fill value, which xarray writes as the bytes of a float64."""
    if isinstance(value, str) and len(value) == 12:
        try:
            return struct.unpack("<d", base64.b64decode(value, validate=True))[0]
        except (ValueError, struct.error):
            return value
    return value
