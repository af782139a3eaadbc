"""See, order, print and explain what a sequence model's hidden state does.

Every name below loads on first use, so that ``import stateviz`` costs nothing and only what needs torch loads it.

Examples
--------
>>> import numpy as np
>>> import stateviz as sv
>>> states = np.random.default_rng(0).random((12, 40)) < 0.5
>>> found = sv.order(states)
>>> found.proven
True
>>> sv.rasterize(found.apply(sv.load_states(states))).shape
(12, 40)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stateviz.core.version import __version__

if TYPE_CHECKING:
    from stateviz.core.errors import (
        FileError,
        InputError,
        MismatchError,
        MissingExtraError,
        StatevizError,
        UnknownNameError,
    )
    from stateviz.core.orders import Ordering
    from stateviz.core.sheets import Medium, Palette, PixelGrid, Sheet
    from stateviz.core.states import Recording, StateMatrix
    from stateviz.core.statistics import Accumulator, Statistics
    from stateviz.models import load_model, sample, train
    from stateviz.ordering import CRITERIA, compare, order, rank_agreement, stability
    from stateviz.plotting import heatmap
    from stateviz.printing.layout import layout
    from stateviz.recording import Unrolled, record, record_steps, sites
    from stateviz.rendering import rasterize, write
    from stateviz.reporting.correlations import correlate
    from stateviz.storage import (
        RecordingWriter,
        export_states,
        load_states,
        open_recording,
        open_statistics,
        read_order,
        save_recording,
        save_statistics,
        shipped_recording,
        write_order,
    )

_HOMES = {
    "stateviz.models": ("train", "sample", "load_model"),
    "stateviz.recording": ("record", "record_steps", "sites", "Unrolled"),
    "stateviz.ordering": ("order", "compare", "CRITERIA", "stability", "rank_agreement"),
    "stateviz.reporting.correlations": ("correlate",),
    "stateviz.rendering": ("rasterize", "write"),
    "stateviz.plotting": ("heatmap",),
    "stateviz.printing.layout": ("layout",),
    "stateviz.storage": (
        "load_states",
        "open_recording",
        "save_recording",
        "shipped_recording",
        "read_order",
        "write_order",
        "RecordingWriter",
        "export_states",
        "open_statistics",
        "save_statistics",
    ),
    "stateviz.core.statistics": ("Statistics", "Accumulator"),
    "stateviz.core.states": ("StateMatrix", "Recording"),
    "stateviz.core.orders": ("Ordering",),
    "stateviz.core.sheets": ("PixelGrid", "Palette", "Medium", "Sheet"),
    "stateviz.core.errors": (
        "StatevizError",
        "InputError",
        "UnknownNameError",
        "FileError",
        "MismatchError",
        "MissingExtraError",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    # verbs
    "record",
    "record_steps",
    "sites",
    "Unrolled",
    "order",
    "compare",
    "stability",
    "rank_agreement",
    "correlate",
    "rasterize",
    "heatmap",
    "layout",
    "write",
    "train",
    "sample",
    # files
    "load_model",
    "load_states",
    "open_recording",
    "save_recording",
    "shipped_recording",
    "read_order",
    "write_order",
    "RecordingWriter",
    "export_states",
    "open_statistics",
    "save_statistics",
    # nouns
    "StateMatrix",
    "Recording",
    "Statistics",
    "Accumulator",
    "Ordering",
    "PixelGrid",
    "Palette",
    "Medium",
    "Sheet",
    # tables
    "CRITERIA",
    # errors
    "StatevizError",
    "InputError",
    "UnknownNameError",
    "FileError",
    "MismatchError",
    "MissingExtraError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'stateviz' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value  # the next use is a plain look-up
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
