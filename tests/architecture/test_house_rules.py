"""What holds of every file and every table row."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import stateviz
from stateviz.cli import VERBS
from stateviz.cli.list_ import TABLES

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


def test_the_version_is_said_once():
    match = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert match
    assert match[1] == stateviz.__version__
    assert f"## {stateviz.__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("table", [name for name in TABLES if name != "media"])
def test_every_row_is_in_the_readme(table):
    readme = (ROOT / "README.md").read_text()
    missing = [name for name, _ in TABLES[table]() if f"`{name}`" not in readme]
    assert missing == []


def test_every_verb_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [verb for verb in VERBS if f"stateviz {verb}" not in readme] == []


def test_every_picture_of_the_readme_is_there():
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)|<img[^>]+src=\"([^\"]+)\"", readme)
    assert pictures
    assert [name for pair in pictures for name in pair if name and not (ROOT / name).is_file()] == []


def test_commands_of_the_readme_parse():
    from stateviz.cli import parser_of

    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"^\$ stateviz (.+?)(?:\s+#.*)?$", readme, re.MULTILINE)
    assert len(commands) >= 10
    for command in commands:
        verb, *words = shlex.split(command)
        parser_of(verb).parse_args(words)


def test_python_of_the_readme_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "case.png").stat().st_size > 0


def test_tables_of_the_readme_are_those_measured():
    code = (ROOT / "benchmarks" / "readme.py").read_text()
    scope: dict[str, Any] = {"__name__": "readme", "__file__": str(ROOT / "benchmarks" / "readme.py")}
    exec(compile(code, "readme.py", "exec"), scope)
    readme = (ROOT / "README.md").read_text()
    assert scope["filled"](readme, ROOT / "benchmarks" / "results") == readme
