"""What is said where memory runs out."""

from __future__ import annotations

import re

# How torch says that a tensor is too large for what there is, or for any machine.
_OF_TORCH = re.compile(
    r"can't allocate memory|out of memory|not enough memory|storage size calculation overflowed|"
    r"(numel|size|stride) .*overflow|invalid argument .*exceeds|Tried to allocate",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"allocate ([\d,.]+ ?(?:[KMGT]i?B|bytes))")


def out_of_memory(error: BaseException) -> str | None:
    """What to say of an error that means too little memory, and what to do; None of any other.

    Examples
    --------
    >>> out_of_memory(MemoryError())[:40]
    'there is not enough memory for this; mak'
    >>> out_of_memory(RuntimeError("expected a tensor")) is None
    True
    """
    if not (isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _OF_TORCH.search(str(error)))):
        return None
    asked = _AMOUNT.search(str(error))
    amount = f" ({asked[1]} more were asked for)" if asked else ""
    return (
        f"there is not enough memory for this{amount}; make it smaller (fewer units, a lower dpi, --steps A:B), or "
        "close other programs"
    )
