"""Record the hidden state of a model after each token it reads."""

from __future__ import annotations

import argparse

from stateviz.cli import common
from stateviz.cli.texts import read_texts

SHIPPED_MODEL = "phone-case"

EXAMPLES = """
stateviz record verses.txt -o verses.zarr                   with the network shipped in the package
stateviz record model.safetensors verses.txt -o verses.zarr
echo 'In the beginning' | stateviz record - -o words.zarr   from stdin
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz record`` takes."""
    parser.add_argument(
        "texts",
        nargs="+",
        metavar="[MODEL] TEXT",
        help="text files, - for stdin; the first word is a model if it ends in .safetensors, "
        f"else the network shipped in the package reads ({SHIPPED_MODEL})",
    )
    parser.add_argument("--sites", metavar="A[,B...]", help="such as core.layer0.h (default: every hidden state)")
    parser.add_argument(
        "--unknown",
        choices=["fold", "skip", "replace"],
        help="characters the model never saw: fold takes their nearest known one, skip leaves them out, "
        "replace takes a space; without it they are an error",
    )
    parser.add_argument("--force", action="store_true", help="replace the recording if it is there")
    common.add_output(parser, "the recording (default: recording.zarr)", default="recording.zarr")


def run(args: argparse.Namespace) -> None:
    """Load the model, read the text, write the recording."""
    from stateviz.storage import check_writable

    check_writable(args.output, force=args.force)
    name, texts = split_model(args.texts)
    text = read_texts(texts)

    from stateviz.models import load_model
    from stateviz.recording import record
    from stateviz.storage import save_recording

    model = load_model(name)
    sites = None if args.sites is None else [site.strip() for site in args.sites.split(",")]
    recording = record(model, text, sites=sites, unknown=args.unknown)
    path = save_recording(recording, args.output, force=args.force)
    for site in recording.sites:
        rows, steps = recording[site].shape
        common.say(f"{rows} units x {steps} steps of {site}")
    common.say(f"wrote {path}")


def split_model(words: list[str]) -> tuple[str, list[str]]:
    """The model and the text files among the words; the shipped model where none is named."""
    from stateviz.core.errors import InputError

    if not words[0].endswith(".safetensors"):
        common.say(f"no MODEL: using the network shipped in the package ({SHIPPED_MODEL})")
        return SHIPPED_MODEL, words
    if len(words) == 1:
        raise InputError(f"{words[0]} is a model; name a text for it to read, or - for stdin")
    return words[0], words[1:]
