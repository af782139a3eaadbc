"""Noise and passages that the benchmarks of analysis share, and runs that are kept.

The noise is 1,000 units, first-order autoregression with a memory drawn from 0 to 0.999, every second one its sign
alone, over 20,000 characters from a random place of a novel; the same with trends, with one step, and random walks.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tables  # noqa: F401  (puts the tree it lies in first on the import path)
from scipy.signal import lfilter

from stateviz.analysis.features import StepText, compute

MEMORIES = (0.0, 0.5, 0.9, 0.97, 0.99, 0.999)
EFFECTS = (0.05, 0.1, 0.2, 0.4)
NAMES = (
    *("position-in-line", "position-in-word", "position-in-sentence", "inside-quotes", "space", "newline", "vowel"),
    *("capital", "punctuation", "letter-e", "th", "capitalised-word", "next-space", "next-newline"),
    *(
        "first-half-of-line",
        "after-comma",
        "words-in-sentence",
        "since-empty-line",
        "log-since-empty-line",
        "near-dash",
    ),
)
STEPS, UNITS = 20_000, 1_000


def autoregression(rng: np.random.Generator, memories: np.ndarray, steps: int) -> np.ndarray:
    """Rows of variance 1, each of its own memory."""
    rows = np.empty((len(memories), steps))
    for row, phi in enumerate(memories):
        noise = rng.normal(size=steps) * np.sqrt(1 - phi**2)
        noise[0] = rng.normal()
        rows[row] = lfilter([1], [1, -phi], noise)
    return rows


def noise(rng: np.random.Generator, units: int, steps: int) -> np.ndarray:
    """Units that follow nothing; every second one is on or off."""
    rows = autoregression(rng, rng.choice(MEMORIES, units), steps)
    rows[1::2] = np.sign(rows[1::2])
    return rows


def trends(rng: np.random.Generator, units: int, steps: int) -> np.ndarray:
    """Noise of which every unit has a trend of its own over the text, as large as its spread."""
    return noise(rng, units, steps) + rng.normal(size=(units, 1)) * np.linspace(-1.7, 1.7, steps)


def one_step(rng: np.random.Generator, units: int, steps: int) -> np.ndarray:
    """Noise of which every unit is shifted from a random step on."""
    later = np.arange(steps) >= rng.integers(steps, size=(units, 1))
    return noise(rng, units, steps) + 2 * rng.normal(size=(units, 1)) * later


def walks(rng: np.random.Generator, units: int, steps: int) -> np.ndarray:
    """Random walks."""
    return rng.normal(size=(units, steps)).cumsum(axis=1)


NOISE = {"noise": noise, "trends": trends, "one step": one_step, "random walks": walks}


@dataclass
class Runs:
    """Repeated runs, each kept in a file of one line a run, so that an interruption costs one of them.

    Parameters
    ----------
    count, units, steps
        How many, and of what size.
    path
        The file; None: nothing is kept.
    until
        Seconds after which no further run begins.
    """

    count: int
    units: int
    steps: int
    path: Path | None
    until: float

    def __post_init__(self) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path and self.path.exists() else []
        self.known: dict[str, Any] = dict(map(json.loads, lines))

    def __iter__(self) -> Iterator[int]:
        for seed in range(self.count):
            if seed and time.perf_counter() > self.until:
                return
            yield seed

    def once(self, key: str, run: Callable[[], Any]) -> Any:
        """What a run gives, from the file where it was made before."""
        key = f"{self.units} x {self.steps}; {key}"
        if key not in self.known:
            self.known[key] = run()
            print(key, self.known[key] if isinstance(self.known[key], int) else "", file=sys.stderr, flush=True)
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([key, self.known[key]], default=float) + "\n")
        return self.known[key]


def features_of(text: str, names: Sequence[str] = NAMES) -> dict[str, np.ndarray]:
    """The twenty features, or some of them, as arrays."""
    return compute(names, StepText(text, {}, [slice(0, len(text))]))[0]


def passage(book: str, rng: np.random.Generator, steps: int) -> tuple[str, str]:
    """Characters from a random place where all features occur in both halves, and the rest of the book."""
    while True:
        start = int(rng.integers(len(book) - steps))
        text = book[start : start + steps]
        near, far = slice(0, 49 * steps // 100), slice(51 * steps // 100, steps)
        halves = [row[part] for row in features_of(text).values() for part in (near, far)]
        if all(min((half != value).sum() for value in np.unique(half)) >= 20 for half in halves):
            return text, book[: max(start - steps, 0)] + book[start + 2 * steps :]
