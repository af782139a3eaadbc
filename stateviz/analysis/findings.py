"""Findings: which unit follows which feature of the text, how well that is known, and on which part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from stateviz.analysis.tables import as_text, write_table
from stateviz.core.interop import pandas_module
from stateviz.core.noun import FrozenDict, Noun
from stateviz.storage.atomic import AnyPath

if TYPE_CHECKING:
    from pandas import DataFrame

MARK = "stateviz_findings"
_SHOWN = ("site", "unit", "feature", "effect", "low", "high", "auc", "r2", "r2_binned", "z", "p", "on_steps")


@dataclass(frozen=True, repr=False, eq=False)
class Finding(Noun):
    """A unit and a feature of the text that it follows, or is held to.

    Parameters
    ----------
    site, unit, feature : str, int or str, str
        What was compared.
    effect : float
        The correlation, on the part it was **not** chosen on.
    low, high : float
        The 95% interval of ``effect``, by Bartlett's variance, which knows that a text is alike from step to step.
    auc : float or None
        How likely the unit is higher where the feature is on than where it is off; None where it is no on/off feature.
    r2, r2_binned : float
        The share of the feature's variance that a line, and the best function of the unit's value, account for; the
        function is found on one part and judged on the other.
    z : float
        Standard deviations of what chance shows, on the same part.
    p : float
        The probability that chance alone gives this, corrected over all that were compared; 1 where the pair was no
        candidate.
    on_steps : int or None
        Steps at which the feature is on; None where it is no on/off feature.
    steps : tuple of int
        The first step of the part, and the one after its last.
    stretches : float
        As many independent stretches that part holds for this pair: of fewer than 50 no interval can be relied on.
    significant : bool
        Whether it is more than chance, at the level that was asked for.
    confirmed : bool
        Whether ``steps`` is another part than the one it was chosen on; if not, effect and interval are flattered.
    drifts : bool
        Whether the unit or the feature drifts over the text, which no shift is a fair comparison for.

    Examples
    --------
    >>> one = Finding("h", 3, "vowel", 0.5, 0.4, 0.6, 0.8, 0.25, 0.3, 9.0, 0.001, 80, (137, 274), 90.0, True)
    >>> one
    Finding(unit 3 of h follows vowel: r = 0.50, 0.40 to 0.60)
    """

    site: str
    unit: int | str
    feature: str
    effect: float
    low: float
    high: float
    auc: float | None
    r2: float
    r2_binned: float
    z: float
    p: float
    on_steps: int | None
    steps: tuple[int, int]
    stretches: float = float("inf")
    significant: bool = False
    confirmed: bool = True
    drifts: bool = False

    def __repr__(self) -> str:
        verb = "follows" if self.significant else "is not known to follow"
        return (
            f"Finding(unit {self.unit} of {self.site} {verb} {self.feature}: r = {self.effect:.2f}, "
            f"{self.low:.2f} to {self.high:.2f})"
        )

    def to_row(self) -> dict[str, Any]:
        """The fields by name, as a row of a table; ``steps`` as two numbers."""
        row = {name: value for name, value in asdict(self).items() if name != "steps"}
        return row | {"first_step": self.steps[0], "last_step": self.steps[1] - 1}


@dataclass(frozen=True)
class Share:
    """How many units are readable: a share with its 95% interval, by resampling units."""

    share: float
    low: float
    high: float
    units: int

    def __str__(self) -> str:
        return f"{self.share:.1%} ({self.low:.1%} to {self.high:.1%}) of {self.units:,}"


@dataclass(frozen=True, repr=False, eq=False)
class Findings(Noun, Sequence[Finding]):
    """What ``find`` found: a sequence of Finding, the surest first.

    Parameters
    ----------
    rows : tuple of Finding
        The candidates: every pair of unit and feature that stood out on the part where pairs were chosen.
    without : tuple of Finding
        Of each unit without a significant finding the strongest that it reaches.
    settings : mapping
        What ``find`` was asked for: null, alpha, confirm, correction, readable, seed; and ``first`` and ``second``, the
        steps of the parts.
    features : tuple of str
        What was tried.
    left_out : mapping of str to str
        Features that were not, and why.
    constant : tuple of str
        Units that never change, as ``site:unit``.
    readable, random, baseline : Share or None
        The share of units that are readable; of as many random directions of the state; and of the recording that was
        given as a baseline.

    Examples
    --------
    >>> from stateviz.analysis.search import find
    >>> rng = np.random.default_rng(0)
    >>> on = rng.random(2000) < 0.3
    >>> found = find(np.stack([on + rng.normal(size=2000), rng.normal(size=2000)]), features={"mine": on})
    >>> [(one.unit, one.feature) for one in found.significant], [one.unit for one in found.without]
    ([(0, 'mine')], [1])
    """

    rows: tuple[Finding, ...]
    without: tuple[Finding, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    constant: tuple[str, ...] = ()
    readable: Share | None = None
    random: Share | None = None
    baseline: Share | None = None

    def __post_init__(self) -> None:
        self._hold(rows=tuple(self.rows), without=tuple(self.without))
        self._hold(settings=FrozenDict(self.settings), left_out=FrozenDict(self.left_out))

    @property
    def significant(self) -> Findings:
        """Those that are more than chance, at the level that was asked for."""
        return replace(self, rows=tuple(one for one in self.rows if one.significant))

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Findings: ...

    def __getitem__(self, index: int | slice) -> Finding | Findings:
        return replace(self, rows=self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.rows)

    def of_unit(self, unit: int | str, site: str | None = None) -> Findings:
        """Those of one unit.

        Parameters
        ----------
        unit : int or str
        site : str, optional
            Needed where a unit of this name is in several.
        """
        return replace(self, rows=tuple(one for one in self if one.unit == unit and site in (None, one.site)))

    def unreadable(self) -> Finding | None:
        """A typical unit that follows nothing: of those without a finding the one in the middle, with its strongest."""
        ranked = sorted(self.without, key=lambda one: abs(one.effect))
        return ranked[len(ranked) // 2] if ranked else None

    def to_pandas(self) -> DataFrame:
        """A data frame: one row a finding, its fields as columns.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        frame: DataFrame = pandas_module().DataFrame([one.to_row() for one in self], columns=[*_FIELDS])
        return frame

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write them as findings.json, or as .csv.

        Parameters
        ----------
        path : str or Path
            Its ending says which: .json holds everything, .csv one row a finding.
        overwrite : bool
            Replace what is there; findings in .json are replaced unasked.

        Returns
        -------
        Path
            Where the file lies.

        Raises
        ------
        InputError, FileError
            When it has another ending, or cannot be written.
        """
        return write_table([one.to_row() for one in self], path, MARK, self._head(), "findings", overwrite=overwrite)

    def to_text(self, k: int | None = 20) -> str:
        """A table of the first of them.

        Parameters
        ----------
        k : int, optional
            How many; None for all.
        """
        return as_text([{name: one.to_row()[name] for name in _SHOWN} for one in self.rows[:k]])

    def _head(self) -> dict[str, Any]:
        shares = {name: getattr(self, name) for name in ("readable", "random", "baseline")}
        return {
            **self.settings,
            "features": list(self.features),
            "left_out": dict(self.left_out),
            "constant": list(self.constant),
            **{name: None if share is None else asdict(share) for name, share in shares.items()},
            "without": [one.to_row() for one in self.without],
        }

    def __repr__(self) -> str:
        return f"Findings({sum(one.significant for one in self)} significant of {len(self)} candidates)"

    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {"significant": len(self.significant), "readable": self.readable or "not known"}
        return facts | {f"unit {o.unit} of {o.site}": f"{o.feature}, r = {o.effect:.2f}" for o in self.significant[:5]}


_FIELDS = Finding("", 0, "", 0, 0, 0, 0, 0, 0, 0, 0, 0, (0, 0)).to_row()
"""The columns of a table of findings."""


def share_of(readable: np.ndarray[Any, np.dtype[np.bool_]], seed: int) -> Share:
    """The share of units that are readable, and its 95% interval by bootstrap over units.

    Examples
    --------
    >>> share_of(np.array([True, False]), 0)
    Share(share=0.5, low=0.0, high=1.0, units=2)
    """
    rng = np.random.default_rng(seed)
    count = len(readable)
    drawn = rng.binomial(count, readable.mean(), size=2000) / count  # units drawn with replacement
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Share(float(readable.mean()), float(low), float(high), count)
