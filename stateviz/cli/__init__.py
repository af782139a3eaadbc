"""The command line: one verb a file, each parses, calls the library and writes; no algorithm lives here.

A verb's module has ``EXAMPLES`` (what ``--help`` ends with), ``add_arguments(parser)`` and ``run(args)``. It is
imported only when it is the verb that was typed, so that ``stateviz --help`` loads nothing.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType

from stateviz.cli.memory import out_of_memory
from stateviz.cli.streams import silence_stdout, standing_streams
from stateviz.core.errors import StatevizError
from stateviz.core.escapes import one_line
from stateviz.core.table import unknown
from stateviz.core.version import __version__

#: verb -> (module, what it does); the order is the order of ``stateviz --help``.
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "two verses, one network, one phone case: everything at once"),
    "train": ("train", "train a character model on text"),
    "history": ("history", "look back on a training: samples, losses and units at each checkpoint kept"),
    "ngram": ("ngram", "count the n-grams of a text: the model that a network is compared with"),
    "language": ("language", "write a text of a made-up language, with what is true of each character"),
    "sample": ("sample", "let a character model write"),
    "judge": ("judge", "judge a sample against what it was learned from, or compare models on a text"),
    "describe": ("describe", "say what a model is made of, and how well it does"),
    "sites": ("sites", "list what can be recorded of a model"),
    "record": ("record", "record a model's hidden states while it reads a text"),
    "view": ("view", "see the states: a page to explore in the browser, or a picture"),
    "show": ("show", "show the states in the terminal"),
    "order": ("order", "order the units so that neighbours are alike, with a bound"),
    "compare": ("compare", "order the units by many methods, judge each order by many criteria"),
    "apply": ("apply", "rewrite a model so that its units come in an order found"),
    "structure": ("structure", "redundancy, stickiness, synchrony and gates of the units"),
    "correlate": ("correlate", "correlate the units, and tell which pairs are no chance"),
    "find": ("find", "find which unit follows which feature of the text, and how surely"),
    "counters": ("counters", "tell which units count, measure, latch or spike, and at which symbols"),
    "probe": ("probe", "probe how well one, a few or all units tell a feature, beside controls"),
    "factors": ("factors", "take the states apart into a few patterns of units"),
    "match": ("match", "find where units that stay on over a phrase are on together again"),
    "horizon": ("horizon", "measure how far back a model's memory reaches"),
    "intervene": ("intervene", "change units while a model reads or writes, and see what that does"),
    "sufficiency": ("sufficiency", "measure how much some units alone account for"),
    "align": ("align", "find each unit's partner in another model, checkpoint or layer"),
    "report": ("report", "write what a recording shows as one page to hand over"),
    "atlas": ("atlas", "write a folder with a page for each unit, and an index to sort and search"),
    "print": ("print_", "lay the states out for a thing to print on, in millimetres"),
    "preflight": ("preflight", "check a file as a print shop would, and read the matrix back from it"),
    "convert": ("convert", "write states in another file format, for other tools"),
    "list": ("list_", "list methods, metrics, palettes, media, cells, recipes, languages, models, sites"),
}

MOVED = {"draw": "stateviz view -o states.png (or .svg, .pdf)"}
"""Verbs of before that are part of others."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``stateviz``; by default those of the process.

    Returns
    -------
    int
        0; 1 for a StatevizError, told in one line on stderr; 2 for wrong usage; 130 after Ctrl-C; 141 when the reader
        of stdout went away, as for any program that is killed by SIGPIPE.

    Examples
    --------
    >>> main(["--version"])
    stateviz 0.1.0
    0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    atexit.unregister(gc.freeze)  # once, however often this is called
    atexit.register(gc.freeze)  # Python's last collections walk all that torch made: a second or two, and free nothing
    with standing_streams():
        return _run(words)


def _run(words: list[str]) -> int:
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]
            _dispatch(words)
            sys.stdout.flush()
    except SystemExit as stop:  # argparse: 0 after --help, 2 for wrong usage
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:
        silence_stdout()
        return 141
    except StatevizError as error:
        return _fail(str(error))
    except (MemoryError, RuntimeError) as error:
        if (words_for_memory := out_of_memory(error)) is None:
            raise
        return _fail(words_for_memory)
    except OSError as error:
        if error.filename is None:  # most likely of stdout, whose last bytes are then tried again at exit
            silence_stdout()
        return _fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        print("stateviz: interrupted", file=sys.stderr)
        return 130
    return 0


def parser_of(verb: str) -> argparse.ArgumentParser:
    """The parser of one verb, with its help."""
    module = _module(verb)
    from stateviz.cli.parsing import Parser

    parser = Parser(
        prog=f"stateviz {verb}",
        description=(module.__doc__ or "").strip(),
        epilog="examples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES.strip().splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser._negative_number_matcher = re.compile(r"-\.?\d")  # -1:1 and -1e3 are values, too, not options
    module.add_arguments(parser)
    return parser


def _dispatch(words: list[str]) -> None:
    if words and words[0] in VERBS:
        from stateviz.cli.files import named_files

        parser = parser_of(words[0])
        args = parser.parse_args(words[1:])
        with _limits(args), named_files(parser, args):
            _module(words[0]).run(args)
    elif not words:
        _top_parser().print_help()
    elif words[0] in MOVED:
        print(f"stateviz: error: {words[0]} is part of another verb: {MOVED[words[0]]}", file=sys.stderr)
        raise SystemExit(2)
    elif not words[0].startswith("-"):
        _fail(unknown("verb", words[0], VERBS))
        raise SystemExit(2)
    else:
        _top_parser().parse_args(words)


def _limits(args: argparse.Namespace) -> AbstractContextManager[None]:
    """What files are held to; nothing of it is loaded where they are not to be."""
    if not getattr(args, "allow_large", False):
        return nullcontext()
    from stateviz.storage import allow_large

    return allow_large()


def _top_parser() -> argparse.ArgumentParser:
    width = max(map(len, VERBS)) + 2
    parser = argparse.ArgumentParser(
        prog="stateviz",
        usage="stateviz VERB [INPUT] [options] [-o OUTPUT]",
        description="See, order, print and explain what a sequence model's hidden state does.",
        epilog="verbs:\n"
        + "\n".join(f"  {verb:{width}}{summary}" for verb, (_, summary) in VERBS.items())
        + "\n\n`stateviz VERB --help` says what a verb takes. Start with `stateviz demo`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stateviz {__version__}")
    parser.add_argument("verb", choices=list(VERBS), metavar="VERB", help="what to do, one of those below")
    return parser


def _module(verb: str) -> ModuleType:
    return import_module(f"stateviz.cli.{VERBS[verb][0]}")


def _fail(message: str) -> int:
    print(f"stateviz: error: {one_line(message)}", file=sys.stderr)
    return 1


def _show_warning(message: Warning | str, *_: object) -> None:
    print(f"stateviz: warning: {one_line(str(message))}", file=sys.stderr)
