"""Draw the states: a heatmap with axes, or plain pixels, one cell a unit and step."""

from __future__ import annotations

import argparse

from stateviz.cli import common, pictures

EXAMPLES = """
stateviz draw -o states.png                                        the shipped recording, rows as they come
stateviz draw rec.zarr --order order.json -o heatmap.svg           in the order found
stateviz draw rec.zarr --limits -1:1 --size column -o figure.pdf    for a paper, colours from -1 to 1
stateviz draw rec.zarr --order order.json --kind pixels -o s.png   exact pixels, two colours
"""


#: kind -> option that does nothing to it -> what is there instead
OTHER_KIND = {
    "heatmap": {
        "scale": "a heatmap has its own size, see --size",
        "gap": "a heatmap has lines between groups",
        "threshold": "a heatmap shows real values as they are",
    },
    "pixels": {
        "limits": "pixels take --threshold",
        "size": "pixels take --scale",
        "title": "pixels have nothing beside them",
    },
}


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
    pictures.add_limits(parser)
    parser.add_argument("--title", metavar="TEXT", help="above a heatmap")
    parser.add_argument(
        "--size",
        metavar="column|page|MM",
        help="a heatmap for print: one column (89 mm), a page (183 mm) or so many millimetres wide, with type of 6 to "
        "9 points (default: a picture for the screen)",
    )
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
    for name, instead in OTHER_KIND[args.kind].items():
        if getattr(args, name) is not None:
            raise InputError(f"--{name} is for --kind {'pixels' if args.kind == 'heatmap' else 'heatmap'}; {instead}")
    options = pictures.limits(args.limits)
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
        from stateviz.plotting.legends import NOTE

        with pictures.ticking("draw", count=states.values.size, unit="cells"):
            ax = heatmap(states, palette=args.palette, title=args.title, size=args.size, **options)
            path = save_and_close(ax, args.output)
        for note in ax.texts:
            if note.get_gid() == NOTE:
                common.say(" ".join(note.get_text().split()))
    common.say(f"wrote {path}")
