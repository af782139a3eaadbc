"""Probes: what probe() found of one feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from stateviz.analysis.tables import as_text, write_table
from stateviz.core.interop import pandas_module
from stateviz.core.noun import FrozenDict, Noun
from stateviz.storage.atomic import AnyPath

if TYPE_CHECKING:
    from pandas import DataFrame

MARK = "stateviz_probes"


@dataclass(frozen=True)
class Probe:
    """A logistic probe of some units, fitted on one part of the text and told of another.

    Parameters
    ----------
    ranking : str
        The rule that chose the units, of RANKINGS; ``all``: of all units, whose absolute weights cost.
    k : int
        How many units have a weight.
    units : tuple of int or str
        Which, the best first.
    auc, low, high : float
        The area under the curve with its 95% interval, by the jackknife over ten blocks.
    accuracy : float
        The mean of the shares of on-steps and of off-steps that are told right; 0.5 by chance.
    ngrams : float or None
        The area that the same way of probing reaches on a control: a feature that is on or off at random for each type
        of n-gram. None where there is no text.
    shifted : float
        The area reached on the feature turned round to other places, the mean over draws.
    p : float or None
        The probability that a turned feature is told as well; None of fewer than 19 draws.

    Examples
    --------
    >>> Probe("iou", 1, (3,), 0.9, 0.8, 1.0, 0.8, 0.6, 0.5, 0.05).selectivity
    0.3
    """

    ranking: str
    k: int
    units: tuple[int | str, ...]
    auc: float
    low: float
    high: float
    accuracy: float
    ngrams: float | None
    shifted: float
    p: float | None

    @property
    def selectivity(self) -> float | None:
        """By how much the area is larger than that of the control of n-grams."""
        return None if self.ngrams is None else round(self.auc - self.ngrams, 12)

    def to_row(self) -> dict[str, Any]:
        """The fields by name, as a row of a table."""
        names = ", ".join(map(str, self.units[:8])) + (", ..." if len(self.units) > 8 else "")
        return asdict(self) | {"units": names, "selectivity": self.selectivity}


@dataclass(frozen=True, repr=False, eq=False)
class Probes(Noun, Sequence[Probe]):
    """How well one, a few and all units tell a feature: a sequence of Probe, beside rankings of all units.

    Parameters
    ----------
    feature : str
    rows : tuple of Probe
        By ranking and k; last the probe of all units.
    rankings : mapping of str to tuple
        By the name of each rule of RANKINGS: every unit with its score, the best first.
    on_steps : int
        Steps of the told part at which the feature is on.
    steps : tuple of int
        The first step of the part that probes are told of, and the one after its last.
    settings : mapping
        What ``probe`` was asked for.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.analysis.probing.one_feature import probe
    >>> rng = np.random.default_rng(0)
    >>> on = rng.random(2000) < 0.3
    >>> found = probe(np.stack([on + rng.normal(size=2000), rng.normal(size=2000)]), on, k=(1,))
    >>> found.rankings["iou"][0][0], found[0].units
    (0, (0,))
    """

    feature: str
    rows: tuple[Probe, ...]
    rankings: Mapping[str, tuple[tuple[int | str, float], ...]]
    on_steps: int
    steps: tuple[int, int]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._hold(rows=tuple(self.rows), rankings=FrozenDict(self.rankings), settings=FrozenDict(self.settings))

    @overload
    def __getitem__(self, index: int) -> Probe: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Probe, ...]: ...

    def __getitem__(self, index: int | slice) -> Probe | tuple[Probe, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.rows)

    @property
    def best(self) -> Probe:
        """The probe of largest area among those of few units."""
        few = [one for one in self.rows if one.ranking != "all"]
        return max(few, key=lambda one: one.auc)

    def side_by_side(self, k: int | None = 10) -> list[dict[str, Any]]:
        """The first units of each ranking beside one another, as rows of a table.

        Parameters
        ----------
        k : int, optional
            How many; None for all.
        """
        length = len(next(iter(self.rankings.values())))
        rows = []
        for place in range(length if k is None else min(k, length)):
            row: dict[str, Any] = {"place": place + 1}
            for name, ranked in self.rankings.items():
                row |= {name: ranked[place][0], f"{name} score": ranked[place][1]}
            rows.append(row)
        return rows

    def to_pandas(self) -> DataFrame:
        """A data frame: one row a probe, its fields as columns.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        frame: DataFrame = pandas_module().DataFrame([one.to_row() for one in self])
        return frame

    def to_text(self, k: int | None = 10) -> str:
        """The probes as a table, and below it the first units of each ranking side by side.

        Parameters
        ----------
        k : int, optional
            How many units; None for all.
        """
        return as_text([one.to_row() for one in self]) + "\n\n" + as_text(self.side_by_side(k))

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write them as .json, with the rankings, or as .csv.

        Parameters
        ----------
        path : str or Path
        overwrite : bool
            Replace what is there; probes in .json are replaced unasked.

        Returns
        -------
        Path
            Where the file lies.

        Raises
        ------
        InputError, FileError
            When it has another ending, or cannot be written.
        """
        head = {**self.settings, "feature": self.feature, "on_steps": self.on_steps, "steps": list(self.steps)}
        head |= {"rankings": {name: [list(one) for one in ranked] for name, ranked in self.rankings.items()}}
        return write_table([one.to_row() for one in self], path, MARK, head, "probes", overwrite=overwrite)

    def __repr__(self) -> str:
        best, dense = self.best, self.rows[-1]
        units = "1 unit" if best.k == 1 else f"{best.k} units"
        return f"Probes({self.feature}: AUC {best.auc:.2f} by {units}, {dense.auc:.2f} by {dense.k} weighed of all)"

    def _facts(self) -> dict[str, object]:
        return {f"{one.ranking}, {one.k}": f"AUC {one.auc:.2f}, {one.low:.2f} to {one.high:.2f}" for one in self.rows}
