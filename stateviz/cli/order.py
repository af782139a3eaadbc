"""Order the units so that neighbours are alike, and say how far from the best possible the order is."""

from __future__ import annotations

import argparse
from inspect import signature
from pathlib import Path

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz order                                              the shipped recording, best method that is quick
stateviz order --method greedy-insert -o order.json         as published
stateviz order rec.zarr --method greedy-insert,two-opt      a pipeline, left to right
stateviz order states.npy --metric correlation --flip       units that agree up to their sign belong together
stateviz order --first 17 --last 4                          between these two units
stateviz order --groups 5 --grouping joint                  five groups, ordered and cut at once
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz order`` takes."""
    from stateviz.ordering import METHODS
    from stateviz.similarity.metrics import METRICS

    common.add_input(parser)
    parser.add_argument(
        "--method",
        default="auto",
        metavar="A[,B...]",
        help=f"one of {common.listed(['auto', *METHODS])}; several, with commas, run left to right (default: auto)",
    )
    metrics = common.listed(["auto", *(name for name in METRICS if name != "auto")])
    parser.add_argument(
        "--metric",
        default="auto",
        metavar="NAME",
        help=f"how unlike two units are: {metrics}; auto is hamming for binary states, correlation for real ones",
    )
    parser.add_argument("--flip", action="store_true", help="units that agree up to their sign count as alike")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of methods that use chance (default: 0)")
    parser.add_argument("--time", type=float, metavar="SECONDS", help="stop improving after this long")
    common.add_ends(parser)
    parser.add_argument("--groups", type=int, default=1, metavar="N", help="cut the order into this many groups")
    parser.add_argument(
        "--grouping",
        default="longest",
        metavar="longest|joint",
        help="cut at the longest steps, or order and cut at once, steps between groups for free (default: longest)",
    )
    parser.add_argument(
        "--axis",
        default="units",
        metavar="units|steps",
        help="order the units, or the steps, which the text puts in order otherwise (default: units)",
    )
    common.add_missing(parser)
    parser.add_argument(
        "--stability", type=int, metavar="N", help="also order N resamplings of the steps, and say how far they agree"
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the method; may be repeated"
    )
    parser.add_argument(
        "--trace", action="store_true", help="keep each shorter order on the way, for `stateviz view --kind growth`"
    )
    common.add_force(parser, "a file that is no order")
    common.add_output(parser, "write the order here (order.json); without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, order, write."""
    from stateviz.ordering import order, stability
    from stateviz.storage import check_writable, write_order

    if args.output is not None:
        check_writable(args.output, overwrite=args.force, kind="order")
    options = common.key_values(args.option)
    for name in options:  # a word that order() itself takes is no method's option
        if name in signature(order).parameters:
            raise InputError(f"--option is for a method's own options; {name!r} is none of them")
    settings = {
        name: getattr(args, name)
        for name in ("method", "metric", "flip", "time", "first", "last", "ends", "groups", "grouping", "axis")
    } | options
    settings |= {"seed": args.seed, "missing": args.missing}
    if args.trace and args.stability is not None:
        raise InputError("--trace keeps one order's way, and --stability orders many times; leave one of them out")
    states = common.load_numbers(args)
    if isinstance(states, Path):
        settings |= {"site": args.site, "transpose": args.transpose}
    elif args.method == "auto":
        common.say(_picked(states.shape[0 if args.axis == "units" else 1], args.time))
    with common.watching() as show:
        if args.stability is None:
            ordering = order(states, watch=show, trace=args.trace, **settings)
        else:
            found = stability(states, repeats=args.stability, watch=show, **settings)
            ordering = found.ordering
    if isinstance(states, Path) and ordering.extent:
        common.say(f"{ordering.extent}, of {ordering.site}")
    common.say(
        f"{common.quality(ordering)} ({ordering.method}, {ordering.metric}{', flips' if ordering.flip else ''}, "
        f"{ordering.seconds:.2f} s)"
    )
    if ordering.breaks:
        common.say(
            f"{len(ordering.breaks) + 1} groups, which begin at places 0, {', '.join(map(str, ordering.breaks))}"
        )
    if args.stability is not None:
        common.say(str(found))
    if args.output is None:
        out(ordering.to_json(), end="")
    else:
        write_order(ordering, args.output, overwrite=args.force)
        common.say(f"wrote {args.output}")


def _picked(size: int, time: float | None) -> str:
    """What ``auto`` is at this many rows, in words."""
    from stateviz.ordering.pipeline import auto_seconds, resolve_method

    seconds = auto_seconds("auto", size) if time is None else time
    within = "" if seconds is None else f", for at most {seconds:g} s"
    return f"auto: {resolve_method('auto', size, time)} for {size:,} rows{within}"
