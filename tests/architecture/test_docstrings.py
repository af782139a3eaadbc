"""Every public name documents every parameter, what it returns, and shows itself in an example that runs.

The examples themselves are run by tests/test_doctests.py.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

import stateviz
from stateviz.core.table import Table

SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-+$", re.MULTILINE)
FUNCTIONS = [name for name in stateviz.__all__ if isinstance(getattr(stateviz, name), FunctionType)]
CLASSES = [name for name in stateviz.__all__ if inspect.isclass(getattr(stateviz, name))]
ERRORS = [name for name in CLASSES if issubclass(getattr(stateviz, name), BaseException)]
NOUNS = [name for name in CLASSES if name not in ERRORS]
TABLES = [name for name in stateviz.__all__ if isinstance(getattr(stateviz, name), Table)]
ALIASES = {"__version__"}


def own_methods(owner: type) -> list[str]:
    """The public methods and properties that a class of ours defines, itself or in a base class of ours."""
    found: list[str] = []
    for base in owner.__mro__:
        if base.__module__.startswith("stateviz"):
            found += [name for name, member in vars(base).items() if not name.startswith("_") and is_method(member)]
    return sorted(set(found))


def is_method(member: object) -> bool:
    return isinstance(member, (FunctionType, classmethod, staticmethod, property))


METHODS = [(name, method) for name in NOUNS for method in own_methods(getattr(stateviz, name))]


def sections(doc: str | None) -> dict[str, str]:
    """The sections of a numpydoc docstring, what stands before the first under the empty title."""
    text = inspect.cleandoc(doc or "")
    heads = list(SECTION.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    found = {head["title"]: text[head.end() : end].strip("\n") for head, end in zip(heads, ends, strict=True)}
    return {"": text[: heads[0].start()] if heads else text} | found


def documented(section: str) -> dict[str, str]:
    """What a Parameters section says of each name; names that share a line share the text."""
    entries: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", section):
        head, _, text = entry.partition("\n")
        for name in head.partition(" : ")[0].split(","):
            entries[name.strip().lstrip("*")] = head.partition(" : ")[2] + text.strip()
    return entries


def parameters(function: Callable[..., Any]) -> list[str]:
    """The parameters of a function or class, without self."""
    names = inspect.signature(function).parameters
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def faults_of_parameters(function: Callable[..., Any], doc: str | None) -> list[str]:
    taken = parameters(function)
    described = documented(sections(doc).get("Parameters", ""))
    missing = [f"{name} is not documented" for name in taken if name not in described]
    silent = [f"{name} has no text" for name in taken if name in described and not described[name]]
    return missing + silent + [f"{name} is no parameter" for name in described if name and name not in taken]


def returns_something(function: Callable[..., Any]) -> bool:
    return inspect.signature(function).return_annotation not in ("None", None, inspect.Signature.empty)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_documents_its_parameters_its_result_and_an_example(name):
    function = getattr(stateviz, name)
    found = sections(function.__doc__)
    assert faults_of_parameters(function, function.__doc__) == []
    assert not returns_something(function) or found.get("Returns")
    assert ">>> " in found.get("Examples", "")


@pytest.mark.parametrize("name", NOUNS)
def test_a_class_documents_its_parameters_and_an_example(name):
    owner = getattr(stateviz, name)
    assert faults_of_parameters(owner, owner.__doc__) == []
    assert ">>> " in sections(owner.__doc__).get("Examples", "")


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[".".join(pair) for pair in METHODS])
def test_a_method_documents_its_parameters(name, method):
    member = inspect.getattr_static(getattr(stateviz, name), method)
    if isinstance(member, property):
        assert member.__doc__
        return
    function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
    assert function.__doc__, "no docstring"
    assert faults_of_parameters(function, function.__doc__) == []


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_says_when_it_is_raised(name):
    doc = getattr(stateviz, name).__doc__
    assert doc
    assert doc != BaseException.__doc__


def test_every_public_name_is_checked():
    assert set(stateviz.__all__) == {*FUNCTIONS, *CLASSES, *TABLES, *ALIASES}


def test_what_is_missing_is_seen():
    def bare(one, two, *, three=0, **options):
        """Do it.

        Parameters
        ----------
        one, two : int
            Numbers.
        three
        four
            None such.
        """

    assert faults_of_parameters(bare, bare.__doc__) == [
        "options is not documented",
        "three has no text",
        "four is no parameter",
    ]
