"""MODELS: the models that ship with the package, each with its digest, the command that trained it, and its card."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.core.table import Table

UNTRAINED = "-untrained"
_DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class ShippedModel:
    """A row of MODELS.

    Parameters
    ----------
    description
        One line for lists.
    digest
        SHA-256 of the file.
    command
        What trained it.
    card
        The page on its text, recipe and result, a file beside it.
    """

    description: str
    digest: str
    command: str
    card: str


MODELS: Table[ShippedModel] = Table(
    "model",
    {
        "phone-case": ShippedModel(
            "the 128-bit network of the phone case, trained on the King James Bible: 1.805 bits a character on Romans",
            "52114075d39b162514c54e8c53c80d769129988dcefc0cf55ff6d2d8a10b16c1",
            "stateviz train kjv.txt --recipe phone-case --hold-out Romans --seed 0 -o phone-case.safetensors",
            "phone-case.md",
        ),
        "parenthesis": ShippedModel(
            "a GRU of 15 units on the parenthesis language: 0.4873 nats a character, whose entropy is 0.4869",
            "33f62833e64187e774c3f6740b2f6d908123ee9baa0ce28e7fb24ef8ed455bbf",
            "stateviz train parenthesis.txt --recipe parenthesis --hold-out 0.1 --seed 0 --threads 1 "
            "-o parenthesis.safetensors",
            "parenthesis.md",
        ),
        "prose": ShippedModel(
            "an LSTM of 352 units on War and Peace: 1.754 bits a character on its last tenth",
            "25426658c32bd3598bf3fafc127666fef5ddcc3aeea4648eb8dd9ba4f9d3a6da",
            "stateviz train war-and-peace.txt --cell lstm --width 352 --embedding 64 --blocks 0 --windows "
            "consecutive --batch 32 --length 256 --rate 0.004 --warmup 100 --schedule cosine --clip 1 "
            "--precision bfloat16 --steps 6000 --dropout 0.1 --hold-out 0.1 --seed 0 --threads 1 -o "
            "prose.safetensors",
            "prose.md",
        ),
        "code": ShippedModel(
            "an LSTM of 352 units on C and Python: 1.687 bits a character on files held out",
            "fc362046756a0b72148d61c89ecefa92335cfdf5d80800684773463d9fa4ba24",
            "stateviz train code/train.txt code/held-out.txt --cell lstm --width 352 --embedding 64 --blocks 0 "
            "--windows consecutive --batch 32 --length 256 --rate 0.004 --warmup 100 --schedule cosine --clip 1"
            " --precision bfloat16 --steps 6000 --hold-out held-out.txt --seed 0 --threads 1 -o "
            "code.safetensors",
            "code.md",
        ),
        "markup": ShippedModel(
            "an LSTM of 352 units on a made-up wiki-like language: 1.421 bits a character",
            "109e4b491d6f395a513a77ed6463c0cbf910fb27b049aac969b3576da1fdfce4",
            "stateviz train markup.txt --cell lstm --width 352 --embedding 64 --blocks 0 --windows consecutive "
            "--batch 32 --length 256 --rate 0.004 --warmup 100 --schedule cosine --clip 1 --precision bfloat16 "
            "--steps 2000 --hold-out 0.1 --seed 0 --threads 1 -o markup.safetensors",
            "markup.md",
        ),
        "toy-10": ShippedModel(
            "three tanh units that follow 1, 0, 1, 0",
            "34f4ab0a85293de05cd846c626d725bc9104d3f70206d4c1f0a82727c81a7c07",
            "stateviz train 10.txt --recipe toy-10 --seed 0 -o toy-10.safetensors",
            "toys.md",
        ),
        "toy-110": ShippedModel(
            "three tanh units that follow 1, 1, 0: the state tells the first 1 from the second",
            "8e950418a88f676b91c84c422816f85e3fee2e2dade0199288573df43e78e712",
            "stateviz train 110.txt --recipe toy-110 --seed 0 -o toy-110.safetensors",
            "toys.md",
        ),
        "hello": ShippedModel(
            "three tanh units that write hello over and over",
            "aef42a1d5e356fc5dfbc83238b360e1a8236b5f1b95a9385e7591e9f05ba0bcd",
            "stateviz train hello.txt --recipe hello --seed 0 -o hello.safetensors",
            "toys.md",
        ),
    },
)


def is_shipped(name: str) -> bool:
    """Whether a word names a shipped model, trained or not.

    Examples
    --------
    >>> is_shipped("toy-10"), is_shipped("toy-10-untrained"), is_shipped("toy-10.safetensors")
    (True, True, False)
    """
    return name.removesuffix(UNTRAINED) in MODELS


def shipped_file(name: str) -> Path | None:
    """Where the file of a shipped model lies; None where none has that name.

    Raises
    ------
    FileError
        When the file is another than the one that shipped.

    Examples
    --------
    >>> shipped_file("phone-case").name
    'phone-case.safetensors'
    """
    if name not in MODELS:
        return None
    path = _DATA / f"{name}.safetensors"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != MODELS[name].digest:
        raise FileError(f"{str(path)!r} is not the {name} that ships with stateviz; install the package anew")
    return path
