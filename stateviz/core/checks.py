"""Checks of arguments that several verbs share."""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from stateviz.core.errors import InputError

_LARGEST_SEED = 2**63 - 1


def check_seed(seed: Any) -> int:
    """``seed`` as an int from 0 to 2**63 - 1, or an InputError.

    Examples
    --------
    >>> check_seed(7)
    7
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed <= _LARGEST_SEED:
        raise InputError(f"seed is {seed!r}; give a whole number from 0 to 2**63 - 1")
    return int(seed)


def check_whole(name: str, value: Any, least: int = 1) -> int:
    """``value`` as an int that is ``least`` or more, or an InputError that names it.

    Examples
    --------
    >>> check_whole("chunk", 512)
    512
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name} is {value!r}; give a whole number, {least} or more")
    return int(value)


def check_real(name: str, value: Any, *, above: float = 0.0, inclusive: bool = False) -> float:
    """``value`` as a finite float above a limit (or equal to it, where ``inclusive``), or an InputError that names it.

    Examples
    --------
    >>> check_real("temperature", 0, inclusive=True)
    0.0
    """
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not (value >= above if inclusive else value > above):
        wanted = f"{above:g} or more" if inclusive else f"above {above:g}"
        raise InputError(f"{name} is {value!r}; give a number {wanted}")
    return float(value)


def check_takes(function: Callable[..., object], what: str, form: str, *given: object, **named: object) -> None:
    """Raise InputError where a user's ``function`` cannot be called with these arguments, as ``form`` has it.

    Examples
    --------
    >>> check_takes(lambda states: states, "a metric", "square(states, flip)", None, False)
    Traceback (most recent call last):
    ...
    stateviz.core.errors.InputError: a metric is called as square(states, flip), and <lambda>: too many positional...
    """
    try:
        signature(function).bind(*given, **named)
    except TypeError as error:
        name = getattr(function, "__name__", type(function).__name__)
        raise InputError(f"{what} is called as {form}, and {name}: {error}") from None
    except ValueError:
        return  # a function of C says nothing of what it takes
