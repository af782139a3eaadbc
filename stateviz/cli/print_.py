"""Lay the states out on a thing to print on, to the millimetre, and write a file that is ready to print."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common, files
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.core.orders import Ordering
    from stateviz.core.sheets import Sheet
    from stateviz.core.states import StateMatrix

EXAMPLES = """
stateviz print --medium iphone-15 -o case.png                        the shipped recording, ordered
stateviz print --medium iphone-16-pro --camera below --plan          a dry run: the plan and its warnings
stateviz print rec.zarr --order order.json --medium 70x140mm -o p.png  any rectangle
stateviz print rec.zarr --medium a2 --title "Romans 8" --caption -o poster.pdf
stateviz print --medium mine.toml:mug --time right --palette forest --dpi 600 -o mug.tif
"""

_FORMAT_OPTIONS = ("standard", "profile", "compression", "ink_limit")
_SHEET_OPTIONS = (
    "palette", "threshold", "scale", "halftone", "dpi", "time", "camera", "bleed", "margin", "caption", "title", "font",
    "fit",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz print`` takes."""
    common.add_input(parser)
    common.add_order(parser, "the rows are ordered with method auto, and the order is written beside the sheet")
    _add_layout(parser)
    _add_caption(parser)
    common.add_palette(parser)
    common.add_threshold(parser)
    common.add_scale(parser)
    _add_format(parser)
    parser.add_argument(
        "--plan", action="store_true", help="print the plan of the sheet to stdout as JSON; without -o, a dry run"
    )
    common.add_force(parser, "files that are no prints, pictures or orders of stateviz")
    common.add_output(parser, "the sheet, such as case.png")


def _add_layout(parser: argparse.ArgumentParser) -> None:
    from stateviz.printing import CAMERAS, FITS

    common.add_medium(parser)
    parser.add_argument(
        "--dpi", type=float, metavar="N", help="pixels an inch (default: of 300 to 330 what gives the largest cells)"
    )
    parser.add_argument(
        "--time",
        choices=["auto", "down", "right"],
        default="auto",
        help="which way the text runs; auto takes the one with the larger cells (default: auto)",
    )
    parser.add_argument(
        "--bands", default="auto", metavar="N", help="break the text into N bands; auto takes the largest cells"
    )
    parser.add_argument(
        "--camera",
        choices=list(CAMERAS),
        default="behind",
        help="cells behind the camera, all below it, or bands around it where those are larger (default: behind)",
    )
    parser.add_argument(
        "--fit",
        choices=list(FITS),
        default="auto",
        help="cover: cells to every edge, the outermost continued; contain: inside a margin; crop: cells cut off "
        "for larger ones (default: auto, cover for phones)",
    )
    parser.add_argument(
        "--cell",
        metavar="N|LENGTH",
        help="pixels a cell, or a length such as 0.5mm, rounded to whole pixels; without it, the largest that fits",
    )
    parser.add_argument("--bleed", metavar="LENGTH", help="printed over each edge, such as 3mm (default: the medium's)")
    parser.add_argument(
        "--margin", metavar="LENGTH", help="kept free inside, such as 3mm (default: the medium's, none with cover)"
    )


