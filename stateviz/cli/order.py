"""Order the units so that neighbours are alike, and say how far from the best possible the order is."""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz order                                              the shipped recording, best method that is quick
stateviz order --method greedy-insert -o order.json         as published
stateviz order rec.zarr --method greedy-insert,two-opt      a pipeline, left to right
stateviz order states.npy --metric correlation --flip       units that agree up to their sign belong together
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz order`` takes."""
    from stateviz.ordering import METHODS
    from stateviz.similarity import METRICS

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
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the method; may be repeated"
    )
    common.add_output(parser, "write the order here (order.json); without it, to stdout")


def run(args: argparse.Namespace) -> None:
    """Load, order, write."""
    from stateviz.ordering import order
    from stateviz.storage import check_writable, write_text

    if args.output is not None:
        check_writable(args.output)
    states = common.load(args)
    ordering = order(
        states,
        method=args.method,
        metric=args.metric,
        flip=args.flip,
        seed=args.seed,
        time=args.time,
        **common.key_values(args.option),
    )
    common.say(
        f"{common.quality(ordering)} ({ordering.method}, {ordering.metric}{', flips' if ordering.flip else ''}, "
        f"{ordering.seconds:.2f} s)"
    )
    if args.output is None:
        print(ordering.to_json(), end="")
    else:
        write_text(args.output, ordering.to_json())
        common.say(f"wrote {args.output}")
