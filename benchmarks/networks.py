"""Measure character models: speed of training and of sampling, memory on a long text, and cells side by side.

    python benchmarks/networks.py [--data DIR] [--repeats 7] [--steps 2000] [--megabytes 474] [--part NAME ...]

Needs stateviz alone for speeds and memory, measured on made-up text; --data DIR with kjv.txt for the cells. Speeds take
two minutes, memory five, the cells about an hour at 2,000 steps; each cell is kept, and the same command goes on.

Writes networks-training.md (an update with a linear readout against a plain script of nn.LSTM or
nn.GRU, clip_grad_norm_ and Adam of the same shape, in turns), networks-sampling.md (characters a second against a plain
PyTorch loop), networks-memory.md (the peak of a process that trains on a long text) and networks-cells.md (bits on the
held-out book, parameters and processor seconds of each cell, and of wider and stacked binary ones).
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import tables
import torch
from tables import alternate
from torch import nn
from torch.nn import functional as F
from trainings import named, trained

import stateviz as sv
from stateviz.models.training.batches import Batch
from stateviz.models.training.updates import optimizer_of, update

SYMBOLS = 65
SHAPES = {
    "LSTM 128, 32 x 100": ("lstm", 128, 1, 32, 100),
    "LSTM 128, 32 x 512": ("lstm", 128, 1, 32, 512),
    "GRU 128, 32 x 100": ("gru", 128, 1, 32, 100),
    "GRU 128, 32 x 512": ("gru", 128, 1, 32, 512),
    "LSTM 2 x 512, 16 x 50": ("lstm", 512, 2, 16, 50),
}
KINDS = {"lstm": nn.LSTM, "gru": nn.GRU}
CELLS = (
    ("binary", 128, 1),
    ("rnn", 128, 1),
    ("binary", 128, 2),
    ("binary", 256, 1),
    ("gru", 128, 1),
    ("lstm", 128, 1),
    ("highway", 128, 1),
)


class Plain(nn.Module):
    """An embedding, torch's layers and a linear head: what one writes first."""

    def __init__(self, kind: type[nn.RNNBase], width: int, layers: int) -> None:
        super().__init__()
        self.embed, self.rnn = nn.Embedding(SYMBOLS, width), kind(width, width, layers)
        self.head = nn.Linear(width, SYMBOLS)

    def forward(self, ids: torch.Tensor, state: object = None) -> tuple[torch.Tensor, object]:
        """Logits (steps, batch, symbols) and the state after."""
        h, state = self.rnn(self.embed(ids), state)
        return self.head(h), state


def symbols() -> tuple[str, ...]:
    """As many characters as the models know."""
    return tuple(map(chr, range(60, 60 + SYMBOLS)))


def both(cell: str, width: int, layers: int) -> tuple[sv.CharModel, Plain]:
    """Our model and the plain one, with the same weights."""
    torch.manual_seed(0)
    ours, plain = (
        sv.CharModel(symbols(), cell=cell, width=width, layers=layers, blocks=0),
        Plain(KINDS[cell], width, layers),
    )
    with torch.no_grad():
        plain.embed.weight.copy_(ours.embedding.weight)
        plain.head.load_state_dict(ours.head.state_dict())
        for k, layer in enumerate(ours.core.layers):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(plain.rnn, f"{name}_l{k}").copy_(getattr(layer.rnn, f"{name}_l0"))
    return ours, plain


