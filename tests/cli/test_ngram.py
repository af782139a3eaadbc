"""stateviz ngram: orders printed, models written, and what is refused."""

from __future__ import annotations

import re

import pytest

import stateviz as sv


@pytest.fixture
def text(tmp_path):
    text, _ = sv.language("markup").generate(20_000, seed=1)
    (tmp_path / "wiki.txt").write_text(text)
    return text


def test_every_order_is_printed_and_the_last_is_the_models(cli, text):
    done = cli("ngram", "wiki.txt", "--order", "4", "--hold-out", "0.1", "-o", "m.safetensors")
    assert done.code == 0
    found = [float(bits) for bits in re.findall(r"^order +\d+ +(\S+) bits", done.out, re.MULTILINE)]
    assert len(found) == 4 and found == sorted(found, reverse=True)
    assert "NGram(order 4, modified-kneser-ney" in done.err
    assert "wrote m.safetensors" in done.err


def test_without_anything_to_do_it_says_so(cli, text):
    done = cli("ngram", "wiki.txt")
    assert done.code == 1 and "-o FILE" in done.err and "--hold-out" in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--order", "0"], "order is 0"),
        (["--order", "25"], "1 to 20"),
        (["--smoothing", "witten"], "did you mean 'witten-bell'?"),
        (["--hold-out", "2"], "between 0 and 1"),
        (["-o", "m.npz"], ".safetensors"),
    ],
)
def test_wrong_choices_are_named(cli, text, tmp_path, words, expected):
    done = cli("ngram", "wiki.txt", *(["-o", "m.safetensors"] if "-o" not in words else []), *words)
    assert done.code == 1
    assert expected in done.err
    assert not any(path.name.startswith("m.") for path in tmp_path.iterdir())


def test_a_model_is_not_replaced_without_force(cli, text):
    assert cli("ngram", "wiki.txt", "-o", "m.safetensors").code == 0
    done = cli("ngram", "wiki.txt", "-o", "m.safetensors")
    assert done.code == 1 and "--force" in done.err
    assert cli("ngram", "wiki.txt", "-o", "m.safetensors", "--force").code == 0
