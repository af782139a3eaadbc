"""PhraseIndex: which units are on at each step, a bit a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix

Words = NDArray[np.uint64]
_PACKED = 2**18  # steps that are packed at once
_COUNTED = 2**15  # and that are counted at once: what stays in the cache of a processor
_SETS = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


class PhraseIndex:
    """Which units are on at each step, a bit a unit; built in one pass, and kept for the next phrase.

    Examples
    --------
    >>> PhraseIndex.of(StateMatrix([[0, 1], [1, 1]]), 0.5).words.tolist()
    [[2], [3]]
    """

    def __init__(
        self, words: Words, units: tuple[int | str, ...], site: str, threshold: float, firsts: NDArray[np.int64]
    ):
        self.words, self.units, self.site, self.threshold, self.firsts = words, units, site, threshold, firsts

    @classmethod
    def of(cls, source: Recording | StateMatrix, threshold: float, site: str | None = None) -> PhraseIndex:
        """The index of one site."""
        if isinstance(source, Recording):
            name = source.only(site)
            rows, steps = source.shape(name)
            head = source.select(name, steps=slice(0, 1))
            firsts = np.flatnonzero(source.boundaries)
            blocks = ((at, values.T) for at, values in _placed(source.blocks(name, steps=_PACKED)))
        else:
            (rows, steps), head, firsts = source.shape, source, np.array([0, *source.column_breaks], np.int64)
            blocks = ((at, source.values[:, at : at + _PACKED]) for at in range(0, steps, _PACKED))
        words = np.zeros((steps, -(-rows // 64)), np.uint64)
        for at, values in blocks:
            bits = np.packbits((values > threshold).T, axis=1, bitorder="little")
            padded = np.zeros((len(bits), words.shape[1] * 8), np.uint8)
            padded[:, : bits.shape[1]] = bits
            words[at : at + len(bits)] = padded.view("<u8")
        return cls(words, head.units, head.site, threshold, firsts)

    def shared(self, chosen: Words, length: int) -> NDArray[np.int64]:
        """How many of the ``chosen`` units are on over ``length`` steps, from each step on."""
        used = np.flatnonzero(chosen)  # words without a chosen unit say nothing
        count = len(self.words) - length + 1
        found = np.empty(count, np.int64)
        for at in range(0, count, _COUNTED):
            on = self.words[at : at + _COUNTED + length - 1, used] & chosen[used]
            have = 1
            while have < length:
                more = min(have, length - have)
                on = on[: len(on) - more] & on[more:]
                have += more
            found[at : at + _COUNTED] = bits(on[: count - at])
        return found

    def at(self, starts: NDArray[np.int64], length: int) -> Words:
        """The same at some steps alone."""
        found = self.words[starts]
        for step in range(1, length):
            found &= self.words[starts + step]
        return found


def _placed(blocks: Any) -> Any:
    at = 0
    for values in blocks:
        yield at, values
        at += len(values)


def bits(words: Words) -> NDArray[np.int64]:
    """How many bits are set in each row."""
    if hasattr(np, "bitwise_count"):  # NumPy 2
        return np.asarray(np.bitwise_count(words).sum(axis=1, dtype=np.int64))
    return np.asarray(_SETS[np.ascontiguousarray(words).view(np.uint8)].sum(axis=1, dtype=np.int64))
