"""Correlate the units: how alike each pair is over the text, and which pairs are more alike than chance makes any."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.core.states import StateMatrix
    from stateviz.core.statistics import Statistics

EXAMPLES = """
stateviz correlate                                   the shipped recording: its strongest pairs, each with z and p
stateviz correlate --measure switches                units that switch together, and not only are alike
stateviz correlate rec.zarr --site all --lags 0:3    across all sites, the second unit up to 3 steps later
stateviz correlate states.npy --null none            the pairs alone, without what chance shows
stateviz correlate rec.zarr -o pairs.csv             every pair that passes
stateviz correlate rec.zarr --null none -o all.zarr  the whole square, row by row, too large for memory or not
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz correlate`` takes."""
    from stateviz.analysis import MEASURES

    common.add_input(parser)
    parser.add_argument(
        "--measure", default="pearson", metavar="NAME", help=f"one of {common.listed(MEASURES)} (default: pearson)"
    )
    parser.add_argument(
        "--lags",
        default="0",
        metavar="A,B|A:B",
        help="the second unit of a pair so many steps later: whole numbers, or from A to B (default: 0)",
    )
    parser.add_argument("--bins", type=int, metavar="N", help="of mutual-information: bins a unit (default: 8)")
    parser.add_argument(
        "--null",
        choices=["shift", "none"],
        default="shift",
        help="shift: only pairs that are more alike than circular shifts make any; none: all pairs (default: shift)",
    )
    parser.add_argument("--alpha", type=float, metavar="P", help="probability of any false pair (default: 0.05)")
    parser.add_argument("--shifts", type=int, metavar="N", help="random shifts that tell it (default: 199)")
    parser.add_argument("--seed", type=int, metavar="N", help="of the random shifts (default: 0)")
    parser.add_argument("--top", type=int, metavar="N", help="so many pairs (default: 20 on stdout, all in a file)")
    parser.add_argument("--device", metavar="NAME", help="where torch computes, such as cuda (default: NumPy computes)")
    parser.add_argument("--force", action="store_true", help="replace a .csv or .zarr that is there")
    common.add_output(
        parser,
        "the pairs as .csv or .json; all of them, of any number of units, as .zarr; without it, to stdout",
        stdout=True,
    )


def run(args: argparse.Namespace) -> None:
    """Load, correlate, write."""
    from stateviz.analysis import correlate
    from stateviz.analysis.tables import as_text, check_table, write_table

    if args.output is not None and args.output.lower().endswith((".zarr", ".zarr.zip")):
        _write_square(args)
        return
    if args.output is not None:
        check_table(args.output, "stateviz_correlations", overwrite=args.force)
    chance = {name: getattr(args, name) for name in ("alpha", "shifts", "seed") if getattr(args, name) is not None}
    if args.null == "none" and chance:
        raise InputError(f"--{next(iter(chance))} is for --null shift; leave it out")
    found = correlate(_load(args), measure=args.measure, lags=_lags(args.lags), bins=args.bins, device=args.device)
    top = args.top or (20 if args.output is None else None)
    if args.null == "none":
        pairs = found.pairs(top)
    else:
        passed = found.significant(**chance)
        pairs = passed[:top]
        shown = f"; the strongest {top}" if len(pairs) < len(passed) else ""
        common.say(f"{len(passed):,} pairs are more alike than chance makes any{shown}")
    if args.output is None:
        out(as_text(pairs), end="\n" if pairs else "")
        return
    head = {"site": found.states.site, "measure": found.measure, "null": args.null, **chance}
    write_table(pairs, args.output, "stateviz_correlations", head, "pairs", overwrite=args.force)
    common.say(f"wrote {args.output}")


def _write_square(args: argparse.Namespace) -> None:
    """All pairs as a recording, without what chance shows."""
    from stateviz.analysis import correlate
    from stateviz.storage import shipped_recording

    given = [name for name in ("alpha", "shifts", "seed", "top", "bins", "steps") if getattr(args, name) is not None]
    if args.null != "none" or given:
        wrong = f"--{given[0]}" if given else "--null shift"
        raise InputError(f"a square on disk holds every pair as it is, without {wrong}; give --null none alone")
    found = correlate(
        shipped_recording() if args.input is None else args.input,
        measure=args.measure,
        lags=_lags(args.lags),
        site=args.site,
        device=args.device,
        out=args.output,
        overwrite=args.force,
        transpose=args.transpose,
    )
    common.say(f"wrote {found.steps:,} x {found.steps:,} pairs to {args.output}")


def _load(args: argparse.Namespace) -> StateMatrix | Statistics:
    """The states or statistics of INPUT; of several sites one matrix."""
    from stateviz.analysis.pairwise import joined_sites
    from stateviz.storage import load_any, load_input, parse_steps, shipped_recording
    from stateviz.storage.statistics import ENDING

    if args.input is not None and args.input.lower().endswith(ENDING):
        if args.steps is not None or args.transpose:
            raise InputError("statistics hold no steps to choose or to turn; leave --steps and --transpose out")
        return load_input(args.input, site=args.site)
    if args.site is None or (args.site != "all" and "," not in args.site):
        return common.load(args)
    if args.transpose:
        raise InputError("--transpose is for a matrix file, which has one site")
    states = joined_sites(shipped_recording() if args.input is None else load_any(args.input), args.site)
    return states if args.steps is None else states.select(parse_steps(args.steps))


def _lags(text: str) -> tuple[int, ...]:
    first, colon, last = text.partition(":")
    try:
        return tuple(range(int(first), int(last) + 1)) if colon else tuple(int(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"--lags takes whole numbers, such as 0,1,2 or 0:3; got {text!r}") from None
