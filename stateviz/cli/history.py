"""Look back on a training: samples, states, losses and units at each checkpoint that it kept.

stateviz train --keep-every and --sample-at keep them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz history model.safetensors held-out.txt --against novel.txt         a row a checkpoint
stateviz history model.safetensors held-out.txt --table words               words that exist, by length
stateviz history model.safetensors held-out.txt -o history/                 all tables, samples and recordings
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz history`` takes."""
    from stateviz.reporting.training_history import TABLES

    parser.add_argument("model", metavar="MODEL", help="the model beside which checkpoints lie, there or to come")
    parser.add_argument("text", metavar="TEXT", help="what every checkpoint reads: a text file, or - for stdin")
    parser.add_argument("--against", nargs="+", metavar="TRAINING", help="the files whose words exist (default: TEXT)")
    parser.add_argument("--table", metavar="NAME", help=f"which to print, of {common.listed(TABLES)}")
    parser.add_argument("--length", type=int, default=2000, metavar="N", help="characters of a sample (default: 2000)")
    parser.add_argument(
        "--number", type=int, default=1, metavar="N", help="texts of a sample, for models of lines (default: 1)"
    )
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="of the samples (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the samples (default: 0)")
    parser.add_argument(
        "--upto", type=int, default=16, metavar="K", help="the most tokens of the table memory; 0: none (default: 16)"
    )
    common.add_unknown(parser)
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument("--force", action="store_true", help="replace a history that is there")
    common.add_output(parser, "a folder: every table as .csv, and a sample and a recording of each checkpoint")


def run(args: argparse.Namespace) -> None:
    """Load, read, write."""
    from stateviz.analysis.tables import as_text
    from stateviz.reporting.histories import history
    from stateviz.reporting.training_history import TABLES, check_folder

    if args.output is not None:
        check_folder(args.output, overwrite=args.force)
    _ = TABLES[args.table or "checkpoints"]
    with common.watching() as watch:
        found = history(
            args.model,
            Path(args.text),
            against=None if args.against is None else [Path(path) for path in args.against],
            length=args.length,
            number=args.number,
            temperature=args.temperature,
            seed=args.seed,
            upto=args.upto,
            unknown=args.unknown,
            encoding=args.encoding,
            watch=watch,
        )
    common.say(str(found).removeprefix("History(").removesuffix(")"))
    if args.output is None or args.table is not None:
        rows = found.table(args.table or "checkpoints")
        out(as_text(rows)) if rows else common.say(f"nothing to tell: the table {args.table} is empty for this text")
    if args.output is not None:
        common.say(f"wrote {found.save(args.output, overwrite=args.force)}")
