"""Take the states apart into a few patterns of units that are active together."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz factors -k 6                           the shipped recording
stateviz factors rec.zarr -k 12 -o factors.json    with every weight and activity
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz factors`` takes."""
    common.add_input(parser)
    parser.add_argument("-k", type=int, required=True, metavar="N", help="how many patterns")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the runs that stability is of (default: 0)"
    )
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(
        parser, "the factors as .json, which holds everything, or .csv; without it, to stdout", stdout=True
    )


def run(args: argparse.Namespace) -> None:
    """Load, take apart, write."""
    from stateviz.analysis import factors
    from stateviz.analysis.factoring import MARK
    from stateviz.analysis.tables import check_table

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    found = factors(common.load(args), args.k, seed=args.seed)
    common.say(str(found))
    if args.output is None:
        out(found.to_text())
    else:
        found.save(args.output, overwrite=args.force)
        common.say(f"wrote {args.output}")
