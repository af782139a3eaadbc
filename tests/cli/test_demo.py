"""stateviz demo: one command, one folder, one table."""

from __future__ import annotations

import json

from PIL import Image

from stateviz.reporting.demo import METHODS, romans

FILES = {"phone-case.png", "unordered-ordered.png", "heatmap.png", "order.json", "recording.zarr"}


def test_the_demonstration_writes_what_it_promises(cli, tmp_path):
    result = cli("demo")
    assert result.code == 0
    folder = tmp_path / "stateviz-demo"
    assert {path.name for path in folder.iterdir()} == FILES
    order = json.loads((folder / "order.json").read_text())
    assert (order["proven"], len(order["rows"])) == (True, 128)
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


def test_a_wrong_medium_leaves_nothing(cli, tmp_path):
    result = cli("demo", "--medium", "iphone-51")
    assert result.code == 1
    assert "unknown medium 'iphone-51'" in result.err
    assert list(tmp_path.iterdir()) == []


def test_the_text_is_the_published_one():
    text = romans()
    assert (len(text), text.count("\n"), text[-1]) == (275, 1, ".")
