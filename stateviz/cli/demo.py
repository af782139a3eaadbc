"""Two verses, one network, one phone case: record, order, draw and lay out, into one folder."""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz demo                                                 Romans 1:16-17, as in the picture of the README
stateviz demo --text words.txt --medium pixel-10 --palette forest -o mine
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz demo`` takes."""
    parser.add_argument("--text", metavar="FILE", help="your own words, - for stdin; without it, Romans 1:16-17")
    common.add_medium(parser, "iphone-15")
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
    """Read the text, run the demonstration, print its table to stdout."""
    from stateviz.cli.texts import read_texts
    from stateviz.reporting.demo import demo

    text = None if args.text is None else read_texts([args.text])
    result = demo(text, medium=args.medium, palette=args.palette, unknown=args.unknown, out=args.output, say=common.say)
    print(result.table())
    common.say(f"wrote {', '.join(path.name for path in result.files)} into {args.output}/")
