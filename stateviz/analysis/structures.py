"""structure(): what units are to each other and over time: redundancy, stickiness, synchrony, gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.information import mutual_information
from stateviz.analysis.stickiness import Stickiness, stickiness_of
from stateviz.analysis.synchrony import Synchrony, synchrony_of
from stateviz.core.checks import check_seed
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.recordings import Recording
from stateviz.core.statistics import Statistics
from stateviz.storage import load_any

GATES = ("i", "f", "o", "r", "z", "carry", "update")
"""Sites of gates, by the last part of their names."""
KEEPING = ("carry", "f", "z")
"""Gates that let a unit keep what it is."""
_SATURATED = 0.9
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, repr=False, eq=False)
class Structure(Noun):
    """What the units of a site are to each other and over time; made by ``structure``.

    Parameters
    ----------
    site : str
        Whose units.
    units : int
        How many.
    dead : tuple
        Units that never change.
    saturated : tuple
        Real units that are within a tenth of their largest magnitude at nine of ten steps.
    effective_units : float
        As many units without a correlation would spread as evenly: the square of the sum of the eigenvalues of the
        correlation matrix over the sum of their squares.
    effective_bits : float or None
        Of a binary state, at most so many bits: the entropies of the units less what neighbours in the tree of largest
        mutual information tell of each other (Chow and Liu 1968).
    stickiness : Stickiness
    synchrony : Synchrony
    gates : mapping of str to tuple
        For each site that is a gate the share of time under 0.1 and over 0.9; for each ``pre`` the share within 1 of 0.
    keeping : mapping of str to float
        For each gate that keeps, the correlation over units of its mean with how often a unit stays.
    baseline : Structure, optional
        Of an untrained twin.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = structure(np.repeat(rng.integers(0, 2, (2, 400)), 3, axis=0))
    >>> round(found.effective_units), round(found.effective_bits)
    (2, 2)
    """

    site: str
    units: int
    dead: tuple[int | str, ...]
    saturated: tuple[int | str, ...]
    effective_units: float
    effective_bits: float | None
    stickiness: Stickiness
    synchrony: Synchrony
    gates: Mapping[str, tuple[float, ...]]
    keeping: Mapping[str, float]
    baseline: Structure | None = None

    def __post_init__(self) -> None:
        self._hold(gates=FrozenDict(self.gates), keeping=FrozenDict(self.keeping))

    def __repr__(self) -> str:
        return f"Structure({self.units} units of {self.site}: {self.effective_units:.0f} effective)"

    def _facts(self) -> dict[str, object]:
        facts = (line.split(": ", 1) for line in self.to_text().splitlines()[1:] if ": " in line)
        return {line[0]: line[1] for line in facts}

    def to_text(self) -> str:
        """The numbers in lines, each with what chance alone shows."""
        sticky, together = self.stickiness, self.synchrony
        bits = "" if self.effective_bits is None else f", {self.effective_bits:.1f} bits at most"
        lines = [
            f"{self.units} units of {self.site}",
            f"dead: {len(self.dead)}; saturated: {len(self.saturated)}",
            f"effective: {self.effective_units:.1f} units{bits}",
            f"switching: {sticky.switching.mean():.1%} of steps, {sticky.shuffled_switching.mean():.1%} if shuffled",
            f"runs: {sticky.run.mean():.2f} steps, {sticky.shuffled_run.mean():.2f} if shuffled",
            f"autocorrelation time: {np.median(sticky.time):.2f} steps in the median, 1 if shuffled",
            f"variance of switches a step: {together.variance:.1f}; by chance {together.chance:.1f}, 95% under "
            f"{together.limit:.1f}",
        ]
        for name, share in together.common.items():
            spread = f" +- {together.random_spread:.3f}" if name == "random" else ""
            lines.append(f"switches in common with the next row, {name}: {share:.3f}{spread}")
        top = list(together.by_token.items())[:5]
        if top:
            lines.append("most switch at: " + ", ".join(f"{token!r} {mean:.1f}" for token, (mean, _) in top))
        lines += [f"{name}: {_reading(name, shares)}" for name, shares in self.gates.items()]
        lines += [f"mean {name} and how often a unit stays: r = {r:.2f}" for name, r in self.keeping.items()]
        if self.baseline is not None:
            lines += ["", "untrained:", self.baseline.to_text()]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The numbers as plain values."""
        sticky, together = self.stickiness, self.synchrony
        return {
            "site": self.site,
            "units": self.units,
            "dead": list(self.dead),
            "saturated": list(self.saturated),
            "effective_units": self.effective_units,
            "effective_bits": self.effective_bits,
            "stickiness": {name: array.tolist() for name, array in vars(sticky).items()},
            "synchrony": {
                "variance": together.variance,
                "chance": together.chance,
                "limit": together.limit,
                "common": dict(together.common),
                "random_spread": together.random_spread,
                "by_token": {token: list(pair) for token, pair in together.by_token.items()},
            },
            "gates": {name: list(shares) for name, shares in self.gates.items()},
            "keeping": dict(self.keeping),
            "baseline": None if self.baseline is None else self.baseline.to_json(),
        }


