"""Data frames of pandas, polars and pyarrow: a row a step, a column a unit, a column named ``token`` the text."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import plain_name
from stateviz.core.values import flipped, stacked

TOKEN = "token"


class FrameParts(NamedTuple):
    """What a frame holds: values (columns, rows), and names of both where it has them."""

    values: NDArray[Any]
    columns: tuple[int | str, ...]
    rows: tuple[str, ...] | None


def is_frame(obj: object) -> bool:
    """Whether ``obj`` has named columns, as frames of pandas, polars and pyarrow do."""
    return hasattr(obj, "columns") and any(hasattr(obj, name) for name in ("to_numpy", "to_pandas", "collect"))


def frame_parts(frame: Any) -> FrameParts:
    """The numbers of a frame, whole ones kept whole, and its names; an index that only counts is no name.

    Raises
    ------
    InputError
        When a column holds something else than numbers.
    """
    frame = _loaded(frame)
    names = [name for name in frame.columns if name != TOKEN]
    rows = tuple(map(str, frame[TOKEN])) if len(names) < len(frame.columns) else _index(frame)
    columns = [_numbers(frame, i) for i, name in enumerate(frame.columns) if name != TOKEN]
    units = tuple(name if isinstance(name, int) else str(name) for name in map(plain_name, names))
    # Booleans beside numbers are read as 0 and 1.
    return FrameParts(stacked(columns) if columns else np.zeros((0, 0)), units, rows)


def frame_in_order(frame: Any, rows: NDArray[np.int64], signs: NDArray[np.int8], off: int | None, axis: str) -> Any:
    """A frame of the same kind whose units (columns) or steps (rows) are in another order, those of sign -1 flipped."""
    frame = _loaded(frame)
    parts: dict[Any, Any] = {}
    places = {name: i for i, name in enumerate(frame.columns)}
    steps = rows if axis == "steps" else None
    if hasattr(frame, "iloc") and (signs > 0).all():  # pandas, whose types stay
        first = [places[TOKEN]] if TOKEN in places else []
        others = [place for name, place in places.items() if name != TOKEN]
        return frame.iloc[steps] if steps is not None else frame.iloc[:, first + [others[row] for row in rows]]
    if TOKEN in places:
        tokens = np.asarray(frame[TOKEN])
        parts[TOKEN] = tokens if steps is None else tokens[steps]
    names = [name for name in places if name != TOKEN]
    for i, name in enumerate(names if steps is not None else [names[row] for row in rows]):
        column = _numbers(frame, places[name])
        parts[name] = column if steps is None else column[steps]
        sign = signs if steps is not None else signs[i : i + 1]
        if (sign < 0).any():
            parts[name] = flipped(parts[name], sign, off)
    index = getattr(frame, "index", None)
    if index is None:
        return type(frame)(parts)
    return type(frame)(parts, index=index if steps is None else index[steps])


def _index(frame: Any) -> tuple[str, ...] | None:
    """The labels of the rows of a frame of pandas; of several levels joined."""
    labels = list(getattr(frame, "index", ()))
    if labels == list(range(len(labels))):
        return None
    return tuple(", ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in labels)


def _loaded(frame: Any) -> Any:
    """A lazy frame collected; a table of pyarrow as pandas has it."""
    if hasattr(frame, "collect"):
        return frame.collect()
    return frame if hasattr(frame, "to_numpy") else frame.to_pandas()


def _numbers(frame: Any, place: int) -> NDArray[Any]:
    name = frame.columns[place]
    column = frame.iloc[:, place] if hasattr(frame, "iloc") else frame[name]
    kind = getattr(column.dtype, "kind", None)  # None: of polars
    array = np.asarray(column.to_numpy() if kind is None else column)
    if array.dtype.kind == "O" and kind is not None and kind in "biuf":  # pandas' own numbers, some of them missing
        array = column.to_numpy(np.float64, na_value=np.nan)
    if array.dtype.kind not in "biufc":
        raise InputError(
            f"column {name!r} holds {column.dtype}, and states are numbers; leave it out: df.drop(columns={name!r})"
        )
    return array
