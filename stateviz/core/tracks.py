"""Tracks: what is known of each step of a recording beside its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.noun import FrozenDict
from stateviz.core.table import unknown
from stateviz.core.values import as_array

TRACKS = {"surprisal": "float32", "entropy": "float32", "top_ids": "int32", "top_probabilities": "float32"}
"""What predictions leave of each step, and in which dtype it is kept."""
WIDE_TRACKS = ("top_ids", "top_probabilities")
"""Tracks of several numbers a step, most probable first; they come together."""

Track = NDArray[np.generic]


class Tracks(FrozenDict[str, Track]):
    """The tracks of a recording in memory; a name that is none says which there are.

    Examples
    --------
    >>> Tracks({"entropy": np.zeros(2)})["entrpy"]
    Traceback (most recent call last):
    ...
    stateviz.core.errors.UnknownNameError: unknown track 'entrpy'; choose from entropy (did you mean 'entropy'?)
    """

    def __missing__(self, name: str) -> NoReturn:
        known_track(name, self)
        raise KeyError(name)


def known_track(name: str, tracks: Mapping[str, object]) -> str:
    """``name``, once it is known to be one of ``tracks``."""
    if name in tracks:
        return name
    if not tracks:
        raise UnknownNameError(f"there is no track {name!r}: the recording has none (with_tracks adds some)")
    raise UnknownNameError(unknown("track", name, dict.fromkeys(tracks)))


def coerce_tracks(tracks: Mapping[str, ArrayLike], steps: int) -> Tracks:
    """``tracks`` copied, checked and read-only; those of TRACKS in their dtype, all others in the one they came in.

    Parameters
    ----------
    tracks : mapping of str to array, shape (steps,) or (steps, any)
    steps
        How many there are.

    Raises
    ------
    InputError
        When a track has another shape, holds no numbers, or comes without the other it belongs to.

    Examples
    --------
    >>> coerce_tracks({"entropy": [1, 2], "depth": [0, 1]}, 2)["entropy"].dtype.name
    'float32'
    """
    lone = [name for name in WIDE_TRACKS if name in tracks]
    if len(lone) == 1:
        raise InputError("top_ids and top_probabilities belong together; give both or neither")
    result = Tracks({name: _track(name, track, steps) for name, track in tracks.items()})
    if lone and result["top_ids"].shape != result["top_probabilities"].shape:
        shapes = " and ".join(str(result[name].shape) for name in WIDE_TRACKS)
        raise InputError(
            f"top_ids and top_probabilities have shapes {shapes}; expected ({steps}, k), the same k for both"
        )
    return result


def _track(name: object, given: ArrayLike, steps: int) -> Track:
    if not isinstance(name, str) or not name:
        raise InputError(f"a track is named {name!r}; give it a name of one character or more")
    came = as_array(given)
    track: Track = np.array(came, None if came.dtype.kind == "c" else TRACKS.get(name))
    if name in WIDE_TRACKS:
        fits, wanted = track.ndim == 2, f"({steps}, k), the same k for both"
    elif name in TRACKS:
        fits, wanted = track.ndim == 1, f"({steps},)"
    else:
        fits, wanted = track.ndim in (1, 2), f"({steps},) or ({steps}, k)"
    if not fits or len(track) != steps or not track.size:
        raise InputError(f"{name} has shape {track.shape}; expected {wanted}")
    if track.dtype.kind not in "biuf" or track.dtype.itemsize > 8:
        raise InputError(f"{name} holds {track.dtype}; numbers of 8 bytes or less were expected")
    track = track.astype(track.dtype.newbyteorder("="), copy=False)
    track.flags.writeable = False
    return track


def joined_tracks(before: Mapping[str, ArrayLike], more: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
    """The tracks there are and those that a user adds, which take the place of others of the same name.

    Raises
    ------
    InputError
        When ``more`` is no mapping.
    """
    if not isinstance(more, Mapping):
        raise InputError(f"tracks is {type(more).__name__}; give a mapping from names to arrays over the steps")
    return {**before, **more}
