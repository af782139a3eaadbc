"""Measure how much of what a model gains some units alone account for, all others held at their means."""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common, networks
from stateviz.cli.intervene import unit_numbers
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz sufficiency phone-case romans.txt --units 0:64
stateviz sufficiency m.safetensors text.txt --units 3,17,40 --beside probe=5,9,61 -o sufficiency.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz sufficiency`` takes."""
    parser.add_argument("model", metavar="MODEL", help="a model that stateviz wrote, or a shipped one")
    parser.add_argument("text", metavar="TEXT", help="a text file, or - for stdin")
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text file (default: utf-8)")
    common.add_unknown(parser)
    parser.add_argument(
        "--units", required=True, metavar="A[,B...]", help="those that keep their values; 0:8 is a range"
    )
    parser.add_argument("--site", metavar="NAME", help="whose, such as core.layer0.c (default: h of the topmost layer)")
    parser.add_argument(
        "--beside", action="append", default=[], metavar="NAME=A[,B...]", help="other units to compare with; repeatable"
    )
    parser.add_argument("--random", type=int, default=5, metavar="N", help="sets of random units beside (default: 5)")
    parser.add_argument("--parts", type=int, metavar="N", help="cut the text into N parts, read side by side")
    parser.add_argument("--device", metavar="NAME", help="such as cuda (default: where the model is)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random sets (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "the rows as .json or .csv; without it, a table to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, measure, write."""
    from stateviz.analysis import sufficiency
    from stateviz.analysis.interventions.subsets import MARK
    from stateviz.analysis.tables import check_table
    from stateviz.models import load_model

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    networks.check_model(args.model)
    found = sufficiency(
        load_model(args.model),
        Path(args.text),
        unit_numbers(args.units),
        site=args.site,
        beside=dict(map(_named, args.beside)),
        random=args.random,
        parts=args.parts,
        device=args.device,
        seed=args.seed,
        unknown=args.unknown,
        encoding=args.encoding,
    )
    common.say(str(found).removeprefix("Sufficiency(").removesuffix(")"))
    if args.output is None:
        out(found.to_text())
        return
    found.save(args.output, overwrite=args.force)
    common.say(f"wrote {args.output}")


def _named(words: str) -> tuple[str, list[int]]:
    name, equals, units = words.partition("=")
    if not (name and equals):
        raise InputError(f"--beside takes NAME=UNITS, such as probe=5,9, not {words!r}")
    return name, unit_numbers(units)
