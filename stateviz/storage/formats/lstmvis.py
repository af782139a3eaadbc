"""A project of LSTMVis: lstm.yml and the files beside it that it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.storage.extras import extra
from stateviz.storage.formats.hdf5.open import open_hdf5
from stateviz.storage.formats.hdf5.sets import set_values
from stateviz.storage.formats.numpy_files import damage

MOST_BYTES = 2**20
"""A project is a page of text."""


def read_lstmvis(path: Path, site: str | None) -> Recording:
    """The states that ``lstm.yml`` lists, each named by its path in the states file, with the words as tokens."""
    project = _project(path)
    try:
        files, words, states = project["files"], project["word_sequence"], project["states"]
        paths = [str(kind["path"]) for kind in states["types"]]
        state_file = _beside(path, files[states["file"]])
        word_file = _beside(path, files[words["file"]])
        dictionary = _beside(path, files[words["dict_file"]])
        word_path = str(words["path"])
    except (KeyError, TypeError) as error:
        raise FileError(f"{path} is no project of LSTMVis: it lacks {error}") from None
    if site is not None and site not in paths:
        raise UnknownNameError(f"{path}: {unknown('site', site, dict.fromkeys(paths))}")
    tokens = _tokens(word_file, word_path, dictionary)
    found = {}
    with open_hdf5(state_file) as sets:
        for name in dict.fromkeys(paths) if site is None else [site]:
            if name.strip("/") not in sets:
                raise FileError(f"{path}: {state_file.name} holds no set {name!r}; its sets: {', '.join(sets)}")
            values = set_values(state_file, sets[name.strip("/")])
            if values.ndim != 2 or len(values) != len(tokens):
                raise FileError(f"{path}: {name} has shape {values.shape}, and there are {len(tokens)} words")
            try:
                found[name] = StateMatrix(values.T, tokens=tokens, site=name)
            except InputError as error:
                raise FileError(f"{path}: {name}: {error}") from error
    if not found:
        raise FileError(f"{path} lists no states")
    return Recording(tokens, found, {"project": str(project.get("name", path.stem))})


def _project(path: Path) -> Mapping[str, Any]:
    yaml = extra("yaml", "pyyaml", path.suffix.lower())
    if path.stat().st_size > MOST_BYTES:
        raise FileError(f"{path} is too long for a project of LSTMVis")
    with damage(path):
        project = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(project, dict):
        raise FileError(f"{path} is no project of LSTMVis: a table with files, word_sequence and states was expected")
    return project


def _beside(path: Path, name: Any) -> Path:
    """A file the project names; only in its own folder or below."""
    folder = path.parent.resolve()
    wanted = (folder / str(name)).resolve()
    if not wanted.is_relative_to(folder):
        raise FileError(f"{path} names {name}, which is outside its folder and is not read")
    if not wanted.is_file():
        raise FileError(f"{path} names {name}, and there is no such file beside it")
    return wanted


def _tokens(file: Path, name: str, dictionary: Path) -> tuple[str, ...]:
    words = {}
    with damage(dictionary), dictionary.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            text = line.rstrip("\r\n")
            if not text:
                continue
            # "token id", and a line that begins with a space is the space itself
            token, _, key = (" ", "", text[1:]) if text.startswith(" ") else text.rpartition(" ")
            if not (key.isascii() and key.strip().lstrip("-").isdigit()):
                raise FileError(f"{dictionary}, line {number}: {text[:40]!r} is not a token and its id")
            words[int(key.strip()[:19])] = token
    with open_hdf5(file) as sets:
        if name.strip("/") not in sets:
            raise FileError(f"{file} holds no set {name!r}; its sets: {', '.join(sets)}")
        ids = set_values(file, sets[name.strip("/")])
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise FileError(f"{file}: {name} holds {ids.dtype} of shape {ids.shape}; a row of word ids was expected")
    for step, key in enumerate(ids.tolist()):
        if key not in words:
            raise FileError(f"{file}: word {key} at step {step} is not in {dictionary.name}")
    return tuple(words[key] for key in ids.tolist())
