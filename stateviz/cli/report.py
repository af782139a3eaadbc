"""Write a report of a recording: order, pairs, what units follow in the text, and how surely, on one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz report rec.zarr -o report.html                             everything that the text can tell
stateviz report rec.zarr --model model.safetensors -o report.html   and how far back its memory reaches
stateviz report rec.zarr --features space,vowel,position-in-line -o report.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz report`` takes."""
    parser.add_argument(
        "input", nargs="?", metavar="INPUT", help=f"a recording with its text; without it, {common.SHIPPED}"
    )
    parser.add_argument("--site", metavar="NAME", help="which site of a recording that has more than one")
    parser.add_argument("--model", metavar="MODEL", help="the recorded model: its memory is measured, too")
    parser.add_argument("--features", metavar="A,B", help="features of the text to look for (default: all that apply)")
    parser.add_argument("--baseline", metavar="RECORDING", help="of an untrained twin on the same text")
    common.add_order(parser, "the shortest between the units of lowest and highest mean")
    parser.add_argument("--title", metavar="TEXT", help="what stands above the page")
    parser.add_argument(
        "--shifts", type=int, default=199, metavar="N", help="draws that tell chance of pairs of units (default: 199)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random draws (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace a file that is no page of stateviz")
    common.add_output(parser, "the report: a .html, .md or .pdf file", required=True)
    common.add_allow_large(parser)


def run(args: argparse.Namespace) -> None:
    """Load, measure, write."""
    from stateviz.models import load_model
    from stateviz.reporting.paper_files import PAPER_FILES
    from stateviz.reporting.report import report
    from stateviz.storage import check_writable, read_order, shipped_recording

    if Path(args.output).suffix.lower() not in PAPER_FILES:
        raise InputError(f"{args.output!r} has an ending that no report has; end it with {', '.join(PAPER_FILES)}")
    kind = "page" if args.output.lower().endswith(".html") else None
    check_writable(args.output, overwrite=args.force or args.output.lower().endswith(".md"), kind=kind)
    if args.input is None:
        common.say(f"no INPUT: using {common.SHIPPED}")
    page = report(
        shipped_recording() if args.input is None else args.input,
        site=args.site,
        model=None if args.model is None else load_model(args.model),
        features=None if args.features is None else args.features.split(","),
        ordering=None if args.order is None else read_order(args.order),
        baseline=args.baseline,
        title=args.title,
        shifts=args.shifts,
        seed=args.seed,
    )
    common.say(f"wrote {page.save(args.output, overwrite=args.force)}")
