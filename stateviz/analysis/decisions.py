"""Which pairs of units and features are more than chance: chosen on one part, confirmed on another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.nulls.passages import DRAWS
from stateviz.analysis.nulls.shifts import corrected_p, powers, upper_quantile
from stateviz.analysis.parts import Narrow, Real, TextPart

Rule = tuple[Real, NDArray[np.bool_], NDArray[np.bool_]]
"""p corrected over all pairs, which pairs are candidates, which are significant; each (units, features)."""
_ROWS = 160
"""Features of several draws that are multiplied at once: a thin product waits for memory."""


@dataclass(frozen=True, eq=False)
class Chance:
    """What chance alone is taken to be.

    Parameters
    ----------
    null
        A name of NULLS.
    alpha
        The level asked for.
    correction
        ``"max"`` or ``"fdr"``.
    shifts
        Random draws.
    seed
        Of them.
    passages : sequence of array, shape (features, steps)
        Features of other passages, of norm 1, for that null, over the steps of a part; by the number of its steps.
    """

    null: str
    alpha: float
    correction: str
    shifts: int
    seed: int
    passages: Callable[[TextPart], Sequence[Real]] | None = None

    def z(self, part: TextPart, units: Narrow) -> Real:
        """Standard deviations of what chance shows, shape (units, features)."""
        r = part.correlations(units)
        if self.null == "shuffle":
            return np.asarray(r * np.sqrt(units.shape[1] - 1))
        mean, spread = part.spread(units)
        z = (r - mean) / spread
        return z if self.passages is None else z / self._inflation(part, units)

    def maxima(self, part: TextPart, units: Narrow) -> Real:
        """The largest absolute z over all pairs in each draw."""
        if self.passages is not None:
            widths = self._inflation(part, units)
            return np.array([np.abs(z / widths).max() for z in self._of_passages(part, units)])
        rng = np.random.default_rng(self.seed)
        steps = units.shape[1]
        mean, spread = (0.0, np.full(1, (steps - 1) ** -0.5)) if self.null == "shuffle" else part.spread(units)
        draws = DRAWS[self.null](part.rows.astype(np.float32), part.texts, self.shifts, rng)
        found: list[float] = []
        while together := list(islice(draws, max(1, _ROWS // len(part.rows)))):
            products = (units @ np.concatenate(together).T).reshape(len(units), len(together), -1)
            found += [float(np.abs((products[:, k] - mean) / spread).max()) for k in range(len(together))]
        return np.array(found)

    def p(self, z: Real, part: TextPart) -> Real:
        """The probability of so large a z or a larger one, on its own side."""
        from scipy.stats import norm, t

        if self.passages is None:
            return np.asarray(norm.sf(z))
        return np.asarray(t.sf(z, len(self.passages(part))))

    def _of_passages(self, part: TextPart, units: Narrow) -> list[Real]:
        assert self.passages is not None  # the null of passages has some
        found = []
        for rows in self.passages(part):
            spread = part.spread(units, powers(rows, part.texts))[1]
            found.append(np.asarray(units @ rows.astype(np.float32).T, np.float64) / spread)
        return found

    def _inflation(self, part: TextPart, units: Narrow) -> Real:
        """How much wider than under shifts z is under other passages, as it is where units drift; never narrower."""
        squares = np.mean([z**2 for z in self._of_passages(part, units)], axis=0)
        return np.asarray(np.sqrt(np.maximum(squares, 1)))


def decide(
    chance: Chance, first: TextPart, second: TextPart | None, units: Narrow, later: Narrow
) -> tuple[Real, Real, Rule]:
    """z where pairs are chosen, z where they are told, and what the rule says of each pair.

    Parameters
    ----------
    chance
        The null and the level.
    first
        Where pairs are chosen.
    second
        Where they are confirmed; None: they are told from the same.
    units, later : array, shape (units, steps)
        Of norm 1, over the steps of ``first`` and of ``second``.
    """
    z = chance.z(first, units)
    both = np.minimum(2 * chance.p(np.abs(z), first), 1)
    if second is None:
        if chance.correction == "fdr":
            p = adjusted(both)
            significant = p <= chance.alpha
        else:
            maxima = chance.maxima(first, units)
            p = corrected_p(maxima, np.abs(z))
            significant = np.abs(z) >= upper_quantile(maxima, chance.alpha)
        return z, z, (p, significant, significant)
    candidates = adjusted(both) <= chance.alpha
    told = chance.z(second, later)
    p, count = np.ones(z.shape), int(candidates.sum())
    one_sided = chance.p((told * np.sign(z))[candidates], second)
    p[candidates] = adjusted(one_sided) if chance.correction == "fdr" else np.minimum(one_sided * count, 1)
    return z, told, (p, candidates, candidates & (p < chance.alpha))


def adjusted(p: Real) -> Real:
    """p of Benjamini and Hochberg: at most alpha where the false discovery rate is held to alpha.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.5, 0.02])).tolist()
    [0.03, 0.5, 0.03]
    """
    flat = p.ravel()
    order = np.argsort(flat)[::-1]
    found = np.empty_like(flat)
    found[order] = np.minimum.accumulate(flat[order] * len(flat) / np.arange(len(flat), 0, -1)) if len(flat) else 0
    return np.minimum(found, 1).reshape(p.shape)
