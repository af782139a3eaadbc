"""What a recording is on disk: its attributes, its arrays and their encoding (save.py draws the layout)."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.interop import track_dimensions
from stateviz.core.tracks import TRACKS

FORMAT = 3
"""Format 2 adds the group ``tracks``, for what users add; format 3 states of 0 and 1, stored as bool, and of float64.

What needs neither is written as format 1."""
ADDED = "tracks"
"""The group of the tracks that users add."""
CHUNK_BYTES = 2**20
"""About the size of one chunk of states before compression."""
BLOCK_BYTES = 2**25
"""The most that one block, the steps written at once, takes before compression."""
FEWEST_STEPS, MOST_STEPS = 256, 2**14
UNKNOWN_LENGTH = 2**40
"""The length an array claims while nobody knows how many steps will come."""
_KEYS = {"name": "default", "separator": "."}  # all chunks of an array in one folder: making folders takes time

Units = tuple[int | str, ...]


@dataclass(frozen=True)
class Site:
    """What is known of one site beside its states.

    Parameters
    ----------
    name, units
        Of the site and its rows.
    dtype
        How its states are stored: int8 in {-1, +1}, bool (0 and 1), float32, float64 or float16; so it says
        whether they are binary.
    source, row_breaks, column_breaks
        As of StateMatrix.
    flipped
        Rows that were multiplied by -1.
    tokens
        ``"shared"`` (those of the recording), ``"own"`` or ``"none"``.
    label
        The site its states name, where it is another.
    """

    name: str
    units: Units
    dtype: str
    source: Mapping[str, Any]
    row_breaks: tuple[int, ...] = ()
    column_breaks: tuple[int, ...] = ()
    flipped: tuple[int, ...] = ()
    tokens: str = "shared"
    label: str | None = None

    @property
    def off(self) -> int | None:
        """The lower value of binary states, whose upper one is 1; None of real ones."""
        return {"int8": -1, "bool": 0}.get(self.dtype)

    @property
    def binary(self) -> bool:
        """Whether the states are two-valued."""
        return self.off is not None

    def attributes(self) -> dict[str, Any]:
        """The attributes of its group; refuses what is no JSON."""
        plain_json([str(unit) for unit in self.units], f"unit names of {self.name}")
        integer = [isinstance(unit, int | np.integer) for unit in self.units]
        return {
            "site": self.name if self.label is None else self.label,
            "source": plain_json(self.source, f"the source of {self.name}"),
            "row_breaks": list(self.row_breaks),
            "column_breaks": list(self.column_breaks),
            "flipped": list(self.flipped),
            "integer_units": [] if all(integer) else np.flatnonzero(integer).tolist(),
            "tokens": self.tokens,
        }


def format_of(sites: Iterable[Site], tracks: bool) -> int:
    """The lowest format that such sites need, with ``tracks`` of the user's or without."""
    if any(site.dtype in ("bool", "float64") for site in sites):
        return FORMAT
    return 2 if tracks else 1


@dataclass(frozen=True)
class StepArray:
    """An array that grows with the steps.

    Parameters
    ----------
    path
        Where in the group, such as ``"core.h/states"``.
    dtype
        A name of numpy's, or ``"text"``.
    width
        Numbers a step: () for one, (units,) for states.
    dimensions
        Names of the axes.
    """

    path: str
    dtype: str
    width: tuple[int, ...] = ()
    dimensions: tuple[str, ...] = ("step",)

    @property
    def step_bytes(self) -> int:
        """Bytes of one step before compression; a token counts as none."""
        return 0 if self.dtype == "text" else int(np.dtype(self.dtype).itemsize) * math.prod(self.width)

    @property
    def is_states(self) -> bool:
        """Whether it holds the states of a site, and no tokens and no track."""
        return self.dimensions[1:] == ("unit",)


def block_steps(columns: Iterable[StepArray], steps: int | None) -> int:
    """How many steps are written at once: whole chunks of every array, so that a chunk is written once.

    A power of two that depends on the widths alone; all of a recording that is known to be shorter.
    """
    fitting = BLOCK_BYTES // max(1, sum(column.step_bytes for column in columns))
    block = min(MOST_STEPS, max(FEWEST_STEPS, 1 << (max(1, fitting).bit_length() - 1)))
    return block if steps is None else max(1, min(block, steps))


def plain_json(value: Any, what: str) -> Any:
    """``value`` as plain JSON values; InputError, naming ``what``, when it cannot be."""
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


def group_names(sites: Iterable[str]) -> dict[str, str]:
    """A group name for each site: itself where every file system and Zarr reader takes it."""
    names: dict[str, str] = {}
    arrays = ("tokens", *TRACKS)
    taken = {"zarr.json", ADDED}
    for site in sites:
        plain_json(site, "names of sites")
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


