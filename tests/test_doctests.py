"""Every example in a docstring runs and gives what it shows."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import stateviz

MODULES = sorted({"stateviz", *(m.name for m in walk_packages(stateviz.__path__, "stateviz."))} - {"stateviz.__main__"})


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name, tmp_path, monkeypatch):
    if name.startswith(("stateviz.analysis.probing.", "stateviz.analysis.factoring")):
        pytest.importorskip("sklearn", reason="scikit-learn is of the extra probes")
    monkeypatch.chdir(tmp_path)
    module = import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(import_module(name)) if test.examples]
    assert len(found) > 20
