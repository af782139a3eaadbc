"""Tell by how much each symbol changes each unit, and which units count, measure, latch or spike."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz counters                                        the shipped recording
stateviz counters rec.zarr --site core.layer0.c --top 10
stateviz counters rec.zarr -o counters.json              with the mean change at each symbol and its interval
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz counters`` takes."""
    common.add_input(parser)
    parser.add_argument(
        "--confirm", type=float, default=0.5, metavar="SHARE", help="of the steps, on which R2 is judged (default: 0.5)"
    )
    parser.add_argument("--top", type=int, default=20, metavar="N", help="rows of the table on stdout (default: 20)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "the units as .csv, or everything as .json; without it, a table to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, tell, write."""
    from stateviz.analysis import counters
    from stateviz.analysis.interventions.counting import MARK
    from stateviz.analysis.tables import check_table

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    found = counters(common.load_recording(args), site=args.site, confirm=args.confirm)
    common.say(str(found).removeprefix("Counters(").removesuffix(")"))
    if args.output is None:
        out(found.to_text(args.top))
        return
    found.save(args.output, overwrite=args.force)
    common.say(f"wrote {args.output}")
