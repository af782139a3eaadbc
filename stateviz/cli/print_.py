"""Lay the states out on a thing to print on, to the millimetre, and write a file that is ready to print."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from stateviz.cli import common

if TYPE_CHECKING:
    from stateviz.core.sheets import Sheet
    from stateviz.core.states import StateMatrix

EXAMPLES = """
stateviz print --medium iphone-15 -o case.png                        the shipped recording, ordered
stateviz print rec.zarr --order order.json --medium 70x140mm -o p.png  any rectangle
stateviz print --medium a4 --time right --palette forest --dpi 600 -o poster.png
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz print`` takes."""
    from stateviz.printing import MEDIA

    common.add_input(parser)
    common.add_order(parser, "the rows are ordered with method auto")
    parser.add_argument(
        "--medium",
        required=True,
        metavar="NAME|WxHmm",
        help=f"what is printed on: a size such as 70x140mm, or one of {common.listed(MEDIA)}",
    )
    parser.add_argument("--dpi", type=float, default=300, metavar="N", help="pixels an inch (default: 300)")
    parser.add_argument(
        "--time",
        choices=["auto", "down", "right"],
        default="auto",
        help="which way the text runs; auto takes the one with the larger cells (default: auto)",
    )
    parser.add_argument(
        "--cell",
        metavar="N|LENGTH",
        help="pixels a cell, or a length such as 0.5mm, rounded to whole pixels; without it, the largest that fits",
    )
    parser.add_argument("--bleed", metavar="LENGTH", help="printed over each edge, such as 3mm (default: the medium's)")
    parser.add_argument("--margin", metavar="LENGTH", help="kept free inside, such as 3mm (default: the medium's)")
    common.add_palette(parser)
    common.add_threshold(parser)
    parser.add_argument("--plan", action="store_true", help="print the plan of the sheet to stdout as JSON")
    common.add_output(parser, "the sheet, such as case.png", required=True)


def run(args: argparse.Namespace) -> None:
    """Load, order, lay out, write."""
    from stateviz.printing import describe, layout, parse_length, resolve_medium
    from stateviz.rendering import rasterize, resolve_palette, write

    common.check_picture(args.output)
    medium = resolve_medium(args.medium)
    palette = resolve_palette(args.palette)
    bleed, margin = (None if text is None else parse_length(text, dpi=args.dpi) for text in (args.bleed, args.margin))
    cell = int(args.cell) if args.cell is not None and args.cell.isdecimal() else args.cell
    states = common.load(args)
    ordered = common.read_order_for(args, states)

    def sheet_of(states: StateMatrix) -> Sheet:
        grid = rasterize(states, palette=palette, threshold=args.threshold)
        return layout(grid, medium, dpi=args.dpi, time=args.time, cell=cell, bleed=bleed, margin=margin)

    sheet = sheet_of(states if ordered is None else ordered[0])  # what does not fit is told before any ordering
    if ordered is None:
        from stateviz.ordering import order

        found = order(states)
        common.say(f"no --order: ordered with {found.method}, {common.quality(found)}")
        sheet = sheet_of(found.apply(states))
    path = write(sheet, args.output)
    common.say(describe(sheet.plan))
    if args.plan:
        json.dump(sheet.plan, sys.stdout, indent=2)
        print()
    common.say(f"wrote {path}")
