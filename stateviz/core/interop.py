"""States as pandas and xarray know them; both are imported at first use."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from stateviz.core.errors import MissingExtraError
from stateviz.core.tracks import WIDE_TRACKS, Track

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset


class Labelled(Protocol):
    """What these functions read of a StateMatrix, whose own methods call them."""

    @property
    def values(self) -> NDArray[Any]: ...
    @property
    def units(self) -> tuple[int | str, ...]: ...
    @property
    def tokens(self) -> tuple[str, ...] | None: ...
    @property
    def site(self) -> str: ...
    @property
    def source(self) -> Mapping[str, Any]: ...


def to_pandas(states: Labelled) -> DataFrame:
    """One row a step: its token where there is one, then one column a unit; ``load_states`` reads it back.

    Examples
    --------
    >>> from stateviz.core.states import StateMatrix
    >>> to_pandas(StateMatrix([[0, 1], [1, 1]], tokens="ab")).values.tolist()
    [['a', 0, 1], ['b', 1, 1]]
    """
    pandas = pandas_module()
    index = pandas.RangeIndex(states.values.shape[1], name="step")
    frame: DataFrame = pandas.DataFrame(states.values.T, index=index, columns=list(states.units))
    if states.tokens is not None:
        frame.insert(0, "token", list(states.tokens))
    return frame


def pandas_module() -> ModuleType:
    """pandas, or an error that says how to install it."""
    try:
        import pandas
    except ImportError:
        raise MissingExtraError("data frames need pandas; install it with: pip install pandas") from None
    module: ModuleType = pandas
    return module


def to_xarray(states: Labelled, tracks: Mapping[str, Track] | None = None) -> Dataset:
    """``states`` with dimensions (step, unit), the tokens and ``tracks`` along the steps."""
    coords: dict[str, tuple[tuple[str, ...], Any]] = {"unit": (("unit",), list(states.units))}
    if states.tokens is not None:
        coords["token"] = (("step",), list(states.tokens))
    for name, track in (tracks or {}).items():
        if name not in ("states", "step", *coords):
            coords[name] = (track_dimensions(name, track.ndim), track)
    attributes = {"site": states.site, "source": dict(states.source)}
    found: Dataset = xarray_module().Dataset(
        {"states": (("step", "unit"), states.values.T)}, coords=coords, attrs=attributes
    )
    return found


def track_dimensions(name: str, dimensions: int) -> tuple[str, ...]:
    """The names of the axes of a track.

    Examples
    --------
    >>> track_dimensions("entropy", 1), track_dimensions("top_ids", 2), track_dimensions("depth", 2)
    (('step',), ('step', 'rank'), ('step', 'depth_column'))
    """
    return ("step", "rank" if name in WIDE_TRACKS else f"{name}_column")[:dimensions]


def xarray_module() -> ModuleType:
    """xarray, or an error that says how to install it."""
    try:
        import xarray
    except ImportError:
        raise MissingExtraError("labelled arrays need xarray; install it with: pip install xarray") from None
    module: ModuleType = xarray
    return module
