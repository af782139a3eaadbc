"""The notebooks run from top to bottom, and show what they are kept with: the site shows that without running them."""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path
from typing import Any

import nbformat
import pytest

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


def test_there_are_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{k:02d}" for k in range(1, len(NOTEBOOKS) + 1)]
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_shows_what_a_run_shows(path, monkeypatch):
    for name in ("PYTHONPATH", "MPLBACKEND"):  # which the run sets
        monkeypatch.setenv(name, "")
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    kept, made = nbformat.read(path, as_version=4), make.run(path)
    assert texts(kept) == texts(made)
    assert len(pictures(kept)) == len(pictures(made)) > 1
    assert all(picture.startswith(b"\x89PNG") for picture in pictures(kept))
    assert {key for cell in kept.cells for key in cell.metadata} <= {"tags"}
    assert path.stat().st_size < 300_000  # pictures of few colours: the repository keeps each version
