"""The table of golden cases: a folder of files each, made by one function."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import chdir
from tempfile import TemporaryDirectory

import golden_orders
import golden_prints
import golden_recordings
from golden_runs import Content

CASES: dict[str, Callable[[], Content]] = {
    case.__name__: case
    for case in (
        golden_orders.orders,
        golden_orders.methods,
        golden_orders.large,
        golden_orders.comparison,
        golden_orders.correlations,
        golden_recordings.recordings,
        golden_recordings.models,
        golden_recordings.conversions,
        golden_prints.plans,
        golden_prints.sheets,
        golden_prints.pictures,
        golden_prints.formats,
        golden_prints.captions,
        golden_prints.preflights,
    )
}


def content(case: str) -> dict[str, bytes]:
    """The files of a case, made anew in a folder that is gone afterwards."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with TemporaryDirectory() as folder, chdir(folder):
        files = CASES[case]()
    return {name: value.encode() if isinstance(value, str) else value for name, value in files.items()}
