"""MODEL arguments: a file of ours, or ``package.module:factory`` with its weights."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from stateviz.core.errors import InputError
from stateviz.core.references import is_reference, resolve_reference

if TYPE_CHECKING:
    from stateviz.models.networks import Network

SHIPPED = "phone-case"
MODEL = (
    "a .safetensors file that stateviz train wrote, or package.module:factory, a function that returns a torch model"
)


def add_network(parser: argparse.ArgumentParser) -> None:
    """--weights and --encode, which say more about a model of one's own."""
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of package.module:factory: .safetensors, or a torch file without pickles",
    )
    parser.add_argument(
        "--encode",
        metavar="HOW",
        help="how it reads text: bytes, or package.module:function, text -> (tokens, inputs); a factory may also "
        "return (model, encode) or (model, encode, forward)",
    )


def add_layout(parser: argparse.ArgumentParser) -> None:
    """--layout, which axis of what a model takes is which."""
    parser.add_argument(
        "--layout",
        choices=["nlc", "lnc", "ncl"],
        help="package.module:factory only: it takes (texts, steps, units), (steps, texts, units), or, as convolutions, "
        "(texts, units, steps); by default it is found out",
    )


def check_model(word: str) -> None:
    """Refuse a recording, or another file of states, where a model is wanted."""
    from stateviz.storage import READERS

    ending = next((ending for ending in READERS if word.lower().rstrip("/").endswith(ending)), None)
    if ending not in (None, ".safetensors", ".pt", ".pth"):
        raise InputError(f"{word} holds states and is no model; its sites: stateviz list sites {word}")


def load(word: str, args: argparse.Namespace) -> Network:
    """The model that ``word`` names, with its weights, and how it reads: --encode before what the factory says."""
    from stateviz.models.networks import load_network

    check_model(word)
    network = load_network(word, weights=args.weights)
    if args.encode is None:
        return network
    if args.encode != "bytes" and not is_reference(args.encode):
        raise InputError(f"--encode takes bytes or package.module:function, not {args.encode!r}")
    return replace(network, encode=args.encode if args.encode == "bytes" else resolve_reference(args.encode))
