"""What symbols do to units: sums by symbol and part of the text, and the rule of each symbol that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.jackknife import BLOCKS
from stateviz.core.table import Table

Array = NDArray[np.float64]

KINDS: Table[str] = Table(
    "kind",
    {
        "counter": "some symbols add to it, others take away",
        "ruler": "it goes one way at most symbols, and some set it back",
        "latch": "it stays as it is at most symbols, and some set or turn it",
        "spike": "it is away from its usual level at a fifth of the steps at most",
        "none": "what the symbols do accounts for less than half of what it does",
    },
)
_T = 2.262  # Student's t of 9 degrees of freedom, 97.5%
_SMALL = 0.1  # of the root mean square of a unit's changes: a mean change that is none
_BOTH_WAYS = 0.02  # of the steps: a direction that counts
_MOST = 0.5
_AWAY = 0.2


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the steps of a part at which a known symbol was read and the step before is of the same text.

    ``counts`` (blocks, symbols); all others (blocks, symbols, units): of x after the symbol, of x before it, and of
    their squares and product. Blocks are BLOCKS parts in their order.
    """

    counts: Array
    after: Array
    before: Array
    after2: Array
    before2: Array
    product: Array

    @classmethod
    def of(cls, values: Array, ids: NDArray[np.int64], follows: NDArray[np.bool_], part: slice, symbols: int) -> Sums:
        """Of states (steps, units) and the number of the symbol of each step, -1 where it is none of those known."""
        from scipy.sparse import csr_array

        places = np.arange(part.start, part.stop)
        places = places[(ids[places] >= 0) & follows[places]]
        found: list[list[Array]] = [[] for _ in range(6)]
        for block in np.array_split(places, BLOCKS):
            marks = csr_array((np.ones(len(block)), (ids[block], np.arange(len(block)))), shape=(symbols, len(block)))
            x, y = values[block], values[np.maximum(block - 1, 0)]
            found[0].append(np.asarray(marks.sum(axis=1)).ravel())
            for place, rows in enumerate((x, y, x * x, y * y, x * y), 1):
                found[place].append(marks @ rows)
        return cls(*(np.stack(one) for one in found))

    @property
    def total(self) -> Array:
        """How often each symbol was read."""
        return np.asarray(self.counts.sum(axis=0))

    def mean_changes(self) -> tuple[Array, Array, Array]:
        """The mean change at each symbol with its 95% interval, by a jackknife over the blocks; (units, symbols)."""
        change = self.after - self.before
        without = (change.sum(axis=0) - change) / np.maximum(self.total - self.counts, 1)[..., None]
        mean = change.sum(axis=0) / np.maximum(self.total, 1)[:, None]
        spread = np.sqrt((BLOCKS - 1) / BLOCKS * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
        return mean.T.copy(), (mean - _T * spread).T.copy(), (mean + _T * spread).T.copy()

    def r2_of_means(self, known: Sums, unit: int) -> float:
        """R2 of a unit's change by the mean change of each symbol on another part; at least 0."""
        means = _over(known.sums("change", unit), known.total)
        sums, squares, counts = self.sums("change", unit), self.squares("change", unit).sum(), self.total
        wrong = squares - 2 * (means * sums).sum() + (means**2 * counts).sum()
        whole = squares - sums.sum() ** 2 / max(counts.sum(), 1)
        return float(max(0.0, 1 - wrong / whole)) if whole > 1e-12 else 0.0

    def share_of_rules(self, rules: UnitRules, unit: int) -> float:
        """The share for which rules found on another part account; at least 0.

        Of what is left by the better of two guesses that read no symbol: that the unit stays as it is, and that it is
        at its mean.
        """
        wrong = 0.0
        for rule, kind in (("keep", "change"), ("add", "change"), ("set", "level"), ("turn", "both")):
            at = rules.rules == rule
            amounts = np.where(rule == "keep", 0.0, rules.amounts * (2 if rule == "turn" else 1))
            left = self.squares(kind, unit) - 2 * amounts * self.sums(kind, unit) + amounts**2 * self.total
            wrong += float(left[at].sum())
        around = self.squares("level", unit).sum() - self.sums("level", unit).sum() ** 2 / max(self.total.sum(), 1)
        whole = float(min(self.squares("change", unit).sum(), around))
        return max(0.0, 1 - wrong / whole) if whole > 1e-12 else 0.0

    def sums(self, kind: str, unit: int) -> Array:
        """By symbol, of x - y (change), x (level) or x + y (both), y being the unit before the symbol."""
        x, y = self.after[..., unit].sum(axis=0), self.before[..., unit].sum(axis=0)
        return np.asarray({"change": x - y, "level": x, "both": x + y}[kind])

    def squares(self, kind: str, unit: int) -> Array:
        """The same of their squares."""
        x, y, xy = (part[..., unit].sum(axis=0) for part in (self.after2, self.before2, self.product))
        return np.asarray({"change": x + y - 2 * xy, "level": x, "both": x + y + 2 * xy}[kind])


@dataclass(frozen=True, eq=False)
class UnitRules:
    """What each symbol does to a unit: ``keep``, ``add``, ``set`` or ``turn``, by which amount, and its kind."""

    rules: NDArray[np.str_]
    amounts: Array
    kind: str


def rules_of(sums: Sums, values: Array) -> list[UnitRules]:
    """The rules of each unit, from sums over a part and the states (steps, units) there."""
    low, middle, high = np.quantile(values, [0.02, 0.5, 0.98], axis=0)
    found = []
    for unit in range(values.shape[1]):
        reach = float(high[unit] - low[unit])
        reach = reach or float(np.ptp(values[:, unit]))
        means = {kind: _over(sums.sums(kind, unit), sums.total) for kind in ("change", "level", "both")}
        left = [sums.squares(k, unit) - means[k] ** 2 * sums.total for k in ("change", "level", "both")]
        # What is the same after a symbol whatever was before it is set; what turns has to leave clearly less.
        exact = 1e-6 * reach**2 * sums.total
        usual = float(np.sqrt(sums.squares("change", unit).sum() / max(sums.total.sum(), 1)))
        small = np.abs(means["change"]) < _SMALL * usual
        best = np.argmin(np.stack([np.where(small, 0.9, 1) * left[0] - 2 * exact * small, 0.95 * left[1] - exact,
                                   1.1 * left[2] + exact]), axis=0)  # fmt: skip
        rules = np.array(["add", "set", "turn"])[best]
        amounts = np.choose(best, [means["change"], means["level"], means["both"] / 2])
        rules[(rules == "add") & small] = "keep"
        away = float((np.abs(values[:, unit] - middle[unit]) > reach / 2).mean()) if reach else 0.0
        found.append(UnitRules(rules, amounts, _kind(rules, amounts, sums.total, away)))
    return found


def _kind(rules: NDArray[np.str_], amounts: Array, counts: Array, away: float) -> str:
    shares = counts / max(counts.sum(), 1)
    up, down = (float(shares[(rules == "add") & (sign * amounts > 0)].sum()) for sign in (1, -1))
    sets, turns, keeps = (float(shares[rules == rule].sum()) for rule in ("set", "turn", "keep"))
    if max(up, down) >= _MOST and min(up, down) < _BOTH_WAYS and sets > 0:
        return "ruler"
    if min(up, down) >= _BOTH_WAYS and sets + turns <= _AWAY:
        return "counter"
    if sets >= _MOST and 0 < away <= _AWAY:
        return "spike"
    if keeps >= _MOST and sets + turns > 0:
        return "latch"
    return "none"


def _over(sums: Array, counts: Array) -> Array:
    return np.asarray(sums / np.maximum(counts, 1))
