"""The pixels of a TIFF strip by strip, so that memory holds a strip and never the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.rendering.writers.tiff import unpack

_CHANNELS = {(2, 3): 3, (2, 4): 4, (5, 4): 4}
"""(photometric interpretation, samples a pixel) -> samples; those of RGB with transparency are four."""


def strip_rows(path: Path, tags: Any) -> Callable[[], Iterator[NDArray[np.uint8]]] | None:
    """What yields the rows of a TIFF, each of shape (width, channels), by its tags; None where it is no plain one.

    Plain are 8 bits a channel, RGB or inks, the channels of a pixel together, in strips that are not packed, or by
    Deflate or LZW.
    """
    width, height, kind, samples = (int(tags.get(tag, 1)) for tag in (256, 257, 262, 277))
    code, layout, predictor = int(tags.get(259, 1)), int(tags.get(284, 1)), int(tags.get(317, 1))
    offsets, sizes, tall = tags.get(273, ()), tags.get(279, ()), min(int(tags.get(278, height)), height)
    plain = (
        (kind, samples) in _CHANNELS
        and set(tags.get(258, ())) == {8}
        and code in (1, 5, 8, 32946)
        and layout == 1
        and predictor in (1, 2)
        and set(tags.get(339, (1,))) == {1}
        and int(tags.get(274, 1)) == 1
        and 322 not in tags
        and min(width, height, tall) > 0
        and len(offsets) == len(sizes) == -(-height // max(tall, 1))
    )
    if not plain:
        return None

    def rows() -> Iterator[NDArray[np.uint8]]:
        with open(path, "rb") as file:
            for index, (offset, size) in enumerate(zip(offsets, sizes, strict=True)):
                count = min(tall, height - index * tall)
                file.seek(offset)
                data = unpack(code, file.read(size), width * samples, count)
                if len(data) != width * samples * count:
                    raise FileError(f"{path} is damaged: a strip of its pixels ends early")
                strip = np.frombuffer(data, np.uint8).reshape(count, width, samples)
                whole = strip if predictor == 1 else np.cumsum(strip, axis=1, dtype=np.uint8)
                yield from whole if kind == 5 else whole[..., :3]

    return rows
