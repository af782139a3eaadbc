"""Rewrite a model so that its units come in an order found: the same outputs, its states in that order.

Rows of every gate, recurrent columns, start state and all that reads the units are permuted, and negated where the
order flips a unit.
"""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz apply phone-case order.json -o reordered.safetensors       the network shipped in the package
stateviz apply gru.safetensors layer0.json layer1.json -o g.safetensors   several layers
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz apply`` takes."""
    parser.add_argument("model", metavar="MODEL", help="a .safetensors file that train wrote, or a shipped model")
    parser.add_argument(
        "orders", nargs="+", metavar="ORDER", help="an order.json of one of its sites; one for each of several"
    )
    parser.add_argument("--force", action="store_true", help="replace a model that is there")
    common.add_output(parser, "the rewritten model (.safetensors)", required=True)


def run(args: argparse.Namespace) -> None:
    """Load, rearrange, save."""
    from stateviz.core.errors import InputError
    from stateviz.models import CharModel, apply, load_model
    from stateviz.storage import check_writable, read_order

    check_writable(args.output, overwrite=args.force)
    orders = [read_order(path) for path in args.orders]
    model = load_model(args.model)
    if not isinstance(model, CharModel):
        raise InputError(f"{args.model} holds n-grams, which have no units to rearrange")
    path = apply(model, orders).save(args.output, overwrite=args.force)
    for order in orders:
        flips = int((order.signs < 0).sum())
        common.say(f"{order.site}: {len(order.rows)} units in order{f', {flips} of them flipped' if flips else ''}")
    common.say(f"wrote {path}")
