"""Chunks as they lie on disk, looked at before a decoder gets them."""

from __future__ import annotations

from functools import cache
from typing import Any

from stateviz.core.errors import FileError
from stateviz.storage.limits import check_growth

GUARDED = frozenset(("BytesCodec", "VLenUTF8Codec", "BloscCodec", "ZstdCodec"))
"""What chunks are packed by whose size is known before they are unpacked."""
SMALLEST_CHUNK = 9
"""Bytes of a frame of zstd that holds nothing; those of the Blosc library have more."""
_HEADER = 18
_ZSTD = b"\x28\xb5\x2f\xfd"


def guarded(store: Any) -> Any:
    """``store`` (of zarr), which hands out no chunk that would make the Blosc library read or write where it must not.

    The library believes the sizes in a chunk's header; a damaged one would end the process.
    """
    return _guard()(store)


def check_chunk(key: str, content: bytes, size: int) -> None:
    """Raise FileError when the Blosc header of a chunk of ``size`` bytes does not describe it.

    Bytes 4 to 8 of a header say how long the chunk is when it is unpacked, bytes 12 to 16 how long it is now
    (c-blosc, README_CHUNK_FORMAT). A chunk of text is packed by zstd, whose frame says it, too.

    Parameters
    ----------
    content
        The first bytes of the chunk, 18 where there are so many.

    Examples
    --------
    >>> check_chunk("h/states/c.0.0", bytes((2, 1, 0, 4, 8, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0, 0)), 24)
    """
    if content.startswith(_ZSTD):
        unpacked = _frame_size(content)
        if unpacked is None:
            raise FileError(f"is damaged: chunk {key} does not say its size")
    else:
        unpacked, packed = (int.from_bytes(content[at : at + 4], "little") for at in (4, 12))
        if len(content) < 16 or packed != size:
            raise FileError(f"is damaged: chunk {key} does not have the size it claims")
    check_growth(f"is damaged: chunk {key}", unpacked, size)


def _frame_size(content: bytes) -> int | None:
    """What a frame of zstd says that it unpacks to (RFC 8878, 3.1.1.1); None where it does not."""
    described = content[4]
    single, flag, dictionary = described >> 5 & 1, described >> 6, (0, 1, 2, 4)[described & 3]
    width = (single, 2, 4, 8)[flag]
    start = 5 + (1 - single) + dictionary
    field = content[start : start + width]
    return None if not width or len(field) < width else int.from_bytes(field, "little") + 256 * (width == 2)


@cache
def _guard() -> Any:
    from zarr.storage import WrapperStore

    async def get(self: Any, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await self._store.get(key, prototype, byte_range)
        name = key.rpartition("/")[2]
        # The keys of metadata end in .json, those of chunks in numbers.
        if found is not None and byte_range is None and name[-1:].isdigit():
            content = found.as_numpy_array()
            check_chunk(key, content[:_HEADER].tobytes(), len(content))
        return found

    return type("Guard", (WrapperStore,), {"get": get})
