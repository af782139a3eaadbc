"""The notebooks run from top to bottom, and show what they are kept with: the site shows that without running them."""

from __future__ import annotations

import base64
import importlib.util
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import stateviz

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def texts(notebook: Any) -> list[list[str]]:
    """What each code cell printed, and the kinds of what else it shows."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
            results = [output.data for output in cell.outputs if "data" in output]
            plain = [data["text/plain"] for data in results if "image/png" not in data]
            shown.append([printed, *plain, *(kind for data in results for kind in sorted(data))])
    return shown


def pictures(notebook: Any) -> list[bytes]:
    """The PNG pictures."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [base64.b64decode(o.data["image/png"]) for o in outputs if "image/png" in o.get("data", {})]


def maker() -> Any:
    """notebooks/make.py."""
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    return make


def shown_by(cell: Any) -> str:
    """All that a cell shows as text."""
    parts = []
    for output in cell.get("outputs", []):
        parts.append(output.get("text", ""))
        parts += [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return "".join(parts)


def measured(name: str) -> str:
    """The sentences that cells of a notebook work out."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    return "\n".join(
        output.data["text/markdown"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/markdown" in output.get("data", {})
    )


def test_there_are_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{k:02d}" for k in range(1, len(NOTEBOOKS) + 1)]
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_shows_what_a_run_shows(path, monkeypatch):
    for name in ("PYTHONPATH", "MPLBACKEND"):  # which the run sets
        monkeypatch.setenv(name, "")
    make = maker()
    kept, made = nbformat.read(path, as_version=4), make.run(path)
    assert texts(kept) == texts(made)
    assert len(pictures(kept)) == len(pictures(made)) > 0
    assert all(picture.startswith(b"\x89PNG") for picture in pictures(kept))
    assert {key for cell in kept.cells for key in cell.metadata} <= {"tags"}
    assert path.stat().st_size < 300_000  # pictures of few colours: the repository keeps each version


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_cell_installs_the_one_wheel(path):
    notebook, make = nbformat.read(path, as_version=4), maker()
    first, *others = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert first == make.INSTALL
    assert not any("pip" in source for source in others)
    assert make.WHEEL.endswith(f"/stateviz-{stateviz.__version__}-py3-none-any.whl")


@pytest.mark.parametrize("path", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_numbers_of_the_prose_are_shown_above_or_below_it(path):
    notebook = nbformat.read(path, as_version=4)
    shown = "".join(map(shown_by, notebook.cells))
    code = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            numbers = re.findall(r"(?<![\w.])[−-]?\d[\d,.]*%?", re.sub(r"\(.*?\)|\b95 of 100\b|95%", "", cell.source))
            known = {number for number in numbers if number.strip(".,") in shown + code}
            assert set(numbers) - known - {"1", "−1"} == set(), cell.source


def test_correlations_say_what_numpy_says():
    said = measured("02-correlations")
    recording = stateviz.record(stateviz.load_model("phone-case"), stateviz.shipped_text())
    values = stateviz.load_states(recording).values.astype(np.float64)
    assert f"{np.nanmean(recording.tracks['surprisal']):.2f} bits" in said
    assert f"changes at {(values[:, 1:] != values[:, :-1]).mean():.0%} of the steps" in said
    r = np.corrcoef(values)
    effective = len(r) ** 2 / (r**2).sum()
    assert f"those of {effective:.0f} independent units" in said
    later = np.corrcoef(values[:, values.shape[1] // 2 :])
    pairs = np.abs(later[np.triu_indices(len(later), 1)])
    assert f"the median pair has |r| = {np.median(pairs):.2f}" in said
    assert f"at the same character |r| = {pairs.max():.2f}" in said
    unit, after, then, r_then = re.search(
        r"unit (\d+) and, (\d) characters? later, unit (\d+) .*? r = (-?[\d.]+)", said
    ).groups()
    lag, half = int(after), values[:, values.shape[1] // 2 :]
    assert float(r_then) == round(np.corrcoef(half[int(unit), :-lag], half[int(then), lag:])[0, 1], 2)


def test_units_that_count_say_what_the_language_knows():
    said = measured("03-units-that-count")
    text, truth = stateviz.language("parenthesis").generate(16_000, seed=7)
    nats = stateviz.score(stateviz.load_model("parenthesis"), text).mean()
    assert f"{nats:.4f} nats a character" in said
    assert f"the entropy is {stateviz.language('parenthesis').entropy:.4f}" in said
    spaces = np.array(list(text[:-1])) == " "
    share = np.mean([symbol == "4" for symbol in np.array(list(text))[1:][spaces & (truth["depth"][:-1] == 4)]])
    assert f"{share:.0%} are followed by a 4" in said
