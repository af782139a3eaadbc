"""See the states: a page for the browser, or a picture for a paper.

A page is one file that asks no network: units x steps with the text, to zoom, search and choose in. Without -o it is
opened in the browser.
"""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz view                                                the shipped recording, in the browser
stateviz view rec.zarr --order order.json -o page.html       in the order found; as recorded is one click away
stateviz view rec.zarr --kind text --units 7,12 -o t.html    the text on the colours of two units
stateviz view toy.safetensors --kind steps --text 10101      a small network, one line of its code at a time
stateviz view rec.zarr --kind predictions -o guesses.png     a picture instead of a page
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz view`` takes."""
    from stateviz.views import VIEWS

    common.add_input(parser)
    parser.add_argument(
        "--kind",
        default="heatmap",
        metavar="NAME",
        help="; ".join(f"{name}: {row.description}" for name, row in VIEWS.items()) + " (default: heatmap)",
    )
    common.add_order(parser, "the rows come as they are")
    parser.add_argument("--units", metavar="A,B", help="the units that colour the text, or are drawn as traces")
    common.add_palette(parser, default=None)
    parser.add_argument("--limits", metavar="A,B", help="real states: the values at which the colours end")
    parser.add_argument("--threshold", type=float, metavar="X", help="with --kind trace: a line to compare with")
    parser.add_argument("--bits", type=int, metavar="N", help="real states: bits a value has in the page, 2 to 8")
    parser.add_argument("--text", metavar="TEXT", help="with --kind steps: what the model INPUT reads, such as 1010")
    parser.add_argument(
        "--rate",
        type=float,
        default=0.1,
        metavar="X",
        help="with --kind steps: of the update (default: 0.1)",
    )
    parser.add_argument("--title", metavar="TEXT", help="what stands above the page")
    parser.add_argument("--open", action="store_true", help="open the page that -o wrote in the browser")
    parser.add_argument("--force", action="store_true", help="replace a file that is no page of stateviz")
    common.add_output(parser, "the page (.html) or picture (.png, .svg, .pdf); without it the browser opens a page")


def run(args: argparse.Namespace) -> None:
    """Load, make the page, write it, open it."""
    from stateviz.core.errors import InputError
    from stateviz.storage import read_order
    from stateviz.views import VIEWS, view

    model = VIEWS[args.kind].of_models
    if model and args.input is None:
        raise InputError(f"--kind {args.kind} shows a model; give INPUT, a model of one small layer that train wrote")
    page = view(
        args.input if model else common.source_of(args),
        kind=args.kind,
        site=args.site,
        steps=args.steps,
        units=None if args.units is None else args.units.split(","),
        ordering=None if args.order is None else read_order(args.order),
        palette=args.palette,
        limits=None if args.limits is None else _limits(args.limits),
        threshold=args.threshold,
        bits=args.bits,
        text=args.text,
        rate=args.rate,
        title=args.title,
    )
    path = page.save(args.output or _scratch(), overwrite=args.force or args.output is None)
    common.say(f"wrote {path}, {path.stat().st_size:,} bytes")
    if args.open or args.output is None:
        _open(path)


def _limits(words: str) -> tuple[float, float]:
    from stateviz.core.errors import InputError

    try:
        low, high = map(float, words.replace(":", ",").split(","))
    except ValueError:
        raise InputError(f"--limits takes two numbers such as -1,1, got {words!r}") from None
    return low, high


def _scratch() -> str:
    from tempfile import mkdtemp

    return f"{mkdtemp(prefix='stateviz-')}/page.html"


def _open(path: object) -> None:
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(str(path)).resolve().as_uri()):
        common.say(f"no browser could be opened; open {path} in one")
