"""Order the units by many methods, and judge each order by its length, its gap and other criteria."""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common, files, pictures
from stateviz.cli.streams import out

EXAMPLES = """
stateviz compare                                                       the shipped recording, methods that are quick
stateviz compare --methods mean,spectral,greedy-insert+two-opt,exact   these; + joins methods to a pipeline
stateviz compare --methods hierarchical:linkage=ward,greedy-insert:tries=20   with options
stateviz compare rec.zarr --criteria all --format csv -o table.csv     every criterion
stateviz compare --ends mean                                           all between the ends that greedy-insert has
stateviz compare --picture orders.png                                  every order on one sheet
"""

FORMATS = ("text", "csv", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz compare`` takes."""
    from stateviz.ordering import CRITERIA, METHODS
    from stateviz.similarity.metrics import METRICS

    common.add_input(parser)
    parser.add_argument(
        "--methods",
        metavar="A[,B...]",
        help=f"of {common.listed(METHODS)}; + joins several to a pipeline, :KEY=VALUE sets an option; without it, "
        "those that are quick",
    )
    parser.add_argument(
        "--criteria",
        metavar="A[,B...]",
        help=f"of {common.listed(CRITERIA)}, or all; without it, two local and two that judge the whole order",
    )
    metrics = common.listed(["auto", *(name for name in METRICS if name != "auto")])
    parser.add_argument("--metric", default="auto", metavar="NAME", help=f"how unlike two units are: {metrics}")
    parser.add_argument("--flip", action="store_true", help="units that agree up to their sign count as alike")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of methods that use chance (default: 0)")
    parser.add_argument("--time", type=float, metavar="SECONDS", help="for each method")
    common.add_ends(parser)
    common.add_missing(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the table (default: text)")
    parser.add_argument("--picture", metavar="FILE", help="draw every order on one sheet: .png, .svg or .pdf")
    common.add_palette(parser, default=None)
    common.add_force(parser)
    common.add_output(parser, "write the table here; without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, compare, write the table and the picture."""
    from stateviz.core.errors import InputError
    from stateviz.core.states import StateMatrix
    from stateviz.ordering import CRITERIA, compare
    from stateviz.storage import check_writable, write_text

    if args.picture is None and args.palette is not None:
        raise InputError("--palette is for --picture; a table has no colours")
    if args.picture is not None:
        files.check_picture(args.picture, overwrite=args.force)
    if args.output is not None:
        check_writable(args.output, overwrite=args.force)
    criteria = list(CRITERIA) if args.criteria == "all" else _words(args.criteria)
    states = common.load_numbers(args)
    drawn = states if isinstance(states, StateMatrix) else None
    if args.picture is not None and drawn is None:
        raise InputError("--picture shows states without gaps, and these are statistics, distances or have gaps")
    with common.watching() as show:
        found = compare(
            states,
            methods=_words(args.methods),
            criteria=criteria,
            metric=args.metric,
            flip=args.flip,
            seed=args.seed,
            time=args.time,
            watch=show,
            site=args.site if isinstance(states, Path) else None,
            transpose=args.transpose and isinstance(states, Path),
            **{name: getattr(args, name) for name in ("first", "last", "ends", "missing")},
        )
    table = {"text": found.to_text, "csv": found.to_csv, "markdown": found.to_markdown}[args.format]().rstrip("\n")
    if args.output is None:
        out(table)
    else:
        write_text(args.output, table + "\n", overwrite=args.force)
        common.say(f"wrote {args.output}")
    if args.picture is not None and drawn is not None:
        from stateviz.plotting.files import save_and_close
        from stateviz.plotting.multiples import MOST_STEPS
        from stateviz.reporting.comparisons import draw_comparison

        with pictures.ticking("compare"):
            sheet = draw_comparison(drawn, found, palette=args.palette)
            path = save_and_close(sheet, args.picture, overwrite=args.force)
        part = f", the first {MOST_STEPS:,} of {drawn.shape[1]:,} steps" if drawn.shape[1] > MOST_STEPS else ""
        common.say(f"wrote {path}{part}")


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]
