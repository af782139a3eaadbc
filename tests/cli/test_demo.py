"""stateviz demo: one command, one folder, one table."""

from __future__ import annotations

import json

import pytest
from PIL import Image

import stateviz as sv
from stateviz.reporting.demo import METHODS, romans

FILES = {
    "phone-case.png", "mock-up.png", "cases.png", "unordered-ordered.png", "heatmap.png", "order.json",
    "recording.zarr", "demo.json",
}  # fmt: skip


def test_the_demonstration_writes_what_it_promises(cli, tmp_path):
    result = cli("demo")
    assert result.code == 0
    folder = tmp_path / "stateviz-demo"
    assert {path.name for path in folder.iterdir()} == FILES
    order = json.loads((folder / "order.json").read_text())
    assert (order["proven"], len(order["rows"])) == (True, 128)
    assert (order["length"], order["method"]) == (11927, "exact")
    states = sv.load_states(sv.shipped_recording()).values.mean(axis=1)
    assert (order["rows"][0], order["rows"][-1]) == (states.argmin(), states.argmax())
    assert "stateviz order words.zarr --method exact --ends mean -o words.json" in result.err
    assert "128 units x 274 steps" in result.err
    first_words = [line.split()[0] for line in result.out.splitlines()]
    assert first_words[: len(METHODS) + 1] == ["method", *METHODS]
    assert Image.open(folder / "phone-case.png").size[1] > 1700  # 147.6 mm at 300 dpi


def test_it_runs_again_over_its_own_files(cli, tmp_path):
    (tmp_path / "words.txt").write_text("In the beginning was the Word")
    words = ["demo", "--text", "words.txt", "--medium", "a6", "--palette", "forest", "-o", "mine"]
    assert cli(*words).code == 0
    result = cli(*words)
    assert result.code == 0
    assert "128 units x 29 steps" in result.err
    assert {path.name for path in (tmp_path / "mine").iterdir()} == FILES


@pytest.mark.parametrize("name", ["order.json", "phone-case.png", "notes.txt", "demo.json"])
def test_a_folder_that_is_not_its_own_is_left_as_it_is(cli, tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text('{"kind": "mine"}')
    result = cli("demo", "-o", "mine")
    assert result.code == 1
    assert result.err.startswith("stateviz: error: mine holds files that no demonstration made; give an empty folder")
    assert [path.read_text() for path in (tmp_path / "mine").iterdir()] == ['{"kind": "mine"}']
    with pytest.raises(sv.FileError, match="no demonstration made"):
        sv.demo(tmp_path / "mine")


def test_digits_and_emoji_of_a_text_become_spaces_and_are_counted(cli, tmp_path):
    (tmp_path / "words.txt").write_text("In 1611 \U0001f600 he spake 7 words", encoding="utf-8")
    result = cli("demo", "--text", "words.txt", "--medium", "a6", "--method", "mean", "-o", "mine")
    assert result.code == 0, result.err
    assert "6 characters without a known spelling read as spaces: '1' x 3, '6' x 1, " in result.err


def test_an_empty_folder_will_do(cli, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.txt").write_text("In the beginning")
    assert cli("demo", "--text", "words.txt", "--medium", "a6", "-o", "empty").code == 0


def test_a_short_text_is_repeated_and_a_long_one_is_cut_and_both_are_said(tmp_path):
    short = sv.demo(tmp_path / "short", text="In the beginning", medium="iphone-16-pro", method="greedy-insert")
    (site,) = short.recording.sites
    assert short.recording[site].shape == (128, 16 * 17 - 1)
    assert short.notes == (
        "the text has 16 characters; 312 fit iphone-16-pro, 268 at its largest cells: it is read 16 times over, "
        "with a newline between",
    )
    assert short.best.method == "greedy-insert"
    long = sv.demo(tmp_path / "long", text="In the beginning " * 30, medium="iphone-16-pro", method="mean")
    assert 260 < len(long.recording.tokens) <= 268
    assert short.sheet.plan["share"] > 0.95 < long.sheet.plan["share"]
    assert "510 characters; 312 fit iphone-16-pro, 268 at its largest cells: its first" in long.notes[0]


def test_a_wrong_medium_leaves_nothing(cli, tmp_path):
    result = cli("demo", "--medium", "iphone-51")
    assert result.code == 1
    assert "unknown medium 'iphone-51'" in result.err
    assert list(tmp_path.iterdir()) == []


def test_the_text_is_the_published_one():
    text = romans()
    assert (len(text), text.count("\n"), text[-1]) == (275, 1, ".")
