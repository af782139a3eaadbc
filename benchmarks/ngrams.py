"""Measure n-gram models: bits a character of every order on the last tenth of a text, and the seconds they take.

    python benchmarks/ngrams.py [--data DIR] [--orders 12]

Needs stateviz, and with --data the texts that the figures are stated for; without, a made-up one. About three minutes.

Writes benchmarks/results/ngrams.md: for each text the bits a character of each order and smoothing, the seconds of
counting once and reading the held-out part by all orders, and those of one order alone.
"""

from __future__ import annotations

import argparse
import math
import time

import tables

from stateviz.models import SMOOTHINGS, NGram, language, ngram
from stateviz.models.corpus import Corpus, split

TEXTS = ("tiny-shakespeare.txt", "war-and-peace.txt")
ALONE = 7  # the order that is timed alone


def all_orders(corpus: Corpus, orders: int) -> tuple[dict[str, list[float]], float]:
    """Bits a character by smoothing and order, and the seconds that counting and one smoothing took."""
    begun = time.perf_counter()
    counted = ngram(corpus.training, order=orders)
    seconds = time.perf_counter() - begun
    found = {}
    for name in SMOOTHINGS:
        begun = time.perf_counter()
        model = NGram(counted.vocabulary, counted.levels, smoothing=name)
        nats = [model.with_order(order).evaluate(corpus.validation) for order in range(1, orders + 1)]
        found[name] = [one / math.log(2) for one in nats]
        if name == next(iter(SMOOTHINGS)):
            seconds += time.perf_counter() - begun
    return found, seconds


def one_order(corpus: Corpus, order: int) -> float:
    """Seconds of counting, and of reading the held-out part."""
    begun = time.perf_counter()
    ngram(corpus.training, order=order).evaluate(corpus.validation)
    return time.perf_counter() - begun


def section(name: str, corpus: Corpus, orders: int) -> str:
    """The table of one text, and a line about it."""
    found, seconds = all_orders(corpus, orders)
    alone = one_order(corpus, min(ALONE, orders))
    rows = [(str(order), *(f"{bits[order - 1]:.4f}" for bits in found.values())) for order in range(1, orders + 1)]
    smoothed = {smoothing: bits for smoothing, bits in found.items() if math.isfinite(bits[-1])}
    best = min((bits, order, smoothing) for smoothing, row in smoothed.items() for order, bits in enumerate(row, 1))
    return (
        f"{name}, bits a character on its last {len(corpus.validation):,} of "
        f"{len(corpus.training) + len(corpus.validation):,} characters:\n\n"
        + tables.table(("order", *found), rows)
        + f"\nBest: {best[0]:.4f} bits = {best[0] * math.log(2):.4f} nats, {best[2]} of order {best[1]}. Orders 1 to "
        f"{orders} from one count: {seconds:.1f} s; order {min(ALONE, orders)} alone: {alone:.1f} s.\n"
    )


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    options = tables.parser(__doc__, data=f"folder with {' and '.join(TEXTS)}")
    options.add_argument("--orders", type=int, default=12, metavar="N", help="highest order (default: 12)")
    return options


def main() -> None:
    """Write the table."""
    args = parser().parse_args()
    orders = 4 if args.quick else args.orders
    if args.data:
        texts = {name: tables.text_file(args.data, name).read_text(encoding="utf-8") for name in TEXTS}
    else:
        texts = {"made-up markup": language("markup").generate(20_000 if args.quick else 1_000_000)[0]}
    if args.quick:
        texts = {name: text[:100_000] for name, text in texts.items()}
    tables.publish("ngrams", "\n".join(section(name, split(text, 0.1), orders) for name, text in texts.items()), args)
    print(tables.closing({} if args.data else {"the texts of the stated figures": "no --data"}, "give --data DIR"))


if __name__ == "__main__":
    main()
