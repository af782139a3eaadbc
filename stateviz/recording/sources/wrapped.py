"""Models inside something that makes them faster or portable: the model itself is what is recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def unwrapped(model: Any) -> Any:
    """The module that torch.compile was given, or the one that an exported program holds; else ``model``.

    Examples
    --------
    >>> import torch
    >>> unwrapped(torch.export.export(torch.nn.Linear(1, 2), (torch.zeros(1, 1),)))(torch.zeros(1, 1)).shape
    torch.Size([1, 2])
    """
    while hasattr(model, "_orig_mod"):
        model = model._orig_mod
    if type(model).__module__.startswith("torch.export") and type(model).__name__ == "ExportedProgram":
        return model.module()
    return model


@contextmanager
def uncompiled() -> Iterator[None]:
    """What is compiled inside a model runs as it was written: hooks would have it compiled anew, and again."""
    if "torch._dynamo" not in sys.modules:  # nothing was compiled
        yield
        return
    import torch

    with torch.compiler.set_stance("force_eager"):
        yield
