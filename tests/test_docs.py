"""The site names every verb and every row, its commands parse, its Python runs, its tables are those measured."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import FrameType

import pytest

import stateviz
from stateviz.cli import VERBS, main, parser_of
from stateviz.cli.list_ import TABLES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted(DOCS.glob("*.md")),
        *sorted(DOCS.glob("[!_]*/*.md")),
    )
}
SITE = "\n".join(text for name, text in PAGES.items() if name.startswith("docs/"))
API = [path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").glob("*.rst"))]


def commands(text: str) -> list[str]:
    """The lines ``$ stateviz ...`` of a page, continued lines joined, without their comments."""
    return re.findall(r"^\$ stateviz (.+?)(?:\s+#.*)?$", text.replace("\\\n", ""), re.MULTILINE)


def python(text: str) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"^```python\n(.+?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("table", [name for name in TABLES if name != "media"])
def test_every_row_is_named_in_the_text_of_the_site(table):
    assert [name for name, _ in TABLES[table]() if f"`{name}`" not in SITE] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_on_the_page_of_tables(table):
    page = PAGES["docs/reference/tables.md"]
    directive = "{stateviz-methods}" if table == "methods" else f"{{stateviz-table}} {table}"
    assert f"(table-{table})=" in page
    assert f"```{directive}\n" in page


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_page_with_its_options(verb):
    page = PAGES[f"docs/howto/{verb}.md"]
    assert f"stateviz {verb}" in page
    assert f"```{{stateviz-options}} {verb}\n" in page
    assert re.search(rf"^{verb}$", PAGES["docs/howto/index.md"], re.MULTILINE)


def test_every_public_name_is_in_the_reference_once():
    listed = [name for page in API for name in re.findall(r"^(?:   |\.\. stateviz-data:: )(\w+)$", page, re.MULTILINE)]
    assert sorted(listed) == sorted(set(stateviz.__all__) - {"__version__"})


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if commands(text)])
def test_commands_parse(page):
    for command in commands(PAGES[page]):
        verb, *words = shlex.split(command)
        parser_of(verb).parse_args(words)


def test_there_are_commands():
    assert sum(len(commands(text)) for text in PAGES.values()) > 40


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if python(text)])
def test_python_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(python(PAGES[page])), page, "exec"), {})


def test_commands_of_the_tutorial_run(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    text = PAGES["docs/tutorial.md"]
    (words,) = re.findall(r"^\$ printf '(.+)' > words.txt$", text, re.MULTILINE)
    Path("words.txt").write_text(words, encoding="utf-8")
    for command in commands(text):
        assert main(shlex.split(command)) == 0, command
    said = capfd.readouterr().err
    assert [line for line in re.findall(r"`(length [^`]+)`", text) if line not in said] == []
    made = set(chain.from_iterable(re.findall(r"-o (\S+)", command) for command in commands(text)))
    assert made <= {path.name for path in tmp_path.iterdir()}


def test_every_measured_table_is_included_and_there():
    included = {
        Path(name).name for name in re.findall(r"\{include\} \.\./benchmarks/results/(\S+)", PAGES["docs/measured.md"])
    }
    assert included == {path.name for path in (ROOT / "benchmarks" / "results").glob("*.md")}


def test_every_picture_of_the_site_is_there():
    pictures = [
        (DOCS / page.removeprefix("docs/")).parent / picture
        for page, text in PAGES.items()
        if page.startswith("docs/")
        for picture in re.findall(r"\{image\} (\S+)", text)
    ]
    assert len(pictures) > 5
    assert [str(path) for path in pictures if not path.is_file()] == []


def test_every_path_that_contributing_names_is_there():
    package = Path(stateviz.__file__).parent
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?|\w+/\w+\.py)`", PAGES["CONTRIBUTING.md"]))
    assert len(named) > 20
    homes = (ROOT, package, *(path for path in package.iterdir() if path.is_dir()))

    def is_there(name: str) -> bool:
        name = name.removesuffix("x.py").removesuffix("NAME.md")  # which stand for the new file
        return any((home / name).exists() for home in homes)

    assert sorted(name for name in named if not is_there(name)) == []


def entered(call: Callable[[], object]) -> list[str]:
    """The modules of the package whose functions a call enters, in that order."""
    package = f"{Path(stateviz.__file__).parent}/"
    found: dict[str, None] = {}

    def note(frame: FrameType, event: str, argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(package):
            found.setdefault(name.removeprefix(package))

    call()  # what is imported and compiled at first use is there
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return list(found)


@pytest.mark.parametrize(
    "title", ["A StateMatrix through `order`", "A text through `record`", "An Ordering through `print`"]
)
def test_a_walk_is_as_the_page_has_it(title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    section = PAGES["docs/concepts/walks.md"].split(f"## {title}\n")[1].split("\n## ")[0]
    code = re.search(r"^`(sv\.[^`]+)`", section, re.MULTILINE)
    walk = re.findall(r"^\d+\. `([\w/]+\.py)`", section, re.MULTILINE)
    assert code is not None and len(walk) > 8
    states = stateviz.load_states(stateviz.shipped_recording())
    scope = {
        "sv": stateviz,
        "states": states,
        "ordering": stateviz.order(states, method="mean"),
        "model": stateviz.load_model("phone-case"),
    }
    modules = entered(lambda: eval(code[1], scope))
    assert [name for name in modules if name in walk] == walk
