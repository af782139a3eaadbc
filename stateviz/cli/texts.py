"""TEXT arguments: files, globs, or - for stdin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stateviz.core.errors import InputError
from stateviz.storage.text_files import STDIN, name_of, read_text


def read_texts(paths: Sequence[str]) -> str:
    """All files one after another, as one text; between two files there is one newline.

    Raises
    ------
    FileError
        When a file cannot be read or is not UTF-8 text.
    InputError
        When there is nothing in them.
    """
    return "\n".join(read_each(paths).values())


def read_each(words: Sequence[str], encoding: str = "utf-8") -> dict[str, str]:
    """Each file's text by its name: files, ``-`` for stdin, and globs that the shell did not resolve, sorted.

    Raises
    ------
    FileError
        When a file cannot be read, or is no text in ``encoding``, which is never guessed.
    InputError
        When a word is a folder or a glob without a match, when a text comes twice, or when there is nothing in one.
    """
    paths = [path for word in words for path in _files(word)]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} comes twice; name each text once")
    texts = {name_of(path): read_text(path, encoding) for path in paths}
    empty = [name for name, text in texts.items() if not text]
    if empty:
        raise InputError(f"the text is empty ({', '.join(empty)}); give at least one character")
    return texts


def _files(word: str) -> list[str]:
    if Path(word).is_dir():
        raise InputError(f"{word} is a folder; name its files by a glob, such as '{Path(word) / '**' / '*.txt'}'")
    if word == STDIN or Path(word).exists() or not set(word) & set("*?["):
        return [word]
    from glob import glob

    found = sorted(path for path in glob(word, recursive=True) if Path(path).is_file())
    if not found:
        raise InputError(f"no file matches {word!r}; a glob such as 'texts/**/*.txt' must match at least one")
    return found
