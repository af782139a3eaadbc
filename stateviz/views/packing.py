"""Numbers as they stand in a page: levels of few bits, deflated, in base64."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.core.values import States


@dataclass(frozen=True)
class Levels:
    """How real values become whole numbers of ``bits`` bits, and back: ``low + level * step``.

    Zero is one of the levels where values lie on both sides of it, so that it keeps its colour.

    Parameters
    ----------
    low, step
        The value of level 0, and from one level to the next.
    bits
        1 of binary states, which are exact.

    Examples
    --------
    >>> scale = Levels.over(-1.0, 1.0, 6)
    >>> scale.error <= 2 / 63, scale.low + 31 * scale.step
    (True, 0.0)
    >>> scale.of(np.array([-1.0, 0.0, 1.0])).tolist()
    [0, 31, 62]
    """

    low: float
    step: float
    bits: int

    @classmethod
    def over(cls, low: float, high: float, bits: int) -> Levels:
        """Levels from ``low`` to ``high``, both finite."""
        if low == high:
            return cls(low, 1.0, bits)
        step = (high - low) / ((1 << bits) - 2)
        return cls(-math.ceil(-low / step - 1e-9) * step if low < 0 < high else low, step, bits)

    @property
    def count(self) -> int:
        """How many levels there are."""
        return 1 << self.bits

    @property
    def error(self) -> float:
        """How far a value can be from what is shown for it."""
        return 0.0 if self.bits == 1 else self.step / 2

    def of(self, values: States) -> NDArray[np.uint8]:
        """The level of each value."""
        levels = np.rint((values.astype(np.float64) - self.low) / self.step)
        return np.clip(levels, 0, self.count - 1).astype(np.uint8)


def pack(levels: NDArray[np.uint8], bits: int) -> bytes:
    """Rows of levels, eight to a byte (1 bit), two (to 4 bits) or one; each row begins a byte.

    Examples
    --------
    >>> pack(np.array([[1, 0, 1]], np.uint8), 1), pack(np.array([[1, 15, 2]], np.uint8), 4)
    (b'\\xa0', b'\\x1f ')
    """
    if bits == 1:
        return np.packbits(levels, axis=1).tobytes()
    if bits > 4:
        return levels.tobytes()
    even = np.pad(levels, ((0, 0), (0, levels.shape[1] % 2)))
    return (even[:, ::2] << 4 | even[:, 1::2]).astype(np.uint8).tobytes()


def deflated(data: bytes, *, quick: bool = False) -> str:
    """Bytes as a page holds them: raw deflate, then base64."""
    squeeze = zlib.compressobj(6 if quick else 9, zlib.DEFLATED, -15)
    return base64.b64encode(squeeze.compress(data) + squeeze.flush()).decode("ascii")


def mean_columns(values: States, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of each row between one edge and the next.

    Examples
    --------
    >>> mean_columns(np.array([[1.0, 3.0, 5.0]], np.float32), np.array([0, 2, 3])).tolist()
    [[2.0, 5.0]]
    """
    sums = np.add.reduceat(values.astype(np.float64), edges[:-1], axis=1)
    means: NDArray[np.float64] = sums / np.diff(edges)
    return means
