"""Align two models, checkpoints or layers that read the same text: each unit's partner in the other."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz align first.zarr second.zarr                    one to one, and how alike both are as a whole
stateviz align first.zarr second.zarr --method best --top 50
stateviz align rec.zarr rec.zarr --site rnn.layer0.h --other-site rnn.layer1.h --method regression -o layers.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz align`` takes."""
    from stateviz.analysis.aligning.models import ALIGNMENTS

    parser.add_argument("input", metavar="INPUT", help="a recording (.zarr, .zarr.zip), or a matrix of units x steps")
    parser.add_argument("other", metavar="OTHER", help="another of the same text, or the same one")
    parser.add_argument("--site", metavar="NAME", help="which site of INPUT, where it has more than one")
    parser.add_argument("--other-site", metavar="NAME", help="which site of OTHER, where it has more than one")
    common.add_allow_large(parser)
    how = "; ".join(f"{name}: {text}" for name, text in ALIGNMENTS.items())
    parser.add_argument("--method", default="assignment", metavar="NAME", help=f"{how} (default: assignment)")
    parser.add_argument("--alpha", type=float, default=0.05, metavar="P", help="the level (default: 0.05)")
    parser.add_argument("--shifts", type=int, default=199, metavar="N", help="random shifts (default: 199)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the shifts (default: 0)")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="rows of the table on stdout (default: 20)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "all partners as .json or .csv; without it, a table to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, align, write."""
    from stateviz.analysis import align
    from stateviz.analysis.aligning.results import MARK
    from stateviz.analysis.tables import check_table

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    found = align(
        args.input,
        args.other,
        method=args.method,
        site=args.site,
        other_site=args.other_site,
        alpha=args.alpha,
        shifts=args.shifts,
        seed=args.seed,
    )
    common.say(str(found))
    if args.output is None:
        out(found.to_text(args.top))
    else:
        found.save(args.output, overwrite=args.force)
        common.say(f"wrote {args.output}")
