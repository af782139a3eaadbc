"""What a recording is on disk: its attributes, arrays and their encoding (the layout is told in recordings.py)."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.states import Recording, StateMatrix

FORMAT = 1
TRACKS = ("surprisal", "entropy")
CHUNK_BYTES = 2**20
"""About the size of one chunk of states before compression."""


def root_attributes(recording: Recording) -> dict[str, Any]:
    """The attributes of the root; everything that can be refused is refused here, before a file exists."""
    for states in recording.states.values():
        _json(states.source, f"the source of {states.site}")
        _json([str(unit) for unit in states.units], f"unit names of {states.site}")
        _json(states.tokens, f"tokens of {states.site}")
    _json(recording.tokens, "tokens")
    _json(recording.sites, "names of sites")
    return {
        "stateviz_format": FORMAT,
        "source": _json(recording.source, "the source"),
        "sites": _group_names(recording.sites),
    }


def _json(value: Any, what: str) -> Any:
    try:
        text = json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} hold half a character ({error.object[error.start]!r}); decode the text first"
        ) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{what} must be plain JSON values to be saved: {error}") from None
    return json.loads(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} {value!r} is none")


def _group_names(sites: tuple[str, ...]) -> dict[str, str]:
    """A group name for each site: itself where every file system and Zarr reader takes it."""
    names: dict[str, str] = {}
    arrays = ("tokens", *TRACKS)
    taken = {"zarr.json"}
    for site in sites:
        safe = re.sub(r"[^A-Za-z0-9._-]", "-", site).strip(".")[:100]
        # zarr takes tokens-2 for a part of tokens when it counts chunks: no group begins like an array beside it.
        odd = not safe or safe.lower().startswith(("__", *arrays))
        name = base = f"site-{safe}" if odd else safe
        number = 1
        while name.lower() in taken:  # lower: some file systems do not tell h from H
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())
        names[site] = name
    return names


def write_group(store: Any, recording: Recording, attributes: Mapping[str, Any]) -> None:
    """Write a recording into an empty Zarr store; ``attributes`` are those of its root."""
    import zarr

    with warnings.catch_warnings():
        # Text and joint metadata are conventions beside the v3 core; zarr's remarks on them concern no user of ours.
        warnings.simplefilter("ignore")
        root = zarr.create_group(store, zarr_format=3, attributes=dict(attributes))
        _write_text(root, "tokens", recording.tokens, "step")
        for name in TRACKS:
            track = getattr(recording, name)
            if track is not None:
                _write_array(root, name, track, ("step",), {"units": "bit"})
        for site, name in attributes["sites"].items():
            _write_site(root.create_group(name), recording, recording.states[site])
            # Each group carries its own table of contents: xarray opens it as it is, without a search.
            zarr.consolidate_metadata(store, path=name)
        zarr.consolidate_metadata(store)


def _write_site(group: Any, recording: Recording, states: StateMatrix) -> None:
    own_tokens = states.tokens is not None and states.tokens != recording.tokens
    integer = [isinstance(unit, int | np.integer) for unit in states.units]
    group.attrs.update(
        {
            "site": states.site,
            "source": _json(states.source, "the source"),
            "row_breaks": list(states.row_breaks),
            "column_breaks": list(states.column_breaks),
            "flipped": np.flatnonzero(np.asarray(states.flipped)).tolist(),
            "integer_units": [] if all(integer) else np.flatnonzero(integer).tolist(),
            "tokens": "own" if own_tokens else "none" if states.tokens is None else "shared",
        }
    )
    _write_array(group, "states", states.values.T, ("step", "unit"))
    if all(integer):
        _write_array(group, "unit", np.array(states.units, np.int64), ("unit",))
    else:
        _write_text(group, "unit", tuple(str(unit) for unit in states.units), "unit")
    if own_tokens:
        _write_text(group, "tokens", states.tokens, "step")


def _write_array(
    group: Any,
    name: str,
    values: NDArray[Any],
    dimensions: tuple[str, ...],
    attributes: Mapping[str, Any] | None = None,
) -> None:
    from zarr.codecs import BloscCodec

    row_bytes = max(1, values.nbytes // len(values))
    chunk = min(len(values), max(1, CHUNK_BYTES // row_bytes))
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=values.dtype,
        chunks=(chunk, *values.shape[1:]),
        dimension_names=dimensions,
        attributes=dict(attributes or {}),
        # Bitshuffle lays bit i of all values side by side: of int8 -1 and +1 seven planes are one and the same.
        compressors=BloscCodec(cname="zstd", clevel=5, shuffle="bitshuffle", typesize=values.dtype.itemsize),
        config={"write_empty_chunks": True},  # so that a chunk that is not there is a loss, not a zero
    )
    array[...] = np.ascontiguousarray(values)


def _write_text(group: Any, name: str, texts: tuple[str, ...] | None, dimension: str) -> None:
    from zarr.codecs import ZstdCodec

    texts = texts or ()
    chunk = min(len(texts), 2**16)
    array = group.create_array(
        name,
        shape=(len(texts),),
        dtype=str,
        chunks=(chunk,),
        dimension_names=(dimension,),
        compressors=ZstdCodec(level=5),
        config={"write_empty_chunks": True},
    )
    array[...] = np.array(texts, dtype=object)
