"""What the README says is so: its commands, its Python, its number, its links."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import stateviz as sv

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_is_two_screens_long():
    assert README.count("\n") <= 95
    assert len(README) <= 6000


def test_its_four_lines_make_a_case_in_an_empty_folder(tmp_path):
    (lines,) = (block for block in re.findall(r"```console\n(.+?)```", README, re.DOTALL) if "printf" in block)
    commands = [line.removeprefix("$ ") for line in lines.splitlines()]
    assert len(commands) == 4
    stateviz = tmp_path / "bin" / "stateviz"
    stateviz.parent.mkdir()
    stateviz.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stateviz "$@"\n')
    stateviz.chmod(0o755)
    empty = tmp_path / "empty"
    empty.mkdir()
    package = Path(sv.__file__).parent.parent
    env = os.environ | {"PATH": f"{stateviz.parent}:{os.environ['PATH']}", "PYTHONPATH": str(package)}
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=empty, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    assert sorted(path.name for path in empty.iterdir()) == ["case.png", "order.json", "words.txt", "words.zarr"]
    assert sv.read_order(empty / "order.json").method == "greedy-insert"


def test_its_model_in_five_lines_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert len(code.splitlines()) == 5
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert (tmp_path / "states.png").stat().st_size > 0
    assert sv.sites(scope["model"], encode="bytes").keys() >= {f"1.layer0.{gate}" for gate in "hcifgo"}


@pytest.mark.parametrize(
    "page", [README, (ROOT / "docs" / "index.md").read_text(encoding="utf-8")], ids=["readme", "site"]
)
def test_its_sentence_on_one_unit_is_true(page):
    states = sv.load_states(sv.shipped_recording())
    space = np.array([token == " " for token in states.tokens])
    r = [np.corrcoef(row, space)[0, 1] for row in states.values]
    row = int(np.argmax(np.abs(r)))
    on = states.values[row] > 0
    sentence = (
        f"Unit {states.units[row]} is on after {(on & space).sum()} of the {space.sum()} spaces and after "
        f"{(on & ~space).sum()} of the {(~space).sum()} other characters: r = {r[row]:.2f} with"
    )
    assert sentence in " ".join(page.split())


def test_its_links_and_pictures_are_there():
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", README)
    inside = {name for pair in links for name in pair if name and not name.startswith("http")}
    assert len(inside) > 10
    assert [name for name in inside if not (ROOT / name).is_file()] == []


def test_its_first_picture_has_whole_css_pixels_a_cell():
    name, width = re.search(r'src="([^"]+)" width="(\d+)"', README).groups()
    with Image.open(ROOT / name) as picture:
        assert picture.size[0] == 2 * int(width)  # for screens of two pixels a CSS pixel
        pixels = np.asarray(picture.convert("L"), int) > 128
    inside = pixels[800:1000, 1140:1640]  # clear of the outline
    across = np.flatnonzero((inside[:, 1:] != inside[:, :-1]).any(axis=0))
    down = np.flatnonzero((inside[1:] != inside[:-1]).any(axis=1))
    for edges in (across, down):
        assert len(edges) > 40
        assert set((edges - edges[0]) % 4) == {0}  # cells of 2 CSS pixels


def test_its_pictures_are_those_that_figures_make():
    code = (ROOT / "figures" / "make.py").read_text(encoding="utf-8")
    pictures = re.findall(r"figures/([\w-]+\.\w+)[\")]", README)
    assert pictures
    assert [name for name in pictures if f'"{name}"' not in code] == []


def test_the_numbers_of_methods_and_criteria_it_names():
    from stateviz.ordering import CRITERIA, METHODS

    assert f"There are {len(METHODS)} methods" in README
    assert f"by {len(CRITERIA)} criteria" in README
