"""Whether lines are indented as their braces or colons say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

_LEFT = re.compile(r"#|\w+:\s*$|(case\b.*|default\s*):|\*|/\*|//|\}")  # lines with a place of their own; } is counted
_BLOCK = re.compile(r"\s*(async|case|class|def|elif|else|except|finally|for|if|match|try|while|with)\b.*:\s*$")
_STRINGS = re.compile(r"'(\\.|[^'\\\n])'|\"(\\.|[^\"\\\n])*\"|/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Indents:
    """How many lines could be judged, and how many are indented otherwise than they should be."""

    style: str
    lines: int
    faults: int


def indents(text: str) -> Indents | None:
    """Judge the lines of code by its braces, or by its colons as in Python; None where it has neither.

    Braces: a line belongs as deep as braces are open where it begins, one less where it begins by closing one. Colons:
    after a line that opens a block one deeper, and a line that comes back must come back to where one began. Empty
    lines, lines inside parentheses, comments, labels and lines that begin with # are not judged.

    Examples
    --------
    >>> indents("if (a) {\\n\\tb();\\n\\t\\tc();\\n}\\n")
    Indents(style='braces', lines=4, faults=1)
    >>> indents("if a:\\n    b\\nc\\n")
    Indents(style='colons', lines=3, faults=0)
    """
    bare = _STRINGS.sub(lambda match: re.sub(r"[^\n]", "_", match[0]), text)
    pairs = list(zip(bare.split("\n"), text.split("\n"), strict=True))
    braces = sum(line.rstrip().endswith("{") for line, _ in pairs)
    colons = sum(bool(_BLOCK.match(line)) for line, _ in pairs)
    if not braces and not colons:
        return None
    return _by_braces(pairs) if braces >= colons else _by_colons(pairs)


def _unit(lines: list[str]) -> str:
    """What one level is: a tab, or the spaces by which lines most often go in."""
    widths = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    steps = Counter(b - a for a, b in pairwise(widths) if b > a)
    tabs = sum(line.startswith("\t") for line in lines)
    return "\t" if tabs >= sum(width > 0 for width in widths) else " " * steps.most_common(1)[0][0]


def _by_braces(pairs: list[tuple[str, str]]) -> Indents:
    unit = _unit([line for line, _ in pairs])
    depth = parentheses = lines = faults = 0
    for line, whole in pairs:
        words = line.strip()
        closing = words.startswith("}")
        if words.strip("_") and parentheses <= 0 and (closing or not _LEFT.match(whole.strip())):
            lines += 1
            faults += line[: len(line) - len(line.lstrip())] != unit * max(0, depth - closing)
        depth = max(0, depth + line.count("{") - line.count("}"))
        parentheses = max(0, parentheses + line.count("(") - line.count(")"))
    return Indents("braces", lines, faults)


def _by_colons(pairs: list[tuple[str, str]]) -> Indents:
    levels, deeper = [""], False
    parentheses = lines = faults = 0
    for line, _ in pairs:
        lead, words = line[: len(line) - len(line.lstrip())], line.strip()
        if words and parentheses <= 0 and not words.startswith("#"):
            lines += 1
            if deeper and lead.startswith(levels[-1]) and lead != levels[-1]:
                levels.append(lead)
            elif deeper or lead not in levels:
                faults += 1
            else:
                del levels[levels.index(lead) + 1 :]
            deeper = bool(_BLOCK.match(line))
        parentheses = max(0, parentheses + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")))
    return Indents("colons", lines, faults)
