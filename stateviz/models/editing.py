"""EditedModel: a character model whose states are changed on the way; the model itself stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from stateviz.core.errors import UnknownNameError
from stateviz.core.table import unknown as unknown_name
from stateviz.models.cells import CellRow, LayerState, Stack
from stateviz.models.cells.edited import Change, names_of, run_edited


class CellModel(Protocol):
    """What is read of a character model."""

    vocabulary: tuple[str, ...]
    provenance: dict[str, Any]
    cell: CellRow
    core: Stack

    @property
    def embedding(self) -> nn.Module:
        """What the core reads of a token."""

    @property
    def device(self) -> torch.device:
        """Where its weights are."""

    @property
    def reads_bytes(self) -> bool:
        """Whether its vocabulary are the 256 bytes."""

    def readout(self, states: Tensor) -> Tensor:
        """Logits from top-layer states."""

    def start(self, batch: int = 1) -> list[LayerState]:
        """The state before the first token."""

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Tensor]:
        """Tokens and ids."""


def sites_of(core: Stack, cell: CellRow, width: int) -> dict[str, int]:
    """Units of each site that can be changed: the states of every layer, and its inner values."""
    return {f"core.layer{k}.{name}": width for k, layer in enumerate(core.each()) for name in names_of(cell, layer)}


class EditedModel:
    """A character model with changed states: a LanguageModel that ``score`` and ``sample`` take.

    Parameters
    ----------
    model
        A CharModel, which stays as it is.
    changes
        From a site to ``change(values)``: what becomes of its values (batch, units), step by step.
    width
        Units a layer.

    Raises
    ------
    UnknownNameError
        When there is no such site.

    Examples
    --------
    >>> from stateviz.models import CharModel
    >>> model = CharModel("ab", cell="gru", width=4)
    >>> silent = model.edited({"core.layer0.h": torch.zeros_like})
    >>> logits, sites, _ = silent.collect(torch.tensor([[0], [1]]), silent.start(1))
    >>> float(sites["core.layer0.h"].abs().sum()), bool((logits[0] == logits[1]).all())
    (0.0, True)
    """

    def __init__(self, model: CellModel, changes: Mapping[str, Change], width: int) -> None:
        known = sites_of(model.core, model.cell, width)
        for site in changes:
            if site not in known:
                raise UnknownNameError(unknown_name("site", site, known))
        self._model, self._width = model, width
        self.changes = dict(changes)
        self._layers: list[dict[str, Change]] = [{} for _ in model.core.each()]
        for site, change in changes.items():
            layer, name = site.removeprefix("core.layer").split(".", 1)
            self._layers[int(layer)][name] = change

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The characters it knows."""
        return self._model.vocabulary

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the model comes from."""
        return self._model.provenance

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self._model.device

    @property
    def reads_bytes(self) -> bool:
        """Whether its vocabulary are the 256 bytes."""
        return self._model.reads_bytes

    def start(self, batch: int = 1) -> list[LayerState]:
        """The state before the first token, which no change is made to."""
        return self._model.start(batch)

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Tensor]:
        """Characters of a text and their ids."""
        return self._model.encode(text, unknown=unknown)

    def edit_sites(self) -> dict[str, int]:
        """Units of each site that can be changed further."""
        return sites_of(self._model.core, self._model.cell, self._width)

    def edited(self, changes: Mapping[str, Change]) -> EditedModel:
        """This model with more changes; of a site that is changed already, one after the other."""
        every = self.changes | {site: _both(self.changes.get(site), change) for site, change in changes.items()}
        return EditedModel(self._model, every, self._width)

    def collect(self, tokens: Tensor, state: list[LayerState]) -> tuple[Tensor, dict[str, Tensor], list[LayerState]]:
        """Logits, h by site, and the state to go on from, all as changed."""
        x, found, last = self._model.embedding(tokens), {}, []
        for k, (layer, before, changes) in enumerate(zip(self._model.core.each(), state, self._layers, strict=True)):
            if changes:
                x, after = run_edited(self._model.cell, layer, x, before, changes)
            else:
                x, after = layer(x, before)
            found[f"core.layer{k}.h"] = x
            last.append(after)
        return self._model.readout(x), found, last


def _both(first: Change | None, then: Change) -> Change:
    return then if first is None else lambda values: then(first(values))
