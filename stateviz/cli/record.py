"""Record the hidden state of a model after each token it reads."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stateviz.cli import common, networks
from stateviz.cli.texts import text_files
from stateviz.core.errors import FileError, InputError
from stateviz.core.references import is_reference

if TYPE_CHECKING:
    from stateviz.core.statistics import Statistics

SHIPPED_MODEL = networks.SHIPPED

EXAMPLES = """
stateviz record verses.txt -o verses.zarr                    with the network shipped in the package
stateviz record model.safetensors verses.txt -o verses.zarr
stateviz record model.safetensors 'texts/*.txt' --sites '*.c' -o all.zarr     each file a text of its own
stateviz record zoo:lstm log.txt --encode bytes --weights w.safetensors       a torch model of yours
stateviz record gru.safetensors 'corpus/*.txt' --keep statistics -o corpus.stats.npz
echo 'In the beginning' | stateviz record - -o words.zarr    from stdin
echo 'In the beginning' | stateviz record - --generate 200 -o more.zarr       and 200 characters that the network writes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz record`` takes."""
    parser.add_argument(
        "texts",
        nargs="+",
        metavar="[MODEL] TEXT",
        help="text files or globs, - for stdin; each file is a text that begins from the model's first state. "
        f"The first word is the model if it is {networks.MODEL}; else the shipped network reads ({networks.SHIPPED})",
    )
    parser.add_argument(
        "--sites",
        metavar="A[,B...]",
        help="names or globs, such as core.layer0.h or '*.c', as `stateviz sites MODEL` lists them (default: every h)",
    )
    networks.add_network(parser)
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the text files (default: utf-8)")
    common.add_unknown(parser)
    _add_running(parser)
    parser.add_argument(
        "--keep",
        choices=["states", "statistics"],
        default="states",
        help="statistics: means, covariances and quantiles of a text too long to store, which order takes, too",
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    common.add_output(parser, "the recording (default: recording.zarr; of statistics recording.stats.npz)")


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--predictions", type=int, default=0, metavar="K", help="also keep the K likeliest next tokens of each step"
    )
    parser.add_argument(
        "--generate", type=int, default=0, metavar="N", help="also N tokens that the model writes after each text"
    )
    parser.add_argument(
        "--temperature",
        type=float,
        default=0.0,
        metavar="T",
        help="of the draws; 0 takes the likeliest (default)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is generated (default: 0)")
    parser.add_argument(
        "--positions",
        metavar="A,B,...|A:B[:S]",
        help="keep these steps of each text only; negative ones count from its end, such as --positions=-1",
    )
    parser.add_argument("--chunk", type=int, default=4096, metavar="STEPS", help="steps read at once (default: 4096)")
    parser.add_argument(
        "--window", type=int, metavar="TOKENS", help="read in windows, for models that attend to no more"
    )
    networks.add_layout(parser)
    parser.add_argument(
        "--reach",
        type=int,
        metavar="STEPS",
        help="how far back attention patterns go (*.head*; default: 255)",
    )
    parser.add_argument(
        "--dtype", default="float32", metavar="TYPE", help="float32 or float16; binary states take a bit"
    )
    parser.add_argument("--device", metavar="NAME", help="such as cuda (default: where the model is)")
    parser.add_argument("--resume", action="store_true", help="go on with a recording that was interrupted")


def run(args: argparse.Namespace) -> None:
    """Load the model, read the texts, write the recording as it grows, or the statistics in the end."""
    from stateviz.storage import check_writable
    from stateviz.storage.statistics import ENDING

    stored = args.keep == "states"
    output = args.output or ("recording.zarr" if stored else f"recording{ENDING}")
    if not stored and (args.predictions or args.generate or args.resume or args.dtype != "float32"):
        raise InputError(
            "--keep statistics gives no states to write; leave --predictions, --generate, --dtype and --resume away, "
            "or keep the states"
        )
    if not stored and not output.endswith(ENDING):
        raise InputError(f"statistics are written to a name that ends in {ENDING}, not {output!r}")
    check_writable(output, overwrite=args.force)
    if not stored:
        _check_sites(output, overwrite=args.force)
    name, words = split_model(args.texts)
    texts = text_files(words)
    network = networks.load(name, args)

    from stateviz.recording import record, record_statistics

    reading: dict[str, Any] = {
        "sites": None if args.sites is None else [site.strip() for site in args.sites.split(",")],
        "encode": network.encode,
        "encoding": args.encoding,
        "forward": network.forward,
        "positions": positions(args.positions),
        "chunk": args.chunk,
        "window": args.window,
        "layout": args.layout,
        "reach": args.reach,
        "device": args.device,
        "unknown": args.unknown,
    }
    with common.watching() as show, _kept(output):
        if not stored:
            found = record_statistics(network.model, texts, watch=show, **reading)
        else:
            recording = record(
                network.model, texts, predictions=args.predictions, generate=args.generate,
                temperature=args.temperature, seed=args.seed, out=output, dtype=args.dtype, overwrite=args.force,
                resume=args.resume, watch=show, **reading,
            )  # fmt: skip
    if not stored:
        _save_statistics(found, output, overwrite=args.force)
        return
    for site in recording.sites:
        rows, steps = recording[site].shape
        common.say(f"{rows} units x {steps} steps of {site}")
    common.say(f"wrote {output}")


@contextmanager
def _kept(output: str) -> Iterator[None]:
    """After an interruption, what is kept of the recording and how to go on."""
    from stateviz.storage.recordings.leftovers import interrupted

    try:
        yield
    except KeyboardInterrupt:
        common.say(f"{output} is not there{interrupted(Path(output)) or '; nothing of it was written yet'}")
        raise


def _check_sites(output: str, *, overwrite: bool) -> None:
    """Refuse, before the text is read, the files of several sites that are there: ``X.SITE.stats.npz``."""
    from stateviz.storage.statistics import ENDING

    path = Path(output)
    there = sorted(path.parent.glob(f"{escape(path.name.removesuffix(ENDING))}.*{ENDING}"))
    if there and not overwrite:
        raise FileError(f"{there[0]} is there, of a site of {output}; choose another name, or --force to replace it")


def _save_statistics(found: Mapping[str, Statistics], output: str, *, overwrite: bool) -> None:
    """One file; of several sites one each, named for the site."""
    from stateviz.storage.recordings.schema import group_names
    from stateviz.storage.statistics import ENDING, save_statistics

    names = group_names(found)  # of which every system makes file names
    for site, statistics in found.items():
        path = output.removesuffix(ENDING) + (f".{names[site]}" if len(found) > 1 else "") + ENDING
        save_statistics(statistics, path, overwrite=overwrite)
        common.say(f"{len(statistics.units)} units over {statistics.count} steps of {statistics.site}")
        common.say(f"wrote {path}")


def positions(text: str | None) -> slice | list[int] | None:
    """The steps that --positions names.

    Examples
    --------
    >>> positions("0,5,-1"), positions("10:"), positions("::3")
    ([0, 5, -1], slice(10, None, None), slice(None, None, 3))
    """
    if text is None:
        return None
    colons = text.count(":")
    try:
        numbers = [int(word) if word.strip() or not colons else None for word in text.split(":" if colons else ",")]
    except ValueError:
        numbers = []
    if not numbers or colons > 2 or 0 in numbers[2:]:
        raise InputError(f"--positions takes steps such as 0,5,-1, or A:B or A:B:STRIDE, not {text!r}")
    return slice(*numbers) if colons else [one for one in numbers if one is not None]


def split_model(words: list[str]) -> tuple[str, list[str]]:
    """The model and the text files among the words; the shipped model where none is named."""
    from stateviz.models.shipped import is_shipped

    named = is_shipped(words[0]) and not Path(words[0]).exists()
    if not (named or words[0].endswith(".safetensors") or is_reference(words[0])):
        common.say(f"no MODEL: using the network shipped in the package ({networks.SHIPPED})")
        return networks.SHIPPED, words
    if len(words) == 1:
        raise InputError(f"{words[0]} is a model; name a text for it to read, or - for stdin")
    return words[0], words[1:]
