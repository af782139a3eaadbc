"""Progress: one line of the terminal for every verb that takes long, erased in the end; nothing in a log."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

ERASE = "\r\x1b[K"
PROGRESS = re.compile(r"[a-z][a-z ,+-]*: .*\d s")
"""What Progress says of itself: a stage, how far it is, and the seconds since the verb began."""
VERBS = {
    "train": ["train", "text.txt", "--recipe", "quick", "--steps", "2", "--width", "4", "-o", "m.safetensors"],
    "record": ["record", "text.txt", "-o", "r.zarr"],
    "statistics": ["record", "text.txt", "--keep", "statistics", "-o", "r.stats.npz"],
    "order": ["order", "states.npy", "--method", "lin-kernighan", "--time", "1"],
    "compare": ["compare", "states.npy", "--methods", "greedy-chain+lin-kernighan", "--time", "1"],
    "view": ["view", "states.npy", "-o", "states.png"],
    "demo": ["demo", "--text", "words.txt", "--medium", "a6"],
}


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "text.txt").write_text("in the beginning was the word " * 20)
    (tmp_path / "words.txt").write_text("In the beginning")
    np.save(tmp_path / "states.npy", np.random.default_rng(0).integers(0, 2, (60, 80)))


@pytest.mark.parametrize("verb", VERBS)
def test_a_terminal_shows_progress_on_one_line_and_is_left_without_it(cli, inputs, monkeypatch, verb):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = cli(*VERBS[verb])
    assert done.code == 0, done.err
    assert any(PROGRESS.fullmatch(drawn) for drawn in done.err.split(ERASE))
    # What a terminal still shows of each line is what came after its last erasure.
    left = [line.rsplit(ERASE, 1)[-1] for line in done.err.split("\n")]
    assert [line for line in left if PROGRESS.fullmatch(line)] == []


@pytest.mark.parametrize("verb", ["record", "order"])
def test_a_log_shows_none(cli, inputs, verb):
    done = cli(*VERBS[verb])
    assert done.code == 0
    assert ERASE not in done.err
    assert [line for line in done.err.splitlines() if PROGRESS.fullmatch(line)] == []
