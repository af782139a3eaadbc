"""counters(): by how much each symbol changes each unit, and which units count, measure, latch or spike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.interventions.changes import KINDS, Sums, UnitRules, rules_of
from stateviz.analysis.parts import split
from stateviz.analysis.tables import as_text, write_table
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.storage import load_any
from stateviz.storage.atomic import AnyPath

if TYPE_CHECKING:
    from pathlib import Path

MARK = "stateviz_counters"
_SHOWN = 4
_OFTEN = 20


@dataclass(frozen=True, eq=False, repr=False)
class Counter(Noun):
    """How one unit changes with the symbols that are read.

    Parameters
    ----------
    unit : int or str
        Its name.
    kind : str
        ``counter``: some symbols add to it and others take away; ``ruler``: it goes one way at most symbols, and some
        set it back; ``latch``: it stays as it is at most symbols, and some set or turn it; ``spike``: it is away from
        its usual level at a fifth of the steps at most; ``none`` where the rules of the symbols account for less than
        half.
    r2 : float
        Of its change, given the symbol: the mean changes are those of one part of the text, judged on the other.
    rules_r2 : float
        The share for which the rules account, on the other part, of what is left by the better of two guesses that read
        no symbol: that the unit stays as it is, and that it is at its mean. Each symbol adds an amount, or sets a
        level, or turns the unit about one.
    adds : mapping of str to float
        By how much, of the symbols that add or take away.
    sets : mapping of str to float
        To which level, of those that set one.
    turns : mapping of str to float
        About which level, of those that turn it.

    Examples
    --------
    >>> Counter(3, "counter", 0.9, 0.9, {"(": 1.0, ")": -1.0}, {}, {})
    Counter(unit 3: counter, R2 0.90)
    """

    unit: int | str
    kind: str
    r2: float
    rules_r2: float
    adds: Mapping[str, float]
    sets: Mapping[str, float]
    turns: Mapping[str, float]

    def __post_init__(self) -> None:
        self._hold(adds=FrozenDict(self.adds), sets=FrozenDict(self.sets), turns=FrozenDict(self.turns))

    def __repr__(self) -> str:
        return f"Counter(unit {self.unit}: {self.kind}, R2 {self.r2:.2f})"


@dataclass(frozen=True, eq=False, repr=False)
class Counters(Noun, Sequence[Counter]):
    """By how much each symbol changes each unit, with 95% intervals, and what kind of unit each is.

    Parameters
    ----------
    rows : sequence of Counter
        One a unit, in the order of the units.
    site : str
        Whose units.
    symbols : sequence of str
        Those that are told apart, the most frequent first; rarer ones are left out.
    counts : array of int, shape (symbols,)
        How often each was read.
    change, low, high : array, shape (units, symbols)
        The mean change of a unit at the step that read the symbol, and its interval.

    Examples
    --------
    >>> import stateviz as sv
    >>> text, truth = sv.language("parenthesis").generate(4000, seed=0)
    >>> found = sv.counters(sv.StateMatrix(truth["depth"][None].astype(float), tokens=text))
    >>> found[0].kind, found[0].adds["("], found[0].r2
    ('counter', 1.0, 1.0)
    """

    rows: Sequence[Counter]
    site: str
    symbols: Sequence[str]
    counts: NDArray[np.int64]
    change: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("counts", "change", "low", "high"):
            getattr(self, name).flags.writeable = False
        self._hold(rows=tuple(self.rows), symbols=tuple(self.symbols))

    def __getitem__(self, place: Any) -> Any:
        return self.rows[place]

    def __iter__(self) -> Iterator[Counter]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def of_kind(self, kind: str) -> list[Counter]:
        """The units of a kind, those whose changes are best accounted for first.

        Parameters
        ----------
        kind : str
            counter, ruler, latch, spike or none.
        """
        _ = KINDS[kind]
        return sorted((one for one in self.rows if one.kind == kind), key=lambda one: -one.rules_r2)

    def to_rows(self) -> list[dict[str, Any]]:
        """A mapping for each unit, as ``stateviz counters`` prints them: the best accounted for of each kind first."""
        order = [one for kind in KINDS for one in self.of_kind(kind)]
        return [
            {"unit": one.unit, "kind": one.kind, "r2": one.r2, "rules_r2": one.rules_r2,
             "adds": _listed(one.adds), "sets": _listed(one.sets), "turns": _listed(one.turns)}
            for one in order
        ]  # fmt: skip

    def to_text(self, top: int | None = None) -> str:
        """The units as an aligned table.

        Parameters
        ----------
        top : int, optional
            The first so many.
        """
        return as_text(self.to_rows()[:top])

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write the units as .csv, or everything as .json.

        Parameters
        ----------
        path : str or pathlib.Path
            Where.
        overwrite : bool
            Replace a .csv that is there; a .json of this kind is replaced in any case.
        """
        head = {"site": self.site, "symbols": list(self.symbols), "counts": self.counts.tolist()}
        head |= {name: getattr(self, name).tolist() for name in ("change", "low", "high")}
        return write_table(self.to_rows(), path, MARK, head, "units", overwrite=overwrite)

    def __repr__(self) -> str:
        kinds = [f"{len(self.of_kind(kind))} {kind}" for kind in KINDS]
        site = self.site if len(self.site) <= 40 else f"{self.site[:37]}..."
        return f"Counters({len(self.rows)} units of {site}: {', '.join(kinds)})"


