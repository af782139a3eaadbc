"""What holds of every file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import stateviz

PACKAGE = Path(stateviz.__file__).parent
ROOT = Path(__file__).parents[2]
FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short_and_say_what_they_are_for(path):
    text = path.read_text()
    assert text.count("\n") < 300
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_functions_and_classes_have_docstrings(path):
    bare = [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_fit_a_screen(path):
    def code_lines(node: ast.FunctionDef) -> int:
        head = 1 if ast.get_docstring(node) and len(node.body) > 1 else 0
        return (node.end_lineno or 0) - node.body[head].lineno + 1

    tree = ast.parse(path.read_text())
    long = {n.name: code_lines(n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and code_lines(n) > 60}
    assert long == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_unpickled(path):
    text = path.read_text()
    assert re.search(r"^\s*(import|from) (pickle|dill|joblib|shelve|marshal)\b", text, re.MULTILINE) is None
    assert "allow_pickle=True" not in text
    assert "weights_only=False" not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pillow_is_told_which_formats_it_may_open(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    opened = [call for call in calls if ast.unparse(call.func) in ("Image.open", "PIL.Image.open")]
    assert all("formats" in {keyword.arg for keyword in call.keywords} for call in opened)
    assert not [call for call in calls if ast.unparse(call.func).endswith(("as_pil_image", "imread"))]


def test_the_version_is_said_once():
    match = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert match
    assert match[1] == stateviz.__version__
    assert f"## {stateviz.__version__}" in (ROOT / "CHANGELOG.md").read_text()
