"""PAPER_FILES: what writes a report as a file, by its ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from stateviz.core.errors import FileError
from stateviz.reporting.paper import Paper
from stateviz.reporting.paper_html import html_of
from stateviz.reporting.paper_markdown import MARKDOWN_MARK, markdown_of
from stateviz.reporting.paper_pdf import write_pdf
from stateviz.storage.atomic import atomic, check_writable
from stateviz.views import write_page


def _html(paper: Paper, path: Path, overwrite: bool) -> None:
    write_page(partial(_pieces, paper), path, overwrite)


def _pieces(paper: Paper) -> Iterator[str]:
    return html_of(paper)


def _markdown(paper: Paper, path: Path, overwrite: bool) -> None:
    """The text, and its pictures in a folder beside it; both only over what a report of ours left there."""
    folder = path.with_name(f"{path.stem}_files")
    ours = path.is_file() and path.read_bytes()[: len(MARKDOWN_MARK)] == MARKDOWN_MARK.encode()
    if not overwrite and not ours:
        for there in (path, folder):
            if there.exists():
                raise FileError(
                    f"{there} exists and is of no report of stateviz; choose another name, or --force (overwrite=True)"
                )
    check_writable(path, overwrite=True)
    pictures: dict[str, bytes] = {}
    text = markdown_of(paper, folder.name, pictures)
    if pictures:
        with atomic(folder, overwrite=True) as beside:
            beside.mkdir()
            for name, data in pictures.items():
                (beside / name).write_bytes(data)
    with atomic(path, overwrite=True) as beside:
        beside.write_bytes(text.encode("utf-8"))


def _pdf(paper: Paper, path: Path, overwrite: bool) -> None:
    check_writable(path, overwrite=overwrite)
    with atomic(path, overwrite=overwrite) as beside:
        write_pdf(paper, beside)


PAPER_FILES: dict[str, Callable[[Paper, Path, bool], None]] = {".html": _html, ".md": _markdown, ".pdf": _pdf}
"""``write(paper, path, overwrite)`` of each ending."""
