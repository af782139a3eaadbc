"""Measure how far back a model's memory reaches: what it costs to have read only the last k tokens.

Then one unit is flipped, one token exchanged, and what is left of the change is followed; last the gradient.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common, files
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz horizon model.safetensors held-out.txt                     a table of bits by tokens read
stateviz horizon phone-case romans.txt --upto 32 --picture memory.png
stateviz horizon counts.safetensors held-out.txt --no-changes       an n-gram model has no states to change
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz horizon`` takes."""
    parser.add_argument("model", metavar="MODEL", help="a model that stateviz wrote, or a shipped one")
    parser.add_argument("text", metavar="TEXT", help="a text file, or - for stdin")
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text file (default: utf-8)")
    common.add_unknown(parser)
    parser.add_argument("--upto", type=int, default=64, metavar="K", help="the most tokens (default: 64)")
    parser.add_argument("--places", type=int, default=2000, metavar="N", help="places of the text (default: 2000)")
    parser.add_argument("--site", metavar="NAME", help="whose units are flipped (default: h of the topmost layer)")
    parser.add_argument("--no-changes", action="store_true", help="the losses alone, no states are changed")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is changed (default: 0)")
    parser.add_argument("--picture", metavar="FILE", help="draw it, too: .png, .svg or .pdf")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "the table as .csv or .json; without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, measure, write."""
    from stateviz.analysis import horizon
    from stateviz.analysis.tables import as_text, check_table, write_table
    from stateviz.models import load_model

    if args.picture is not None:
        files.check_picture(args.picture, overwrite=args.force)
    if args.output is not None:
        check_table(args.output, "stateviz_horizon", overwrite=args.force)
    if args.output is not None and args.output == args.picture:
        raise InputError(f"-o and --picture are both {args.output!r}; name two files")
    found = horizon(
        load_model(args.model),
        Path(args.text),
        upto=args.upto,
        places=args.places,
        site=args.site,
        changes=not args.no_changes,
        seed=args.seed,
        unknown=args.unknown,
        encoding=args.encoding,
    )
    common.say(str(found).removeprefix("Horizon(").removesuffix(")"))
    if args.output is None:
        out(as_text(found.rows()))
    else:
        head = {"upto": found.upto, "places": found.places, "site": found.site, "reach": found.reach}
        head |= {name: values.tolist() for name, values in found.changes.items()}
        write_table(found.rows(), args.output, "stateviz_horizon", head, "tokens", overwrite=args.force)
        common.say(f"wrote {args.output}")
    if args.picture is not None:
        from stateviz.plotting.files import save_and_close
        from stateviz.plotting.horizons import draw_horizon

        common.say(f"wrote {save_and_close(draw_horizon(found), args.picture, overwrite=args.force)}")
