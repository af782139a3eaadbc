"""Say what a model is made of: layers, shapes, parameters, equations, provenance, held-out figure."""

from __future__ import annotations

import argparse
import json

from stateviz.cli import common
from stateviz.cli.record import SHIPPED_MODEL
from stateviz.cli.streams import out

EXAMPLES = """
stateviz describe                            the network shipped in the package
stateviz describe model.safetensors --json
stateviz describe model.safetensors --curve curve.png   its losses while it was trained; .csv for the numbers
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz describe`` takes."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a .safetensors file; without it, the network shipped in the package"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--curve", metavar="FILE", help="also write the losses of its training: .csv, .png, .svg or .pdf"
    )
    parser.add_argument("--force", action="store_true", help="replace a .csv, or a picture that is none of stateviz")


def run(args: argparse.Namespace) -> None:
    """Load, print, draw."""
    if args.model is None:
        common.say(f"no MODEL: using the network shipped in the package ({SHIPPED_MODEL})")
    from stateviz.models import describe, load_model

    model = load_model(args.model or SHIPPED_MODEL)
    found = describe(model)
    if args.curve is not None:
        from stateviz.plotting import save_curve

        save_curve(model, args.curve, overwrite=args.force)
    out(json.dumps(found.to_json(), indent=2) if args.json else str(found))
    if args.curve is not None:
        common.say(f"wrote {args.curve}")
