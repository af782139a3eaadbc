"""Adapters: one a file, and one row in SOURCES, most specific first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from stateviz.core.errors import InputError
from stateviz.core.protocols import Recordable
from stateviz.core.table import Table
from stateviz.recording.sources.base import Options, Part, Sites, Source
from stateviz.recording.sources.cells import CellSource
from stateviz.recording.sources.celltaps import is_cell
from stateviz.recording.sources.character import CharacterSource
from stateviz.recording.sources.functions import FunctionSource, Steps
from stateviz.recording.sources.huggingface import HuggingFaceSource
from stateviz.recording.sources.modules import ModuleSource
from stateviz.recording.sources.taps import is_stock

__all__ = ["SOURCES", "Adapter", "Options", "Part", "Sites", "Source", "Steps", "source_of"]


@dataclass(frozen=True)
class Adapter:
    """A row of SOURCES.

    Parameters
    ----------
    accepts
        ``accepts(model)``: whether it can record the model.
    open
        ``open(model, options)``: the model as the recorder sees it.
    description
        One line for lists.
    """

    accepts: Callable[[object], bool]
    open: Callable[[Any, Options], Source]
    description: str


def _holds(model: object, test: Callable[[nn.Module], bool]) -> bool:
    return isinstance(model, nn.Module) and any(map(test, model.modules()))


SOURCES: Table[Adapter] = Table(
    "source",
    {
        "character": Adapter(
            lambda model: isinstance(model, Recordable), CharacterSource, "character models of stateviz, every cell"
        ),
        "huggingface": Adapter(
            HuggingFaceSource.accepts,
            HuggingFaceSource,
            "transformers models with their tokenizer: residual stream, attention, neurons, recurrent states",
        ),
        "cells": Adapter(
            CellSource.accepts, CellSource, "cells that make one step: torch's, and one's own through Unrolled"
        ),
        "recurrent": Adapter(
            lambda model: _holds(model, is_stock),
            ModuleSource,
            "nn.RNN, nn.GRU, nn.LSTM anywhere in a module: h, c and every gate of each layer and direction",
        ),
        "looped-cells": Adapter(
            lambda model: _holds(model, is_cell),
            ModuleSource,
            "nn.RNNCell, nn.GRUCell, nn.LSTMCell that a module loops over: h, c and every gate",
        ),
        "modules": Adapter(
            lambda model: isinstance(model, nn.Module), ModuleSource, "what any named part of a module gives"
        ),
        "functions": Adapter(
            lambda model: isinstance(model, Steps), FunctionSource, "plain functions, by record_steps"
        ),
    },
)


def source_of(model: object, options: Options) -> Source:
    """The first adapter that takes ``model``."""
    for row in SOURCES.values():
        if row.accepts(model):
            return row.open(model, options)
    raise InputError(
        f"cannot record a {type(model).__name__}; give a stateviz CharModel (sv.load_model or sv.train), a torch "
        "module, or a function through record_steps"
    )
