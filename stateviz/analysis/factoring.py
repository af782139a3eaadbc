"""factors(): states as sums of a few patterns of units, each with how active it is at every step."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.probing.fitting import check_installed
from stateviz.analysis.tables import as_text, write_table
from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.html import grey_levels
from stateviz.core.noun import Noun
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.storage import load_input
from stateviz.storage.atomic import AnyPath

Real = NDArray[np.float64]
MARK = "stateviz_factors"
_ROUNDS = 500


@dataclass(frozen=True, eq=False, repr=False)
class Factors(Noun):
    """Patterns of units whose sums the states are, the largest first; made by ``factors``.

    Parameters
    ----------
    units : tuple of int or str
    above, below : array, shape (units, factors)
        How much of each unit's part above 0, and of its part below, is in each factor; at least 0, of norm 1 together.
        Of states that are nowhere below 0 the second is 0.
    activity : array, shape (factors, steps)
        How active each factor is; at least 0. Each row is an array over the steps, as ``find`` takes features.
    explained : float
        The share of the states' sum of squares that all factors together account for.
    stability : array, shape (factors,)
        How alike each factor is to its match where the search begins elsewhere, at random: the mean cosine over three
        runs. Of a factor far from 1 nothing should be told: other factors do as well.
    site : str
    tokens : tuple of str, optional

    Examples
    --------
    >>> found = Factors((0, 1), np.eye(2), np.zeros((2, 2)), np.ones((2, 9)), 1.0, np.ones(2), "h")
    >>> found.top(0, 1)
    [{'unit': 0, 'weight': 1.0}]
    """

    units: tuple[int | str, ...]
    above: Real
    below: Real
    activity: Real
    explained: float
    stability: Real
    site: str
    tokens: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("above", "below", "activity", "stability"):
            array = np.array(getattr(self, name), np.float64)
            array.flags.writeable = False
            self._hold(**{name: array})
        self._hold(units=tuple(self.units))

    @property
    def size(self) -> int:
        """How many factors there are."""
        return len(self.activity)

    def top(self, factor: int, k: int | None = 10) -> list[dict[str, Any]]:
        """The units of most weight in a factor, the largest first; of parts below 0 the weight is negative.

        Parameters
        ----------
        factor : int
        k : int, optional
            How many; None for all.
        """
        signed = np.where(self.above >= self.below, self.above, -self.below)[:, factor]
        best = np.argsort(-np.abs(signed), kind="stable")[:k]
        return [{"unit": self.units[row], "weight": float(signed[row])} for row in best]

    def places(self, factor: int, k: int = 10) -> list[int]:
        """The steps at which a factor is most active.

        Parameters
        ----------
        factor : int
        k : int
            How many.
        """
        return [int(step) for step in np.argsort(-self.activity[factor], kind="stable")[:k]]

    def rows(self, k: int = 6) -> list[dict[str, Any]]:
        """A mapping for each factor, as ``stateviz factors`` prints them: its share, units, and where it is active.

        Parameters
        ----------
        k : int
            How many units and places.
        """
        squares = (self.activity**2).sum(axis=1)
        found = []
        for factor in range(self.size):
            signs = (f"{one['unit']}{'' if one['weight'] > 0 else '-'}" for one in self.top(factor, k) if one["weight"])
            row: dict[str, Any] = {
                "factor": factor,
                "share": float(squares[factor] / max(squares.sum(), 1e-300)),
                "stability": float(self.stability[factor]),
                "units": " ".join(signs),
                "steps": " ".join(map(str, self.places(factor, k))),
            }
            if self.tokens is not None:
                row["tokens"] = "".join(self.tokens[step] for step in self.places(factor, k))
            found.append(row)
        return found

    def to_text(self) -> str:
        """The rows as a table."""
        return as_text(self.rows())

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write them as .json, with every weight and activity, or as .csv.

        Parameters
        ----------
        path : str or Path
        overwrite : bool
            Replace what is there; factors in .json are replaced unasked.

        Returns
        -------
        Path
            Where the file lies.

        Raises
        ------
        InputError, FileError
            When it has another ending, or cannot be written.
        """
        head = {"site": self.site, "explained": self.explained, "names": list(self.units)}
        head |= {name: getattr(self, name).tolist() for name in ("above", "below", "activity")}
        return write_table(self.rows(), path, MARK, head, "factors", overwrite=overwrite)

    def __repr__(self) -> str:
        return f"Factors({self.size} of {len(self.units)} units of {self.site}, {self.explained:.0%} explained)"

    def _facts(self) -> dict[str, object]:
        return {f"factor {row['factor']}": f"{row['share']:.0%}, units {row['units']}" for row in self.rows()}

    def _picture(self) -> NDArray[np.uint8]:
        return grey_levels(self.activity / max(float(self.activity.max()), 1e-300))


