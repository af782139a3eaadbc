"""Noun: what every frozen noun can do: be pickled, copied, compared by content and shown in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from stateviz.core.html import notebook_html

Key = TypeVar("Key")
Value = TypeVar("Value")


class FrozenDict(dict[Key, Value]):
    """A dict that refuses to change; JSON, pickle and ``copy.deepcopy`` take it as any other.

    Examples
    --------
    >>> held = FrozenDict({"model": "m"})
    >>> held == {"model": "m"}
    True
    >>> held["model"] = "n"
    Traceback (most recent call last):
    ...
    TypeError: this mapping is read-only; make a dict of it first
    """

    def _refuse(self) -> NoReturn:
        raise TypeError("this mapping is read-only; make a dict of it first")

    def __setitem__(self, key: Key, value: Value) -> NoReturn:
        self._refuse()

    def __delitem__(self, key: Key) -> NoReturn:
        self._refuse()

    def __ior__(self, *args: Any) -> NoReturn:  # type: ignore[misc]
        self._refuse()

    def update(self, *args: Any, **more: Any) -> NoReturn:
        """Refused."""
        self._refuse()

    def setdefault(self, *args: Any) -> NoReturn:
        """Refused."""
        self._refuse()

    def pop(self, *args: Any) -> NoReturn:
        """Refused."""
        self._refuse()

    def popitem(self) -> NoReturn:
        """Refused."""
        self._refuse()

    def clear(self) -> NoReturn:
        """Refused."""
        self._refuse()

    def __reduce__(self) -> tuple[type, tuple[dict[Key, Value]]]:
        return type(self), (dict(self),)


class Noun:
    """Base of the frozen nouns.

    A subclass is a frozen dataclass (with ``eq=False``, ``repr=False``), or keeps its parts by ``_hold``. Its arrays
    are read-only and its mappings are FrozenDicts; both come back so from a pickle.
    """

    _measured: ClassVar[tuple[str, ...]] = ()
    """Parts that differ each time, such as seconds, and are no part of the content."""

    def _hold(self, **parts: object) -> None:
        """Set parts, which ``__init__`` or ``__post_init__`` alone may do."""
        for name, part in parts.items():
            object.__setattr__(self, name, part)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen; {name!r} cannot be deleted")

    def __setstate__(self, state: dict[str, object]) -> None:
        for part in state.values():
            for array in part.values() if isinstance(part, dict) else (part,):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False
        self.__dict__.update(state)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Noun) or type(other) is not type(self):
            return NotImplemented
        return same_content(self._content(), other._content())

    def __hash__(self) -> int:
        cheap = (part for part in self._content().values() if isinstance(part, str | int | float | tuple))
        return hash((type(self).__name__, *cheap))

    def _content(self) -> dict[str, object]:
        """The parts that are compared, and by which a noun is hashed where that is cheap."""
        return {name: part for name, part in vars(self).items() if name not in self._measured}

    def _repr_html_(self) -> str:
        return notebook_html(repr(self), self._facts(), self._picture())

    def _facts(self) -> Mapping[str, object]:
        """What a notebook lists below the name."""
        return {}

    def _picture(self) -> NDArray[np.uint8] | None:
        """Grey levels (height, width) or colours (height, width, 3) that a notebook shows, if any."""
        return None


def same_content(one: object, other: object) -> bool:
    """Whether two parts of nouns hold the same; NaN equals NaN, and arrays of other dtypes differ.

    Examples
    --------
    >>> same_content({"a": np.array([1.0, np.nan])}, {"a": np.array([1.0, np.nan])})
    True
    """
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)) or one.dtype != other.dtype:
            return False
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_content(part, other[key]) for key, part in one.items())
    return bool(one == other)
