"""Let a character model write."""

from __future__ import annotations

import argparse
import sys

from stateviz.cli import common
from stateviz.cli.record import SHIPPED_MODEL

EXAMPLES = """
stateviz sample --prime 'In the beginning ' --length 200   the network shipped in the package
stateviz sample model.safetensors --temperature 0.5
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
    common.add_unknown(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the draws (default: 0)")


def run(args: argparse.Namespace) -> None:
    """Load, sample, print to stdout."""
    if args.model is None:
        common.say(f"no MODEL: using the network shipped in the package ({SHIPPED_MODEL})")
    from stateviz.models import load_model, sample

    text = sample(
        load_model(args.model or SHIPPED_MODEL),
        prime=args.prime or None,
        length=args.length,
        temperature=args.temperature,
        seed=args.seed,
        unknown=args.unknown,
    )
    sys.stdout.write(f"{args.prime or ''}{text}\n")
