"""Train a character model on text: the phone case's binary network, or any other cell."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common, files
from stateviz.core.errors import InputError
from stateviz.core.number_wording import duration

if TYPE_CHECKING:
    from stateviz.core.progress import Progress, Watch

EXAMPLES = """
stateviz train bible.txt --hold-out Romans -o model.safetensors             a book held out of a verse-per-line file
stateviz train novel.txt --recipe char-rnn --epochs 5 --sample-at 100,300,500 -o char-rnn.safetensors
stateviz train novel.txt --curve curve.png --curve curve.csv -o model.safetensors     written anew at each validation
stateviz train names.txt --windows lines --cell gru --blocks 0 -o names.safetensors    each line from the start state
stateviz train src/ --bytes --hold-out 0.05 --test 0.05 -o code.safetensors           all files of a folder
stateviz train novel.txt --cell gru --width 64 --blocks 0 -o linear.safetensors     a linear readout
stateviz train a.txt b.txt --recipe published --steps 1000 -o short.safetensors
"""


def _yes(word: str) -> bool:
    try:
        return {"yes": True, "no": False}[word]
    except KeyError:
        raise argparse.ArgumentTypeError(f"give yes or no, not {word!r}") from None


def _numbers(word: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in word.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"give whole numbers with commas between, not {word!r}") from None


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
    "init": (float, "X", "deviation of the normal draws that all weights begin with"),
    "steps": (int, "N", "updates"),
    "epochs": (float, "X", "passes over the text, in place of steps"),
    "batch": (int, "N", "sequences an update"),
    "length": (int, "N", "characters a sequence"),
    "windows": (str, "NAME", "where sequences come from: random, consecutive (states carried over), or lines"),
    "optimizer": (str, "NAME", "adam or rmsprop"),
    "rate": (float, "X", "the highest learning rate"),
    "warmup": (int, "N", "updates over which the rate rises from 0"),
    "schedule": (str, "NAME", "what the rate does: constant, cosine, or decay by a factor each pass over the text"),
    "factor": (float, "X", "that factor"),
    "after": (int, "N", "the pass from which on it is applied"),
    "clip": (float, "X", "the largest norm of a gradient"),
    "clip_value": (float, "X", "the largest magnitude of any number in a gradient"),
    "dropout": (float, "P", "share left out after each layer and inside the blocks"),
    "decay": (float, "X", "weight decay"),
    "precision": (str, "NAME", "of the products: float32, or bfloat16, faster where the processor has it"),
}
"""What each field of a recipe takes on the command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz train`` takes."""
    from stateviz.models import CELLS, RECIPES

    recipe, cells = next(iter(RECIPES)), common.listed(CELLS)
    parser.add_argument(
        "texts",
        nargs="+",
        metavar="TEXT",
        help="files, folders or patterns: plain text, or lines of 'Book 1:1<TAB>verse'; - for stdin",
    )
    parser.add_argument("--bytes", action="store_true", help="read bytes instead of characters: any file")
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument(
        "--recipe", default=recipe, metavar="NAME", help=f"one of {common.listed(RECIPES)} (default: {recipe})"
    )
    parser.add_argument(
        "--hold-out",
        metavar="WHAT",
        help="what validation reads: a share of the text (default: 0.1), positions such as 96M: or 10k:20k, a book by "
        "name, or one of several files",
    )
    parser.add_argument("--test", metavar="WHAT", help="what is read once, in the end; as --hold-out")
    for field, (kind, metavar, help) in FIELDS.items():
        parser.add_argument(
            f"--{field.replace('_', '-')}",
            type=kind,
            metavar=metavar,
            help=f"{help.format(cells=cells)}; without it, the recipe's",
        )
    _add_run(parser)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint beside the output")
    parser.add_argument("--force", action="store_true", help="replace the model, and a .csv, if it is there")
    common.add_output(parser, "the model, a .safetensors file", required=True)


def _add_run(parser: argparse.ArgumentParser) -> None:
    """How a training runs: where, how long, what is looked at and kept on the way."""
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and batches (default: 0)")
    parser.add_argument("--device", metavar="NAME", help="such as cuda:0 (default: cpu)")
    parser.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="of the processor; without it, the faster of one and all, measured at the start of all but short runs",
    )
    parser.add_argument(
        "--check-every",
        type=int,
        default=250,
        metavar="N",
        help="updates between validations, each with a checkpoint (default: 250)",
    )
    parser.add_argument(
        "--validate", type=int, default=400, metavar="N", help="windows that a validation reads (default: 400)"
    )
    parser.add_argument("--patience", type=int, metavar="N", help="stop after so many validations without a better one")
    parser.add_argument("--keep-every", type=int, metavar="N", help="keep the model every so many updates")
    parser.add_argument(
        "--sample-at",
        type=_numbers,
        default=(),
        metavar="N,N",
        help="keep the model, and a sample, after these updates",
    )
    parser.add_argument(
        "--curve",
        action="append",
        default=[],
        metavar="FILE",
        help="write the losses anew at each validation: .csv, .png, .svg or .pdf; may be repeated",
    )


def run(args: argparse.Namespace) -> None:
    """Read, train, save."""
    from stateviz.storage import check_writable

    check_writable(args.output, overwrite=args.force)
    if Path(args.output).suffix != ".safetensors":
        raise InputError(f"a model is written to a name that ends in .safetensors, not {args.output!r}")
    _check_curves(args)
    from stateviz.models import train
    from stateviz.models.training.checkpoints import checkpoint_path

    changes: dict[str, Any] = {name: getattr(args, name) for name in FIELDS if getattr(args, name) is not None}
    with common.watching() as show:
        told = _Told(show, args.curve)
        try:
            model = train(
                [Path(text) for text in args.texts],
                recipe=args.recipe,
                out=args.output,
                hold_out=hold_out(args.hold_out),
                test=hold_out(args.test),
                encoding=args.encoding,
                bytes=args.bytes,
                seed=args.seed,
                device=args.device,
                threads=args.threads,
                check_every=args.check_every,
                validate=args.validate,
                patience=args.patience,
                keep_every=args.keep_every,
                sample_at=args.sample_at,
                resume=args.resume,
                overwrite=args.force,
                watch=told,
                **changes,
            )
        except KeyboardInterrupt:
            if checkpoint_path(args.output).exists():
                common.say(f"stopped at step {told.reached:,}; go on with --resume")
            raise
    common.say(f"wrote {args.output}{_beside(args.output, model.provenance)}")


class _Told:
    """What is said and drawn while a training goes on."""

    def __init__(self, show: Watch | None, curves: list[str]) -> None:
        self.show, self.curves = show, curves
        self.reached, self.said = 0, False

    def __call__(self, progress: Progress) -> None:
        self.reached = progress.count or 0
        if not self.said and progress.left is not None and progress.left > 2:
            self.said = True
            common.say(f"{progress.total:,} updates, about {duration(progress.left)} left")
        if self.show is not None:
            self.show(progress)
        if progress.curve and self.curves:
            from stateviz.plotting import save_curve

            for path in self.curves:
                save_curve(progress, path, overwrite=True)
        if progress.validation is not None:
            bits = progress.validation / math.log(2)
            common.say(f"step {self.reached:,}: held out {bits:.3f} bits a character ({progress.validation:.3f} nats)")


def _check_curves(args: argparse.Namespace) -> None:
    """Refuse, before any training, a file for its losses that could not be written."""
    from stateviz.storage import check_writable

    for path in args.curve:
        if path.lower().endswith(".csv"):
            check_writable(path, overwrite=args.force or args.resume)
        else:
            files.check_picture(path, overwrite=args.force or args.resume)
    if len({*args.curve, args.output}) <= len(args.curve):
        raise InputError("--curve and -o name one file twice; name each once")


def _beside(output: str, provenance: dict[str, Any]) -> str:
    """What is to be said of a training beside where its model lies."""
    from stateviz.models.training.checkpoints import kept_path

    parts = []
    if "stopped_early_at" in provenance:
        parts.append(f"; stopped at step {provenance['stopped_early_at']:,}, best at {provenance['best_step']:,}")
    if kept_path(output, "best").exists():
        parts.append(f"; one before it did better on the held-out text: {kept_path(output, 'best')}")
    if "test_nats" in provenance:
        parts.append(f"; test {provenance['test_nats'] / math.log(2):.3f} bits a character")
    return "".join(parts)


def hold_out(word: str | None) -> str | float | None:
    """A number where the word is one, else the positions or the name that it gives.

    Examples
    --------
    >>> hold_out("0.2"), hold_out("Romans")
    (0.2, 'Romans')
    """
    try:
        return None if word is None else float(word)
    except ValueError:
        return word
