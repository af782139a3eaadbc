"""Find which unit follows which feature of the text, each with its interval, held to what chance alone shows."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz find                                            the shipped recording, every feature that applies
stateviz find rec.zarr --features inside-quotes,url      these
stateviz find rec.zarr --feature "comma and not inside-quotes"   one that is made of others; may be repeated
stateviz find rec.zarr --confirm none --correction fdr   on the whole text, by the false discovery rate
stateviz find rec.zarr --baseline untrained.zarr -o findings.json   beside an untrained twin
stateviz find rec.zarr --null passages --passages more.txt          where units drift
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz find`` takes."""
    from stateviz.analysis import FEATURES
    from stateviz.analysis.nulls.passages import NULLS

    common.add_input(parser)
    parser.add_argument(
        "--features",
        metavar="A[,B...]",
        help=f"tracks of the recording, or of {common.listed(FEATURES)}; without it, all that apply",
    )
    parser.add_argument(
        "--feature",
        action="append",
        default=[],
        metavar="WORDS",
        help="one more, such as 'digit after space'; by and, or, not, while, after",
    )
    nulls = "; ".join(f"{name}: {text}" for name, text in NULLS.items())
    parser.add_argument("--null", default="shift", metavar="NAME", help=f"what chance is: {nulls} (default: shift)")
    parser.add_argument("--passages", metavar="FILE", help="more text, for --null passages")
    parser.add_argument("--alpha", type=float, default=0.05, metavar="P", help="the level (default: 0.05)")
    parser.add_argument(
        "--confirm",
        default="0.5",
        metavar="SHARE|none",
        help="the share of the steps that confirms what was chosen on the others, and is told of; none: one text "
        "(default: 0.5)",
    )
    parser.add_argument(
        "--correction",
        choices=["max", "fdr"],
        default="max",
        help="max: the probability of any false finding; fdr: the share of false ones (default: max)",
    )
    parser.add_argument(
        "--readable", type=float, default=0.25, metavar="R2", help="from where on a unit is readable (default: 0.25)"
    )
    parser.add_argument("--baseline", metavar="FILE", help="a recording of an untrained twin on the same text")
    parser.add_argument("--shifts", type=int, metavar="N", help="random shifts, with --confirm none (default: 199)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn (default: 0)")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="rows of the table on stdout (default: 20)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(
        parser, "findings as .json, which holds everything, or .csv; without it, a table to stdout", stdout=True
    )


def run(args: argparse.Namespace) -> None:
    """Load, find, write."""
    from stateviz.analysis import find
    from stateviz.analysis.findings import MARK
    from stateviz.analysis.tables import check_table
    from stateviz.storage.text_files import read_text

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    named = [*(word.strip() for word in (args.features or "").split(",") if word.strip()), *args.feature]
    found = find(
        common.load_recording(args),
        features=named or None,
        null=args.null,
        alpha=args.alpha,
        confirm=_confirm(args.confirm),
        correction=args.correction,
        readable=args.readable,
        passages=None if args.passages is None else read_text(args.passages),
        baseline=args.baseline,
        site=args.site,
        shifts=args.shifts,
        seed=args.seed,
    )
    common.say(f"{found}; units that follow none of {len(found.features)} features: {len(found.without):,}")
    for name, share in (
        ("readable", found.readable),
        ("random directions", found.random),
        ("baseline", found.baseline),
    ):
        if share is not None:
            common.say(f"{name}: {share}")
    typical = found.unreadable()
    if typical is not None:
        common.say(f"one that is not readable: {typical.unit}, at most {typical.feature}, r = {typical.effect:.2f}")
    if args.output is None:
        table = found.significant.to_text(args.top)
        out(table, end="\n" if table else "")
    else:
        found.save(args.output, overwrite=args.force)
        common.say(f"wrote {args.output}")


def _confirm(text: str) -> float | None:
    try:
        return None if text == "none" else float(text)
    except ValueError:
        raise InputError(f"--confirm takes a share of the steps, such as 0.5, or none; got {text!r}") from None
