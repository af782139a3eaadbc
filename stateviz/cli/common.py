"""What several verbs share: their common options, talking to stderr, and where INPUT comes from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.escapes import printable
from stateviz.core.number_wording import amount, between_ends
from stateviz.core.number_wording import quality as quality_in_words

if TYPE_CHECKING:
    from stateviz.core.orders import Ordering
    from stateviz.core.progress import Progress, Watch
    from stateviz.core.recordings import Recording
    from stateviz.core.states import StateMatrix
    from stateviz.core.statistics import Statistics

SHIPPED = "the recording shipped with the package"


_ERASE_LINE = "\r\x1b[K"


def say(message: str) -> None:
    """Tell the person, on stderr: stdout is for results. On a terminal it takes the line that showed progress."""
    print(f"{_ERASE_LINE if sys.stderr.isatty() else ''}{printable(message)}", file=sys.stderr)


def listed(names: Iterable[str]) -> str:
    """The names of a table as help text."""
    return ", ".join(names).replace("%", "%%")


def add_input(parser: argparse.ArgumentParser, *, transpose: bool = True) -> None:
    """INPUT, --site, --steps and --transpose: which states a verb works on."""
    parser.add_argument(
        "input",
        nargs="?",
        metavar="INPUT",
        help=f"a recording (.zarr, .zarr.zip), or a matrix (.npy, .npz, .csv) of units x steps; without it, {SHIPPED}",
    )
    parser.add_argument("--site", metavar="NAME", help="which site of a recording that has more than one")
    parser.add_argument("--steps", metavar="A:B", help="only steps A to B - 1, counted from 0; either may be left out")
    if transpose:
        parser.add_argument("--transpose", action="store_true", help="the matrix of INPUT is steps x units")
    add_allow_large(parser)


def add_allow_large(parser: argparse.ArgumentParser) -> None:
    """--allow-large, which every verb that reads a file obeys."""
    parser.add_argument(
        "--allow-large",
        action="store_true",
        help="read files, too, that would take over 1 GB and over 200 times their size, or more memory than is free",
    )


def add_order(parser: argparse.ArgumentParser, without: str) -> None:
    """--order, an order.json made before; ``without`` says what happens when it is not given."""
    parser.add_argument(
        "--order", metavar="FILE", help=f"draw the rows in this order (order.json); without it, {without}"
    )


def add_palette(parser: argparse.ArgumentParser, default: str | None = "navy") -> None:
    """--palette, from the table of palettes."""
    from stateviz.rendering import DIVERGING, PALETTES

    parser.add_argument(
        "--palette",
        default=default,
        metavar="NAME|HEX,HEX",
        help=f"two hex colours, that of -1 first, or one of {listed(PALETTES)} (default: {default or 'navy'}); "
        f"for real values also {listed(DIVERGING)}",
    )


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """--threshold, how real states become two colours."""
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="X",
        help="real states only: from X on a cell takes the second colour, such as 0",
    )


def add_scale(parser: argparse.ArgumentParser) -> None:
    """--scale, how far the colours of real states reach."""
    parser.add_argument(
        "--scale",
        type=float,
        metavar="X",
        help="real states only: the magnitude that gets the last colour, or all ink (default: the largest there is)",
    )


def add_ends(parser: argparse.ArgumentParser) -> None:
    """--first, --last and --ends, where an order begins and ends."""
    parser.add_argument("--first", metavar="UNIT", help="the unit the order begins with")
    parser.add_argument("--last", metavar="UNIT", help="the unit the order ends with")
    parser.add_argument(
        "--ends",
        default="free",
        metavar="free|mean",
        help="mean: from the unit of lowest mean to that of highest, as greedy-insert has them (default: free)",
    )


def add_missing(parser: argparse.ArgumentParser) -> None:
    """--missing, what becomes of empty cells."""
    parser.add_argument(
        "--missing",
        default="refuse",
        metavar="refuse|pairwise",
        help="pairwise: compare two units of a matrix with empty cells over the steps both have (default: refuse)",
    )


def add_medium(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """--medium, what is printed on."""
    from stateviz.printing import MEDIA

    parser.add_argument(
        "--medium",
        required=default is None,
        default=default,
        metavar="NAME|WxHmm|FILE",
        help="what is printed on: a size such as 70x140mm, a media file of your own (mine.toml, or mine.toml:name), "
        f"or one of {listed(MEDIA)}{'' if default is None else f' (default: {default})'}",
    )


def add_unknown(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """--unknown, what becomes of characters that the model never saw."""
    parser.add_argument(
        "--unknown",
        choices=["fold", "skip", "replace"],
        default=default,
        help="characters the model never saw: fold takes their nearest known one, and a space where there is none, "
        "skip leaves them out, "
        f"replace takes a space{f' (default: {default})' if default else '; without it they are an error'}",
    )


def add_output(
    parser: argparse.ArgumentParser,
    help: str,
    *,
    required: bool = False,
    default: str | None = None,
    stdout: bool = False,
) -> None:
    """-o, where the result goes; ``stdout`` says that without it, or with -, it goes there."""
    parser.set_defaults(to_stdout=stdout)
    parser.add_argument("-o", "--output", required=required, default=default, metavar="FILE", help=help)


def add_force(parser: argparse.ArgumentParser, what: str = "whatever file is there") -> None:
    """--force, which replaces what would not be replaced without it."""
    parser.add_argument("--force", action="store_true", help=f"replace {what}")


def extent(states: StateMatrix) -> str:
    """What was understood of states: how many units and steps of which site, and where the units came from."""
    return f"{states.extent}{', ' if states.units_from else ' '}of {states.site}"


def load(args: argparse.Namespace) -> StateMatrix:
    """The states that INPUT, --site, --steps and --transpose name; says what was understood."""
    from stateviz.storage import load_states, shipped_recording

    if args.input is None:
        if getattr(args, "transpose", False):
            raise InputError("--transpose is for a matrix file; the shipped recording knows its own axes")
        say(f"no INPUT: using {SHIPPED}")
        states = load_states(shipped_recording(), site=args.site, steps=args.steps)
    else:
        states = load_states(args.input, site=args.site, steps=args.steps, transpose=getattr(args, "transpose", False))
    say(extent(states))
    return states


def source_of(args: argparse.Namespace) -> str | Recording | StateMatrix:
    """What INPUT names, with all its sites; --transpose is applied, --site and --steps are left to the verb."""
    from stateviz.storage import load_states, shipped_recording

    if args.input is None:
        if args.transpose:
            raise InputError("--transpose is for a matrix file; the shipped recording knows its own axes")
        say(f"no INPUT: using {SHIPPED}")
        return shipped_recording()
    return load_states(args.input, site=args.site, transpose=True) if args.transpose else str(args.input)


def load_recording(args: argparse.Namespace) -> Recording:
    """All sites of INPUT with its text and tracks, over --steps; of a plain matrix one site without text."""
    from stateviz.core.recordings import Recording
    from stateviz.storage import load_any, parse_steps

    found = load_any(source_of(args), site=args.site)
    if args.steps is None:
        return found
    steps = parse_steps(args.steps)
    states = {site: found.select(site, steps=steps) for site in found.sites if args.site in (None, site)}
    return Recording(found.tokens[steps], states, found.source, {k: v[steps] for k, v in found.tracks.items()})


def load_numbers(args: argparse.Namespace) -> StateMatrix | Statistics | Path:
    """The states or their statistics; for missing values and for distances the file itself, read as it is."""
    from stateviz.storage import load_input
    from stateviz.storage.statistics import ENDING

    if args.input is not None and args.input.lower().endswith(ENDING):
        if args.steps is not None or args.transpose:
            raise InputError("statistics hold no steps to choose or to turn; leave --steps and --transpose out")
        return load_input(args.input, site=args.site)
    recording = args.input is None or args.input.endswith((".zarr", ".zarr.zip"))
    if args.missing == "refuse" and (args.metric != "precomputed" or recording):
        return load(args)
    if args.input is None or args.steps is not None:
        raise InputError("--missing pairwise and --metric precomputed read a whole file; give INPUT, and no --steps")
    return Path(args.input)


def read_order_for(args: argparse.Namespace, states: StateMatrix) -> tuple[StateMatrix, Ordering] | None:
    """``states`` in the order of --order, with that order; None where no --order came."""
    if args.order is None:
        return None
    from stateviz.storage import read_order

    ordering = read_order(args.order)
    return ordering.apply(states), ordering


@contextmanager
def watching() -> Iterator[Watch | None]:
    """What shows progress on one line of the terminal, erased in the end; None when stderr is not a terminal.

    Examples
    --------
    >>> with watching() as show:
    ...     show is None
    True
    """
    if not sys.stderr.isatty():
        yield None
        return

    def show(progress: Progress) -> None:
        print(f"{_ERASE_LINE}{printable(str(progress))[: _columns()]}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(_ERASE_LINE, end="", file=sys.stderr, flush=True)


def _columns() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns - 1


def quality(ordering: Ordering) -> str:
    """How good an order is, in words: ``length 11,728, proven optimal``."""
    good = quality_in_words(ordering.proven, ordering.gap) + between_ends(ordering.options)
    return f"length {amount(ordering.length)}, {good}"


def key_values(pairs: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` words as options: numbers, true and false by JSON's rules, all else text.

    Examples
    --------
    >>> key_values(["kicks=500", "restart=true", "end=last"])
    {'kicks': 500, 'restart': True, 'end': 'last'}
    """
    import json

    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key.strip() and equals):
            raise InputError(f"--option takes KEY=VALUE, got {pair!r}")
        try:
            options[key.strip().replace("-", "_")] = json.loads(value)
        except ValueError:
            options[key.strip().replace("-", "_")] = value
    return options
