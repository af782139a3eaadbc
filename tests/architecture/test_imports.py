"""Imports run one way, and the heavy packages load only where they are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import stateviz

PACKAGE = Path(stateviz.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

# What each part may import of stateviz, besides itself. A wing never imports another wing.
FLOOR = {"core"}
BASE = FLOOR | {"storage", "similarity"}
WINGS = {"models", "recording", "ordering", "rendering", "analysis"}
ALLOWED = {
    "core": FLOOR,
    "storage": FLOOR,
    "similarity": FLOOR,
    **dict.fromkeys(WINGS, BASE),
    "plotting": BASE | WINGS,
    "printing": BASE | WINGS | {"plotting"},
    "reporting": BASE | WINGS | {"plotting", "printing"},
    "cli": BASE | WINGS | {"plotting", "printing", "reporting"},
}
# May be imported at the head of a file: the standard library, numpy, and torch where it is the subject.
HEAVY = {
    "torch",
    "scipy",
    "matplotlib",
    "numba",
    "highspy",
    "networkx",
    "python_tsp",
    "zarr",
    "pandas",
    "h5py",
    "pyarrow",
    "yaml",
}
HEAVY_AT_HEAD = {"models": {"torch"}, "recording": {"torch"}}
COMPILED = {"kernels", "eax"}
"""Folders whose files are all numba, and imported on first use themselves."""


def part(path: Path) -> str:
    """The part of the house a file is in: ``ordering``, or ``similarity`` for a file of its own."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module named by an import statement anywhere below ``tree``, without those for type checkers."""
    for node in walk_run(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def walk_run(tree: ast.AST, *, functions: bool = True) -> Iterator[ast.AST]:
    """``ast.walk`` without ``if TYPE_CHECKING:`` and, on request, without function bodies."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if not functions and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        yield child
        yield from walk_run(child, functions=functions)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    here = part(path)
    if here in ("__init__", "__main__"):
        return
    ours = {name.split(".")[1] for name in imported(ast.parse(path.read_text())) if name.startswith("stateviz.")}
    # The package's own face may be asked for its version.
    assert ours - {here, "__version__"} <= ALLOWED[here]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_load_on_first_use(path):
    nodes = list(walk_run(ast.parse(path.read_text()), functions=False))
    heads = {name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for name in imported_by(node)}
    compiled = {"numba"} if COMPILED & {path.stem, *path.relative_to(PACKAGE).parts[:-1]} else set()
    assert heads & HEAVY <= HEAVY_AT_HEAD.get(part(path), set()) | compiled


def imported_by(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.split(".")[0] for name in names}


def test_every_part_has_its_rule():
    assert {part(path) for path in FILES} - {"__init__", "__main__"} <= set(ALLOWED)


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], {"torch", "numpy", "scipy", "matplotlib", "zarr"}),
        (["order", "states.npy", "--method", "auto"], {"torch", "matplotlib", "pandas"}),
        (["order", "--help"], {"torch", "scipy", "matplotlib", "numba", "highspy", "zarr"}),
        (["print", "states.npy", "--medium", "a6", "-o", "card.png"], {"torch", "matplotlib", "pandas"}),
    ],
)
def test_a_verb_loads_only_what_it_needs(python, matrix, tmp_path, words, absent):
    code = (
        "import sys; from stateviz.cli import main; code = main(sys.argv[1:]); "
        "print('\\nLOADED', *sorted(m for m in sys.modules if '.' not in m)); sys.exit(code)"
    )
    done = python("-c", code, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split("LOADED")[1].split())
    assert loaded & absent == set()


def test_import_stateviz_loads_nothing_heavy(python, tmp_path):
    done = python("-c", "import sys, stateviz; print(*sys.modules)", cwd=tmp_path)
    assert set(done.stdout.split()) & (HEAVY | {"numpy"}) == set()


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
