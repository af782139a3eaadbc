"""Judge a sample against what it was learned from, a model at many temperatures, or several models on one text."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common
from stateviz.cli.streams import out
from stateviz.core.errors import InputError

if TYPE_CHECKING:
    from stateviz.analysis.judging import Judgement, ModelComparison
    from stateviz.reporting.temperatures import TemperatureTable

EXAMPLES = """
stateviz judge sample.txt --against novel.txt                       brackets, words, recited stretches, loops
stateviz judge --model novel.safetensors --against novel.txt        the same at temperatures 0.1 to 1.5
stateviz judge held.txt --models lstm.safetensors counts.safetensors   costs, common errors, what would have known
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz judge`` takes."""
    parser.add_argument(
        "sample", nargs="?", metavar="SAMPLE", help="a text file, or - for stdin; with --models: the text they read"
    )
    parser.add_argument(
        "--against", nargs="+", metavar="TRAINING", help="the files that were learned from: what is known, new, recited"
    )
    parser.add_argument(
        "--model", metavar="MODEL", help="let this model write at every temperature, in place of SAMPLE"
    )
    parser.add_argument(
        "--temperatures", metavar="T,T,...", help="with --model: at which it writes (default: 0.1 to 1.5 by 0.1)"
    )
    parser.add_argument(
        "--length", type=int, metavar="N", help="with --model: characters at each temperature (default: 2000)"
    )
    parser.add_argument("--prime", metavar="TEXT", help="with --model: what each sample goes on from")
    parser.add_argument("--seed", type=int, metavar="N", help="with --model: of the draws (default: 0)")
    parser.add_argument("--models", nargs="+", metavar="MODEL", help="compare these models on SAMPLE")
    common.add_unknown(parser)
    parser.add_argument(
        "--stretch", type=int, metavar="N", help="from so many characters on a stretch counts as recited (default: 50)"
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(args: argparse.Namespace) -> None:
    """Judge or compare, print."""
    _check(args)
    found: Judgement | ModelComparison | TemperatureTable
    if args.models is not None:
        found = _compared(args)
    elif args.model is not None:
        found = _at_temperatures(args)
    else:
        from stateviz.analysis.judging import judge

        found = judge(
            Path(args.sample), against=_paths(args.against), encoding=args.encoding, **_given(args, "stretch")
        )
    out(f"{json.dumps(found.to_json(), indent=2)}\n" if args.json else found.to_text(), end="")


def _check(args: argparse.Namespace) -> None:
    """Options that the way of judging has no use for are an error."""
    ways = {"SAMPLE": args.sample is not None, "--model": args.model is not None}
    if args.models is not None and not (ways["SAMPLE"] and not ways["--model"]):
        raise InputError("--models compares models on the text SAMPLE; give that, and no --model")
    if sum(ways.values()) != 1:
        raise InputError("give a SAMPLE to judge, or --model MODEL to let it write")
    idle = {
        "--model": ("temperatures", "length", "prime", "seed") if args.model is None else (),
        "--models": ("unknown",) if args.models is None else (),
        "a sample": ("stretch",) if args.models is not None else (),
    }
    for needed, names in idle.items():
        for name in names:
            if getattr(args, name) is not None:
                raise InputError(f"--{name} is for {needed}; leave it out")


def _compared(args: argparse.Namespace) -> ModelComparison:
    from stateviz.analysis.judging import compare_models
    from stateviz.models import load_model

    names = [Path(word).stem for word in args.models]
    if len(set(names)) < len(names):
        names = args.models
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} comes twice; name each model once")
    models = {name: load_model(word) for name, word in zip(names, args.models, strict=True)}
    return compare_models(
        models, Path(args.sample), against=_paths(args.against), unknown=args.unknown, encoding=args.encoding
    )


def _at_temperatures(args: argparse.Namespace) -> TemperatureTable:
    from stateviz.models import load_model
    from stateviz.reporting.temperatures import judge_temperatures

    options = _given(args, "length", "prime", "seed", "stretch")
    if args.temperatures is not None:
        options["temperatures"] = _numbers(args.temperatures)
    return judge_temperatures(load_model(args.model), against=_paths(args.against), encoding=args.encoding, **options)


def _paths(words: list[str] | None) -> list[Path] | None:
    return None if words is None else [Path(word) for word in words]


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def _numbers(words: str) -> list[float]:
    try:
        return [float(word) for word in words.split(",") if word.strip()]
    except ValueError:
        raise InputError(f"--temperatures takes numbers with commas between, such as 0.5,1; got {words!r}") from None
