"""No two classes of the package share a name: a name in an error or a traceback says which one is meant."""

import ast
from collections import defaultdict
from pathlib import Path

import stateviz

PACKAGE = Path(stateviz.__file__).parent


def classes() -> dict[str, list[str]]:
    """Where each class is defined, those inside functions and classes included."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


def test_no_two_classes_share_a_name():
    found = classes()
    assert len(found) > 100
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
