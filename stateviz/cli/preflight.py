"""Check a file as a print shop would, say what mends it, and read the matrix back from it."""

from __future__ import annotations

import argparse
import json

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError, StatevizError

EXAMPLES = """
stateviz preflight case.png --medium iphone-15
stateviz preflight poster.pdf --medium a2 --against rec.zarr --order order.json   is every cell what was recorded?
stateviz preflight upload.jpg --medium 70x140mm --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz preflight`` takes."""
    parser.add_argument("file", metavar="FILE", help="what would be sent to print: .png, .tif, .jpg, .pdf, .svg")
    common.add_medium(parser)
    parser.add_argument("--bleed", metavar="LENGTH", help="asked for over each edge (default: the medium's)")
    parser.add_argument("--margin", metavar="LENGTH", help="asked to be free inside (default: the medium's)")
    parser.add_argument(
        "--against",
        dest="input",
        metavar="INPUT",
        help="compare every cell with this recording (.zarr, .zarr.zip) or matrix (.npy, .npz, .csv)",
    )
    parser.add_argument("--site", metavar="NAME", help="which site of a recording that has more than one")
    parser.add_argument("--steps", metavar="A:B", help="only steps A to B - 1 were printed")
    parser.add_argument("--transpose", action="store_true", help="the matrix of --against is steps x units")
    common.add_order(parser, "the rows are compared as they were recorded")
    common.add_threshold(parser)
    common.add_scale(parser)
    parser.add_argument(
        "--profile",
        default="fogra39",
        metavar="NAME|FILE",
        help="the CMYK profile by which the inks of an RGB file are predicted, an .icc file (default: fogra39)",
    )
    parser.add_argument(
        "--ink-limit",
        type=float,
        metavar="PERCENT",
        help="of all four inks together that the paper takes: 280 where it is uncoated (default: 300)",
    )
    parser.add_argument("--json", action="store_true", help="print the results to stdout as JSON")
    common.add_allow_large(parser)


def run(args: argparse.Namespace) -> None:
    """Load what to compare with, check, tell; exit 1 where something fails."""
    from stateviz.printing.preflight import preflight

    against = None
    if args.input is not None:
        states = common.load(args)
        ordered = common.read_order_for(args, states)
        against = states if ordered is None else ordered[0]
    else:
        for name in ("site", "steps", "order", "threshold", "scale", "transpose"):
            if getattr(args, name) is not None and getattr(args, name) is not False:
                raise InputError(f"--{name} says how to read the recording to compare with; give it as --against")
    report = preflight(
        args.file, args.medium, bleed=args.bleed, margin=args.margin,
        against=against, threshold=args.threshold, scale=args.scale, profile=args.profile, ink_limit=args.ink_limit,
    )  # fmt: skip
    if args.json:
        out(json.dumps(report.to_json(), indent=2))
    else:
        out(str(report))
    if report.failures:
        count = len(report.failures)
        raise StatevizError(f"{args.file} is not ready to print: {count} check{'s' * (count > 1)} failed")
    common.say(f"{args.file} is ready to print on {report.medium.name}")
