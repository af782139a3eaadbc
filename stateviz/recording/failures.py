"""What a model raises while it is run: told in one line, with what may be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stateviz.core.errors import InputError, StatevizError

FAILURES = (RuntimeError, ValueError, IndexError, TypeError, AttributeError, AssertionError, KeyError)
"""What a model raises that does not take what it was given in a trial."""


@contextmanager
def in_one_line(model: object, steps: int, *, windows: bool = False) -> Iterator[None]:
    """What ``model`` raises in the block, where it reads so many steps at once, as one line.

    Parameters
    ----------
    model
        Named in the message.
    steps
        Told in the message.
    windows
        Whether ``window=`` might help.

    Raises
    ------
    InputError
        In place of any other exception that is not of stateviz.
    """
    try:
        yield
    except (StatevizError, MemoryError):
        raise
    except Exception as error:
        hint = "; if it reads fewer at once, give window=" if windows else ""
        raise InputError(
            f"{type(model).__name__} failed over {steps} steps at once "
            f"({type(error).__name__}: {first_line(error)}){hint}"
        ) from error


def first_line(error: Exception) -> str:
    """The beginning of what an exception says; of TorchScript's, which begin with the code, the end."""
    lines = str(error).strip().splitlines() or [""]
    return lines[-1 if "TorchScript" in lines[0] else 0][:160]
