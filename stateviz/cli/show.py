"""Show the states in the terminal: half blocks in colour, as wide as the window, or the text on a unit's colours."""

from __future__ import annotations

import argparse
import os
import sys
from shutil import get_terminal_size

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz show                              the shipped recording, as recorded
stateviz show rec.zarr --order order.json  in the order found
stateviz show rec.zarr --kind text --units 7
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz show`` takes."""
    common.add_input(parser)
    parser.add_argument(
        "--kind", choices=["heatmap", "text"], default="heatmap", help="the states, or the text (default: heatmap)"
    )
    common.add_order(parser, "the rows come as they are")
    parser.add_argument(
        "--units", metavar="UNIT", help="with --kind text: the unit that colours it (default: the first)"
    )
    common.add_palette(parser, default=None)
    parser.add_argument("--columns", type=int, metavar="N", help="how wide (default: the window, 80 in a pipe)")
    parser.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        help="auto: on a terminal, unless NO_COLOR is set (default: auto)",
    )


def run(args: argparse.Namespace) -> None:
    """Load, draw, print."""
    from stateviz.core.errors import InputError
    from stateviz.storage import read_order
    from stateviz.views import view

    if args.units is not None and args.kind != "text":
        raise InputError("--units colours the text; add --kind text")
    page = view(
        common.source_of(args),
        kind=args.kind,
        site=args.site,
        steps=args.steps,
        units=None if args.units is None else args.units.split(","),
        ordering=None if args.order is None else read_order(args.order),
        palette=args.palette,
    )
    colored = args.color == "always" or (
        args.color == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    )
    out(page.to_terminal(args.columns or get_terminal_size().columns, color=colored), raw=True)
