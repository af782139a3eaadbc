"""Packages that only some file formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from stateviz.core.errors import MissingExtraError


def extra(module: str, package: str, ending: str) -> Any:
    """The module, or an error that says how to install it.

    Examples
    --------
    >>> extra("no_such_module", "no-such", ".xyz")
    Traceback (most recent call last):
    ...
    stateviz.core.errors.MissingExtraError: .xyz files need no-such; install it with: pip install no-such
    """
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError(f"{ending} files need {package}; install it with: pip install {package}") from None