def factors(states: Any, k: int, *, site: str | None = None, seed: int = 0) -> Factors:
    """States as sums of ``k`` patterns of units, by non-negative matrix factorisation.

    What is added is never taken away again, so that a factor is a group of units that are active together. Each unit of
    states below 0 is two rows, what is above 0 and what is below: a pattern may hold a unit that is on or one that is
    off.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path
        Units x steps.
    k : int
        How many patterns; fewer than there are units and steps.
    site : str, optional
        Needed where a recording has more than one.
    seed : int
        Of the further runs that ``stability`` is of.

    Returns
    -------
    Factors
        The largest first.

    Raises
    ------
    MissingExtraError
        When scikit-learn is not installed: ``pip install 'stateviz[probes]'``.
    InputError
        When ``k`` is too large, there are statistics in place of states, or all states are 0.

    Notes
    -----
    Least squares by coordinate descent (Cichocki and Phan 2009), started from a singular value decomposition (Boutsidis
    and Gallopoulos 2008), so that the same states give the same factors. The number is the reader's choice: no null
    tells it, and ``explained`` grows with it.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> factors(shipped_recording(), 4).size
    4
    """
    check_installed()
    matrix = load_input(states, site=site)
    if isinstance(matrix, Statistics):
        raise InputError("factors need the states of the text, and these are statistics; record the states")
    check_whole("k", k)
    check_seed(seed)
    if k >= min(matrix.shape):
        raise InputError(f"k is {k}; give fewer factors than there are units and steps ({min(matrix.shape)})")
    rows, split = _rows(matrix)
    total = float((rows**2).sum())
    if total == 0:
        raise InputError("all states are 0; there is nothing to take apart")
    weights, activity = _sorted(*_factorised(rows, k, None))
    found = [_factorised(rows, k, seed + draw) for draw in range(3)]
    stability = np.mean([_likeness(weights, _sorted(*one)[0]) for one in found], axis=0)
    explained = 1 - float(((rows - weights @ activity) ** 2).sum()) / total
    above, below = np.split(weights, 2) if split else (weights, np.zeros_like(weights))
    return Factors(matrix.units, above, below, activity, explained, stability, matrix.site, matrix.tokens)


def _rows(matrix: StateMatrix) -> tuple[Real, bool]:
    """Rows that are nowhere below 0: the units, or their parts above 0 and those below."""
    values = np.asarray(matrix.values, np.float64)
    if values.min() >= 0:
        return values, False
    return np.concatenate([np.maximum(values, 0), np.maximum(-values, 0)]), True


def _factorised(rows: Real, k: int, seed: int | None) -> tuple[Real, Real]:
    """Weights, shape (rows, k), and activity, shape (k, steps)."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    start: dict[str, Any] = (
        {"init": "nndsvda", "random_state": 0} if seed is None else {"init": "random", "random_state": seed}
    )
    model = NMF(k, max_iter=_ROUNDS, tol=1e-4, **start)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = model.fit_transform(rows)
    return np.asarray(weights, np.float64), np.asarray(model.components_, np.float64)


def _sorted(weights: Real, activity: Real) -> tuple[Real, Real]:
    """Weights of norm 1, and the factors of most activity first."""
    norm = np.linalg.norm(weights, axis=0)
    scaled, active = weights / np.where(norm > 0, norm, 1), activity * norm[:, None]
    order = np.argsort(-(active**2).sum(axis=1), kind="stable")
    return scaled[:, order], active[order]


def _likeness(one: Real, other: Real) -> Real:
    """The cosine of each factor with its match in another run, matched one to one."""
    from scipy.optimize import linear_sum_assignment

    cosine = one.T @ other
    first, second = linear_sum_assignment(-cosine)
    found = np.zeros(len(cosine))
    found[first] = cosine[first, second]
    return found
