"""Features of markup: web addresses, XML tags, links of a wiki."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features.row import Feature, Values
from stateviz.analysis.features.text import before, by_character, depth, since, where

_LINE = "<ref>see [[Web page|page]] at http://www.example.org/a.html</ref>"
_WIKI = r"\[\[[^\]\n]+\]\]"
_URL = re.compile(r"(https?://|ftp://|\bwww\.)[^\s<>\"\[\]{}|]*")
_TAG = re.compile(r"<(?:[A-Za-z/!?][^<>]*)?")


def inside(text: str, pattern: re.Pattern[str]) -> NDArray[np.bool_]:
    """On inside each match, from the end of its first group, or from its first character, on."""
    found = np.zeros(len(text), np.bool_)
    for match in pattern.finditer(text):
        found[(match.end(1) - 1 if pattern.groups else match.start()) : match.end()] = True
    return found


def open_brackets(text: str) -> NDArray[np.int64]:
    """How many [ are open in the line; a newline closes all, as no link goes on in the next line."""
    opening, closing = where(text, "[".__contains__), where(text, "]".__contains__)
    lines = np.flatnonzero(where(text, "\n".__contains__)).tolist()
    found = np.zeros(len(text), np.int64)
    for first, last in zip([0, *lines], [*lines, len(text)], strict=True):
        found[first:last] = depth(opening[first:last], closing[first:last])
    return found


def _ruler(text: str) -> Values:
    second = open_brackets(text) >= 2
    return np.where(second, since(~second), 0.0)


def www_count(text: str) -> Values:
    """How many w of a www were read: 1, 2, 3, and 0 after; a w that begins any word is a first one."""
    w = where(text, "wW".__contains__)
    run = since(~w)
    start = np.arange(len(text)) - run.astype(np.int64) + 1
    begins = ~before(where(text, str.isalnum))[np.minimum(start, len(text) - 1)]
    return np.where(w & begins & (run <= 3), run, 0.0)


def _link(is_so: Callable[[NDArray[np.int64]], Values]) -> Callable[..., Values]:
    return by_character(lambda text: is_so(open_brackets(text)))


FEATURES = (
    Feature("url", "in a web address, once http://, https://, ftp:// or www. was read",
            by_character(lambda text: inside(text, _URL)), _LINE),
    Feature("xml-tag", "in a tag of XML, from < until >", by_character(lambda text: inside(text, _TAG)), _LINE,
            wants=r"</\w+>"),
    Feature("wiki-link", "inside [[ ]], from the first [ until the last ]",
            _link(lambda opened: opened > 0), _LINE, wants=_WIKI),
    Feature("wiki-link-second", "inside [[ ]], only from the second [ until the first ]",
            _link(lambda opened: opened > 1), _LINE, wants=_WIKI),
    Feature("wiki-link-one", "exactly one [ is open", _link(lambda opened: opened == 1), _LINE, wants=_WIKI),
    Feature("wiki-link-ruler", "characters since the second [ of [[ ]], 0 outside",
            by_character(_ruler), _LINE, wants=_WIKI),
    Feature("www-count", "how many w of www were read, 0 after",
            by_character(www_count), _LINE, wants=r"www\."),
    Feature("after-first-w", "just after the first w of a word, as of www",
            by_character(lambda text: www_count(text) == 1), _LINE, wants=r"www\."),
)  # fmt: skip
