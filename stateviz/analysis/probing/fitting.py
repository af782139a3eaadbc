"""Logistic probes, by scikit-learn; needs ``stateviz[probes]``."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import MissingExtraError

Real = NDArray[np.float64]
Flags = NDArray[np.bool_]
Narrow = NDArray[np.float32]

COSTS = tuple(10.0**power for power in (-4, -3.5, -3, -2.5, -2, -1.5, -1, 0))
"""Inverse costs of weights a step that are tried for the probe of all units, dearest first."""
_BLOCKS = 10
_T = 2.262  # Student's t of 9 degrees of freedom, 97.5%


def check_installed() -> None:
    """Refuse, before any computing, where scikit-learn is missing."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "probes and factors need scikit-learn; run pip install 'stateviz[probes]' (scikit-learn 1.8 or newer)"
        ) from None


def weights(states: Narrow, on: Flags, *, cost: float | None = None) -> tuple[Real, float]:
    """A logistic probe whose classes weigh the same, shape (units,), and its intercept.

    Parameters
    ----------
    states : array, shape (steps, units)
        Of standard deviation 1.
    on : array of bool, shape (steps,)
    cost
        With it absolute weights cost: an entry of COSTS; without, next to nothing does.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    made: dict[str, Any] = {"solver": "newton-cholesky", "C": 1.0}
    if cost is not None:
        made = {"solver": "liblinear", "l1_ratio": 1.0, "C": cost * 100, "tol": 1e-3, "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(class_weight="balanced", max_iter=200, **made).fit(states, on)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def chosen_cost(states: Narrow, on: Flags) -> float:
    """The entry of COSTS whose probe of all units tells the last quarter of the steps best.

    Where the quarter holds the feature at too few steps to tell, it is the dearest.
    """
    cut = 3 * len(on) // 4
    later = on[cut:]
    if min(int(later.sum()), int((~later).sum()), int(on[:cut].sum()), int((~on[:cut]).sum())) < 5:
        return COSTS[0]
    scores = [area(states[cut:] @ weights(states[:cut], on[:cut], cost=cost)[0], later) for cost in COSTS]
    return COSTS[int(np.argmax(scores))]


def area(scores: NDArray[np.floating], on: Flags) -> float:
    """The area under the curve: how likely a score is higher where the feature is on than where it is off.

    Examples
    --------
    >>> area(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1], bool))
    0.875
    """
    from scipy.stats import rankdata

    count = int(on.sum())
    total = float(rankdata(scores)[on].sum())
    return (total - count * (count + 1) / 2) / max(count * (len(on) - count), 1)


def area_interval(scores: NDArray[np.floating], on: Flags) -> tuple[float, float]:
    """The 95% interval of an area by the jackknife over ten blocks of steps, which knows that steps are alike."""
    edges = np.linspace(0, len(on), _BLOCKS + 1).astype(int)
    left = []
    for a, b in pairwise(edges):
        keep = np.r_[:a, b : len(on)]
        left.append(area(scores[keep], on[keep]) if 0 < on[keep].sum() < len(keep) else 0.5)
    whole = area(scores, on)
    pseudo = _BLOCKS * whole - (_BLOCKS - 1) * np.array(left)
    wide = _T * float(pseudo.std(ddof=1)) / np.sqrt(_BLOCKS)
    return max(whole - wide, 0.0), min(whole + wide, 1.0)


def balanced_accuracy(scores: NDArray[np.floating], on: Flags) -> float:
    """The mean of the shares of on-steps and of off-steps that are told right."""
    return float((np.mean(scores[on] > 0) + np.mean(scores[~on] <= 0)) / 2)
