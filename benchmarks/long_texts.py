"""Measure the memory that recording a long text takes, above the model and the text: stored as float16, and statistics.

    python benchmarks/long_texts.py [--characters 10000000] [--units 512] [--only statistics]

Needs stateviz alone, and 10 GB on the disk; the text is made up of random characters. About half an hour.

Writes benchmarks/results/long.md. Each way runs in a process of its own; the peak is the resident set's at its highest
less what it was before, with the model, the text and everything that is imported in memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tables
import torch
from torch import Tensor, nn

from stateviz import record, record_statistics

SYMBOLS, WARM_UP = 96, 5000
WAYS = ("statistics", "float16")


class Net(nn.Module):
    """The cheapest network of so many units: what is measured is the recorder."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, 64)
        self.rnn = nn.RNN(64, units)

    def forward(self, ids: Tensor) -> Tensor:
        """States (steps, batch, units)."""
        output: Tensor = self.rnn(self.embed(ids))[0]
        return output


def child(way: str, characters: int, units: int) -> None:
    """Record once; print what it took as JSON."""
    torch.manual_seed(0)
    net, ids = Net(units), torch.randint(SYMBOLS, (characters,))

    def run(part: Tensor, path: Path) -> None:
        if way == "statistics":
            record_statistics(net, part, sites="rnn.layer0.h")
        else:
            record(net, part, sites="rnn.layer0.h", out=path, dtype="float16", overwrite=True)

    with tempfile.TemporaryDirectory() as folder:
        run(ids[:WARM_UP], Path(folder) / "warm.zarr")
        before, begun = peak(), time.perf_counter()
        run(ids, Path(folder) / "long.zarr")
        seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "above": peak() - before}))


def peak() -> float:
    """The highest resident set so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--characters", type=int, default=10_000_000, help="length of the text (default: 10000000)")
    options.add_argument("--units", type=int, default=512, help="width (default: 512)")
    options.add_argument("--only", choices=WAYS, help="one of the two")
    options.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    return options


def main() -> None:
    """Measure, write, and show."""
    args = parser().parse_args()
    if args.child:
        child(args.child, args.characters, args.units)
        return
    if args.quick:
        args.characters, args.units = 20_000, 32
    rows = []
    for way in [args.only] if args.only else WAYS:
        call = [sys.executable, __file__, "--child", way, f"--characters={args.characters}", f"--units={args.units}"]
        found = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
        size = f"{args.characters:,} x {args.units:,}"
        whole = f"{4 * args.characters * args.units / 2**30:.1f} GiB"
        rows.append((f"{way}, {size}", whole, f"{found['above']:.0f} MiB", f"{found['seconds']:.0f} s"))
    head = ("characters x units", "as float32", "peak above model and text", "time")
    tables.publish("long", tables.table(head, rows), args)


if __name__ == "__main__":
    main()
