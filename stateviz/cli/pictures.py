"""What the verbs that draw share: where the colours end, how large a picture is, and the seconds it takes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any

from stateviz.cli import common
from stateviz.core.errors import InputError


def add_limits(parser: argparse.ArgumentParser) -> None:
    """--limits, where the colours of real states end."""
    parser.add_argument(
        "--limits",
        metavar="LOW:HIGH|full",
        help="real states only: the values where the colours end, either may be left out; full: the least and the "
        "largest (default: the 2nd and 98th percentile, with a note of how many cells lie beyond)",
    )


def limits(text: str | None) -> tuple[float | None, float | None] | str | None:
    """What ``view`` takes for --limits.

    Examples
    --------
    >>> limits("-1:1"), limits(":2.5"), limits("full"), limits(None)
    ((-1.0, 1.0), (None, 2.5), 'full', None)
    """
    if text is None or text.strip() == "full":
        return None if text is None else "full"
    low, colon, high = text.replace(",", ":").partition(":")
    try:
        found = tuple(float(end) if end.strip() else None for end in (low, high))
    except ValueError:
        found = (None, None)
    if not colon or found == (None, None):
        raise InputError(f"--limits is {text!r}; give LOW:HIGH, such as -1:1, or full")
    return found[0], found[1]


@contextmanager
def ticking(stage: str, **known: Any) -> Iterator[None]:
    """Progress of work that cannot say how far it is: what it is on, and the seconds that pass.

    Examples
    --------
    >>> with ticking("view", count=12, unit="cells"):
    ...     pass
    """
    from stateviz.core.progress import Progress

    with common.watching() as show:
        if show is None:
            yield
            return
        done, start = Event(), monotonic()

        def tell() -> None:
            show(Progress(stage, **known, seconds=monotonic() - start))
            while not done.wait(0.5):
                show(Progress(stage, **known, seconds=monotonic() - start))

        teller = Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            done.set()
            teller.join()
