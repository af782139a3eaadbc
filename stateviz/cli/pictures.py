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


def limits(text: str | None) -> dict[str, Any]:
    """What ``heatmap`` takes for --limits.

    Examples
    --------
    >>> limits("-1:1"), limits(":2.5"), limits("full"), limits(None)
    ({'vmin': -1.0, 'vmax': 1.0}, {'vmax': 2.5}, {'robust': False}, {})
    """
    if text is None:
        return {}
    if text.strip() == "full":
        return {"robust": False}
    low, colon, high = text.replace(",", ":").partition(":")
    try:
        found = {name: float(end) for name, end in (("vmin", low), ("vmax", high)) if end.strip()}
    except ValueError:
        found = {}
    if not (colon and found):
        raise InputError(f"--limits is {text!r}; give LOW:HIGH, such as -1:1, or full")
    return found


@contextmanager
def ticking(stage: str, **known: Any) -> Iterator[None]:
    """Progress of work that cannot say how far it is: what it is on, and the seconds that pass.

    Examples
    --------
    >>> with ticking("draw", count=12, unit="cells"):
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
