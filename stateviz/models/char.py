"""CharModel: characters in, a stack of recurrent cells, feed-forward blocks or none, and a head over characters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.core.byte_tokens import BYTES, byte_tokens
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.models.cells import CellRow, LayerState, Stack, cell_of
from stateviz.models.cells.edited import Change
from stateviz.models.corpus import encode
from stateviz.models.editing import EditedModel, sites_of
from stateviz.models.inputs import ONE_HOT, OneHot, inputs_of

FORMAT = "stateviz-char-model-1"
STARTS = ("learned", "zero")


class CharModel(nn.Module):
    """A character model with any row of CELLS as its core.

    Parameters
    ----------
    vocabulary : str or tuple of str
        The characters it knows, one symbol each.
    cell : str or CellRow
        A name of CELLS, or a row of one's own.
    width : int
        Units a layer.
    layers : int
        How many.
    blocks, hidden : int
        Feed-forward blocks (width -> hidden -> width, ReLU between) between core and head; with 0 the head reads the
        states themselves: a linear readout.
    embedding : int or "one-hot", optional
        What the core reads of a character: so many learned numbers, as many as the width by default, or one place a
        character that is 1 while all others are 0.
    tied : bool
        Whether the head's weights are those of the embedding, whose size is then the width.
    start : {"learned", "zero"}, optional
        The state before the first character; by default the cell's own (the binary and the highway cell learn it).
    provenance : mapping, optional
        Plain JSON values that travel with the weights: text digest, recipe, result.

    Raises
    ------
    UnknownNameError
        When CELLS has no such name.
    InputError
        When a size is no whole number of 1 or more (``blocks``: 0 or more), or two choices exclude each other.

    Examples
    --------
    >>> model = CharModel("ab", cell="gru", width=4)
    >>> model.sites()
    {'core.layer0.h': 4}
    >>> toy = CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    >>> sum(weights.numel() for weights in toy.parameters())
    29
    """

    def __init__(
        self,
        vocabulary: str | tuple[str, ...],
        *,
        cell: str | CellRow = "binary",
        width: int = 128,
        layers: int = 1,
        blocks: int = 2,
        hidden: int = 512,
        embedding: int | str | None = None,
        tied: bool = False,
        start: str | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.cell = cell_of(cell)
        sizes = {"width": width, "layers": layers, "blocks": blocks, "hidden": hidden}
        for name, value in sizes.items():
            check_whole(name, value, 0 if name == "blocks" else 1)
        self.vocabulary = tuple(vocabulary)
        symbols = len(self.vocabulary)
        inputs = inputs_of(embedding, symbols, width)
        if tied and (embedding == ONE_HOT or inputs != width):
            raise InputError(f"tied weights need an embedding as wide as the layers ({width}), not {embedding!r}")
        if start not in (None, *STARTS):
            raise InputError(f"unknown start state {start!r}; choose {' or '.join(STARTS)}")
        self.config: dict[str, Any] = {"cell": self.cell.name, **sizes}
        chosen = {"embedding": embedding if embedding != width else None, "tied": tied or None, "start": start}
        self.config |= {name: value for name, value in chosen.items() if value is not None}  # others are as of old
        self.provenance = dict(provenance or {})
        self.embedding = OneHot(symbols) if embedding == ONE_HOT else nn.Embedding(symbols, inputs)
        self.core = Stack(self.cell, inputs, width, layers, start)
        self.blocks = nn.Sequential(
            *(nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width)) for _ in range(blocks))
        )
        self.head = nn.Linear(width, symbols)
        if tied:
            nn.init.uniform_(self.embedding.weight, -(width**-0.5), width**-0.5)  # a head of N(0, 1) would begin sure
            self.head.weight = cast(nn.Parameter, self.embedding.weight)

    def readout(self, states: Tensor, *, dropout: float = 0.0) -> Tensor:
        """Logits (..., vocabulary) of the next character from top-layer states (..., width).

        Parameters
        ----------
        states : Tensor, shape (..., width)
            What the top layer gives.
        dropout : float
            This share of the blocks' hidden units is left out, as in training.
        """
        for inner, _, outer in cast(Iterable[tuple[nn.Module, nn.Module, nn.Module]], self.blocks):
            hidden = torch.relu(inner(states))
            states = outer(F.dropout(hidden, dropout) if dropout else hidden)
        return cast(Tensor, self.head(states))

    @property
    def reads_bytes(self) -> bool:
        """Whether its vocabulary are the 256 bytes; then it reads the UTF-8 of any text."""
        return self.vocabulary == BYTES

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.head.weight.device

    def sites(self) -> dict[str, int]:
        """Units of each site: h of every layer."""
        return {f"core.layer{k}.h": int(self.config["width"]) for k in range(int(self.config["layers"]))}

    def inner_sites(self) -> dict[str, int]:
        """Units of each site that `inside` gives beside those of `sites`: the inner values that its cell declares."""
        width, layers = int(self.config["width"]), range(int(self.config["layers"]))
        return {f"core.layer{k}.{name}": width for k in layers for name in self.cell.inner}

    def binary_sites(self) -> frozenset[str]:
        """Those of its sites that hold -1 and +1 only: all of them where its cell is binary."""
        return frozenset(self.sites()) if self.cell.binary else frozenset()

    def start(self, batch: int = 1) -> list[LayerState]:
        """The state before the first token.

        Parameters
        ----------
        batch : int
            Texts read side by side.
        """
        return self.core.start(batch)

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Tensor]:
        """Characters of a text and their ids, int64 (steps,); see ``stateviz.models.corpus.encode``.

        Parameters
        ----------
        text : str
            What is to be read, one character or more.
        unknown : {"fold", "skip", "replace"}, optional
            What becomes of characters that are not in the vocabulary; by default they are refused.
        """
        if self.reads_bytes and text:
            tokens, data = byte_tokens(text)
            return tokens, torch.tensor(list(data))
        tokens, ids = encode(text, self.vocabulary, unknown=unknown)
        return tokens, torch.tensor(ids, dtype=torch.int64)

    def collect(self, tokens: Tensor, state: list[LayerState]) -> tuple[Tensor, dict[str, Tensor], list[LayerState]]:
        """Logits, states by site, and the state to go on from.

        Parameters
        ----------
        tokens : Tensor of int64, shape (steps, batch)
            Ids of the characters.
        state : list
            From ``start``, or what was returned for the steps before.

        Returns
        -------
        tuple
            Logits (steps, batch, vocabulary); a mapping of sites to states (steps, batch, width); the state after.
        """
        outputs, last = self.core(self.embedding(tokens), state)
        return self.readout(outputs[-1]), dict(zip(self.sites(), outputs, strict=True)), last

    def inside(self, tokens: Tensor, state: list[LayerState]) -> tuple[Tensor, dict[str, Tensor], list[LayerState]]:
        """As `collect`, and the inner values of every layer under the names of `inner_sites`.

        Parameters
        ----------
        tokens : Tensor of int64, shape (steps, batch)
            Ids of the characters.
        state : list
            From ``start``, or what was returned for the steps before.
        """
        outputs, last, inner = self.core.inside(self.embedding(tokens), state)
        found = dict(zip(self.sites(), outputs, strict=True))
        found |= {f"core.layer{k}.{name}": values[name] for k, values in enumerate(inner) for name in self.cell.inner}
        return self.readout(outputs[-1]), found, last

    def edit_sites(self) -> dict[str, int]:
        """Units of each site that `edited` can change: states and inner values of every layer."""
        return sites_of(self.core, self.cell, int(self.config["width"]))

    def edited(self, changes: Mapping[str, Change]) -> EditedModel:
        """This model with states changed on the way, to score and to sample; the model stays as it is.

        Parameters
        ----------
        changes : mapping
            From a name of ``edit_sites`` to ``change(values)``: what becomes of values (batch, units) at each step.
        """
        return EditedModel(self, changes, int(self.config["width"]))

    def forward(self, tokens: Tensor, state: list[LayerState] | None = None) -> tuple[Tensor, list[LayerState]]:
        """Logits (steps, batch, vocabulary) and the state to go on from.

        Parameters
        ----------
        tokens : Tensor of int64, shape (steps, batch)
            Ids of the characters.
        state : list, optional
            What was returned for the steps before; by default that before the first token.
        """
        logits, _, last = self.collect(tokens, self.start(tokens.shape[1]) if state is None else state)
        return logits, last

    def own_weights(self) -> dict[str, Tensor]:
        """Its weights by name, each once: a head that is the embedding's is left out."""
        tied = {"head.weight"} if self.config.get("tied") else set()
        return {name: tensor for name, tensor in self.state_dict().items() if name not in tied}

    def load_own_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take what ``own_weights`` gave.

        Parameters
        ----------
        weights : mapping
            From a name to a tensor of the shape that this model has there.

        Raises
        ------
        RuntimeError
            As ``load_state_dict`` does, when a name or a shape is another.
        """
        tied = {"head.weight": weights["embedding.weight"]} if self.config.get("tied") else {}
        self.load_state_dict(dict(weights) | tied)

    def broken_weights(self) -> str | None:
        """The name of the first weights that hold a number that is not finite; None where all are."""
        return next((name for name, tensor in self.state_dict().items() if not bool(tensor.isfinite().all())), None)

    def digest(self) -> str:
        """SHA-256 of configuration, vocabulary and weights."""
        total = hashlib.sha256(json.dumps([self.config, self.vocabulary]).encode())
        for name, tensor in sorted(self.state_dict().items()):
            total.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
        return total.hexdigest()

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write weights, vocabulary, configuration and provenance as one safetensors file.

        Parameters
        ----------
        path : str or Path
            Where; ``load_model`` reads it.
        overwrite : bool
            Replace a file that is there.

        Raises
        ------
        FileError
            When the file is there, or cannot be written.
        """
        from safetensors.torch import save

        from stateviz.storage.atomic import atomic

        metadata = {
            "format": FORMAT,
            "config": json.dumps(self.config, sort_keys=True),
            "vocabulary": json.dumps(self.vocabulary),
            "provenance": json.dumps(self.provenance, sort_keys=True),
        }
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in self.own_weights().items()}
        with atomic(path, overwrite=overwrite) as beside:
            beside.write_bytes(save(weights, metadata))
        return Path(path)
