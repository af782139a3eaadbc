"""Probe how well one, a few or all units tell a feature of the text, beside what controls reach."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz probe vowel                                   the shipped recording: 1, 2, 4 and 8 units, and all
stateviz probe inside-quotes rec.zarr --k 1,2,16       of so many units
stateviz probe "comma and not inside-quotes" rec.zarr --top 20
stateviz probe url rec.zarr --ngram 5 -o url.json      the control of 5-grams; with the rankings of all units
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz probe`` takes."""
    from stateviz.analysis import FEATURES
    from stateviz.analysis.probing import RANKINGS

    parser.add_argument(
        "feature",
        metavar="FEATURE",
        help=f"a track of the recording, words such as 'digit after space', or one of {common.listed(FEATURES)}",
    )
    common.add_input(parser)
    rankings = "; ".join(f"{name}: {text}" for name, text in RANKINGS.items())
    parser.add_argument("--k", default="1,2,4,8", metavar="A[,B...]", help=f"how many units; ranked by {rankings}")
    parser.add_argument(
        "--confirm",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="of the steps that probes are told of (default: 0.5)",
    )
    parser.add_argument("--ngram", type=int, default=3, metavar="N", help="of the control by n-grams (default: 3)")
    parser.add_argument("--shifts", type=int, default=19, metavar="N", help="of the control by shifts (default: 19)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the controls (default: 0)")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="units of the rankings (default: 10)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(
        parser, "the probes as .json, with the rankings, or .csv; without it, tables to stdout", stdout=True
    )


def run(args: argparse.Namespace) -> None:
    """Load, probe, write."""
    from stateviz.analysis import probe
    from stateviz.analysis.probing.results import MARK
    from stateviz.analysis.tables import check_table

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    found = probe(
        common.load_recording(args),
        args.feature,
        k=_sizes(args.k),
        confirm=args.confirm,
        ngram=args.ngram,
        shifts=args.shifts,
        site=args.site,
        seed=args.seed,
    )
    common.say(f"{found}; {found.feature} is on at {found.on_steps:,} of steps {found.steps[0]:,}:{found.steps[1]:,}")
    if args.output is None:
        out(found.to_text(args.top))
    else:
        found.save(args.output, overwrite=args.force)
        common.say(f"wrote {args.output}")


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"--k takes numbers of units, such as 1,2,4; got {text!r}") from None
