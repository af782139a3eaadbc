"""Two verses, one network, one phone case: record, order, draw and lay out, into one folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from stateviz.cli import common
from stateviz.cli.streams import out

EXAMPLES = """
stateviz demo                                                 Romans 1:16-17, as in the picture of the README
stateviz demo --text words.txt --medium pixel-10 --palette forest -o mine
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz demo`` takes."""
    parser.add_argument("--text", metavar="FILE", help="your own words, - for stdin; without it, Romans 1:16-17")
    common.add_medium(parser, "iphone-16-pro")
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="the order that is printed, as stateviz order takes it "
        "(default: the proven shortest between the ends that greedy-insert has)",
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text (default: utf-8)")
    common.add_unknown(parser, "fold")
    common.add_palette(parser)
    parser.add_argument(
        "-o",
        "--output",
        default="stateviz-demo",
        metavar="DIR",
        help="the folder for the results (default: stateviz-demo)",
    )


def run(args: argparse.Namespace) -> None:
    """Run the demonstration, print its table to stdout."""
    from stateviz.printing import describe
    from stateviz.reporting.demo import demo

    text = None if args.text is None else Path(args.text)
    with common.watching() as show:
        made = demo(
            args.output, text=text, medium=args.medium, method=args.method, palette=args.palette, unknown=args.unknown,
            encoding=args.encoding, watch=show)  # fmt: skip
    states = made.recording[made.recording.sites[0]]
    common.say(f"{states.shape[0]} units x {states.shape[1]} steps of {states.site}")
    common.say(describe(made.sheet.plan))
    out(made.table())
    for note in made.notes:
        common.say(f"note: {note}")
    common.say(f"printed: the order by {made.best.method}, {common.quality(made.best)}; cases.png shows others")
    common.say(f"wrote {', '.join(path.name for path in made.files)} into {args.output}/")
    common.say("The same with your own words in words.txt:")
    for line in made.commands:
        common.say(f"  {line}")