def updates(cell: str, width: int, layers: int, batch: int, length: int) -> list[Callable[[], float]]:
    """One update of each; the loss is what they return."""
    recipe = sv.Recipe("", cell=cell, width=width, layers=layers, blocks=0, clip=1.0)
    ours, plain = both(cell, width, layers)
    optimizer, adam = optimizer_of(ours, recipe), torch.optim.Adam(plain.parameters(), lr=recipe.rate)
    inputs, targets = torch.randint(0, SYMBOLS, (2, length, batch), generator=torch.Generator().manual_seed(1))

    def one() -> float:
        return update(ours, optimizer, Batch(inputs, targets), recipe, recipe.rate)[0]

    def other() -> float:
        adam.zero_grad()
        loss = F.cross_entropy(plain(inputs)[0].flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        adam.step()
        return loss.item()

    return [one, other]


def training(args: argparse.Namespace) -> str:
    """The table of updates."""
    rows = []
    for name, (cell, width, layers, batch, length) in SHAPES.items():
        if args.quick:
            batch, length = 2, 16
        losses = [[run() for _ in range(3)] for run in updates(cell, width, layers, batch, length)]
        apart = max(abs(a - b) for a, b in zip(*losses, strict=True))
        ours, plain = alternate(args.repeats, *updates(cell, width, layers, batch, length))
        rows.append([name, f"{1e3 * plain:.1f}", f"{1e3 * ours:.1f}", f"{plain / ours:.2f}", f"{apart:.0e}"])
    head = ["an update, linear readout", "plain script, ms", "stateviz, ms", "speed", "losses apart, nats"]
    return tables.table(head, rows) + f"\n{torch.get_num_threads()} threads; medians of {args.repeats}, in turns."


@torch.no_grad()
def plain_sample(model: Plain, length: int) -> list[int]:
    """As one first writes it."""
    token, state, drawn = torch.zeros(1, 1, dtype=torch.int64), None, []
    for _ in range(length):
        logits, state = model(token, state)
        token = torch.multinomial(F.softmax(logits[0, 0], -1), 1)[None]
        drawn.append(int(token))
    return drawn


def sampling(args: argparse.Namespace) -> str:
    """The table of characters a second."""
    narrow, wide = (20, 10) if args.quick else (10_000, 2_000)
    rows = [*_streams(128, narrow, args), *_streams(512, wide, args)]
    ours, _ = both("lstm", 512, 1)
    each = wide // 10
    (many,) = alternate(1, lambda: sv.sample_many(ours, 64, length=each))
    rows.append(["LSTM 512, 64 streams, stateviz", f"{64 * each / many:,.0f}"])
    head = ["sampling, linear readout", "characters a second"]
    return tables.table(head, rows) + f"\n{torch.get_num_threads()} threads; in turns."


def _streams(width: int, length: int, args: argparse.Namespace) -> list[list[str]]:
    ours, plain = both("lstm", width, 1)
    runs = (lambda: plain_sample(plain, length), lambda: sv.sample(ours, length=length))
    seconds = alternate(min(3, args.repeats), *runs)
    names = ("plain PyTorch loop", "stateviz")
    return [
        [f"LSTM {width}, one stream, {name}", f"{length / one:,.0f}"] for name, one in zip(names, seconds, strict=True)
    ]


def memory(args: argparse.Namespace) -> str:
    """The peak of a process that trains on a long text, made by repeating one."""
    size = 1 if args.quick else args.megabytes
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "long.txt"
        block = sv.language("c").generate(1_000_000, seed=0)[0].encode()
        with text.open("wb") as file:
            for _ in range(size):
                file.write(block + b"\n")
        code = (
            "import resource, sys, pathlib, stateviz as sv\n"
            "sv.train(pathlib.Path(sys.argv[1]), recipe='quick', steps=20, hold_out=0.0002, out=sys.argv[2])\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        begun = time.perf_counter()
        words = [sys.executable, "-c", code, str(text), str(Path(folder) / "m.safetensors")]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        peak = int(done.stdout) * 1024
    row = [f"{size:,} MB", f"{peak / 1e9:.2f} GB", f"{time.perf_counter() - begun:.0f}"]
    return tables.table(["text", "peak of memory", "seconds, 20 updates and all"], [row])


def cells(args: argparse.Namespace) -> str:
    """The table of cells, on a held-out book; a model that is there already is not trained again."""
    text, rows = tables.text_file(args.data), []
    for cell, width, layers in CELLS:
        shape = {"cell": cell, "width": width, "layers": layers, "blocks": 0}
        recipe = replace(sv.RECIPES["phone-case"], **shape, steps=args.steps, warmup=args.steps // 20)
        out = args.models / f"{cell}-{layers}x{width}-{args.steps}.safetensors"
        model, seconds = trained(out, text, recipe, "Romans")
        bits, parameters = model.provenance["nats"] / math.log(2), sv.describe(model).parameters
        rows.append([named(cell, layers, width), f"{bits:.3f}", f"{parameters:,}", f"{seconds:,.0f}"])
        print("  ".join(rows[-1]), flush=True)
    head = [f"linear readout, {args.steps:,} updates", "bits a character of Romans", "parameters", "processor seconds"]
    return tables.table(head, rows)


PARTS = {"training": training, "sampling": sampling, "memory": memory, "cells": cells}


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with kjv.txt, for the table of cells")
    options.add_argument("--repeats", type=int, default=7, help="timed repeats (default: 7)")
    options.add_argument("--steps", type=int, default=2_000, help="of each cell (default: 2,000)")
    options.add_argument("--megabytes", type=int, default=474, help="of the long text (default: 474)")
    options.add_argument(
        "--models", type=Path, default=tables.ROOT / "build" / "cells", help="where the cells are kept (build/cells)"
    )
    options.add_argument("--part", action="append", choices=list(PARTS), help="one table alone; may be repeated")
    return options


def main() -> None:
    """Write the tables."""
    args = parser().parse_args()
    if args.quick:
        args.repeats, args.steps = 1, min(args.steps, 20)
    wanted = args.part or [name for name in PARTS if name != "cells" or args.data]
    for name in wanted:
        tables.publish(f"networks-{name}", PARTS[name](args), args)
    skipped = {} if "cells" in wanted or args.part else {"cells": "no --data"}
    print(tables.closing(skipped, "give --data DIR"))


if __name__ == "__main__":
    main()
