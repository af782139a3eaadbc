"""What every verb has in common: exit codes, help, where talk and results go."""

from __future__ import annotations

import argparse
import re
import shlex
import sys

import pytest

from stateviz.cli import VERBS, main, parser_of


def test_no_words_show_the_verbs(cli):
    result = cli()
    assert result.code == 0
    assert all(verb in result.out for verb in VERBS)


def test_version(cli):
    assert cli("--version").out.startswith("stateviz ")


@pytest.mark.parametrize(
    "words", [["ordre"], ["order", "--no-such-option"], ["print"], ["list", "nothing"], ["--what"]]
)
def test_wrong_usage_exits_2(cli, words):
    result = cli(*words)
    assert result.code == 2
    assert "error" in result.err
    assert result.out == ""


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_has_help(verb):
    parser = parser_of(verb)
    assert parser.description
    silent = [action.dest for action in parser._actions if not action.help]
    assert silent == []
    assert f"stateviz {verb}" in parser.format_help().split("examples:")[1]


def examples_of(verb: str) -> list[str]:
    """The words after ``stateviz`` of each example in the help, without what is said of it."""
    lines = parser_of(verb).epilog.split("examples:")[1].strip().splitlines()
    return [re.split(r"\s{2,}|\s#", line.strip())[0].rpartition("stateviz ")[2] for line in lines]


@pytest.mark.parametrize(("verb", "example"), [(verb, example) for verb in VERBS for example in examples_of(verb)])
def test_examples_in_help_parse(verb, example):
    first, *words = shlex.split(example)
    assert first == verb
    parser_of(verb).parse_args(words)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example(verb):
    assert examples_of(verb)


def test_options_may_not_be_abbreviated(cli):
    assert cli("order", "--metho", "mean").code == 2


def test_a_reader_that_goes_away_is_no_error(monkeypatch, capfd):
    class Gone:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        flush = close = lambda self: None

        def fileno(self) -> int:
            raise ValueError("no file")

    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["list", "media"]) == 141
    assert capfd.readouterr().err == ""


def test_interrupt_is_one_line(cli, monkeypatch):
    import stateviz.cli.list_ as verb

    def interrupted(args: argparse.Namespace) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verb, "run", interrupted)
    result = cli("list")
    assert (result.code, result.out) == (130, "")
    assert result.err.count("\n") == 1


def test_an_error_is_one_line_on_stderr(cli):
    result = cli("order", "no-such-file.npy")
    assert (result.code, result.out) == (1, "")
    assert re.fullmatch(r"stateviz: error: .*no-such-file\.npy.*\n", result.err)


def test_main_is_the_module_too(python, tmp_path):
    done = python("-m", "stateviz", "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
