"""The verb judge_temperatures(): samples of one model at many temperatures, judged side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stateviz.analysis.judging import Judgement, judge
from stateviz.analysis.judging.judgement import Text
from stateviz.core.checks import check_real
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.protocols import LanguageModel

TEMPERATURES = tuple(round(0.1 * k, 1) for k in range(1, 16))


@dataclass(frozen=True, eq=False, repr=False)
class TemperatureTable(Noun):
    """One model's samples at many temperatures; ``judge_temperatures`` makes it.

    Parameters
    ----------
    temperatures : tuple of float
        At which it wrote.
    samples : tuple of str
        What it wrote at each, without the prime.
    judgements : tuple of Judgement
        Of each.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.ngram("f(a) { g(b); } " * 20, order=4)
    >>> found = sv.judge_temperatures(model, temperatures=[0.5, 1], length=100)
    >>> print(found.to_text().splitlines()[0])
    temperature  brackets  quotes  tags  environments  loop  distinct 4-grams
    """

    temperatures: tuple[float, ...]
    samples: tuple[str, ...]
    judgements: tuple[Judgement, ...]

    def __repr__(self) -> str:
        return f"TemperatureTable({self.temperatures[0]:g} to {self.temperatures[-1]:g}, {len(self.samples)} samples)"

    def rows(self) -> list[dict[str, float | int | None]]:
        """One row a temperature: shares from 0 to 1, None where there was nothing to judge."""
        return [
            {"temperature": temperature, **_columns(one)}
            for temperature, one in zip(self.temperatures, self.judgements, strict=True)
        ]

    def to_text(self) -> str:
        """The rows as a table."""
        rows = self.rows()
        widths = {name: max(len(name), 6) for name in rows[0]}
        lines = ["  ".join(f"{name:>{width}}" for name, width in widths.items())]
        lines += ["  ".join(f"{_shown(name, row[name]):>{width}}" for name, width in widths.items()) for row in rows]
        return "\n".join(lines) + "\n"

    def to_json(self) -> list[dict[str, Any]]:
        """The rows, each with its whole judgement."""
        return [row | {"judgement": one.to_json()} for row, one in zip(self.rows(), self.judgements, strict=True)]


def judge_temperatures(
    model: LanguageModel,
    *,
    against: Text | None = None,
    temperatures: Sequence[float] = TEMPERATURES,
    length: int = 2000,
    prime: str | None = None,
    seed: int = 0,
    stretch: int = 50,
    encoding: str = "utf-8",
) -> TemperatureTable:
    """Let a model write at many temperatures, and judge what it wrote.

    Parameters
    ----------
    model : CharModel or NGram
        As ``load_model`` reads it.
    against : str, pathlib.Path, or a list of paths, optional
        The text that it learned from; without it, nothing is said of what is known, new or recited.
    temperatures : sequence of float
        By default 0.1 to 1.5 by 0.1.
    length : int
        Characters of each sample.
    prime : str, optional
        What each sample goes on from, as `sample` takes it.
    seed : int
        Of every sample.
    stretch : int
        From so many characters on, what the training text has to the letter counts as recited.
    encoding : str
        Of the files, such as ``"latin-1"``.

    Returns
    -------
    TemperatureTable
        Whose ``to_text()`` is a table.

    Raises
    ------
    InputError
        When there is no temperature, or one is negative.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.ngram("the cat sat on the mat. " * 20, order=4)
    >>> found = sv.judge_temperatures(model, against="the cat sat", temperatures=[0.1, 1.5], length=200)
    >>> [row["temperature"] for row in found.rows()]
    [0.1, 1.5]
    """
    from stateviz.models import sample

    if not temperatures:
        raise InputError("no temperature was given; name one or more, such as 0.5")
    for temperature in temperatures:
        check_real("temperature", temperature, inclusive=True)
    samples = tuple(
        sample(model, prime=prime, length=length, temperature=temperature, seed=seed) for temperature in temperatures
    )
    judgements = tuple(judge(text, against=against, stretch=stretch, encoding=encoding) for text in samples)
    return TemperatureTable(tuple(map(float, temperatures)), samples, judgements)


def _columns(one: Judgement) -> dict[str, float | int | None]:
    found: dict[str, float | int | None] = {kind: closed.share for kind, closed in one.closings.items()}
    if one.indentation is not None and one.indentation.lines:
        found["indented"] = 1 - one.indentation.faults / one.indentation.lines
    if one.words is not None and one.lines is not None and one.recited is not None:
        found |= {"words known": one.words.share, "lines new": one.lines.new, "recited": len(one.recited)}
    found["loop"] = one.loop.length / one.characters if one.loop is not None else 0.0
    return found | {"distinct 4-grams": one.distinct_grams}


def _shown(name: str, value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if name == "temperature" else f"{value:,}" if isinstance(value, int) else f"{value:.1%}"
