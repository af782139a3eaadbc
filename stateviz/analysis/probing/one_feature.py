"""probe(): how well one, a few or all units tell a feature of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features import Feature, compute
from stateviz.analysis.parts import TextPart, split
from stateviz.analysis.probing import controls
from stateviz.analysis.probing.fitting import (
    area,
    area_interval,
    balanced_accuracy,
    check_installed,
    chosen_cost,
    weights,
)
from stateviz.analysis.probing.rankings import RANKINGS, Thresholds, mean_difference
from stateviz.analysis.probing.results import Probe, Probes
from stateviz.analysis.sources import Searched, parts_of, searched
from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError

Flags = NDArray[np.bool_]
Real = NDArray[np.float64]
_TELLING = 19
_FEW = 3


def probe(
    states: Any,
    feature: str | Feature | Mapping[str, Any] | Any,
    *,
    k: Sequence[int] = (1, 2, 4, 8),
    confirm: float = 0.5,
    ngram: int = 3,
    shifts: int = _TELLING,
    site: str | None = None,
    seed: int = 0,
) -> Probes:
    """How well one, a few or all units tell an on/off feature, on text that the probe was not fitted on.

    Units are ranked and logistic probes fitted on one part of the text; the area under their curve is of the other,
    with a guard between. Beside each stands what the same way of probing, choice of units included, reaches on
    controls: the feature turned round to other places, and labels drawn at random for each type of n-gram.

    Parameters
    ----------
    states : Recording, StateMatrix, array, tensor, DataFrame or path
        Of several sites the units of all are taken, named ``site:unit``, unless one is named.
    feature : str, Feature, array, callable or mapping
        A name of FEATURES, a track, a combination such as ``"comma and not inside-quotes"``; an on/off array, shape
        (steps,); a callable ``values(tokens, tracks)``; or a mapping of one name to any of these.
    k : sequence of int
        Of how many units sparse probes are.
    confirm : float
        The share of the steps that probes are told of.
    ngram : int
        Tokens of the n-grams of that control.
    shifts : int
        Draws of turned features; with fewer than 19 there is no p. Of probes that weigh all units, 3 at most are drawn.
    site : str, optional
    seed : int
        Of the controls.

    Returns
    -------
    Probes
        By ranking and k, the probe of all units last; with the rankings of all units.

    Raises
    ------
    MissingExtraError
        When scikit-learn is not installed: ``pip install 'stateviz[probes]'``.
    InputError
        When the feature is a number and not on or off, is on at too few steps, or k is larger than there are units.

    Notes
    -----
    Sparse probes by two and more rules: Gurnee et al. 2023; control tasks: Hewitt and Liang 2019; intersection over
    union: Mu and Andreas 2020. A high area is no proof that the model uses what the probe reads.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> found = probe(shipped_recording(), "space", k=(1, 2))
    >>> [one.k for one in found if one.ranking == "iou"], found.best.auc > 0.9
    ([1, 2], True)
    """
    check_installed()
    check_whole("ngram", ngram)
    check_whole("shifts", shifts, 1)
    check_seed(seed)
    source = searched(states, site)
    sizes = _sizes(k, len(source.names))
    if isinstance(confirm, bool) or confirm is None:
        raise InputError(f"confirm is {confirm!r}; probes are told of text they were not fitted on: give a share")
    name, values = _values(feature, source)
    first, second = parts_of({name: values}, {}, source, split(source.text.steps, confirm), named=True)
    data = _Data(source, first, second)
    on = values > 0
    found, ranked = _probes(data, on, sizes, _Controls(data, on, ngram, shifts, seed))
    settings = {"k": list(sizes), "confirm": confirm, "ngram": ngram, "shifts": shifts, "seed": seed}
    return Probes(name, tuple(found), ranked, int(data.later(on).sum()), second.steps, settings)


@dataclass(frozen=True, eq=False)
class _Data:
    """States over both parts, shape (steps, units), of mean 0 and standard deviation 1 on the first."""

    source: Searched
    first: TextPart
    second: TextPart

    @cached_property
    def fitted(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The states of each part."""
        early, late = (part.over(self.source.rows).T.astype(np.float32) for part in (self.first, self.second))
        middle, spread = early.mean(axis=0, dtype=np.float64), early.std(axis=0, dtype=np.float64)
        scale = np.where(spread > 0, spread, 1)  # a unit that rests over the first part tells nothing there
        return ((early - middle) / scale).astype(np.float32), ((late - middle) / scale).astype(np.float32)

    @cached_property
    def thresholds(self) -> Thresholds:
        """The states of the first part in order."""
        return Thresholds(self.fitted[0])

    def early(self, on: Flags) -> Flags:
        """A feature over the first part."""
        return np.asarray(self.first.over(on[None])[0])

    def later(self, on: Flags) -> Flags:
        """A feature over the second part."""
        return np.asarray(self.second.over(on[None])[0])

    def told(self, on: Flags) -> bool:
        """Whether a feature is on and off in both parts."""
        return all(0 < part.sum() < len(part) for part in (self.early(on), self.later(on)))

    def ranked(self, ranking: str, on: Flags, cost: float) -> Real:
        """The score of each unit, on the first part."""
        if ranking == "mean-difference":
            return mean_difference(self.fitted[0], self.early(on))
        if ranking == "iou":
            return self.thresholds.iou(self.early(on))
        return np.abs(weights(self.fitted[0], self.early(on), cost=cost)[0])

    def scores(self, on: Flags, units: NDArray[np.int64] | None, cost: float) -> tuple[Real, Real]:
        """What a probe of some units, or of all, says at the steps of the second part; and its weights."""
        early, late = self.fitted
        chosen = slice(None) if units is None else units
        slope, middle = weights(early[:, chosen], self.early(on), cost=cost if units is None else None)
        return late[:, chosen] @ slope + middle, slope

    def area(self, on: Flags, ranking: str, sizes: Sequence[int], cost: float) -> list[float]:
        """The areas that this way of probing reaches on another feature."""
        if not self.told(on):
            return [0.5] * len(sizes)
        if ranking == "all":
            return [area(self.scores(on, None, cost)[0], self.later(on))]
        best = _order(self.ranked(ranking, on, cost))
        return [area(self.scores(on, best[:size], cost)[0], self.later(on)) for size in sizes]


