"""Find where units that stay on over a phrase are on together again."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz match --phrase faith                     the shipped recording: units on over the first "faith", and where else
stateviz match rec.zarr --span 120:126 --top 10   a phrase by its steps
stateviz match rec.zarr --phrase '"' --off-before --off-after -o quotes.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz match`` takes."""
    parser.add_argument("input", nargs="?", metavar="INPUT", help=f"a recording; without it, {common.SHIPPED}")
    parser.add_argument("--site", metavar="NAME", help="which site of a recording that has more than one")
    parser.add_argument("--phrase", metavar="TEXT", help="the phrase; its first place in the text is taken")
    parser.add_argument("--span", metavar="A:B", help="the phrase by its steps, A to B - 1")
    parser.add_argument("--threshold", type=float, metavar="X", help="a unit is on above it (default: 0)")
    parser.add_argument("--off-before", action="store_true", help="only units that are off at the step before")
    parser.add_argument("--off-after", action="store_true", help="only units that are off at the step after")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="so many places (default: 20)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "the places as .csv or .json; without it, to stdout", stdout=True)
    common.add_allow_large(parser)


def run(args: argparse.Namespace) -> None:
    """Load, look, write."""
    from stateviz.analysis import match
    from stateviz.analysis.tables import as_text, check_table, write_table
    from stateviz.storage import parse_steps, shipped_recording

    if (args.phrase is None) == (args.span is None):
        raise InputError("give a phrase, --phrase TEXT, or its steps, --span A:B")
    if args.output is not None:
        check_table(args.output, "stateviz_matches", overwrite=args.force)
    if args.input is None:
        common.say(f"no INPUT: using {common.SHIPPED}")
    found = match(
        shipped_recording() if args.input is None else args.input,
        args.phrase if args.span is None else parse_steps(args.span),
        threshold=args.threshold,
        site=args.site,
        off_before=args.off_before,
        off_after=args.off_after,
        most=args.top,
    )
    common.say(f"{len(found.units)} units of {found.site} stay on over steps {found.span[0]}:{found.span[1]}: "
               f"{', '.join(map(str, found.units))}")  # fmt: skip
    if args.output is None:
        out(as_text(found.rows()))
    else:
        head = {"site": found.site, "span": list(found.span), "on": list(found.units), "threshold": found.threshold}
        write_table(found.rows(), args.output, "stateviz_matches", head, "places", overwrite=args.force)
        common.say(f"wrote {args.output}")