def track_columns(tracks: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, StepArray]:
    """The array of each track, from its dtype and its width: those of TRACKS at the root, all others in a group."""
    columns: dict[str, StepArray] = {}
    taken: list[str] = []
    for name, (dtype, width) in tracks.items():
        if name in TRACKS:
            columns[name] = StepArray(name, TRACKS[name], width, track_dimensions(name, 1 + len(width)))
            continue
        plain_json(name, "names of tracks")
        safe = base = re.sub(r"[^A-Za-z0-9_]", "-", name)[:100] or "track"
        number = 1
        # zarr takes a-b for a part of a when it counts chunks: no name begins like another, in any case of letters.
        while any(safe.lower().startswith(other) or other.startswith(safe.lower()) for other in taken):
            number += 1
            safe = f"{number}-{base}"
        taken.append(safe.lower())
        columns[name] = StepArray(f"{ADDED}/{safe}", dtype, width, track_dimensions(safe, 1 + len(width)))
    return columns


@contextmanager
def quiet() -> Iterator[None]:
    """Without zarr's remarks that text and joint metadata are conventions beside the v3 core: they concern no user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def create_column(group: Any, column: StepArray, steps: int | None, block: int) -> None:
    """Create an empty array that ``block`` steps at a time are written to."""
    from zarr.codecs import BloscCodec, ZstdCodec

    name = column.path
    shape = (UNKNOWN_LENGTH if steps is None else steps, *column.width)
    if column.dtype == "text":
        compressor: Any = ZstdCodec(level=5)
    else:
        # Bitshuffle lays bit i of all values side by side: of int8 -1 and +1 seven planes are one and the same.
        # zstd packs those closest; of real states little can be packed, and lz4 gets it in a third of the time.
        size = np.dtype(column.dtype).itemsize
        code, level = ("zstd", 1) if size == 1 else ("lz4", 5)
        compressor = BloscCodec(cname=code, clevel=level, shuffle="bitshuffle", typesize=size)
    group.create_array(
        name,
        shape=shape,
        dtype=str if column.dtype == "text" else column.dtype,
        chunks=(block, *(_unit_chunk(width, block, column.step_bytes // width) for width in column.width)),
        chunk_key_encoding=_KEYS,
        dimension_names=column.dimensions,
        attributes={"units": "bit"} if name in ("surprisal", "entropy") else {},
        compressors=compressor,
        config={"write_empty_chunks": True},  # so that a chunk that is not there is a loss, not a zero
    )


def chunk_names(chunks: tuple[int, ...], shape: tuple[int, ...], steps: slice) -> list[str]:
    """The files that hold some steps of an array.

    Examples
    --------
    >>> chunk_names((4, 2), (100, 3), slice(4, 8))
    ['c.1.0', 'c.1.1']
    """
    over = [range(steps.start // chunks[0], -(-steps.stop // chunks[0]))]
    over += [range(-(-size // chunk)) for size, chunk in zip(shape[1:], chunks[1:], strict=True)]
    return [".".join(["c", *map(str, place)]) for place in product(*over)]


def _unit_chunk(units: int, block: int, itemsize: int) -> int:
    """Units in one chunk, so that a few units of a long text can be read without the others."""
    fitting = max(1, CHUNK_BYTES // (block * itemsize))
    chunks = -(-units // fitting)
    return -(-units // chunks)  # evenly: the last chunk is filled up with zeros, which take room too


def write_units(group: Any, units: Units) -> None:
    """Write the names of the units of a site, and the attributes that tell whole numbers from text."""
    from zarr.codecs import ZstdCodec

    integer = all(isinstance(unit, int | np.integer) for unit in units)
    names = np.array(units, np.int64) if integer else np.array([str(unit) for unit in units], dtype=object)
    array = group.create_array(
        "unit",
        shape=(len(units),),
        dtype=np.int64 if integer else str,
        chunks=(len(units),),
        chunk_key_encoding=_KEYS,
        dimension_names=("unit",),
        compressors=ZstdCodec(level=5),
        config={"write_empty_chunks": True},
    )
    array[...] = names


def set_length(folder: Path, path: str, steps: int) -> None:
    """Say in the metadata of an array how many steps it holds, without a look at its chunks."""
    document = folder / path / "zarr.json"
    metadata = json.loads(document.read_text(encoding="utf-8"))
    if metadata["shape"][0] != steps:
        metadata["shape"][0] = steps
        document.write_text(json.dumps(metadata, indent=2), encoding="utf-8")
