"""n-grams on disk: a safetensors file of small whole numbers, made of counts and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.models.ngrams.counting import Level

FORMAT = "stateviz-ngram-1"


def write_levels(
    path: str | Path, vocabulary: Sequence[str], levels: Sequence[Level], facts: Mapping[str, Any], *, overwrite: bool
) -> Path:
    """Write the n-grams of each order: how many follow each context, their last symbols, and their counts."""
    from safetensors.numpy import save

    from stateviz.storage.atomic import atomic

    arrays: dict[str, NDArray[Any]] = {}
    for length, level in enumerate(levels, 1):
        parts = {
            "followers": np.diff(level.starts),
            "symbols": level.symbols,
            "counts": level.counts,
            "continuations": level.continuations,
        }
        arrays |= {f"order{length}.{name}": _small(values) for name, values in parts.items()}
    metadata = {FORMAT: json.dumps({"vocabulary": list(vocabulary), **facts}, sort_keys=True)}  # one key: bytes repeat
    with atomic(path, overwrite=overwrite) as beside:
        beside.write_bytes(save(arrays, metadata))
    return Path(path)


def read_levels(arrays: Mapping[str, NDArray[Any]], size: int) -> tuple[Level, ...]:
    """The levels that were written, checked.

    Raises
    ------
    ValueError
        When they do not fit together.
    """
    levels: list[Level] = []
    contexts = 1
    while f"order{len(levels) + 1}.symbols" in arrays:
        found = {
            name: arrays[f"order{len(levels) + 1}.{name}"]
            for name in ("followers", "symbols", "counts", "continuations")
        }
        symbols, followers = found["symbols"].astype(np.int64), found["followers"].astype(np.int64)
        fits = len(followers) == contexts and followers.sum() == len(symbols) and len(symbols) and symbols.max() < size
        if not fits or any(len(found[name]) != len(symbols) for name in ("counts", "continuations")):
            raise ValueError(f"its n-grams of order {len(levels) + 1} do not follow from those of the order below")
        keys = np.repeat(np.arange(contexts, dtype=np.int64), followers) * size + symbols
        if (np.diff(keys) <= 0).any() or found["counts"].min() < 1:
            raise ValueError(f"its n-grams of order {len(levels) + 1} are not sorted, or were counted less than once")
        counts, after = (found[name].astype(np.int32) for name in ("counts", "continuations"))
        levels.append(Level(contexts, size, keys, counts, after))
        contexts = len(keys)
    if not levels or len(arrays) != 4 * len(levels):
        raise ValueError(f"it holds {len(arrays)} arrays, and four of each order were expected")
    return tuple(levels)


def _small(values: NDArray[Any]) -> NDArray[Any]:
    """As whole numbers of as few bytes as hold them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))
