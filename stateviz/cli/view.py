"""See the states: a page for the browser, or a picture for a paper.

A page is one file that asks no network: units x steps with the text, to zoom, search and choose in. Without -o it is
opened in the browser. A recording too large for one file becomes a folder, which any host of static files serves:
-o with a name without an ending writes it, --serve shows it on this machine.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stateviz.cli import common, pictures

if TYPE_CHECKING:
    from pathlib import Path

    from stateviz.core.pages import Page
    from stateviz.core.progress import Watch
    from stateviz.views import FolderServer

EXAMPLES = """
stateviz view                                                the shipped recording, in the browser
stateviz view rec.zarr --order order.json -o page.html       in the order found; as recorded is one click away
stateviz view rec.zarr --kind text --units 7,12 -o t.html    the text on the colours of two units
stateviz view rec.zarr --kind match --phrase faith           units that stay on over a phrase, and where else they do
stateviz view rec.zarr --kind growth --order order.json      the order improving (order --trace); also -o film.gif
stateviz view toy.safetensors --kind steps --text 10101      a small network, one line of its code at a time
stateviz view rec.zarr --order order.json -o heatmap.svg     a picture instead of a page
stateviz view rec.zarr --limits -1:1 --size column -o f.pdf  for a paper, colours from -1 to 1
stateviz view rec.zarr --kind pixels -o s.png                exact pixels, two colours
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
    pictures.add_limits(parser)
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="X",
        help="with --kind trace: a line to compare with; pixels: from X on a cell has the second colour; match: above "
        "it a unit is on",
    )
    parser.add_argument("--bits", type=int, metavar="N", help="real states: bits a value has in the page, 2 to 8")
    parser.add_argument(
        "--text",
        metavar="TEXT",
        help="with --kind steps and unrolled, and growth of a model kept on the way: what it reads, such as 1010",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=0.1,
        metavar="X",
        help="with --kind steps and unrolled: of the update (default: 0.1)",
    )
    _add_match(parser)
    parser.add_argument("--title", metavar="TEXT", help="what stands above the page, or above a heatmap")
    _add_picture(parser)
    parser.add_argument("--open", action="store_true", help="open the page that -o wrote in the browser")
    parser.add_argument(
        "--serve", action="store_true", help="show a folder, or make one of INPUT, on 127.0.0.1 until Ctrl-C"
    )
    parser.add_argument("--port", type=int, metavar="N", help="with --serve: the port (default: one that is free)")
    parser.add_argument(
        "--force", action="store_true", help="replace a file that is no page, and no picture, of stateviz"
    )
    common.add_output(
        parser,
        "the page (.html, or a folder: a name without an ending), picture (.png, .svg, .pdf) or film of growth (.gif, "
        ".apng, .mp4); without it the browser opens a page",
    )


def _add_match(parser: argparse.ArgumentParser) -> None:
    """What --kind match is asked for."""
    parser.add_argument("--phrase", metavar="TEXT", help="with --kind match: the phrase; its first place is taken")
    parser.add_argument("--span", metavar="A:B", help="with --kind match: the phrase by its steps, A to B - 1")
    parser.add_argument("--off-before", action="store_true", help="with --kind match: units off at the step before")
    parser.add_argument("--off-after", action="store_true", help="with --kind match: units off at the step after")
    parser.add_argument("--features", metavar="A,B", help="with --kind match: features, or tracks, below the text")


def _add_picture(parser: argparse.ArgumentParser) -> None:
    """What pictures take, and pages do not."""
    parser.add_argument(
        "--size",
        metavar="column|page|MM",
        help="a heatmap for print: one column (89 mm), a page (183 mm) or so many millimetres wide, with type of 6 to "
        "9 points (default: a picture for the screen)",
    )
    parser.add_argument("--scale", type=int, metavar="N", help="with --kind pixels: pixels a cell (default: 4)")
    parser.add_argument(
        "--gap",
        type=int,
        metavar="N",
        help="with --kind pixels: cells of white between groups of an order, and between texts (default: 2)",
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
    if args.phrase is not None and args.span is not None:
        raise InputError("--phrase and --span both say which phrase; give one of them")
    picture = args.output is not None and Path(args.output).suffix.lower() not in ("", ".html")
    if picture and args.open:
        raise InputError("--open opens a page; end -o with .html, or leave --open out")
    if not picture and args.size is not None:
        raise InputError("--size is of a heatmap as a picture; give -o a name in .png, .svg or .pdf")
    with common.watching() as show:
        page = _page(args, show)
        serves = args.serve or (args.output is None and page.large)
        if not serves and not picture:
            path = page.save(args.output or f"{_scratch()}/page.html", overwrite=args.force or args.output is None)
    if picture:
        _write_picture(page, args)
        return
    if serves:
        _write_and_serve(page, args)
        return
    common.say(f"wrote {path}, {_bytes(path):,} bytes")
    if path.is_dir():
        common.say(f"show it with `stateviz view {path} --serve`, or put it on any host of static files")
    elif args.open or args.output is None:
        _open(path.resolve().as_uri(), str(path))


def _write_picture(page: Page, args: argparse.Namespace) -> None:
    from stateviz.views import VIEWS

    if args.order is None and "ordering" in VIEWS[args.kind].takes:
        common.say("no --order: rows as they come; `stateviz order -o order.json` finds a better order")
    with pictures.ticking("view"):
        path = page.save(args.output, overwrite=args.force)
    for remark in page.remarks() if page.remarks is not None else ():
        common.say(remark)
    common.say(f"wrote {path}")


def _page(args: argparse.Namespace, show: Watch | None) -> Page:
    from stateviz.core.errors import InputError
    from stateviz.storage import parse_steps, read_order
    from stateviz.views import VIEWS, view

    model = VIEWS[args.kind].of_models
    if model and args.input is None:
        raise InputError(f"--kind {args.kind} shows a model; give INPUT, a model of one small layer that train wrote")
    if args.phrase is not None and args.span is not None:
        raise InputError("--phrase and --span both say which phrase; give one of them")
    return view(
        args.input if model else common.source_of(args),
        kind=args.kind,
        site=args.site,
        steps=args.steps,
        units=None if args.units is None else args.units.split(","),
        ordering=None if args.order is None else read_order(args.order),
        palette=args.palette,
        limits=pictures.limits(args.limits),
        threshold=args.threshold,
        bits=args.bits,
        text=args.text,
        rate=args.rate,
        title=args.title,
        size=args.size,
        scale=args.scale,
        gap=args.gap,
        span=args.phrase if args.span is None else parse_steps(args.span),
        off_before=args.off_before,
        off_after=args.off_after,
        features=None if args.features is None else args.features.split(","),
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


def _scratch() -> str:
    from tempfile import mkdtemp

    return mkdtemp(prefix="stateviz-")


def _open(address: str, name: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        common.say(f"no browser could be opened; open {name} in one")