def counters(states: Any, *, site: str | None = None, confirm: float = 0.5) -> Counters:
    """By how much each symbol that is read changes each unit, and which units count.

    A unit that counts goes up at one symbol and down at another, by the same each time, wherever it stands. For each
    symbol that rule is held to two others: that the symbol sets a level, and that it turns the unit about one; the one
    that leaves least is taken. Rules and mean changes are found on one part of the text and judged on another.

    Parameters
    ----------
    states : Recording, StateMatrix, array, tensor, DataFrame or path
        With the text that was read. A counter of an LSTM is to be found in c, that of a GRU in h.
    site : str, optional
        Whose units; needed where the recording has more than one.
    confirm : float
        The share of the steps on which R2 is judged.

    Returns
    -------
    Counters

    Raises
    ------
    InputError
        When the states have no text, or no symbol is read 20 times in each part.

    See Also
    --------
    shift_counter : whether a unit that counts is what the model counts by.

    Examples
    --------
    >>> import stateviz as sv
    >>> sv.counters(sv.shipped_recording()).symbols[:2]
    (' ',)
    """
    found = load_any(states, site=site)
    name = found.only(site)
    matrix = found[name]
    if found.tokens == tuple(map(str, range(found.steps))):
        raise InputError("counters need the text that was read, and these states hold none; give tokens")
    first, second = split(found.steps, confirm)
    ids, symbols = _symbols(found.tokens, (first, second))
    values = np.ascontiguousarray(matrix.values.T, np.float64)
    follows = np.ones(found.steps, bool)
    follows[[0, *matrix.column_breaks]] = False
    parts = [Sums.of(values, ids, follows, part, len(symbols)) for part in (first, second, slice(0, found.steps))]
    rules = rules_of(parts[0], values[first])
    change, low, high = parts[2].mean_changes()
    rows = [
        Counter(unit, *_judged(one, parts, k), *(_named(one, rule, symbols) for rule in ("add", "set", "turn")))
        for k, (unit, one) in enumerate(zip(matrix.units, rules, strict=True))
    ]
    return Counters(rows, name, symbols, parts[2].counts.sum(axis=0).astype(np.int64), change, low, high)


def _symbols(tokens: Sequence[str], parts: tuple[slice, slice]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The number of each token among those that are frequent in both parts, -1 for others; and the frequent ones."""
    text = np.array(tokens, object)
    known, places = np.unique(text, return_inverse=True)
    often = [np.bincount(places[part], minlength=len(known)) for part in parts]
    kept = np.flatnonzero(np.min(often, axis=0) >= _OFTEN)
    if not len(kept):
        raise InputError(f"no symbol is read {_OFTEN} times in each part of {len(tokens):,} steps; give a longer text")
    kept = kept[np.argsort(-np.sum(often, axis=0)[kept], kind="stable")]
    numbers = np.full(len(known), -1)
    numbers[kept] = np.arange(len(kept))
    return numbers[places], tuple(str(one) for one in known[kept])


def _judged(rules: UnitRules, parts: Sequence[Sums], unit: int) -> tuple[str, float, float]:
    """The kind of a unit, R2 of its change given the symbol, and the share that its rules account for."""
    r2, share = parts[1].r2_of_means(parts[0], unit), parts[1].share_of_rules(rules, unit)
    return (rules.kind if share >= 0.5 else "none"), r2, share


def _named(rules: UnitRules, rule: str, symbols: Sequence[str]) -> dict[str, float]:
    """The symbols that follow a rule, what adds most first; those that leave the unit as it is are none of them."""
    found = {symbols[k]: float(rules.amounts[k]) for k in np.flatnonzero(rules.rules == rule).tolist()}
    return dict(sorted(found.items(), key=lambda pair: -abs(pair[1])))


def _listed(named: Mapping[str, float]) -> str:
    shown = [f"{symbol!r} {amount:+.2f}" for symbol, amount in list(named.items())[:_SHOWN]]
    return ", ".join(shown) + (", ..." if len(named) > _SHOWN else "")
