"""Text of others made printable: names and tokens may hold anything, and a terminal or a viewer obeys some of it."""

from __future__ import annotations

import re

# C0 and C1 controls but tab and newline; marks that turn the direction of what follows; separators of lines and
# paragraphs; halves of characters; and what is no character at all.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NONE = "\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[{_CONTROLS}{_DIRECTIONS}{_NONE}]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
LONGEST_LINE = 1500
"""Characters of one line that is told to a person."""


def printable(text: str) -> str:
    r"""``text`` with every character that a terminal would obey, and not show, written as an escape.

    Tabs and newlines stay, as do joiners, which letters of some scripts need.

    Examples
    --------
    >>> printable("core\x1b[31m.h \u202eevil"), printable("a\tb\n")
    ('core\\x1b[31m.h \\u202eevil', 'a\tb\n')
    """
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """``text`` as one printable line of at most LONGEST_LINE characters, its middle left out where it is longer.

    Examples
    --------
    >>> one_line("first\\n  second"), len(one_line("x" * 10**6))
    ('first second', 1500)
    """
    line = printable(" ".join(text.split()))
    if len(line) <= LONGEST_LINE:
        return line
    kept = f" ... ({len(line):,} characters in all) ... "
    head = 2 * (LONGEST_LINE - len(kept)) // 3
    return line[:head] + kept + line[len(line) - (LONGEST_LINE - len(kept) - head) :]


def json_in_xml(text: str) -> str:
    r"""JSON with what XML does not allow as the escapes of JSON: the same values, in a file that can be read.

    Examples
    --------
    >>> json_in_xml('{"a": "\ufffe"}')
    '{"a": "\\ufffe"}'
    """
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def xml_text(text: str) -> str:
    r"""``text`` with what XML does not allow, escaped or not, replaced by the mark for what cannot be shown.

    Examples
    --------
    >>> xml_text("a\x1b\ufffe<b>")
    'a\ufffd\ufffd<b>'
    """
    return _NOT_XML.sub("\ufffd", text)
