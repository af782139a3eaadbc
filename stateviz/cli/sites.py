"""List what can be recorded of a model: its sites, with how many units each has."""

from __future__ import annotations

import argparse

from stateviz.cli import networks
from stateviz.cli.streams import out

EXAMPLES = """
stateviz sites model.safetensors                         one of ours
stateviz sites package.module:factory                    the model that a function of yours returns
stateviz sites package.module:factory --weights w.safetensors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz sites`` takes."""
    parser.add_argument("model", nargs="?", metavar="MODEL", help=f"{networks.MODEL}; without it, the shipped network")
    networks.add_network(parser)
    networks.add_layout(parser)
    parser.add_argument("--text", metavar="TEXT", help="a few words to try the model on, for one that needs real ones")


def run(args: argparse.Namespace) -> None:
    """Print the sites to stdout, one a line."""
    network = networks.load(args.model or networks.SHIPPED, args)

    from stateviz.recording import sites

    found = sites(network.model, args.text, encode=network.encode, forward=network.forward, layout=args.layout)
    width = max(map(len, found), default=0) + 2
    for name, units in found.items():
        out(f"{name:{width}}{units} units")
