"""stateviz language: a text and its truth, as the library gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import stateviz as sv
from stateviz.storage.text_files import read_text


def test_text_and_truth_are_the_librarys(cli, tmp_path):
    words = ["language", "parenthesis", "--option", "zero=false", "--characters", "501", "--seed", "2"]
    done = cli(*words, "-o", "p.txt", "--truth", "p.npz")
    assert (done.code, done.out) == (0, "")
    assert "0.469742 nats" in done.err
    text, truth = sv.language("parenthesis", zero=False).generate(501, seed=2)
    assert read_text(Path("p.txt")) == text
    with np.load("p.npz") as found:
        assert set(found.files) == set(truth)
        assert all(np.array_equal(found[name], truth[name]) for name in truth)
    assert cli(*words).out == f"{text}\n"


def test_files_are_not_replaced_without_force(cli, tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    done = cli("language", "bits", "-o", "a.txt")
    assert done.code == 1 and "--force" in done.err
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert cli("language", "bits", "-o", "a.txt", "--force").code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["parens"], "unknown language 'parens'"),
        (["bits", "--characters", "0"], "characters is 0"),
        (["bits", "--option", "patern=1"], "did you mean 'pattern'?"),
        (["bits", "--option", "pattern"], "KEY=VALUE"),
        (["bits", "--truth", "a.csv"], ".npz"),
        (["bits", "-o", "a.npz", "--truth", "a.npz"], "name two files"),
        (["bits", "--seed", "-1"], "seed is -1"),
    ],
)
def test_what_makes_no_sense_is_named(cli, tmp_path, words, expected):
    done = cli("language", *words)
    assert done.code == 1
    assert expected in done.err
    assert list(tmp_path.iterdir()) == []
