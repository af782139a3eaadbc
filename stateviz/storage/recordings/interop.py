"""States as pandas and xarray know them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import MissingExtraError
from stateviz.core.states import StateMatrix
from stateviz.storage.recordings.chunk_guard import guarded

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset


def to_pandas(states: StateMatrix) -> DataFrame:
    """One row a step: its token where there is one, then one column a unit; ``load_states`` reads it back.

    Examples
    --------
    >>> to_pandas(StateMatrix([[0, 1], [1, 1]], tokens="ab")).values.tolist()
    [['a', -1, 1], ['b', 1, 1]]
    """
    try:
        from pandas import DataFrame, RangeIndex
    except ImportError:
        raise MissingExtraError("data frames need pandas; install it with: pip install pandas") from None
    index = RangeIndex(states.shape[1], name="step")
    frame = DataFrame(states.values.T, index=index, columns=list(states.units))
    if states.tokens is not None:
        frame.insert(0, "token", list(states.tokens))
    return frame


def to_xarray(states: StateMatrix) -> Dataset:
    """``states`` with dimensions (step, unit), the tokens along the steps."""
    coords: dict[str, Any] = {"unit": ("unit", list(states.units))}
    if states.tokens is not None:
        coords["token"] = ("step", list(states.tokens))
    attributes = {"site": states.site, "source": dict(states.source)}
    return _xarray().Dataset({"states": (("step", "unit"), states.values.T)}, coords=coords, attrs=attributes)


def stored_dataset(path: Path, group: str) -> Dataset:
    """One site of a recording on disk, read when it is used; tokens and tracks along its steps."""
    xarray = _xarray()

    def one(name: str | None) -> Any:
        import zarr

        kind = zarr.storage.ZipStore if path.is_file() else zarr.storage.LocalStore
        store = guarded(kind(path, read_only=True))
        return xarray.open_dataset(store, engine="zarr", group=name, chunks=None, zarr_format=3)

    site, root = one(group), one(None)
    shared = {"tokens" if name in site else "token" if name == "tokens" else name: root[name] for name in root}
    if "tokens" in site:
        site = site.rename(tokens="token")
        shared.pop("tokens", None)
    return site.assign_coords({name: array for name, array in shared.items() if name not in site})


def _xarray() -> Any:
    try:
        import xarray
    except ImportError:
        raise MissingExtraError("labelled arrays need xarray; install it with: pip install xarray") from None
    return xarray