@dataclass(frozen=True, eq=False)
class _Controls:
    """What the same way of probing reaches on features that states have no reason to tell."""

    data: _Data
    on: Flags
    ngram: int
    shifts: int
    seed: int

    @cached_property
    def ngrams(self) -> Flags | None:
        """The control of n-grams, where there is text."""
        source = self.data.source
        if source.text.tokens is None:
            return None
        share = float(self.on.mean())
        return controls.of_ngrams(source.text.tokens, source.breaks, self.ngram, share, self.seed)

    def reached(self, ranking: str, sizes: Sequence[int], cost: float) -> tuple[list[float | None], Real]:
        """Of each size the area on n-grams, and those on turned features, shape (draws, sizes)."""
        on_ngrams: list[float | None] = [None] * len(sizes)
        if self.ngrams is not None:
            on_ngrams = list(self.data.area(self.ngrams, ranking, sizes, cost))
        draws = self.shifts if ranking in ("mean-difference", "iou") else min(self.shifts, _FEW)
        turned = controls.of_shifts(self.on, self.data.source.breaks, draws, self.seed)
        return on_ngrams, np.array([self.data.area(one, ranking, sizes, cost) for one in turned])


Ranked = dict[str, tuple[tuple[int | str, float], ...]]


def _probes(data: _Data, on: Flags, sizes: Sequence[int], held_to: _Controls) -> tuple[list[Probe], Ranked]:
    cost = chosen_cost(data.fitted[0], data.early(on))
    names = _names(data.source)
    found: list[Probe] = []
    ranked: Ranked = {}
    for ranking in RANKINGS:
        score = data.ranked(ranking, on, cost)
        best = _order(score)
        ranked[ranking] = tuple((names[unit], float(score[unit])) for unit in best)
        chances = held_to.reached(ranking, sizes, cost)
        for place, size in enumerate(sizes):
            scores, _ = data.scores(on, best[:size], cost)
            found.append(_told(ranking, [names[unit] for unit in best[:size]], scores, data.later(on), chances, place))
    scores, slope = data.scores(on, None, cost)
    weighed = [names[unit] for unit in _order(np.abs(slope)) if slope[unit]]
    found.append(_told("all", weighed, scores, data.later(on), held_to.reached("all", (0,), cost), 0))
    return found, ranked


def _told(
    ranking: str, units: list[int | str], scores: Real, on: Flags, chances: tuple[list[float | None], Real], place: int
) -> Probe:
    whole = area(scores, on)
    turned = chances[1][:, place]
    p = float((1 + np.sum(turned >= whole)) / (1 + len(turned))) if len(turned) >= _TELLING else None
    low, high = area_interval(scores, on)
    accuracy, shifted = balanced_accuracy(scores, on), float(turned.mean())
    return Probe(ranking, len(units), tuple(units), whole, low, high, accuracy, chances[0][place], shifted, p)


def _order(score: Real) -> NDArray[np.int64]:
    return np.argsort(-score, kind="stable")


def _names(source: Searched) -> list[int | str]:
    several = len({site for site, _ in source.names}) > 1
    return [f"{site}:{unit}" if several else unit for site, unit in source.names]


def _sizes(k: Sequence[int], units: int) -> tuple[int, ...]:
    given = (k,) if isinstance(k, int) else tuple(k)
    sizes = tuple(sorted({check_whole("k", size) for size in given}))
    if not sizes or sizes[-1] > units:
        raise InputError(f"k is {k!r}; give numbers of units from 1 to {units}, such as (1, 2, 4)")
    return sizes


def _values(feature: Any, source: Searched) -> tuple[str, Real]:
    """The name of the feature and what it is at each step: 0 or 1."""
    if isinstance(feature, Mapping):
        if len(feature) != 1:
            raise InputError(f"{len(feature)} features were given; a probe is of one: give a mapping of one name")
        given: Any = feature
    elif isinstance(feature, str | Feature):
        given = [feature]
    else:
        given = {getattr(feature, "__name__", "feature"): feature}
    ((name, values),) = compute(given, source.text)[0].items()
    numbers = np.asarray(values, np.float64)
    if not np.isin(numbers, (0.0, 1.0)).all():
        raise InputError(
            f"feature {name!r} is a number, and probes tell on from off; give a condition, such as the array depth > 2"
        )
    return name, numbers
