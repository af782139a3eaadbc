"""Hooks and taps on the parts of a module, which always go again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import jit, nn

from stateviz.recording.sources.celltaps import CellTap
from stateviz.recording.sources.outputs import OutputHook
from stateviz.recording.sources.taps import RecurrentTap

INPUT = " (input)"
"""Marks the name of a module whose input is watched; no module has a blank in its name."""
HEADS = " (heads)"
"""The same of one whose attention patterns are."""


@contextmanager
def hooked(
    model: nn.Module,
    hooks: Mapping[str, OutputHook],
    cells: Mapping[str, CellTap],
    taps: Mapping[str, RecurrentTap],
) -> Iterator[None]:
    """All of them at their places for the block."""
    modules = dict(model.named_modules())
    with ExitStack() as stack:
        for hook in hooks.values():
            if not isinstance(modules[hook.name], jit.ScriptModule):  # which takes none
                stack.callback(hook.attach(modules[hook.name]))
        for name, cell in cells.items():
            stack.callback(modules[name].register_forward_hook(cell, with_kwargs=True).remove)
        for tap in taps.values():
            stack.callback(_put_back, tap.module, tap.module.__dict__.get("forward"))
            tap.module.forward = tap.forward
        yield


def under(name: str, sites: dict[str, int]) -> dict[str, int]:
    """``sites`` with a module's name in front."""
    return {f"{name}.{rest}" if name else rest: units for rest, units in sites.items()}


def unreached(name: str) -> str:
    """Why nothing is known of a module."""
    return f"nothing was recorded from {name!r}: the forward pass never reached it"


def _put_back(module: nn.Module, before: Any) -> None:
    if before is None:
        module.__dict__.pop("forward", None)
    else:
        module.forward = before
