"""Count the n-grams of a text: the model that a network is compared with, used by the same verbs."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz ngram novel.txt --order 7 -o novel.safetensors             counts everything
stateviz ngram novel.txt --order 12 --hold-out 0.1                  bits a character of every order, printed
stateviz ngram novel.txt --smoothing unsmoothed -o raw.safetensors  for sampling
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz ngram`` takes."""
    from stateviz.models import SMOOTHINGS

    smoothing = next(iter(SMOOTHINGS))
    parser.add_argument(
        "texts",
        nargs="+",
        metavar="TEXT",
        help="files, folders or globs: plain text, or lines of 'Book 1:1<TAB>verse'; - for stdin",
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument("--order", type=int, default=7, metavar="N", help="the longest n-grams, 1 to 20 (default: 7)")
    parser.add_argument(
        "--smoothing",
        default=smoothing,
        metavar="NAME",
        help=f"one of {common.listed(SMOOTHINGS)} (default: {smoothing})",
    )
    parser.add_argument(
        "--hold-out",
        metavar="BOOK|SHARE",
        help="what is not counted, but predicted by every order: a book by name, or a share of the text such as 0.1; "
        "without it everything is counted",
    )
    parser.add_argument("--force", action="store_true", help="replace the model if it is there")
    common.add_output(parser, "the model, a .safetensors file; may be left out where --hold-out is given")


def run(args: argparse.Namespace) -> None:
    """Count, print how well each order predicts what was held out, save."""
    from stateviz.cli.train import hold_out

    if args.output is None and args.hold_out is None:
        raise InputError("give -o FILE to keep the model, or --hold-out to see how well it predicts")
    if args.output is not None and Path(args.output).suffix != ".safetensors":
        raise InputError(f"a model is written to a name that ends in .safetensors, not {args.output!r}")
    from stateviz.models import ngram

    model = ngram(
        [Path(text) for text in args.texts],
        order=args.order,
        smoothing=args.smoothing,
        hold_out=hold_out(args.hold_out),
        encoding=args.encoding,
        out=args.output,
        overwrite=args.force,
    )
    common.say(repr(model))
    for order, nats in model.provenance.get("curve", ()):
        out(f"order {order:2}  {nats / math.log(2):.4f} bits a character  {nats:.4f} nats")
    if args.output is not None:
        common.say(f"wrote {args.output}")
