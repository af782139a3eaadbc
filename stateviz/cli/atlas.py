"""Write a folder with a page for each unit: what it follows, its partners, what comes next; and an index."""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common

EXAMPLES = """
stateviz atlas rec.zarr -o atlas                            a page for each unit
stateviz atlas rec.zarr --model m.safetensors -o atlas      and what ablating each costs
stateviz atlas rec.zarr --order order.json --features space,vowel -o atlas
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz atlas`` takes."""
    parser.add_argument(
        "input", nargs="?", metavar="INPUT", help=f"a recording with its text; without it, {common.SHIPPED}"
    )
    parser.add_argument("--site", metavar="NAME", help="which site of a recording that has more than one")
    parser.add_argument("--model", metavar="MODEL", help="the recorded model: what ablating each unit costs is told")
    parser.add_argument("--features", metavar="A,B", help="features of the text to look for (default: all that apply)")
    common.add_order(parser, "as recorded")
    parser.add_argument("--title", metavar="TEXT", help="what stands above the index")
    parser.add_argument(
        "--shifts", type=int, default=199, metavar="N", help="draws that tell chance of pairs of units (default: 199)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random draws (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace a folder that is no atlas")
    common.add_output(parser, "the folder", required=True)
    common.add_allow_large(parser)


def run(args: argparse.Namespace) -> None:
    """Load, measure, write."""
    from stateviz.models import load_model
    from stateviz.reporting.atlas import atlas, check_atlas
    from stateviz.storage import read_order, shipped_recording

    check_atlas(Path(args.output), overwrite=args.force)
    if args.input is None:
        common.say(f"no INPUT: using {common.SHIPPED}")
    with common.watching() as watch:
        page = atlas(
            shipped_recording() if args.input is None else args.input,
            args.output,
            site=args.site,
            model=None if args.model is None else load_model(args.model),
            features=None if args.features is None else args.features.split(","),
            ordering=None if args.order is None else read_order(args.order),
            title=args.title,
            shifts=args.shifts,
            seed=args.seed,
            overwrite=args.force,
            watch=watch,
        )
    common.say(f"wrote {Path(args.output) / 'index.html'}: {page.title}")
