"""Features of source code in C and Python: comments, strings, bodies of if, indentation.

Lexers name a token once it is whole, which is ahead of the state that reads it. These rules go by what was read: a
comment is on from the end of the mark that opens it, and off with the end of the one that closes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import by_character, where

_C = re.compile(
    r"(?P<line>//(?:\\\n|[^\n])*)|(?P<block>/\*(?s:.*?)(?:\*/|\Z))"
    r"|(?P<string>\"(?:\\(?s:.|\Z)|[^\"\\\n])*\"?|'(?:\\(?s:.|\Z)|[^'\\\n])*'?)"
)
_PYTHON = re.compile(
    r"(?P<line>\#[^\n]*)|(?P<triple>(?P<quote>\"\"\"|''')(?:\\(?s:.|\Z)|[^\\])*?(?:(?P=quote)|\Z))"
    r"|(?P<string>\"(?:\\(?s:.|\Z)|[^\"\\\n])*\"?|'(?:\\(?s:.|\Z)|[^'\\\n])*'?)"
)
_TOKEN = re.compile(r"(?P<if>(?<![#\w])(?<!# )if\b)|[(){};]|[^\s(){};/]+")
_LANGUAGES = {"c": _C, "python": _PYTHON}
_LINE = {
    "c": 'if (n > 1) { puts("many"); /* or so */ } // done',
    "python": 'if n > 1:  # so\n    print("many")\nprint("done")\n',
}
_WANTS = {"c": r";\s*\n[^\n]*[{};]\s*\n", "python": r"(?m)^\s*(def|class|if|for|import) .*$\n"}


@lru_cache(maxsize=4)
def marked(text: str, language: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which characters are in a comment, and which in a string, shape (characters,) each.

    Examples
    --------
    >>> comment, string = marked("a='b'#c", "python")
    >>> comment.astype(int).tolist(), string.astype(int).tolist()
    ([0, 0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0, 0])
    """
    comment, string = np.zeros((2, len(text)), np.bool_)
    for match in _LANGUAGES[language].finditer(text):
        begin, end, kind = match.start(), match.end(), match.lastgroup
        if kind == "quote":
            kind = "triple"
        if kind == "line":
            comment[begin + (language == "c") : end] = True
        elif kind == "block":
            comment[begin + 1 : end - (match[0].endswith("*/") and end - begin > 3)] = True
        else:
            quote = match[0][:3] if kind == "triple" else match[0][0]
            closed = len(match[0]) >= 2 * len(quote) and match[0].endswith(quote) and not _escaped(match[0], len(quote))
            string[begin : end - closed] = True
            if kind == "triple":
                string[begin + 1] = False  # two quotes are an empty string, until a third is read
    comment.flags.writeable = string.flags.writeable = False
    return comment, string


def _escaped(literal: str, size: int) -> bool:
    """Whether a backslash takes the last quote of a string for its own, so that it is still open."""
    body = literal[:-size]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


def _plain(text: str, language: str) -> str:
    """The text with a space for each character of a comment, an x for each of a string."""
    comment, string = marked(text, language)
    chars = np.array(list(text))
    return "".join(np.where(comment & (chars != "\n"), " ", np.where(string, "x", chars)))


def if_body_c(text: str) -> Values:
    """On in what an if of C governs, from its { or the first character of its statement, until its } or ; is read."""
    found = np.zeros(len(text), np.bool_)
    opened: list[str] = []  # what each open bracket belongs to
    bodies: list[int] = []  # of each statement without braces: how many brackets were open when it began
    waits, governs, at = False, False, 0  # for the ( of an if; for the body of one
    for match in _TOKEN.finditer(_plain(text, "c")):
        word = match[0]
        found[at : match.start()] = bool(bodies) or "if{" in opened
        at = match.start()
        if governs and word != "{":
            bodies.append(len(opened))
        governed, governs = governs, False
        if word in "({":
            opened.append("if" + word if (waits and word == "(") or (governed and word == "{") else word)
        elif word in ")}" and opened:
            kind = opened.pop()
            governs = kind == "if(" and word == ")"
        if word in ";}":
            while bodies and bodies[-1] >= len(opened):
                bodies.pop()
        waits = match.lastgroup == "if"
    found[at:] = bool(bodies) or "if{" in opened
    return found


def if_body_python(text: str) -> Values:
    """On in what an if or elif of Python governs, line by line: a line belongs to it while it is indented more."""
    found = np.zeros(len(text), np.bool_)
    plain = _plain(text, "python")
    ifs: list[int] = []  # the indentation of each if that is open
    deep, at, header = 0, 0, False  # brackets that are open; whether the head of an if is being read
    for line in re.finditer(r"[^\n]*(?:\n|\Z)", plain):
        begin = line.start() + len(line[0]) - len(line[0].lstrip(" \t"))
        if deep == 0 and line[0].strip():
            found[at:begin], at = bool(ifs), begin
            column = begin - line.start()
            ifs = [indent for indent in ifs if indent < column]
            header = re.match(r"(?:if|elif)\b", plain[begin : begin + 5]) is not None
            head = column
        for place in range(begin, line.end()):
            char = plain[place]
            deep = max(deep + (char in "([{") - (char in ")]}"), 0)
            if header and char == ":" and deep == 0:
                found[at:place], at = bool(ifs), place
                ifs.append(head)
                header = False
    found[at:] = bool(ifs)
    return found


def indentation(text: str) -> Values:
    """Blanks that the line begins with, as far as they were read; a tab is eight."""
    blank, tab = where(text, " \t".__contains__), where(text, "\t".__contains__)
    newline = where(text, "\n".__contains__)
    line = np.cumsum(newline)
    ink = np.cumsum(~blank & ~newline)
    first = np.maximum.accumulate(np.where(newline, ink, 0))
    leading = blank & (ink == first)
    width = np.cumsum(np.where(leading, np.where(tab, 8, 1), 0))
    begun = np.maximum.accumulate(np.where(newline, width, 0))
    return (width - np.where(line > 0, begun, 0)).astype(np.float64)


def _row(name: str, description: str, language: str, rule: Callable[[str], Values]) -> Feature:
    shown = {"c": "C", "python": "Python"}[language]
    return Feature(
        f"{name}-{language}", f"{description}, in {shown}", by_character(rule), _LINE[language], wants=_WANTS[language]
    )


def _of(language: str, which: int, text: str) -> Values:
    return marked(text, language)[which]


def _either(language: str, text: str) -> Values:
    comment, string = marked(text, language)
    return comment | string


FEATURES = (
    *(
        row
        for language in _LANGUAGES
        for row in (
            _row("comment", "in a comment, once its mark was read", language, partial(_of, language, 0)),
            _row("string", "in a string or character literal", language, partial(_of, language, 1)),
            _row("comment-or-quote", "in a comment or a string", language, partial(_either, language)),
        )
    ),
    _row("if-body", "in what an if governs", "c", if_body_c),
    _row("if-body", "in what an if or elif governs", "python", if_body_python),
    Feature("indentation", "blanks that the line begins with, as far as read; a tab is eight",
            by_character(indentation), _LINE["python"], wants=_WANTS["python"] + "|" + _WANTS["c"]),
)  # fmt: skip