def _add_caption(parser: argparse.ArgumentParser) -> None:
    from stateviz.printing import CAPTIONS

    parser.add_argument(
        "--caption",
        nargs="?",
        const="all",
        choices=list(CAPTIONS),
        help="set the text under its columns, a legend below, or (without a word) both",
    )
    parser.add_argument("--title", default="", metavar="TEXT", help="set large above the cells")
    parser.add_argument(
        "--legend",
        action="append",
        default=[],
        metavar="LABEL=TEXT",
        help="words of the legend, such as model=GRU or text=Romans; an empty TEXT leaves a label out; may be repeated",
    )
    parser.add_argument(
        "--font",
        default="serif",
        metavar="NAME|FILE",
        help="serif, sans, mono, or a .ttf or .otf file (default: serif)",
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    from stateviz.printing.halftone import HALFTONES

    parser.add_argument(
        "--halftone",
        choices=["auto", *HALFTONES, "none"],
        default="auto",
        help="real states in two colours: how a value becomes dots; none prints continuous tone (default: auto)",
    )
    parser.add_argument("--standard", metavar="NAME", help="PDF only: x4, x1a or none")
    parser.add_argument("--profile", metavar="NAME|FILE", help="the ICC profile of the print, such as fogra39")
    parser.add_argument(
        "--ink-limit",
        type=float,
        metavar="PERCENT",
        help="PDF and TIFF only: the most of all four inks together; 280 for uncoated paper (default: 300)",
    )
    parser.add_argument("--compression", metavar="NAME", help="TIFF only: deflate or lzw")
    parser.add_argument("--proof", metavar="FILE", help="also a contact sheet: soft proof, colour blindness, grey")
    parser.add_argument("--mockup", metavar="FILE", help="also a picture of the thing as it will look")


def run(args: argparse.Namespace) -> None:
    """Load, make the sheet, write."""
    from stateviz.printing import describe
    from stateviz.printing.sheets import print_sheet
    from stateviz.storage import read_order, write_order

    options = _checked(args)
    states = common.load(args)
    found: list[Ordering] = []
    sheet = print_sheet(
        states,
        args.medium,
        ordering=_finder(found) if args.order is None else read_order(args.order),
        dry_run=not _writes(args),
        cell=None if args.cell is None else _whole_or_text(args.cell),
        bands=_whole_or_text(args.bands),
        legend=_pairs(args.legend) or None,
        **{name: getattr(args, name) for name in _SHEET_OPTIONS},
    )
    common.say(describe(sheet.plan))
    _write(sheet, args, options)
    for ordering in found if _writes(args) else ():
        path = write_order(ordering, _order_path(args), overwrite=args.force)
        common.say(f"wrote {path}, the order used; give it with --order")
    if args.plan:
        out(json.dumps(sheet.plan, indent=2))


def _finder(kept: list[Ordering]) -> Callable[[StateMatrix], Ordering]:
    """What print_sheet calls once the sheet is known to fit; the order it finds is ``kept``."""

    def find(states: StateMatrix) -> Ordering:
        from stateviz.ordering import order

        with common.watching() as show:
            found = order(states, watch=show)
        common.say(f"no --order: ordered with {found.method}, {common.quality(found)}")
        kept.append(found)
        return found

    return find


def _order_path(args: argparse.Namespace) -> Path:
    """Where the order goes that was used without --order: beside the first file that is written."""
    return Path(args.output or args.proof or args.mockup).with_suffix(".order.json")


def _checked(args: argparse.Namespace) -> dict[str, Any]:
    """Options of the file format; refuses, before any computing, what could not be written."""
    if not (_writes(args) or args.plan):
        raise InputError("there is nothing to write; give -o FILE, or --plan for a dry run")
    _check_paths(args)
    if args.caption is None and (args.legend or (args.font != "serif" and not args.title)):
        raise InputError("--legend and --font are for a caption; add --caption")
    options = {name: getattr(args, name) for name in _FORMAT_OPTIONS if getattr(args, name) is not None}
    if not options:
        return {}
    if args.output is None:
        raise InputError(f"{_flag(next(iter(options)))} is about the file that -o names; give -o FILE")
    from stateviz.rendering.writers import format_options

    extension = Path(args.output).suffix
    for name in options:
        if name not in format_options(extension):
            takes = ", ".join(_flag(known) for known in _FORMAT_OPTIONS if known in format_options(extension))
            raise InputError(f"{extension} takes no {_flag(name)}; it takes {takes or 'none of these options'}")
    inked = [name for name in ("profile", "ink_limit") if name in options]
    if args.standard == "none" and inked:
        raise InputError(f"{_flag(inked[0])} does nothing to a PDF in sRGB; leave it out, or take --standard x4")
    if args.ink_limit is not None:
        from stateviz.rendering.color.profiles import check_limit

        check_limit(args.ink_limit)
    return options


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_paths(args: argparse.Namespace) -> None:
    from stateviz.printing.proofs.sheet import check_png

    paths = {name: getattr(args, name) for name in ("output", "proof", "mockup") if getattr(args, name) is not None}
    if len({os.path.realpath(path) for path in paths.values()}) < len(paths):
        raise InputError(f"{', '.join(f'--{name}' for name in paths)} name the same file; give each its own")
    if args.order is None and paths:
        from stateviz.storage import check_writable

        check_writable(_order_path(args), overwrite=args.force, kind="order")
    for name, path in paths.items():
        if name == "output":
            files.check_picture(path, overwrite=args.force, kind="print")
        else:
            check_png(path, overwrite=args.force)
    if args.profile is not None:
        from stateviz.rendering.color.profiles import profile_bytes

        profile_bytes(args.profile)  # one that is missing is told before any computing


def _writes(args: argparse.Namespace) -> bool:
    return any(path is not None for path in (args.output, args.proof, args.mockup))


def _write(sheet: Sheet, args: argparse.Namespace, options: dict[str, Any]) -> None:
    from stateviz.rendering import write

    if args.output is not None:
        common.say(f"wrote {write(sheet, args.output, overwrite=args.force, **options)}")
        if sheet.contour is not None and Path(args.output).suffix.lower() not in (".pdf", ".svg"):
            common.say("note: only .pdf and .svg carry the cut contour")
    if args.proof is not None:
        from stateviz.printing.proofs.sheet import write_proof
        from stateviz.rendering.color.profiles import COATED_INK

        limit = args.ink_limit or COATED_INK
        path = write_proof(sheet, args.proof, profile=_press(args), limit=limit, overwrite=args.force)
        common.say(f"wrote {path}")
    if args.mockup is not None:
        from stateviz.printing.mockups.run import write_mockup

        common.say(f"wrote {write_mockup(sheet, args.mockup, overwrite=args.force)}")


def _press(args: argparse.Namespace) -> str:
    """The profile of the inks that are proofed: the file's where it has inks, and that of PNG is for the screen."""
    inked = args.output is not None and Path(args.output).suffix.lower() != ".png"
    return str(args.profile) if inked and args.profile is not None else "fogra39"


def _whole_or_text(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _pairs(words: list[str]) -> dict[str, str]:
    """LABEL=TEXT words as they are; nothing in them is a number."""
    found = {}
    for word in words:
        label, equals, text = word.partition("=")
        if not (label.strip() and equals):
            raise InputError(f"--legend takes LABEL=TEXT, got {word!r}")
        found[label.strip()] = text.strip()
    return found
