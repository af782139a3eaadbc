"""Effects: what a change of states does to loss and predictions, where a feature is on and where it is off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.tables import as_text, write_table
from stateviz.core.interop import pandas_module
from stateviz.core.noun import FrozenDict, Noun
from stateviz.storage.atomic import AnyPath

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

MARK = "stateviz_effects"
_SHOWN = ("where", "steps", "loss", "edited", "change", "low", "high", "moved", "moved_low", "moved_high", "other")


@dataclass(frozen=True, eq=False, repr=False)
class Effect(Noun):
    """What a change does at some steps of a text.

    Parameters
    ----------
    where : str
        ``all``, the name of a feature where it is on, or ``not`` and that name.
    steps : int
        How many.
    loss, edited : float
        Nats of the next token, as the model is and with the change.
    change, low, high : float
        Their difference, and its 95% interval.
    moved, moved_low, moved_high : float
        Total variation between the two predictions, 0 to 1, and its 95% interval.
    other : float
        The share of steps at which another token is the likeliest.
    raised, lowered : mapping of str to float
        The tokens whose probability rises and falls most, by how much on average.

    Examples
    --------
    >>> Effect("all", 10, 1.0, 1.5, 0.5, 0.4, 0.6, 0.2, 0.1, 0.3, 0.4, {"a": 0.1}, {"b": -0.1})
    Effect(all: 10 steps, +0.500 nats (+0.400 to +0.600))
    """

    where: str
    steps: int
    loss: float
    edited: float
    change: float
    low: float
    high: float
    moved: float
    moved_low: float
    moved_high: float
    other: float
    raised: Mapping[str, float]
    lowered: Mapping[str, float]

    def __post_init__(self) -> None:
        self._hold(raised=FrozenDict(self.raised), lowered=FrozenDict(self.lowered))

    def __repr__(self) -> str:
        name = self.where if len(self.where) <= 40 else f"{self.where[:37]}..."
        return f"Effect({name}: {self.steps:,} steps, {self.change:+.3f} nats ({self.low:+.3f} to {self.high:+.3f}))"


@dataclass(frozen=True, eq=False, repr=False)
class Effects(Noun, Sequence[Effect]):
    """What a change of states does to loss and predictions: over all steps, and where each feature is on and off.

    Parameters
    ----------
    rows : sequence of Effect
        That over all steps first.
    site : str
        What was changed.
    units : sequence of int
        Which of its units; of directions their numbers.
    directions : bool
        Whether directions were changed in place of units.
    how : str
        A name of INTERVENTIONS.
    nats : array, shape (tokens,)
        By how much the next token costs more at each step of the text; NaN where nothing was counted.
    moved : array, shape (tokens,)
        Total variation between the predictions of the next token, likewise.

    Examples
    --------
    >>> import stateviz as sv
    >>> text = "".join(sv.shipped_recording().tokens)
    >>> found = sv.intervene(sv.load_model("phone-case"), text, units=[3], features=["vowel"])
    >>> [one.where for one in found]
    ['all', 'vowel', 'not vowel']
    """

    rows: Sequence[Effect]
    site: str
    units: Sequence[int]
    directions: bool
    how: str
    nats: NDArray[np.float64]
    moved: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("nats", "moved"):
            getattr(self, name).flags.writeable = False
        self._hold(rows=tuple(self.rows), units=tuple(self.units))

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, str):
            found = [one for one in self.rows if one.where == place]
            if not found:
                raise KeyError(place)
            return found[0]
        return self.rows[place]

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_rows(self) -> list[dict[str, Any]]:
        """A mapping for each part of the text, as ``stateviz intervene`` prints them."""
        return [{name: getattr(one, name) for name in _SHOWN} for one in self.rows]

    def to_text(self) -> str:
        """The rows as an aligned table."""
        return as_text(self.to_rows())

    def to_pandas(self) -> DataFrame:
        """The rows as a pandas.DataFrame.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        frame: DataFrame = pandas_module().DataFrame(self.to_rows())
        return frame

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write the rows as .csv, or everything but what is told step by step as .json.

        Parameters
        ----------
        path : str or pathlib.Path
            Where.
        overwrite : bool
            Replace a .csv that is there; a .json of this kind is replaced in any case.
        """
        head = {"site": self.site, "units": list(self.units), "directions": self.directions, "how": self.how}
        rows: list[dict[str, Any]] = self.to_rows()
        if str(path).lower().endswith(".json"):
            for row, one in zip(rows, self.rows, strict=True):
                row |= {"raised": dict(one.raised), "lowered": dict(one.lowered)}
        return write_table(rows, path, MARK, head, "effects", overwrite=overwrite)

    def __repr__(self) -> str:
        what = "directions" if self.directions else "units"
        named = ", ".join(map(str, self.units[:4])) + (", ..." if len(self.units) > 4 else "")
        site = self.site if len(self.site) <= 40 else f"{self.site[:37]}..."
        one = self.rows[0]
        return (
            f"Effects({self.how} of {what} {named} of {site}: {one.change:+.4f} nats ({one.low:+.4f} to "
            f"{one.high:+.4f}) over {one.steps:,} steps)"
        )
