"""Imports run one way: between the packages of stateviz, and between the files and folders inside each of them.

Every import statement counts: at the head of a file, inside a function, and under ``if TYPE_CHECKING:``.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import networkx as nx
import pytest

import stateviz

PACKAGE = Path(stateviz.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    {"core"},
    {"similarity", "storage"},
    {"models", "recording", "ordering", "analysis", "rendering"},
    {"plotting"},
    {"views", "printing"},
    {"reporting"},
    {"cli"},
    {"__init__", "__main__"},
)
"""A part imports itself and the parts of the layers listed before its own, never another part of its own layer."""


def module_of(path: Path) -> str:
    """The dotted name of a file, ``stateviz.core.__init__`` for a package's own."""
    return ".".join(("stateviz", *path.relative_to(PACKAGE).with_suffix("").parts))


MODULES = {module_of(path): path for path in FILES}


def imported(path: Path, known: Iterable[str] = MODULES) -> Iterator[str]:
    """Every file of stateviz that a file imports, by its dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [(f"{node.module}.{alias.name}", node.module or "") for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [(alias.name, alias.name) for alias in node.names]
        else:
            continue
        for longest, shorter in names:
            candidates = (longest, f"{longest}.__init__", shorter, f"{shorter}.__init__")
            found = next((name for name in candidates if name in known), None)
            assert found or not shorter.startswith("stateviz"), f"{path} imports {longest}, which is not there"
            if found:
                yield found


def circles(imports: Mapping[str, Iterable[str]]) -> list[str]:
    """The circles between the members of each folder, in words; a folder counts as one with all that is in it."""
    graphs: dict[str, nx.DiGraph] = defaultdict(nx.DiGraph)
    reasons: dict[tuple[str, str, str], str] = {}
    for importing, targets in imports.items():
        for target in targets:
            here, there = importing.split("."), target.split(".")
            level = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), None)
            if level is None:
                continue
            folder = ".".join(here[:level])
            graphs[folder].add_edge(here[level], there[level])
            reasons.setdefault((folder, here[level], there[level]), f"{importing} imports {target}")
    return [
        f"{folder}: " + "; ".join(reasons[folder, a, b] for a, b in graph.subgraph(members).edges)
        for folder, graph in sorted(graphs.items())
        for members in nx.strongly_connected_components(graph)
        if len(members) > 1
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    part = module_of(path).split(".")[1]
    layer = next(index for index, parts in enumerate(LAYERS) if part in parts)
    allowed = {part}.union(*LAYERS[:layer])
    assert {target.split(".")[1] for target in imported(path)} <= allowed


def test_every_part_has_its_layer():
    assert {name.split(".")[1] for name in MODULES} <= set().union(*LAYERS)


def test_no_circles():
    assert circles({name: set(imported(path)) for name, path in MODULES.items()}) == []


def test_a_circle_is_found_between_files_between_folders_and_in_a_package_that_imports_its_part():
    files = {"p.a": {"p.b"}, "p.b": {"p.a"}}
    folders = {"p.x.one": {"p.y.one"}, "p.y.two": {"p.x.two"}}
    face = {"p.x.__init__": {"p.x.one"}, "p.x.one": {"p.x.__init__"}}
    assert [len(circles(found)) for found in (files, folders, face)] == [1, 1, 1]
    assert circles({"p.a": {"p.b", "p.x.one"}, "p.b": {"p.x.two"}, "p.x.one": {"p.x.two"}}) == []


def test_imports_for_type_checkers_and_in_functions_count(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from stateviz.core import orders\n"
        "def late():\n    import stateviz.core.table\n    from stateviz.ordering import order\n"
    )
    assert set(imported(path)) == {"stateviz.core.orders", "stateviz.core.table", "stateviz.ordering.__init__"}


def test_every_public_name_is_there():
    assert [name for name in stateviz.__all__ if not hasattr(stateviz, name)] == []
    assert set(stateviz.__all__) <= set(dir(stateviz))


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="heatmaps"):
        _ = stateviz.heatmaps


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_no_module_is_shadowed_by_a_function(folder):
    modules = {path.stem for path in folder.iterdir() if not path.name.startswith("_")}
    face = import_module(".".join(("stateviz", *folder.relative_to(PACKAGE).parts)))
    shadowed = {name for name in modules if not isinstance(getattr(face, name, face), type(face))}
    assert shadowed == set()
