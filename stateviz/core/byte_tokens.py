"""Text as bytes: UTF-8, one token a byte, for models that read bytes."""

from __future__ import annotations

from stateviz.core.errors import InputError

BYTES = tuple(chr(i) if i < 128 else f"\\x{i:02x}" for i in range(256))
"""The vocabulary of a model that reads bytes; an id is a byte."""


def byte_tokens(text: str) -> tuple[list[str], bytes]:
    """The tokens of a text and its bytes.

    A character of several bytes is the token of its last byte, and the bytes before have empty ones: put together, the
    tokens are the text.

    Examples
    --------
    >>> byte_tokens("a\\u00e9")
    (['a', '', 'é'], b'a\\xc3\\xa9')
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds half a character ({text[error.start]!r}); decode it first") from None
    if len(data) == len(text):
        return list(text), data
    return [piece for c in text for piece in [""] * (len(c.encode("utf-8")) - 1) + [c]], data