def structure(
    states: Any,
    *,
    site: str | None = None,
    orders: Mapping[str, Any] | None = None,
    baseline: Any = None,
    seed: int = 0,
) -> Structure:
    """What the units of a site are to each other and over time, each number beside what chance alone shows.

    Parameters
    ----------
    states : Recording, StateMatrix, array, tensor, DataFrame or path
        Gates that the recording holds beside the site are read, too.
    site : str, optional
        Whose units; by default the first site that ends in ``h``, or the first.
    orders : mapping of str to Ordering or array, optional
        In which the share of common switches of neighbouring rows is told.
    baseline : Recording, StateMatrix or path, optional
        Of an untrained twin, told beside.
    seed : int
        Of random shifts and orders.

    Returns
    -------
    Structure

    Raises
    ------
    InputError
        When these are statistics, there are fewer than 40 steps or 2 units, or an order is of other rows.

    Examples
    --------
    >>> from stateviz.storage import shipped_recording
    >>> found = structure(shipped_recording())
    >>> found.units, found.dead
    (128, ())
    """
    if isinstance(states, Statistics):
        raise InputError("structure needs the states of the text, and these are statistics; record the states")
    recording = load_any(states)
    name = recording.only(site) if site is not None else _main_site(recording)
    matrix = recording[name]
    if matrix.shape[0] < 2 or matrix.shape[1] < 40:
        raise InputError(f"structure needs 2 units and 40 steps or more, got {matrix.shape[0]} and {matrix.shape[1]}")
    values = matrix.values
    dead = np.all(values == values[:, :1], axis=1)
    if dead.all():
        raise InputError(f"none of {len(dead)} units ever changes; there is no structure")
    near = np.abs(values) >= _SATURATED * np.abs(values).max()
    saturated = ~dead & (near.mean(axis=1) >= _SATURATED) & (not matrix.binary)
    sticky = stickiness_of(matrix)
    gates, keeping = _gates(recording, name, 1 - sticky.switching)
    return Structure(
        name,
        len(values),
        tuple(unit for unit, is_so in zip(matrix.units, dead, strict=True) if is_so),
        tuple(unit for unit, is_so in zip(matrix.units, saturated, strict=True) if is_so),
        _effective_units(values[~dead]),
        _effective_bits(values[~dead]) if matrix.binary else None,
        sticky,
        synchrony_of(matrix, orders, seed=check_seed(seed)),
        gates,
        keeping,
        None if baseline is None else structure(baseline, site=site, seed=seed),
    )


def _main_site(recording: Recording) -> str:
    return next((name for name in recording.sites if name.endswith(".h")), recording.sites[0])


def _effective_units(values: NDArray[np.generic]) -> float:
    found = np.corrcoef(values.astype(np.float64)) if len(values) > 1 else np.ones((1, 1))
    return float(len(values) ** 2 / (found**2).sum())


def _effective_bits(values: NDArray[np.generic]) -> float:
    """Entropies of units less the mutual information along the tree where it is largest; copies count once."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    shared = mutual_information(values, 2)
    entropy = float(np.trace(shared))
    tree = minimum_spanning_tree(1e-12 + shared.max() - shared + np.where(np.eye(len(shared)), 0, 1.0))
    first, second = tree.nonzero()
    return max(entropy - float(shared[first, second].sum()), 0.0)


def _gates(
    recording: Recording, site: str, stays: NDArray[np.float64]
) -> tuple[dict[str, tuple[float, ...]], dict[str, float]]:
    """Saturation of each gate and pre-activation, and what gates have to do with how often units of the site stay."""
    gates: dict[str, tuple[float, ...]] = {}
    keeping: dict[str, float] = {}
    layer = site.rpartition(".")[0]
    for name in recording.sites:
        place, _, kind = name.rpartition(".")
        if kind in GATES:
            values = recording[name].values
            gates[name] = float((values < _LOW).mean()), float((values > _HIGH).mean())
            if kind in KEEPING and place == layer and len(values) == len(stays):
                keeping[name] = float(np.corrcoef(values.mean(axis=1), stays)[0, 1])
        elif kind == "pre":
            gates[name] = (float((np.abs(recording[name].values) <= 1).mean()),)
    return gates, keeping


def _reading(name: str, shares: tuple[float, ...]) -> str:
    """What the saturation of a gate says, in words."""
    if len(shares) == 1:
        return f"{shares[0]:.0%} within 1 of 0, where a relaxed gradient flows"
    low, high = shares
    kind = name.rpartition(".")[2]
    keeps = {"f": "always remembers", "carry": "always carries", "z": "always keeps", "r": "never resets"}
    loses = {"f": "always forgets", "carry": "never carries", "z": "always renews", "r": "always resets"}
    words = keeps.get(kind, "open") if high > 0.5 else loses.get(kind, "shut") if low > 0.5 else "seldom saturated"
    return (
        f"{low:.0%} under {_LOW:g}, {high:.0%} over {_HIGH:g}: {words if max(low, high) <= 0.5 else 'mostly ' + words}"
    )
