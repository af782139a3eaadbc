"""Draw the states: a heatmap with axes, or plain pixels, one cell a unit and step."""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz draw -o states.png                                        the shipped recording, rows as they come
stateviz draw rec.zarr --order order.json -o heatmap.svg           in the order found
stateviz draw rec.zarr --order order.json --kind pixels -o s.png   exact pixels, two colours
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz draw`` takes."""
    common.add_input(parser)
    common.add_order(parser, "the rows come as they are")
    parser.add_argument(
        "--kind",
        choices=["heatmap", "pixels"],
        default="heatmap",
        help="heatmap has axes, a legend and the text; pixels is exact, for binary states (default: heatmap)",
    )
    common.add_palette(parser, default=None)
    common.add_threshold(parser)
    parser.add_argument("--scale", type=int, default=None, metavar="N", help="with --kind pixels: pixels a cell")
    parser.add_argument(
        "--gap",
        type=int,
        default=None,
        metavar="N",
        help="with --kind pixels: cells of white between groups of an order, and between texts (default: 2)",
    )
    common.add_output(parser, "the picture: .png, .svg or .pdf", required=True)


def run(args: argparse.Namespace) -> None:
    """Load, put in order, draw, write."""
    from stateviz.core.errors import InputError

    common.check_picture(args.output)
    if args.kind == "heatmap" and args.scale is not None:
        raise InputError("--scale is for --kind pixels; a heatmap has its own size")
    if args.kind == "heatmap" and args.gap is not None:
        raise InputError("--gap is for --kind pixels; a heatmap has lines between groups")
    if args.kind == "heatmap" and args.threshold is not None:
        raise InputError("--threshold is for --kind pixels; a heatmap shows real values as they are")
    states = common.load(args)
    ordered = common.read_order_for(args, states)
    if ordered is None:
        common.say("no --order: rows as they come; `stateviz order -o order.json` finds a better order")
    else:
        states = ordered[0]
    if args.kind == "pixels":
        from stateviz.rendering import rasterize, write

        gap = 2 if args.gap is None else args.gap
        grid = rasterize(states, palette=args.palette or "navy", threshold=args.threshold, gap=gap)
        path = write(grid, args.output, scale=args.scale)
        if gap and (states.row_breaks or states.column_breaks):
            common.say(f"groups are {gap} white cell{'s' if gap > 1 else ''} apart; --gap 0 leaves them out")
    else:
        from stateviz.plotting import heatmap
        from stateviz.plotting.files import save_and_close

        path = save_and_close(heatmap(states, palette=args.palette), args.output)
    common.say(f"wrote {path}")
