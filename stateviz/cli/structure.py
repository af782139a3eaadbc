"""What the units are to each other and over time: redundancy, stickiness, synchrony, gates, each beside chance."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz structure                                     the shipped recording
stateviz structure rec.zarr --site core.layer0.h       with the gates that were recorded beside it
stateviz structure --order order.json                  switches that neighbouring rows share in this order
stateviz structure rec.zarr --baseline untrained.zarr  beside an untrained twin
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz structure`` takes."""
    common.add_input(parser)
    parser.add_argument("--order", metavar="FILE", help="an order.json: how many switches its neighbouring rows share")
    parser.add_argument("--baseline", metavar="FILE", help="a recording of an untrained twin")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random shifts and orders (default: 0)")
    parser.add_argument("--json", action="store_true", help="as JSON, every unit's numbers among them")
    common.add_force(parser)
    common.add_output(parser, "write it here; without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, tell, write."""
    import json

    from stateviz.analysis import structure
    from stateviz.storage import check_writable, read_order, write_text

    if args.output is not None:
        check_writable(args.output, overwrite=args.force)
    orders = None if args.order is None else {"in that order": read_order(args.order)}
    found = structure(
        common.load_recording(args), site=args.site, orders=orders, baseline=args.baseline, seed=args.seed
    )
    text = json.dumps(found.to_json(), indent=1) if args.json else found.to_text()
    if args.output is None:
        out(text)
    else:
        write_text(args.output, text + "\n", overwrite=args.force)
        common.say(f"wrote {args.output}")
