"""TEXT arguments: files, globs, or - for stdin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stateviz.core.errors import InputError
from stateviz.storage.text_files import STDIN


def text_files(words: Sequence[str]) -> list[Path]:
    """The files that are named: paths, ``-`` for stdin, and globs that the shell did not resolve, sorted.

    Raises
    ------
    InputError
        When a word is a folder or a glob without a match, or when a file comes twice.

    Examples
    --------
    >>> text_files(["a.txt", "-"]) == [Path("a.txt"), Path("-")]
    True
    """
    paths = [path for word in words for path in _files(word)]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} comes twice; name each text once")
    return paths


def _files(word: str) -> Iterator[Path]:
    if word.lower().rstrip("/").endswith((".zarr", ".zarr.zip")):
        raise InputError(f"{word} is a recording, and a text was expected; its sites: stateviz list sites {word}")
    if Path(word).is_dir():
        raise InputError(f"{word} is a folder; name its files by a glob, such as '{Path(word) / '**' / '*.txt'}'")
    if word == STDIN or Path(word).exists() or not set(word) & set("*?["):
        yield Path(word)
        return
    from glob import glob

    found = sorted(path for path in glob(word, recursive=True) if Path(path).is_file())
    if not found:
        raise InputError(f"no file matches {word!r}; a glob such as 'texts/**/*.txt' must match at least one")
    yield from map(Path, found)
