"""A project of LSTMVis: lstm.yml and the files beside it that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.storage.extras import extra
from stateviz.storage.formats.hdf5.open import open_hdf5
from stateviz.storage.formats.hdf5.sets import set_values
from stateviz.storage.formats.numpy_files import damage

_ENTRY = re.compile(r"(.*)([ \t])(-?[0-9]{1,18})(?:\.0*)?\s*")
"""A line of a dictionary: a token, a space or a tab, and its id; where the token is missing, it is the space itself."""
MOST_BYTES = 2**20
"""A project is a page of text."""


def read_lstmvis(path: Path, site: str | None) -> Recording:
    """The states that ``lstm.yml`` lists, each named by its path in the states file, with the words as tokens."""
    project = _project(path)
    try:
        files, words, states = project["files"], project["word_sequence"], project["states"]
        kinds = [(str(kind["path"]), files[kind.get("file", states.get("file"))]) for kind in states["types"]]
        word_file = _beside(path, files[words["file"]])
        dictionary = _beside(path, files[words["dict_file"]])
        word_path = str(words["path"])
    except (KeyError, TypeError) as error:
        raise FileError(f"{path} is no project of LSTMVis: it lacks {error}") from None
    sites = _sites(kinds)
    if site is not None and site not in sites:
        raise UnknownNameError(f"{path}: {unknown('site', site, sites)}")
    if not sites:
        raise FileError(f"{path} lists no states")
    tokens = _tokens(word_file, word_path, dictionary)
    found = {name: _states(path, name, *sites[name], tokens) for name in (sites if site is None else [site])}
    return Recording(tokens, found, {"project": str(project.get("name", path.stem))})


def _sites(kinds: list[tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """The path and the file of each type of states: named by its path, and by its file where two have one path."""
    sites: dict[str, tuple[str, Any]] = {}
    for name, file in kinds:
        taken = sites.get(name, (name, file))[1] != file
        sites[f"{Path(str(file)).stem}/{name}" if taken else name] = (name, file)
    return sites


def _states(path: Path, site: str, name: str, file: Any, tokens: tuple[str, ...]) -> StateMatrix:
    state_file = _beside(path, file)
    with open_hdf5(state_file) as sets:
        if name.strip("/") not in sets:
            raise FileError(f"{path}: {state_file.name} holds no set {name!r}; its sets: {', '.join(sets)}")
        values = set_values(state_file, sets[name.strip("/")])
    if values.ndim != 2 or len(values) != len(tokens):
        raise FileError(f"{path}: {site} has shape {values.shape}, and there are {len(tokens)} words")
    try:
        return StateMatrix(values.T, tokens=tokens, site=site)
    except InputError as error:
        raise FileError(f"{path}: {site}: {error}") from error


def _project(path: Path) -> Mapping[str, Any]:
    yaml = extra("yaml", "pyyaml", path.suffix.lower())
    if path.stat().st_size > MOST_BYTES:
        raise FileError(f"{path} is too long for a project of LSTMVis")
    with damage(path):
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            # A few lines of aliases of aliases stand for more than any memory holds.
            raise FileError(f"{path} has aliases (*name), which are not read; write out what they stand for")
        project = yaml.safe_load(text)
    if not isinstance(project, dict):
        raise FileError(f"{path} is no project of LSTMVis: a table with files, word_sequence and states was expected")
    return project


def _beside(path: Path, name: Any) -> Path:
    """A file the project names; only in its own folder or below."""
    folder = path.parent.resolve()
    try:
        wanted = (folder / str(name)).resolve()
        there = wanted.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a zero in the name, a loop of links
        why = getattr(error, "strerror", None) or error
        raise FileError(f"{path} names {str(name)[:80]!r}, which is no file's name ({why})") from None
    if not wanted.is_relative_to(folder):
        raise FileError(f"{path} names {name}, which is outside its folder and is not read")
    if not there:
        raise FileError(f"{path} names {name}, and there is no such file beside it")
    return wanted


def _tokens(file: Path, name: str, dictionary: Path) -> tuple[str, ...]:
    words = {}
    with damage(dictionary), dictionary.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            text = line.rstrip("\r\n")
            if not text:
                continue
            match = _ENTRY.fullmatch(text)
            if match is None:
                raise FileError(f"{dictionary}, line {number}: {text[:40]!r} is not a token and its id")
            words[int(match[3])] = match[1] or match[2]
    with open_hdf5(file) as sets:
        if name.strip("/") not in sets:
            raise FileError(f"{file} holds no set {name!r}; its sets: {', '.join(sets)}")
        ids = set_values(file, sets[name.strip("/")])
    if ids.dtype.kind == "f" and np.array_equal(ids, np.rint(ids)) and (np.abs(ids) < 2**53).all():
        ids = ids.astype(np.int64)  # as Torch writes them
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise FileError(f"{file}: {name} holds {ids.dtype} of shape {ids.shape}; a row of word ids was expected")
    for step, key in enumerate(ids.tolist()):
        if key not in words:
            raise FileError(f"{file}: word {key} at step {step} is not in {dictionary.name}")
    return tuple(words[key] for key in ids.tolist())
