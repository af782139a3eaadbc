"""Train a character model on text: the phone case's binary network, or any other cell."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.core.progress import Progress

EXAMPLES = """
stateviz train bible.txt --hold-out Romans -o model.safetensors             a book held out of a verse-per-line file
stateviz train novel.txt --cell lstm --width 256 --layers 2 -o lstm.safetensors
stateviz train novel.txt --cell gru --width 64 --blocks 0 -o linear.safetensors     a linear readout
stateviz train a.txt b.txt --recipe published --steps 1000 -o short.safetensors
"""


def _yes(word: str) -> bool:
    try:
        return {"yes": True, "no": False}[word]
    except KeyError:
        raise argparse.ArgumentTypeError(f"give yes or no, not {word!r}") from None


def _size_or_name(word: str) -> int | str:
    return int(word) if word.isdecimal() else word


FIELDS: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "cell": (str, "NAME", "the core's cell, one of {cells}"),
    "width": (int, "N", "units a layer"),
    "layers": (int, "N", "layers"),
    "blocks": (int, "N", "feed-forward blocks between core and head; 0: a linear readout"),
    "hidden": (int, "N", "hidden units of such a block"),
    "embedding": (_size_or_name, "N|one-hot", "numbers that the core reads of a character"),
    "tied": (_yes, "yes|no", "whether the head's weights are the embedding's"),
    "start": (str, "learned|zero", "the state before the first character"),
    "steps": (int, "N", "updates"),
    "batch": (int, "N", "sequences an update"),
    "length": (int, "N", "characters a sequence"),
    "rate": (float, "X", "the highest learning rate"),
    "warmup": (int, "N", "updates over which the rate rises from 0"),
    "clip": (float, "X", "the largest norm of a gradient"),
    "dropout": (float, "P", "share left out after each layer and inside the blocks"),
    "decay": (float, "X", "weight decay"),
    "precision": (str, "NAME", "of the readout: float32, or bfloat16 where the processor has it"),
}
"""What each field of a recipe takes on the command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz train`` takes."""
    from stateviz.models import CELLS, RECIPES

    recipe, cells = next(iter(RECIPES)), common.listed(CELLS)
    parser.add_argument(
        "texts", nargs="+", metavar="TEXT", help="files: plain text, or lines of 'Book 1:1<TAB>verse'; - for stdin"
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument(
        "--recipe", default=recipe, metavar="NAME", help=f"one of {common.listed(RECIPES)} (default: {recipe})"
    )
    parser.add_argument(
        "--hold-out",
        metavar="BOOK|SHARE",
        help="what validation reads: a book by name, or a share of the text such as 0.1 (default: 0.1)",
    )
    for field, (kind, metavar, help) in FIELDS.items():
        parser.add_argument(
            f"--{field}", type=kind, metavar=metavar, help=f"{help.format(cells=cells)}; without it, the recipe's"
        )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and batches (default: 0)")
    parser.add_argument("--device", metavar="NAME", help="such as cuda:0 (default: cpu)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint beside the output")
    parser.add_argument("--force", action="store_true", help="replace the model if it is there")
    common.add_output(parser, "the model, a .safetensors file", required=True)


def run(args: argparse.Namespace) -> None:
    """Read, train, save."""
    from stateviz.storage import check_writable

    check_writable(args.output, overwrite=args.force)
    if Path(args.output).suffix != ".safetensors":
        raise InputError(f"a model is written to a name that ends in .safetensors, not {args.output!r}")
    from stateviz.models import train
    from stateviz.models.training.checkpoints import checkpoint_path

    changes: dict[str, Any] = {name: getattr(args, name) for name in FIELDS if getattr(args, name) is not None}
    reached = 0
    with common.watching() as show:

        def watch(progress: Progress) -> None:
            nonlocal reached
            reached = progress.count or 0
            if show is not None:
                show(progress)
            if progress.validation is not None:
                bits = progress.validation / math.log(2)
                common.say(f"step {reached:,}: held out {bits:.3f} bits a character ({progress.validation:.3f} nats)")

        try:
            train(
                [Path(text) for text in args.texts],
                recipe=args.recipe,
                out=args.output,
                hold_out=hold_out(args.hold_out),
                encoding=args.encoding,
                seed=args.seed,
                device=args.device,
                resume=args.resume,
                overwrite=args.force,
                watch=watch,
                **changes,
            )
        except KeyboardInterrupt:
            if checkpoint_path(args.output).exists():
                common.say(f"stopped at step {reached:,}; go on with --resume")
            raise
    common.say(f"wrote {args.output}")


def hold_out(word: str | None) -> str | float | None:
    """A number where the word is one, else the name of a book.

    Examples
    --------
    >>> hold_out("0.2"), hold_out("Romans")
    (0.2, 'Romans')
    """
    if word is None:
        return None
    try:
        return float(word)
    except ValueError:
        return word
