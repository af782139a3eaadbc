"""See the states: a page for the browser, or a picture for a paper.

A page is one file that asks no network: units x steps with the text, to zoom, search and choose in. Without -o it is
opened in the browser. A recording too large for one file becomes a folder, which any host of static files serves:
-o with a name without an ending writes it, --serve shows it on this machine.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stateviz.cli import common

if TYPE_CHECKING:
    from pathlib import Path

    from stateviz.core.pages import Page
    from stateviz.core.progress import Watch
    from stateviz.views import FolderServer

EXAMPLES = """
stateviz view                                                the shipped recording, in the browser
stateviz view rec.zarr --order order.json -o page.html       in the order found; as recorded is one click away
stateviz view rec.zarr --kind text --units 7,12 -o t.html    the text on the colours of two units
stateviz view toy.safetensors --kind steps --text 10101      a small network, one line of its code at a time
stateviz view rec.zarr --kind predictions -o guesses.png     a picture instead of a page
stateviz view long.zarr -o long                              a folder, for recordings of any length
stateviz view long.zarr --serve                              the same in the browser, from this machine alone
stateviz view long --serve --port 8080                       a folder that was written before
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
    parser.add_argument(
        "--serve", action="store_true", help="show a folder, or make one of INPUT, on 127.0.0.1 until Ctrl-C"
    )
    parser.add_argument("--port", type=int, metavar="N", help="with --serve: the port (default: one that is free)")
    parser.add_argument("--force", action="store_true", help="replace a file that is no page of stateviz")
    common.add_output(
        parser,
        "the page (.html, or a folder: a name without an ending) or picture (.png, .svg, .pdf); without it the browser "
        "opens a page",
    )


def run(args: argparse.Namespace) -> None:
    """Load, make the page, write it, open it or serve it."""
    from pathlib import Path

    from stateviz.core.errors import InputError
    from stateviz.views import FolderServer, is_page

    if args.port is not None and not args.serve:
        raise InputError("--port is that of --serve; add --serve, or leave it out")
    if args.serve and args.input is not None and is_page(Path(args.input)):
        if args.output is not None:
            raise InputError(f"{args.input} is a page already; leave -o out, or give its recording")
        with FolderServer(Path(args.input), args.port or 0) as server:
            _serve(server, True)
        return
    with common.watching() as show:
        page = _page(args, show)
        serves = args.serve or (args.output is None and page.large)
        if not serves:
            path = page.save(args.output or f"{_scratch()}/page.html", overwrite=args.force or args.output is None)
    if serves:
        _write_and_serve(page, args)
        return
    common.say(f"wrote {path}, {_bytes(path):,} bytes")
    if path.is_dir():
        common.say(f"show it with `stateviz view {path} --serve`, or put it on any host of static files")
    elif args.open or args.output is None:
        _open(path.resolve().as_uri(), str(path))


def _page(args: argparse.Namespace, show: Watch | None) -> Page:
    from stateviz.core.errors import InputError
    from stateviz.storage import read_order
    from stateviz.views import VIEWS, view

    model = VIEWS[args.kind].of_models
    if model and args.input is None:
        raise InputError(f"--kind {args.kind} shows a model; give INPUT, a model of one small layer that train wrote")
    return view(
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
        watch=show,
    )


def _write_and_serve(page: Page, args: argparse.Namespace) -> None:
    """A folder that is removed in the end, unless -o names it."""
    from pathlib import Path
    from shutil import rmtree

    from stateviz.core.errors import InputError
    from stateviz.views import FolderServer

    if args.output is not None and Path(args.output).suffix:
        raise InputError(
            f"--serve shows a folder, and {args.output} is none; give -o a name without an ending, or none"
        )
    scratch = None if args.output else _scratch()
    try:
        # The port is taken before anything is written, which may take long.
        with FolderServer(Path(args.output or f"{scratch}/page"), args.port or 0) as server:
            with common.watching():  # what erases the line of progress
                path = page.save(server.folder, overwrite=args.force)
            common.say(f"wrote {path}, {_bytes(path):,} bytes")
            _serve(server, args.open or args.output is None)
    finally:
        if scratch is not None:
            rmtree(scratch, ignore_errors=True)


def _serve(server: FolderServer, opens: bool) -> None:
    common.say(f"serving {server.folder} at {server.address} until Ctrl-C")
    if opens:
        _open(server.address, server.address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        common.say("no longer served")


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _limits(words: str) -> tuple[float, float]:
    from stateviz.core.errors import InputError

    try:
        low, high = map(float, words.replace(":", ",").split(","))
    except ValueError:
        raise InputError(f"--limits takes two numbers such as -1,1, got {words!r}") from None
    return low, high


def _scratch() -> str:
    from tempfile import mkdtemp

    return mkdtemp(prefix="stateviz-")


def _open(address: str, name: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        common.say(f"no browser could be opened; open {name} in one")
