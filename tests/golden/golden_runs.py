"""Where the inputs of the golden files lie, and stateviz run on them by its public face."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import golden_dumps as dumps

from stateviz.cli import main

HERE = Path(__file__).parent
FILES = HERE / "files"
BINARY, REAL, HOLES, DISTANCES = (
    str(HERE / "inputs" / f"{name}.csv") for name in ("binary", "real", "holes", "distances")
)
WORDS = "In the beginning was the Word"

Content = Mapping[str, str | bytes]
"""File names and what is in them."""


def run(*words: str, code: int = 0) -> str:
    """What ``stateviz WORDS`` says on stdout."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        ended = main(list(words))
    assert ended == code, f"stateviz {' '.join(words)} ended with {ended}: {err.getvalue()}"
    return out.getvalue()


def order_text(path: str = "order.json") -> str:
    """An order.json without the time it took, the one field that differs from run to run."""
    body = json.loads(Path(path).read_text(encoding="utf-8"))
    assert body["seconds"] >= 0
    return dumps.json_text(body | {"seconds": 0.0})
