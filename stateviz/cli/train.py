"""Train a character model on text: the phone case's binary network, or any other cell."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.core.progress import Progress

EXAMPLES = """
stateviz train bible.txt --hold-out Romans -o model.safetensors             a book held out of a verse-per-line file
stateviz train novel.txt --cell lstm --width 256 --layers 2 -o lstm.safetensors
stateviz train a.txt b.txt --recipe published --steps 1000 -o short.safetensors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz train`` takes."""
    from stateviz.models import CELLS, RECIPES

    recipe = next(iter(RECIPES))
    parser.add_argument(
        "texts", nargs="+", metavar="TEXT", help="files: plain text, or lines of 'Book 1:1<TAB>verse'; - for stdin"
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument(
        "--recipe", default=recipe, metavar="NAME", help=f"one of {common.listed(RECIPES)} (default: {recipe})"
    )
    parser.add_argument("--cell", metavar="NAME", help=f"one of {common.listed(CELLS)}; without it, the recipe's")
    parser.add_argument("--width", type=int, metavar="N", help="units a layer; without it, the recipe's")
    parser.add_argument("--layers", type=int, metavar="N", help="layers; without it, the recipe's")
    parser.add_argument(
        "--hold-out",
        metavar="BOOK|SHARE",
        help="what validation reads: a book by name, or a share of the text such as 0.1 (default: 0.1)",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="training steps; without it, the recipe's")
    parser.add_argument("--batch", type=int, metavar="N", help="sequences an update; without it, the recipe's")
    parser.add_argument("--length", type=int, metavar="N", help="characters a sequence; without it, the recipe's")
    parser.add_argument("--rate", type=float, metavar="X", help="highest learning rate; without it, the recipe's")
    parser.add_argument(
        "--dropout", type=float, metavar="P", help="in the feed-forward blocks; without it, the recipe's"
    )
    parser.add_argument("--decay", type=float, metavar="X", help="weight decay; without it, the recipe's")
    parser.add_argument(
        "--precision", metavar="NAME", help="of the readout: float32, or bfloat16 where the processor has it"
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

    changes: dict[str, Any] = {
        name: getattr(args, name)
        for name in ("cell", "width", "layers", "steps", "batch", "length", "rate", "dropout", "decay", "precision")
        if getattr(args, name) is not None
    }
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
