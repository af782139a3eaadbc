"""Heavy packages load only where they are used, and at first use; ``import stateviz`` and --help load none."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import stateviz

PACKAGE = Path(stateviz.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
ANYWHERE = ""

HOMES: dict[str, tuple[str, ...]] = {
    "torch": ("models/", "recording/", "analysis/", "storage/formats/tensors.py"),
    "matplotlib": ("plotting/", "printing/layout/", "rendering/fonts/"),  # whose fonts captions are set in
    "mpl_toolkits": ("plotting/",),
    "numba": ("models/cells/", "ordering/"),
    "highspy": ("ordering/exact/",),
    "networkx": ("ordering/methods/", "analysis/"),
    "python_tsp": ("ordering/methods/python_tsp.py",),
    "zarr": ("storage/recordings/", "storage/formats/zarr_groups.py"),
    "numcodecs": ("storage/recordings/",),
    "h5py": ("storage/formats/",),
    "pyarrow": ("storage/formats/",),
    "yaml": ("storage/formats/",),
    "safetensors": ("models/", "storage/formats/"),
    "transformers": ("recording/",),
    "pikepdf": ("printing/files/",),
    "pypdfium2": ("printing/files/",),
    "resvg_py": ("printing/files/",),
    "fontTools": ("rendering/", "printing/layout/"),
    "PIL": ("rendering/", "printing/", "plotting/drawing.py", "views/films.py", "views/notebooks.py"),
    "sklearn": ("analysis/",),
    "scipy": (ANYWHERE,),
    "pandas": (ANYWHERE,),
    "xarray": (ANYWHERE,),
}
"""Where a package may be imported, at first use: inside a function."""
AT_HEAD = {"torch": {"models", "recording"}, "numba": {"kernels", "eax"}, "matplotlib": {"artist"}}
"""The folders whose subject it is may import it at the head of their files; they load on first use themselves."""


def place(path: Path) -> str:
    """A file's path inside the package."""
    return path.relative_to(PACKAGE).as_posix()


def running_imports(tree: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Packages that are imported when the code runs, and whether that is inside a function."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name.split(".")[0], inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield (child.module or "").split(".")[0], inside
        function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from running_imports(child, inside=inside or function)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_heavy_packages_load_where_they_are_used_and_at_first_use(path):
    for package, inside in running_imports(ast.parse(path.read_text())):
        if package in HOMES:
            assert place(path).startswith(HOMES[package]), package
            parts = {path.stem, *path.relative_to(PACKAGE).parts[:-1]}
            assert inside or parts & AT_HEAD.get(package, set()), f"{package} loads with the file"


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], {"torch", "numpy", "scipy", "matplotlib", "zarr"}),
        (["order", "states.npy", "--method", "auto"], {"torch", "matplotlib", "pandas"}),
        (["order", "--help"], {"torch", "scipy", "matplotlib", "numba", "highspy", "zarr"}),
        (["print", "states.npy", "--medium", "a6", "-o", "card.png"], {"torch", "matplotlib", "pandas"}),
        (["convert", "states.npy", "-o", "states.csv"], {"torch", "matplotlib", "pandas", "numba"}),
        (["list", "media"], {"torch", "matplotlib", "zarr"}),
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
    assert set(done.stdout.split()) & {*HOMES, "numpy"} == set()


def test_importing_stateviz_is_quick(python, tmp_path):
    """Under 50 ms of processor time, ten times the usual: other work on the machine does not count."""
    code = "from time import process_time as t; a = t(); import stateviz; print(t() - a)"
    assert median(float(python("-c", code, cwd=tmp_path).stdout) for _ in range(5)) < 0.05


def test_every_home_is_there():
    homes = {home for homes in HOMES.values() for home in homes if home}
    assert [home for home in sorted(homes) if not (PACKAGE / home).exists()] == []
    assert set(HOMES) & set(sys.stdlib_module_names) == set()
