"""Write a text of a made-up language, and what is true of each of its characters."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

EXAMPLES = """
stateviz language parenthesis --characters 1000000 -o parenthesis.txt
stateviz language parenthesis --option zero=false --seed 1   printed, 10,000 characters
stateviz language dyck --option kinds=3 --option depth=5 -o dyck.txt --truth dyck.npz
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz language`` takes."""
    from stateviz.models import LANGUAGES

    parser.add_argument("name", metavar="NAME", help=f"one of {common.listed(LANGUAGES)}")
    parser.add_argument(
        "--characters", type=int, default=10_000, metavar="N", help="length of the text (default: 10,000)"
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the language, as `stateviz list languages` names it; may be repeated",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the draws (default: 0)")
    parser.add_argument(
        "--truth", metavar="FILE.npz", help="also write what is true of each character, an array a name (NumPy's .npz)"
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    common.add_output(parser, "the text, ended by a newline that is no part of it; without it, to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Generate, write."""
    from stateviz.models import language
    from stateviz.storage import check_writable

    if args.truth is not None and not args.truth.endswith(".npz"):
        raise InputError(f"--truth is written to a name that ends in .npz, not {args.truth!r}")
    if args.truth is not None and args.truth == args.output:
        raise InputError(f"text and truth would both be {args.output!r}; name two files")
    for path in filter(None, (args.output, args.truth)):
        check_writable(path, overwrite=args.force)
    made = language(args.name, **common.key_values(args.option))
    text, truth = made.generate(args.characters, seed=args.seed)
    if made.entropy is not None:
        common.say(f"entropy: {made.entropy:.6f} nats a character in the long run")
    if args.output is None:
        out(text)
    else:
        from stateviz.storage.atomic import write_text

        write_text(args.output, f"{text}\n", overwrite=args.force)
        common.say(f"wrote {args.output}")
    if args.truth is not None:
        _write_arrays(args.truth, truth, overwrite=args.force)
        common.say(f"wrote {args.truth}: {', '.join(truth)}")


def _write_arrays(path: str, arrays: Mapping[str, Any], *, overwrite: bool) -> None:
    import numpy as np

    from stateviz.storage.atomic import atomic

    with atomic(path, overwrite=overwrite) as beside, beside.open("wb") as file:
        np.savez(file, **arrays)
