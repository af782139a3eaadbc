"""Trial and Comparison: what came of comparing methods, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.number_wording import table_amount, table_gap
from stateviz.core.orders import Ordering
from stateviz.ordering.comparison.criteria import CRITERIA, Criterion
from stateviz.ordering.comparison.text_table import Column, as_csv, as_markdown, as_text
from stateviz.ordering.problem.problem import ROUNDING


@dataclass(frozen=True, eq=False, repr=False)
class Trial(Noun):
    """One line of a comparison.

    Parameters
    ----------
    name
        The method as it was asked for: ``"greedy-insert+two-opt"``, ``"hierarchical:linkage=ward"``.
    ordering
        The order it found; None where it found none.
    values
        The value of each criterion by its name; NaN where it is not defined.
    reason
        Why there is no order, or what is to be known about this one.
    """

    name: str
    ordering: Ordering | None
    values: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        self._hold(values=FrozenDict(dict(self.values)))

    def __repr__(self) -> str:
        return f"Trial({self.name}: {'no order' if self.ordering is None else table_amount(self.ordering.length)})"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Noun):
    """Methods x criteria; printed, it is a table.

    Parameters
    ----------
    trials
        One for each method, in the order they were asked for.
    criteria
        Names of criteria, one a column.
    bound
        No order is shorter than this, in the unit of the distances; None where no bound is known.
    own
        The criteria that are no rows of CRITERIA, by their names.

    Examples
    --------
    >>> from stateviz.ordering import compare
    >>> found = compare([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]], methods=["identity", "exact"])
    >>> found
    Comparison(2 methods x 4 criteria of 3 units x 4 steps, from rows, shortest 3, bound 3)
    >>> found.best.rows.tolist(), [found.gap(trial.ordering) for trial in found.trials]
    ([0, 2, 1], [0.6666666666666667, 0.0])
    """

    trials: tuple[Trial, ...]
    criteria: tuple[str, ...]
    bound: float | None
    own: Mapping[str, Criterion] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hold(own=FrozenDict(dict(self.own)))

    def __repr__(self) -> str:
        lengths = [trial.ordering.length for trial in self.trials if trial.ordering is not None]
        shortest = f"shortest {table_amount(min(lengths))}" if lengths else "no order"
        bound = "" if self.bound is None else f", bound {table_amount(self.bound)}"
        extent = next((f" of {o.extent}" for t in self.trials if (o := t.ordering) is not None and o.extent), "")
        return f"Comparison({len(self.trials)} methods x {len(self.criteria)} criteria{extent}, {shortest}{bound})"

    @property
    def best(self) -> Ordering:
        """The shortest order; of equals the first.

        Raises
        ------
        InputError
            When no method found one.
        """
        found = [trial.ordering for trial in self.trials if trial.ordering is not None]
        if not found:
            raise InputError("no method found an order; the reasons are in the trials")
        return min(found, key=lambda ordering: ordering.length)

    def gap(self, ordering: Ordering) -> float | None:
        """``(length - bound) / bound``, 0 where that is rounding; None without a bound, or where only that is 0.

        Parameters
        ----------
        ordering : Ordering
            The order of a trial.
        """
        if self.bound is None or (self.bound <= 0 < ordering.length):
            return None
        if ordering.length - self.bound <= ROUNDING * ordering.length:
            return 0.0
        return max(0.0, ordering.length / self.bound - 1) if self.bound > 0 else 0.0

    def columns(self) -> list[Column]:
        """The columns of the table; what a trial lacks is None."""
        found = [trial.ordering for trial in self.trials]
        columns = [
            Column("method", [trial.name for trial in self.trials]),
            Column("length", [o and o.length for o in found], table_amount, "lower"),
            Column("bound", [o and self.bound for o in found], table_amount),
            Column("gap", [o and self.gap(o) for o in found], table_gap),
        ]
        judges = [self.own.get(name) or CRITERIA[name] for name in self.criteria]
        columns += [
            Column(one.name, [trial.values.get(one.name) for trial in self.trials], table_amount, one.better)
            for one in judges
        ]
        columns.append(Column("seconds", [o and o.seconds for o in found], "{:.3f}".format))
        columns.append(Column("note", [trial.reason for trial in self.trials]))
        return columns

    def to_text(self) -> str:
        """An aligned table; ``*`` marks the best of a column."""
        return as_text(self.columns())

    def to_csv(self) -> str:
        """Comma-separated values, numbers in full, a note for a method that found no order."""
        return as_csv(self.columns())

    def to_markdown(self) -> str:
        """A Markdown table; the best of a column is bold."""
        return as_markdown(self.columns())

    def to_pandas(self) -> Any:
        """A pandas DataFrame, one row a method; needs pandas."""
        import pandas

        return pandas.DataFrame({column.name: column.values for column in self.columns()}).set_index("method")

    def __str__(self) -> str:
        return self.to_text()
