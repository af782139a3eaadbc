"""Object references: ``package.module:name``, the words by which a command line names a function of the user's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import Any

from stateviz.core.errors import InputError


def is_reference(word: str) -> bool:
    """Whether ``word`` reads like ``package.module:name``, and no file of that name is there.

    Examples
    --------
    >>> is_reference("zoo.models:lstm"), is_reference("C:/verses.txt"), is_reference("verses.txt")
    (True, False, False)
    """
    module, colon, name = word.partition(":")
    reads_so = bool(colon) and name.isidentifier() and all(part.isidentifier() for part in module.split("."))
    return reads_so and not os.path.exists(word)


def resolve_reference(word: str) -> Callable[..., Any]:
    """The function that ``package.module:name`` names; the working directory is searched, too.

    Raises
    ------
    InputError
        When the module cannot be imported, or has no such function.
    """
    module, _, name = word.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found: object = getattr(import_module(module), name, None)
    except Exception as error:  # whatever a user's module raises
        raise InputError(
            f"cannot import {module!r} ({summary_of(error)}); name package.module:factory, as Python would import it"
        ) from error
    if not callable(found):
        raise InputError(f"module {module!r} has no function {name!r}; name package.module:factory")
    return found


def summary_of(error: Exception) -> str:
    """One line on an error of the user's code: what was raised, and in which line of which file."""
    frames = extract_tb(error.__traceback__)
    inside = len(frames) > 1 and not isinstance(error, (ImportError, SyntaxError))  # which say it themselves
    place = f"; {frames[-1].filename}, line {frames[-1].lineno}" if inside else ""
    first = (str(error).splitlines() or [""])[0][:160]
    return f"{type(error).__name__}: {first}{place}"
