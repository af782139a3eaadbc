"""Train cells x layers x widths on a text, each against the best n-gram model of the same text.

    python benchmarks/grid.py [--data DIR] [--text war-and-peace.txt] [--cells rnn gru lstm] [--layers 1 2 3]
        [--widths 64 128 256 512] [--steps 2000] [--orders 12] [--models DIR]

Needs stateviz, and with --data the text; without, a made-up one. Each model is kept in --models, and the same command
goes on where it was interrupted: no training is made twice, and one that was cut short goes on from its checkpoint. A
network of 128 units takes minutes for 2,000 steps, one of 3 x 512 hours.

Writes benchmarks/results/grid.md: bits a character on the last tenth of the text, read in one pass, parameters and
processor seconds of each network; the best n-gram model (modified Kneser-Ney) stands in the first row.
"""

from __future__ import annotations

import argparse
import itertools
import math
from dataclasses import replace
from pathlib import Path

import tables
from trainings import named, trained

import stateviz as sv

RECIPE = sv.Recipe(
    "a linear readout, state carried over, Adam along a cosine",
    blocks=0,
    batch=32,
    length=100,
    windows="consecutive",
    rate=4e-3,
    warmup=100,
    schedule="cosine",
    clip=1.0,
)
SHARE = 0.1  # of the text, from its end: held out


def best_ngram(text: str | Path, orders: int) -> tuple[float, int, int]:
    """Bits a character on the held-out part, the order that reaches them, and how many n-grams it counts."""
    model = sv.ngram(text, order=orders, hold_out=SHARE)
    nats, order = min((nats, order) for order, nats in model.provenance["curve"])
    return nats / math.log(2), order, sum(len(level.keys) for level in model.levels[:order])


def networks(text: str | Path, folder: Path, args: argparse.Namespace) -> list[tuple[float, list[str]]]:
    """A row of each network, with its bits; each is shown as soon as it is there."""
    found = []
    for cell, layers, width in itertools.product(args.cells, args.layers, args.widths):
        recipe = replace(RECIPE, cell=cell, layers=layers, width=width, steps=args.steps)
        model, seconds = trained(folder / f"{cell}-{layers}x{width}-{args.steps}.safetensors", text, recipe, SHARE)
        bits = model.provenance["nats"] / math.log(2)
        row = [named(cell, layers, width), f"{bits:.3f}", f"{sv.describe(model).parameters:,}", f"{seconds:,.0f}"]
        print("  ".join(row), flush=True)
        found.append((bits, row))
    return found


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    options = tables.parser(__doc__, data="folder with the text")
    options.add_argument("--text", default="war-and-peace.txt", metavar="NAME", help="in --data (default: %(default)s)")
    options.add_argument("--cells", nargs="+", default=["rnn", "gru", "lstm"], metavar="NAME", help="rows of CELLS")
    options.add_argument("--layers", nargs="+", type=int, default=[1, 2, 3], metavar="N", help="default: 1 2 3")
    options.add_argument(
        "--widths", nargs="+", type=int, default=[64, 128, 256, 512], metavar="N", help="default: 64 128 256 512"
    )
    options.add_argument("--steps", type=int, default=2_000, metavar="N", help="updates of each (default: 2,000)")
    options.add_argument("--orders", type=int, default=12, metavar="N", help="highest order of n-grams (default: 12)")
    options.add_argument(
        "--models", type=Path, default=tables.ROOT / "build" / "grid", metavar="DIR", help="default: build/grid"
    )
    return options


def main() -> None:
    """Train what is not there yet, write the table."""
    args = parser().parse_args()
    if args.quick:
        args.cells, args.layers, args.widths, args.steps, args.orders = ["gru", "lstm"], [1], [8], 20, 4
    if args.data:
        text: str | Path = tables.text_file(args.data, args.text)
        name = args.text
    else:
        text, name = sv.language("markup").generate(120_000 if args.quick else 1_000_000)[0], "made-up markup"
    folder = args.models / f"{Path(name).stem.replace(' ', '-')}{'-quick' if args.quick else ''}"
    bits, order, grams = best_ngram(text, args.orders)
    rows = [[f"n-grams of order {order}", f"{bits:.3f}", f"{grams:,} counts", ""]]
    try:
        found = networks(text, folder, args)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command goes on from there") from None
    below = [row[0] for one, row in found if one < bits]
    said = f"Below the n-grams: {', '.join(below)}." if below else "None is below the n-grams."
    read = args.steps * RECIPE.batch * RECIPE.length
    head = [f"{name}, its last tenth", "bits a character", "parameters", "processor seconds"]
    shown = tables.table(head, [*rows, *(row for _, row in found)])
    about = f"Linear readout, {args.steps:,} updates of {read // args.steps:,} characters each. {said}"
    tables.publish("grid", f"{shown}\n{about}\n", args)
    print(tables.closing({} if args.data else {"a text of others": "no --data"}, "give --data DIR"))


if __name__ == "__main__":
    main()
