"""Change units of a model while it reads, and measure what that does to its loss; or while it writes, and see it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common, networks
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.core.protocols import LanguageModel

_TRIED = 2000  # characters with which the parts of a torch module are found

EXAMPLES = """
stateviz intervene phone-case romans.txt --units 3,17          hold two units at their means
stateviz intervene m.safetensors text.txt --units 3 --features inside-quotes,url -o effects.json
stateviz intervene m.safetensors text.txt --site core.layer0.c --units 40 --how clamp --value 1.5
stateviz intervene zoo:lstm log.txt --encode bytes --site rnn.layer0.c --units 3     a torch model of yours
stateviz intervene phone-case --units 3 --how flip --sample 200 --prime 'In the '     what it writes, with and without
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz intervene`` takes."""
    from stateviz.analysis import FEATURES, INTERVENTIONS

    parser.add_argument("model", metavar="MODEL", help=f"{networks.MODEL}; or a shipped model by name")
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="a text file, or - for stdin; with --sample only where units take "
        "states of a text"
    )  # fmt: skip
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text file (default: utf-8)")
    common.add_unknown(parser)
    networks.add_network(parser)
    networks.add_layout(parser)
    parser.add_argument("--units", required=True, metavar="A[,B...]", help="units by number, or ranges such as 0:8")
    parser.add_argument("--site", metavar="NAME", help="whose, such as core.layer0.c (default: h of the topmost layer)")
    hows = "; ".join(f"{name}: {row.description}" for name, row in INTERVENTIONS.items())
    parser.add_argument("--how", default="mean", metavar="NAME", help=f"what is done: {hows} (default: mean)")
    parser.add_argument("--value", metavar="X[,Y...]", help="of clamp, scale and steer: one number, or one a unit")
    parser.add_argument(
        "--features", metavar="A[,B...]",
        help=f"tell where each is on and where it is off: any of {common.listed(FEATURES)}",
    )  # fmt: skip
    parser.add_argument(
        "--parts", type=int, metavar="N", help="cut the text into N parts, read side by side; 1: one pass (default: "
        "one for every 1,000 tokens)"
    )  # fmt: skip
    parser.add_argument("--sample", type=int, metavar="N", help="write N characters, with and without the change")
    parser.add_argument("--prime", metavar="TEXT", help="what samples go on from (default: a new line)")
    parser.add_argument("--temperature", type=float, metavar="T", help="of samples (default: 1)")
    parser.add_argument("--device", metavar="NAME", help="such as cuda (default: where the model is)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace a .csv that is there")
    common.add_output(parser, "the effects as .json or .csv; without it, a table to stdout", stdout=True)


def run(args: argparse.Namespace) -> None:
    """Load, change, and measure or sample."""
    from stateviz.analysis.interventions.nouns import MARK
    from stateviz.analysis.tables import check_table

    if args.output is not None:
        check_table(args.output, MARK, overwrite=args.force)
    asked: dict[str, Any] = {
        "units": unit_numbers(args.units), "site": args.site, "how": args.how, "value": _numbers(args.value),
        "seed": args.seed, "unknown": args.unknown,
    }  # fmt: skip
    if args.sample is not None:
        _sample(_model(args), args, asked)
        return
    for name in ("prime", "temperature"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name} is for samples; give --sample N, or leave it out")
    if args.text is None:
        raise InputError("name a TEXT that the model reads, or --sample N for what it writes")
    from stateviz.analysis import intervene

    names = [word.strip() for word in (args.features or "").split(",") if word.strip()]
    found = intervene(
        _model(args), Path(args.text), features=names or None, parts=args.parts, device=args.device,
        encoding=args.encoding, **asked,
    )  # fmt: skip
    common.say(str(found).removeprefix("Effects(").removesuffix(")"))
    if args.output is None:
        out(found.to_text())
        return
    found.save(args.output, overwrite=args.force)
    common.say(f"wrote {args.output}")


def _model(args: argparse.Namespace) -> LanguageModel:
    """A model of ours, or a torch module of the user's with the beginning of TEXT to find its parts with."""
    from stateviz.core.protocols import Editable
    from stateviz.recording import editable
    from stateviz.storage.text_files import given_text

    network = networks.load(args.model, args)
    if isinstance(network.model, Editable):
        if args.layout is not None:
            raise InputError("--layout is for package.module:factory; leave it out")
        return network.model
    if args.text is None:
        raise InputError("name a TEXT, with which the parts of the model are found")
    words = given_text(Path(args.text), args.encoding)[:_TRIED]
    return editable(network.model, words, encode=network.encode, forward=network.forward, layout=args.layout)


def _sample(model: LanguageModel, args: argparse.Namespace, asked: dict[str, Any]) -> None:
    """Write what the model writes as it is and with the change, from the same random numbers."""
    from stateviz.analysis import edited
    from stateviz.models import sample

    for name in ("features", "parts", "output", "device"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name} is for effects on a text; leave it out, or --sample")
    if args.text is not None:
        asked |= {"text": Path(args.text)}
    changed = edited(model, **asked)
    options: dict[str, Any] = {
        "prime": args.prime, "length": args.sample, "seed": args.seed, "unknown": args.unknown,
        "temperature": 1.0 if args.temperature is None else args.temperature,
    }  # fmt: skip
    before, after = sample(model, **options), sample(changed, **options)
    for title, text in (("as it is", before), (f"{args.how} of {args.units}", after)):
        out(f"--- {title}\n{args.prime or ''}{text}")


def unit_numbers(words: str) -> list[int]:
    """Units by number, and ranges of them.

    Examples
    --------
    >>> unit_numbers("3,8:11")
    [3, 8, 9, 10]
    """
    found: list[int] = []
    for word in words.split(","):
        first, colon, last = word.strip().partition(":")
        try:
            found += range(int(first), int(last)) if colon else [int(first)]
        except ValueError:
            raise InputError(f"--units takes numbers and ranges, such as 3,8:11, not {words!r}") from None
    return found


def _numbers(words: str | None) -> float | list[float] | None:
    if words is None:
        return None
    try:
        found = [float(word) for word in words.split(",")]
    except ValueError:
        raise InputError(f"--value takes a number, or one a unit with commas between, not {words!r}") from None
    return found[0] if len(found) == 1 else found
