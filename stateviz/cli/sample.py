"""Let a character model write."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, TextIO

from stateviz.cli import common
from stateviz.cli.record import SHIPPED_MODEL
from stateviz.core.escapes import printable

_LOOKED_AT = 5_000  # characters at the end of a sample that are searched for a loop
_LEAST_LOOP = 0.3  # share of them that it takes up

EXAMPLES = """
stateviz sample --prime 'In the beginning ' --length 200   the network shipped in the package
stateviz sample model.safetensors --temperature 0.5 --top-k 10
stateviz sample names.safetensors --number 20
stateviz sample model.safetensors --length 1000000 -o long.txt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz sample`` takes."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a .safetensors file; without it, the network shipped in the package"
    )
    parser.add_argument("--prime", metavar="TEXT", help="what the sample goes on from (default: a new line)")
    parser.add_argument("--length", type=int, default=300, metavar="N", help="characters to write (default: 300)")
    parser.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="0 takes the likeliest each time (default: 1)"
    )
    parser.add_argument("--top-k", type=int, metavar="K", help="draw from the K likeliest characters alone")
    parser.add_argument(
        "--top-p", type=float, metavar="P", help="draw from the likeliest that make up this share of the probability"
    )
    parser.add_argument("--number", type=int, metavar="N", help="write so many texts, one after another")
    common.add_unknown(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the draws (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")
    common.add_output(parser, "the text, as it is drawn; without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, sample, write while it is drawn."""
    from stateviz.storage import check_writable

    if args.output is not None:
        check_writable(args.output, overwrite=args.force)
    if args.model is None:
        common.say(f"no MODEL: using the network shipped in the package ({SHIPPED_MODEL})")
    from stateviz.analysis.judging.novelty import loop
    from stateviz.models import load_model, sample_many, sample_stream

    names = ("length", "temperature", "top_k", "top_p", "seed", "unknown")
    options: dict[str, Any] = {name: getattr(args, name) for name in names} | {"prime": args.prime or None}
    model = load_model(args.model or SHIPPED_MODEL)
    if args.number is None:
        pieces = sample_stream(model, **options)
    else:
        pieces = iter("\n".join((args.prime or "") + text for text in sample_many(model, args.number, **options)))
    drawn = _write(pieces, args.output, "" if args.number else args.prime or "", overwrite=args.force)
    found = loop(drawn[-_LOOKED_AT:])
    if found is not None and found.length >= _LEAST_LOOP * min(len(drawn), _LOOKED_AT):
        share = found.length / min(len(drawn), _LOOKED_AT)
        common.say(f"the sample has fallen into a loop of period {found.period:,}: {share:.0%} of its end")
    if args.output is not None:
        common.say(f"wrote {args.output}")


def _write(pieces: Iterator[str], output: str | None, prime: str, *, overwrite: bool) -> str:
    """Write a text as it comes, and return its end."""
    from stateviz.storage.atomic import atomic

    with ExitStack() as stack:
        if output is None:
            file: TextIO = sys.stdout
        else:
            file = stack.enter_context(
                stack.enter_context(atomic(output, overwrite=overwrite)).open("w", encoding="utf-8", newline="")
            )
        shown = printable if output is None and file.isatty() else str  # a terminal obeys what a model may write
        file.write(shown(prime))
        end = ""
        for piece in pieces:
            file.write(shown(piece))
            if output is None:
                file.flush()
            end = (end + piece)[-_LOOKED_AT:]
        file.write("\n")
    return end
