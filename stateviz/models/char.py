"""CharModel: an embedding, a stack of recurrent cells, feed-forward blocks and a head over characters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.core.checks import check_whole
from stateviz.core.errors import FileError, MismatchError, UnknownNameError
from stateviz.models.cells import CellRow, LayerState, Stack, cell_of
from stateviz.models.corpus import encode

FORMAT = "stateviz-char-model-1"


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
        Feed-forward blocks (width -> hidden -> width, ReLU between) between core and head.
    provenance : mapping, optional
        Plain JSON values that travel with the weights: text digest, recipe, result.

    Raises
    ------
    UnknownNameError
        When CELLS has no such name.
    InputError
        When a size is no whole number of 1 or more (``blocks``: 0 or more).

    Examples
    --------
    >>> model = CharModel("ab", cell="gru", width=4)
    >>> model.sites()
    {'core.layer0.h': 4}
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
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.cell = cell_of(cell)
        sizes = {"width": width, "layers": layers, "blocks": blocks, "hidden": hidden}
        for name, value in sizes.items():
            check_whole(name, value, 0 if name == "blocks" else 1)
        self.vocabulary = tuple(vocabulary)
        self.config: dict[str, Any] = {"cell": self.cell.name, **sizes}
        self.provenance = dict(provenance or {})
        self.embedding = nn.Embedding(len(self.vocabulary), width)
        self.core = Stack(self.cell, width, width, layers)
        self.blocks = nn.Sequential(
            *(nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width)) for _ in range(blocks))
        )
        self.head = nn.Linear(width, len(self.vocabulary))

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
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}
        with atomic(path, overwrite=overwrite) as beside:
            beside.write_bytes(save(weights, metadata))
        return Path(path)


def load_model(path: str | Path = "phone-case", *, cell: CellRow | None = None) -> CharModel:
    """Read a model that ``train`` wrote, or a shipped one by name (``phone-case``).

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.safetensors`` file, or the name of a shipped model.
    cell : CellRow, optional
        The cell of one's own that the model was made with; the file holds its name.

    Returns
    -------
    CharModel
        In evaluation mode.

    Raises
    ------
    FileError
        When the file is missing, is no safetensors file, was not written by stateviz, or holds weights that are not
        finite numbers.
    MismatchError
        When the model was made with another cell than ``cell``.
    UnknownNameError
        When the model was made with a cell that is none of CELLS, and no ``cell`` is given.

    Examples
    --------
    >>> load_model("phone-case").sites()
    {'core.layer0.h': 128}
    """
    from safetensors import SafetensorError, safe_open

    file = _shipped(str(path)) or Path(path)
    if not file.is_file():
        raise FileError(
            f"no model file {str(path)!r}; give a .safetensors file that stateviz train wrote, or phone-case"
        )
    try:
        with safe_open(file, "pt") as opened:
            metadata = opened.metadata() or {}
            weights = {name: opened.get_tensor(name) for name in opened.keys()}
    except (SafetensorError, OSError) as error:
        raise FileError(f"{str(path)!r} is not a safetensors file ({error}); pickled models are not read") from None
    if metadata.get("format") != FORMAT:
        raise FileError(
            f"{str(path)!r} has format {metadata.get('format')!r}, expected {FORMAT!r}; train it with stateviz"
        )
    try:
        config = json.loads(metadata["config"])
        name = config.pop("cell")
        if cell is not None and cell.name != name:
            raise MismatchError(f"{str(path)!r} was made with cell {name!r}, not {cell.name!r}; give that one")
        model = CharModel(
            tuple(json.loads(metadata["vocabulary"])),
            cell=cell or name,
            provenance=json.loads(metadata["provenance"]),
            **config,
        )
        model.load_state_dict(weights)
    except (MismatchError, UnknownNameError):
        raise
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileError(f"{str(path)!r} is damaged: {str(error).splitlines()[0]}") from None
    broken = model.broken_weights()
    if broken:
        raise FileError(
            f"{str(path)!r} holds weights that are not finite ({broken}): its training diverged; train anew"
        )
    return model.eval()


def _shipped(name: str) -> Path | None:
    file = Path(__file__).parent.parent / "data" / f"{name}.safetensors"
    return file if file.is_file() else None
