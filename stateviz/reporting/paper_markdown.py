"""A report as Markdown, of the kind that GitHub, Jupyter and pandoc read."""

from __future__ import annotations

import re

from stateviz.reporting.paper import (
    Paper,
    PaperBars,
    PaperBlock,
    PaperColors,
    PaperContexts,
    PaperFigure,
    PaperHeading,
    PaperLinks,
    PaperPoints,
    PaperTable,
    PaperText,
    worded,
)
from stateviz.views import glyphs

MARKDOWN_MARK = "<!-- written by stateviz -->"
"""What tells a report of ours from a file of the user's."""


def markdown_of(paper: Paper, folder: str, pictures: dict[str, bytes]) -> str:
    """The report as Markdown.

    Parameters
    ----------
    paper
        The report.
    folder
        What the text calls the folder of its pictures.
    pictures
        Gets the bytes of each picture, by its name in the folder.

    Examples
    --------
    >>> paper = Paper("A < B")
    >>> paper.table(("unit", "r"), [("a|b", 0.5)])
    >>> print(markdown_of(paper, "files", {}))
    <!-- written by stateviz -->
    # A &lt; B
    <BLANKLINE>
    | unit | r |
    | --- | ---: |
    | a\\|b | 0.500 |
    <BLANKLINE>
    """
    parts = [_block(block, folder, pictures) for block in paper.blocks]
    return f"{MARKDOWN_MARK}\n# {_escaped(paper.title)}\n\n" + "\n\n".join(parts) + "\n"


def _block(block: PaperBlock, folder: str, pictures: dict[str, bytes]) -> str:
    match block:
        case PaperHeading():
            return f"{'#' * block.level} {_escaped(block.text)}"
        case PaperText():
            return f"*{_escaped(block.words)}*" if block.kind == "note" else _escaped(block.words)
        case PaperPoints():
            return "\n".join(f"- {_escaped(one)}" for one in block.words)
        case PaperTable():
            return _table(block)
        case PaperFigure():
            return f"{_picture(block.png, block.caption, folder, pictures)}\n\n*{_escaped(block.caption)}*"
        case PaperColors():
            return _picture(block.png, "text on the colours of the unit", folder, pictures)
        case PaperContexts():
            return "\n".join(
                f"- {_code(before)} **{_code(token)}** {_code(after)}" for before, token, after in block.places
            )
        case PaperBars():
            counts = ", ".join(f"{count:,}" for count in block.counts)
            return f"From {worded(block.low)} to {worded(block.high)} in {len(block.counts)} bins: {counts}"
        case PaperLinks():
            return " · ".join(f"[{_escaped(words)}]({to})" for words, to in block.links)


def _table(block: PaperTable) -> str:
    sides = ["---:" if one else "---" for one in block.numeric()]
    lines = [block.names, sides, *block.worded()]
    return "\n".join(
        "| " + " | ".join(cell if line is sides else _escaped(cell) for cell in line) + " |" for line in lines
    )


def _picture(png: bytes, caption: str, folder: str, pictures: dict[str, bytes]) -> str:
    name = f"figure-{len(pictures) + 1}.png"
    pictures[name] = png
    safe = re.sub(r"[^\w.-]", _percent, folder)
    return f"![{_escaped(caption)}]({safe}/{name})"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode("utf-8"))


def _escaped(text: str) -> str:
    """Text in which nothing is mark-up, on one line."""
    plain = " ".join("".join(map(glyphs, text)).split())
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", plain)


def _code(text: str) -> str:
    """A piece of text as code, whatever it holds."""
    shown = "".join(map(glyphs, text)).replace("|", "¦")
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{ticks} {shown} {ticks}" if "`" in shown else f"{ticks}{shown or ' '}{ticks}"
