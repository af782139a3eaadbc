"""Activations of NeuroX: JSON lines and HDF5, a set a sentence, all layers or one a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.storage.formats.hdf5.open import open_hdf5
from stateviz.storage.formats.hdf5.sets import set_texts, set_values
from stateviz.storage.formats.numpy_files import damage
from stateviz.storage.limits import GROWN, check_growth

INDEX_SETS = ("sentence_to_index", "sentence_to_idx")
SPLIT = re.compile(r"-layer(\d{1,6})(\.[a-z0-9]+)$", re.IGNORECASE)

_A_NUMBER = 120
"""Bytes of memory while a line is parsed."""

Sentence = tuple[Sequence[str], Mapping[str, NDArray[Any]]]
"""The tokens of a sentence, and the states of each layer, tokens x units."""


def read_json_lines(path: Path, site: str | None) -> Recording:
    """Every sentence of ``{"linex_index": i, "features": [{"token": ..., "layers": [...]}]}`` lines."""
    path = _file_of(path, site)
    _check_size(path)
    sentences = []
    with damage(path), path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                sentences.append(_sentence(path, number, line))
    return _recording(path, site, sentences)


def _check_size(path: Path) -> None:
    """Refuse lines whose numbers would take more memory than there is, before any is parsed."""
    size = path.stat().st_size
    if size * _A_NUMBER < GROWN:
        return
    parts = 0
    with path.open("rb") as stream:
        while piece := stream.read(2**24):
            parts += sum(piece.count(mark) for mark in (b",", b"[", b"{"))
    check_growth(str(path), 2 * size + _A_NUMBER * parts, size)


def read_neurox_hdf5(path: Path, site: str | None, sets: Mapping[str, Any]) -> Recording:
    """Sets ``0`` to ``N - 1`` of layers x tokens x units, beside the sentences they are of."""
    other = _file_of(path, site)
    if other != path:
        with open_hdf5(other) as theirs:
            return read_neurox_hdf5(other, site, theirs)
    (text,) = set_texts(path, next(sets[name] for name in INDEX_SETS if name in sets))
    index = json.loads(text)
    if not isinstance(index, dict):
        raise FileError(f"{path} is damaged: its index of sentences is no table")
    words = {str(number): sentence for sentence, number in index.items()}
    sentences: list[Sentence] = []
    for number in sorted((name for name in sets if name.isascii() and name.isdigit()), key=lambda name: int(name[:18])):
        if number not in words:
            raise FileError(f"{path} is damaged: sentence {number} has states and no text")
        values = set_values(path, sets[number])
        if values.ndim != 3:
            raise FileError(f"{path}: sentence {number} has shape {values.shape}; layers x tokens x units was expected")
        tokens = _words(path, number, words[number], values.shape[1])
        sentences.append((tokens, {_layer(path, k, len(values)): layer for k, layer in enumerate(values)}))
    return _recording(path, site, sentences)


def _words(path: Path, number: str, sentence: str, count: int) -> list[str]:
    """The words of a sentence; NeuroX tells equal sentences apart by a number after them."""
    for text in (sentence, re.sub(r" \(Occurrence \d+\)$", "", sentence)):
        words = text.split(" ")
        if len(words) == count:
            return words
    raise FileError(f"{path}: sentence {number} has {len(sentence.split(' '))} words, and states of {count}")


def _sentence(path: Path, number: int, line: str) -> Sentence:
    try:
        body = json.loads(line)
        tokens = [str(feature["token"]) for feature in body["features"]]
        layers: dict[str, list[list[float]]] = {}
        for feature in body["features"]:
            for layer in feature["layers"]:
                layers.setdefault(_layer(path, int(layer["index"]), 2), []).append(layer["values"])
        arrays = {name: np.array(values, np.float64) for name, values in layers.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        what = "an order.json is given with --order; " if number == 1 else ""
        raise FileError(
            f"{path}, line {number}, is not states: {what}lines of NeuroX were expected ({type(error).__name__})"
        ) from None
    for name, array in arrays.items():
        if array.ndim != 2 or len(array) != len(tokens):
            raise FileError(f"{path}, line {number}: {name} has shape {array.shape} for {len(tokens)} tokens")
    return tokens, arrays


def _layer(path: Path, index: int, count: int) -> str:
    match = SPLIT.search(path.name)
    return f"layer{match[1]}" if match is not None and (count == 1 or index == 0) else f"layer{index}"


def _file_of(path: Path, site: str | None) -> Path:
    """Of files split by layers, the one that holds ``site``."""
    match, wanted = SPLIT.search(path.name), re.fullmatch(r"layer(\d{1,6})", site or "")
    if match is None or wanted is None:
        return path
    other = path.with_name(f"{path.name[: match.start()]}-layer{wanted[1]}{match[2]}")
    return other if other.is_file() else path


def _recording(path: Path, site: str | None, sentences: Iterable[Sentence]) -> Recording:
    tokens: list[str] = []
    layers: dict[str, list[NDArray[Any]]] = {}
    breaks: list[int] = []
    for count, (words, states) in enumerate(sentences):
        if not words:
            continue
        if count and set(states) != set(layers):
            raise FileError(f"{path}: sentence {count} has {', '.join(states)}, those before {', '.join(layers)}")
        if tokens:
            breaks.append(len(tokens))
        tokens.extend(words)
        for name, values in states.items():
            layers.setdefault(name, []).append(values)
    if not layers:
        raise FileError(f"{path} holds no sentence with states")
    if site is not None:
        if site not in layers:
            raise UnknownNameError(f"{path}: {unknown('site', site, layers)}")
        layers = {site: layers[site]}
    found = {}
    for name, parts in layers.items():
        if len({part.shape[1] for part in parts}) > 1:
            raise FileError(f"{path}: sentences have other numbers of units in {name}")
        found[name] = StateMatrix(np.concatenate(parts).T, tokens=tuple(tokens), site=name, column_breaks=tuple(breaks))
    return Recording(tuple(tokens), found)
