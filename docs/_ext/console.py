"""The lexer of console blocks: prompts, comments and quoted text; file names such as ``case.png`` are no keywords."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer
from pygments.token import Comment, Generic, String, Text
from sphinx.application import Sphinx


class ConsoleLexer(RegexLexer):
    """``$ command 'text' -o FILE  # comment``, and what a command prints."""

    name = "console"
    aliases: ClassVar[list[str]] = ["console"]
    tokens: ClassVar[dict[str, list[tuple[str, object]]]] = {
        "root": [
            (r"^\$ ", Generic.Prompt),
            (r"'[^'\n]*'|\"[^\"\n]*\"", String),
            (r"(?<=\s)#[^\n]*", Comment),
            (r"[^\s'\"#$]+|.|\n", Text),
        ]
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the place of Pygments' own lexer of that name."""
    app.add_lexer("console", ConsoleLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
