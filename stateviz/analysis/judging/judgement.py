"""The verb judge(): how a sample holds together, and what of it the training text has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stateviz.analysis.judging import novelty
from stateviz.analysis.judging.closings import KINDS, Closings, closings
from stateviz.analysis.judging.indents import Indents, indents
from stateviz.analysis.judging.novelty import Known, Loop
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.storage.text_files import check_no_file_name, read_text

Text = str | Path | Sequence[str | Path]
_MOST_SHOWN = 60  # characters of the stretch that is shown


@dataclass(frozen=True, eq=False, repr=False)
class Judgement(Noun):
    """What was found in a sample; ``judge`` makes it.

    Parameters
    ----------
    characters : int
        Length of the sample.
    closings : mapping of str to Closings
        Of ``brackets``, ``quotes``, ``tags`` and ``environments``: ``opened``, ``in_order``, ``crossed``, ``stray``,
        ``unclosed``, ``share`` and ``by_distance()``.
    indentation : Indents or None
        ``lines`` that were judged and their ``faults``; None where the text has neither braces nor colons at line ends.
    lines_repeated : int
        Lines that stand in the sample a second time or more.
    loop : Loop or None
        The longest stretch that repeats itself at least three times: ``period``, ``start``, ``length``.
    distinct_grams : float or None
        Different stretches of 4 characters, of all of them.
    words, identifiers, lines, names : Known or None
        Against the training text: ``count`` and ``known``, ``different`` and ``known_different``, ``share`` and
        ``new``. None without a training text.
    recited : str or None
        The longest stretch that the training text has to the letter.
    recited_share : float or None
        Of the sample, what lies in stretches of at least ``stretch`` characters that the training text has.
    stretch : int
        Characters of such a stretch.

    Examples
    --------
    >>> import stateviz as sv
    >>> found = sv.judge("f(a[0]) { g(b; }", against="f(a) { h(b); }")
    >>> found.closings["brackets"].in_order, found.closings["brackets"].unclosed, found.recited
    (2, 1, ') { ')
    """

    characters: int
    closings: Mapping[str, Closings]
    indentation: Indents | None
    lines_repeated: int
    loop: Loop | None
    distinct_grams: float | None
    words: Known | None
    identifiers: Known | None
    lines: Known | None
    names: Known | None
    recited: str | None
    recited_share: float | None
    stretch: int

    def __repr__(self) -> str:
        against = "" if self.words is None else f", {_percent(self.words.share)} of words known"
        return (
            f"Judgement({self.characters:,} characters, brackets {_percent(self.closings['brackets'].share)}{against})"
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """What was judged, the share, and what it is made of: one row a line of the table."""
        found = [
            (kind, _percent(one.share), _closed(one)) for kind, one in self.closings.items() if one.share is not None
        ]
        if self.indentation is not None:
            right = self.indentation.lines - self.indentation.faults
            share = right / self.indentation.lines if self.indentation.lines else None
            told = f"{right} of {self.indentation.lines} lines as their {self.indentation.style} say"
            found.append(("indentation", _percent(share), told))
        for name in ("words", "identifiers"):
            one = getattr(self, name)
            if one is not None:
                found.append((f"{name} known", _percent(one.share), f"{one.known:,} of {one.count:,}"))
        for name in ("lines", "names"):
            one = getattr(self, name)
            if one is not None:
                new = one.different - one.known_different
                found.append((f"{name} new", _percent(one.new), f"{new:,} of {one.different:,} different ones"))
        found.append(("lines repeated", "", f"{self.lines_repeated:,}"))
        if self.recited is not None:
            shown = self.recited if len(self.recited) <= _MOST_SHOWN else f"{self.recited[:_MOST_SHOWN]}..."
            found.append(("longest recited", "", f"{len(self.recited):,} characters: {shown!r}"))
            found.append(("recited", _percent(self.recited_share), f"in stretches of {self.stretch} or more"))
        told = "nothing three times in a row"
        if self.loop is not None:
            told = f"{self.loop.length:,} characters from {self.loop.start:,} on, of period {self.loop.period:,}"
        share = self.loop.length / self.characters if self.loop is not None else 0.0
        found.append(("longest loop", _percent(share), told))
        found.append(("distinct 4-grams", _percent(self.distinct_grams), ""))
        return found

    def to_text(self) -> str:
        """A table for people; brackets, quotes, tags and environments also by distance, where any were closed."""
        table = [f"{name:16}{share:>7}  {told}".rstrip() for name, share, told in self.rows()]
        for kind, one in self.closings.items():
            if one.distances:
                table += ["", f"{kind} closed in order, by the characters from opening to closing"]
                table += [
                    f"  {_range(low, high):12}{right} of {count}" for low, high, count, right in one.by_distance()
                ]
        return "\n".join(table) + "\n"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        parts["closings"] = {
            kind: {name: value for name, value in asdict(one).items() if name != "distances"}
            | {"share": one.share, "by_distance": [list(row) for row in one.by_distance()]}
            for kind, one in self.closings.items()
        }
        for name in ("indentation", "loop", "words", "identifiers", "lines", "names"):
            parts[name] = None if parts[name] is None else asdict(parts[name])
        return parts


def judge(sample: Text, *, against: Text | None = None, stretch: int = 50, encoding: str = "utf-8") -> Judgement:
    """Judge a sample: does what opens close, are lines indented, what is known, new, recited, or said again and again?

    Parameters
    ----------
    sample : str, pathlib.Path, or a list of paths
        The text itself (a str), or a file.
    against : str, pathlib.Path, or a list of paths, optional
        The text that the model learned from; without it, nothing is said of what is known, new or recited.
    stretch : int
        From so many characters on, what the training text has to the letter counts as recited.
    encoding : str
        Of the files, such as ``"latin-1"``.

    Returns
    -------
    Judgement
        Whose ``to_text()`` is a table.

    Raises
    ------
    InputError
        When a text is empty.
    FileError
        When a text cannot be read.

    Examples
    --------
    >>> import stateviz as sv
    >>> found = sv.judge("the cat sat. the cat sat. the dof", against="the cat sat on the mat")
    >>> found.words.known, found.words.count, found.recited
    (7, 8, 'the cat sat')
    """
    check_whole("stretch", stretch)
    text = read_sample(sample, "sample", encoding)
    known: dict[str, Any] = dict.fromkeys(("words", "identifiers", "lines", "names", "recited", "recited_share"))
    lines = novelty.lines(text)
    if against is not None:
        training = read_sample(against, "training text", encoding)
        for name, parts in (("words", novelty.words), ("identifiers", novelty.identifiers), ("lines", novelty.lines)):
            known[name] = novelty.known(parts(text), parts(training))
        known["names"] = novelty.known(novelty.names(text), novelty.identifiers(training))
        stretches = novelty.Stretches(text, training)
        start, length = stretches.longest()
        known |= {"recited": text[start : start + length], "recited_share": stretches.covered(stretch)}
    return Judgement(
        characters=len(text),
        closings=FrozenDict({kind: closings(events(text)) for kind, events in KINDS.items()}),
        indentation=indents(text),
        lines_repeated=len(lines) - len(set(lines)),
        loop=novelty.loop(text),
        distinct_grams=novelty.distinct_grams(text),
        stretch=stretch,
        **known,
    )


def read_sample(text: Text, name: str, encoding: str) -> str:
    """The text that is meant; ``name`` says in an error what it is."""
    if isinstance(text, str):
        check_no_file_name(text)
        found = text
    elif isinstance(text, (Path, list, tuple)):
        paths = [text] if isinstance(text, Path) else text
        found = "\n".join(read_text(path, encoding) for path in paths)
    else:
        raise InputError(f"the {name} is a {type(text).__name__}; give a text, a pathlib.Path or a list of paths")
    if not found.strip():
        raise InputError(f"the {name} is empty; give some text")
    return found


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _closed(one: Closings) -> str:
    told = f"{one.in_order:,} of {one.opened:,} closed in order, {one.crossed:,} crossed"
    return f"{told}, {one.unclosed:,} unclosed, {one.stray:,} stray"


def _range(low: int, high: int | None) -> str:
    return f"{low}+" if high is None else f"{low}-{high - 1}"
