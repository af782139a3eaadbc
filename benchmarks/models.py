"""Measure what is done with models: so far, that a rearranged one computes the same.

    python benchmarks/models.py [PART ...]

Needs stateviz alone. About two minutes.

Parts, each a table of benchmarks/results:

apply   rearranged.md: for every cell of CELLS, and for stock layers inside a module, models of random shape, random
        orders of every layer and random flips where they are exact; the largest difference of their outputs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import tables
import torch
from torch import nn

import stateviz as sv
from stateviz.models import CELLS, CharModel

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
STOCK = (nn.RNN, nn.GRU, nn.LSTM)
STEPS, BATCH, SYMBOLS = 50, 3, 9


def chance_order(site: str, units: int, rng: np.random.Generator, *, flip: bool) -> sv.Ordering:
    """Rows in any order, and any signs."""
    signs = rng.choice([-1, 1], units) if flip else np.ones(units, int)
    rows = rng.permutation(units)
    return sv.Ordering(rows, signs, 0.0, None, False, flip, "chance", "none", units=range(units), site=site)


def ours(cell: str, rng: np.random.Generator, dtype: torch.dtype) -> float:
    """The largest difference in the logits of one CharModel of random shape, rearranged in every layer."""
    width, layers = int(rng.integers(2, 65)), int(rng.integers(1, 4))
    choices = {
        "blocks": int(rng.integers(0, 3)),
        "hidden": int(rng.integers(4, 40)),
        "embedding": [None, "one-hot", int(rng.integers(1, 20))][int(rng.integers(3))],
        "start": [None, "learned", "zero"][int(rng.integers(3))],
    }
    if rng.random() < 0.25:
        choices |= {"blocks": 0, "embedding": None, "tied": True}
    model = CharModel("abcdefghi"[:SYMBOLS], cell=cell, width=width, layers=layers, **choices).to(dtype).eval()
    for name, value in model.named_parameters():
        if name.endswith("initial"):
            nn.init.normal_(value)
    flip = CELLS[cell].flips is not None
    orders = [chance_order(f"core.layer{k}.h", width, rng, flip=flip) for k in range(layers)]
    turned = sv.apply(model, orders)
    tokens = torch.randint(0, SYMBOLS, (STEPS, BATCH))
    with torch.no_grad():
        return float((model(tokens)[0] - turned(tokens)[0]).abs().max())


class Reader(nn.Module):
    """A stock layer inside a module: embedding, recurrence, a linear head."""

    def __init__(self, kind: type[nn.RNNBase], rng: np.random.Generator) -> None:
        super().__init__()
        width, options = int(rng.integers(2, 65)), {"num_layers": int(rng.integers(1, 4))}
        options["bidirectional"] = bool(rng.integers(2))
        if kind is nn.LSTM and width > 2 and rng.random() < 0.3:
            options["proj_size"] = int(rng.integers(1, width))
        self.embed, self.rnn = nn.Embedding(SYMBOLS, 5), kind(5, width, batch_first=True, **options)
        self.head = nn.Linear((self.rnn.proj_size or width) * (1 + self.rnn.bidirectional), SYMBOLS)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (texts, steps, symbols)."""
        return self.head(self.rnn(self.embed(ids))[0])


def stock(kind: type[nn.RNNBase], rng: np.random.Generator, dtype: torch.dtype) -> float:
    """The same of a module whose readers are found by running it, every layer and direction of it."""
    model = Reader(kind, rng).to(dtype)
    width = model.rnn.proj_size or model.rnn.hidden_size
    places = [f"rnn.layer{k}{end}.h" for k in range(model.rnn.num_layers) for end in ("", ".reverse")]
    places = places[:: 1 if model.rnn.bidirectional else 2]
    ids = torch.randint(0, SYMBOLS, (BATCH, STEPS))
    turned = sv.apply(model, [chance_order(site, width, rng, flip=True) for site in places], inputs=ids)
    with torch.no_grad():
        return float((model(ids) - turned(ids)).abs().max())


def rearranged(args: argparse.Namespace) -> None:
    """The table of ``apply``."""
    trials = 5 if args.quick else 100

    def worst(one: Callable[[np.random.Generator, torch.dtype], float]) -> Iterator[str]:
        for dtype in PRECISIONS.values():
            rng = np.random.default_rng(0)
            torch.manual_seed(0)
            yield f"{max(one(rng, dtype) for _ in range(trials)):.1e}"

    rows = [(name, *worst(lambda rng, dtype, name=name: ours(name, rng, dtype))) for name in CELLS]
    rows += [(f"nn.{kind.__name__}", *worst(lambda rng, dtype, kind=kind: stock(kind, rng, dtype))) for kind in STOCK]
    about = (
        f"Largest difference of the outputs over {trials} random models, orders and flips each; 2 to 64 units, 1 to 3 "
        "layers, all of them rearranged:\n\n"
    )
    tables.publish("rearranged", about + tables.table(("cell, or layer in a module", *PRECISIONS), rows), args)


PARTS = {"apply": rearranged}


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    options = tables.parser(__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)")
    return options


def main() -> None:
    """Write the tables of the parts asked for."""
    args = parser().parse_args()
    strange = sorted(set(args.parts) - set(PARTS))
    if strange:
        raise SystemExit(f"unknown part {strange[0]!r}; choose from {', '.join(PARTS)}")
    for part in args.parts or PARTS:
        PARTS[part](args)


if __name__ == "__main__":
    main()
