"""What find() finds, and what it does not: false findings of noise, planted units, intervals, time.

    python benchmarks/analysis.py --data DIR --quick

Needs war-and-peace.txt in DIR, whose features are tried, and hours at full size. Each table says how many runs it has.
The noise is 1,000 units, first-order autoregression with a memory drawn from 0 to 0.999, every second one its sign
alone, over 20,000 characters from a random place; beside it 80 units are planted, a feature at a correlation of r and
noise for the rest.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from collections.abc import Iterator

import numpy as np
import tables
from scipy.signal import lfilter

import stateviz as sv
from stateviz.analysis.features import StepText, compute
from stateviz.analysis.intervals import Lagged, intervals
from stateviz.analysis.measures import standardized

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
RULES = {
    "shift, whole text": {"confirm": None},
    "shift, whole text, false discovery rate": {"confirm": None, "correction": "fdr"},
    "shift, confirmed": {},
    "phase, whole text": {"confirm": None, "null": "phase"},
    "passages, whole text": {"confirm": None, "null": "passages"},
    "shuffle, whole text": {"confirm": None, "null": "shuffle"},
}


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


def features_of(text: str) -> dict[str, np.ndarray]:
    """The twenty features, as arrays."""
    return compute(NAMES, StepText(text, {}, [slice(0, len(text))]))[0]


def passage(book: str, rng: np.random.Generator, steps: int) -> tuple[str, str]:
    """Characters from a random place where all features occur in both halves, and the rest of the book."""
    while True:
        start = int(rng.integers(len(book) - steps))
        text = book[start : start + steps]
        near, far = slice(0, 49 * steps // 100), slice(51 * steps // 100, steps)
        halves = [row[part] for row in features_of(text).values() for part in (near, far)]
        if all(min((half != value).sum() for value in np.unique(half)) >= 20 for half in halves):
            return text, book[: max(start - steps, 0)] + book[start + 2 * steps :]


def find(states: np.ndarray, text: str, rest: str, **rule: object) -> sv.Findings:
    """What is found of the features of a text."""
    more = {"passages": rest} if rule.get("null") == "passages" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sv.find(sv.StateMatrix(states, tokens=text), features=NAMES, **rule, **more)


def false_findings(book: str, runs: int, units: int, steps: int, rules: list[str]) -> list[list[str]]:
    """Noise alone: how many runs hold a finding."""
    counts: dict[str, list[int]] = {name: [] for name in rules}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        text, rest = passage(book, rng, steps)
        states = noise(rng, units, steps)
        for name in rules:
            counts[name].append(len(find(states, text, rest, seed=seed, **RULES[name]).significant))
        print(seed, {name: found[-1] for name, found in counts.items()}, file=sys.stderr, flush=True)
    return [[name, f"{np.mean(np.array(found) > 0):.1%}", f"{sum(found):,}"] for name, found in counts.items()]


def power(book: str, runs: int, units: int, steps: int, rules: list[str]) -> list[list[str]]:
    """Planted units: how many are found at each r."""
    hits: dict[str, list[list[bool]]] = {name: [] for name in rules}
    for seed in range(runs):
        rng = np.random.default_rng(1_000 + seed)
        text, rest = passage(book, rng, steps)
        rows = np.repeat(
            standardized(np.stack(list(features_of(text).values()))) * np.sqrt(steps), len(EFFECTS), axis=0
        )
        r = np.tile(EFFECTS, len(NAMES))[:, None]
        planted = r * rows + np.sqrt(1 - r**2) * autoregression(rng, rng.choice(MEMORIES, len(rows)), steps)
        states = np.vstack([noise(rng, units, steps), planted])
        for name in hits:
            found = {(one.unit, one.feature) for one in find(states, text, rest, seed=seed, **RULES[name]).significant}
            hits[name].append([(units + k, NAMES[k // len(EFFECTS)]) in found for k in range(len(rows))])
        print(seed, {name: np.mean(found[-1]) for name, found in hits.items()}, file=sys.stderr, flush=True)
    table = []
    for name, found in hits.items():
        shares = np.array(found).reshape(runs, len(NAMES), len(EFFECTS)).mean(axis=(0, 1))
        table.append([name, *(f"{share:.2f}" for share in shares)])
    return table


def coverage(book: str, cases: int, steps: int) -> list[list[str]]:
    """How often a 95% interval holds the correlation that was planted."""
    table = []
    for r in (0.0, 0.3, 0.6, 0.9):
        shares = []
        for phi in (0.0, 0.9, 0.99, 0.999):
            held = []
            for case in range(cases):
                rng = np.random.default_rng(case)
                text, _ = passage(book, rng, steps)
                name = NAMES[case % len(NAMES)]
                feature = standardized(np.asarray(features_of(text)[name], float)[None])
                unit = r * feature * np.sqrt(steps) + np.sqrt(1 - r**2) * autoregression(rng, np.array([phi]), steps)
                rows, whole = standardized(unit), [slice(0, steps)]
                found = rows @ feature.T
                (one,) = intervals(Lagged(feature, whole), Lagged(rows, whole), 0, np.array([0]), found[0])
                held.append(one.low <= r <= one.high)
            shares.append(f"{np.mean(held):.2f}")
        table.append([f"{r:g}", *shares])
    return table


def _uncommon(row: np.ndarray) -> int:
    return len(row) - np.unique(row, return_counts=True)[1].max()


def speed(book: str, units: int, steps: int) -> list[list[str]]:
    """Seconds and memory of one find over forty features, states as float32."""
    rng = np.random.default_rng(0)
    text = (book * (1 + steps // len(book)))[:steps]
    whole = StepText(text, {}, [slice(0, steps)])
    names = [name for name, row in sv.FEATURES.items() if not row.needs]
    halves = slice(steps // 2 - steps // 50), slice(steps // 2 + steps // 50, None)
    made = {name: np.asarray(row, float) for name, row in compute(names, whole)[0].items()}
    often = {name: row for name, row in made.items() if all(np.ptp(row[k]) and _uncommon(row[k]) >= 20 for k in halves)}
    given = dict(list(often.items())[:40])
    states = np.concatenate([noise(rng, 64, steps).astype(np.float32) for _ in range(units // 64)])
    for row, feature in zip(range(0, units, 4), list(given.values()) * units, strict=False):
        states[row] += 0.5 * standardized(feature[None])[0] * np.sqrt(steps)
    table = []
    for name in ("shift, confirmed", "shift, whole text"):
        begun = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found = sv.find(states, features=given, **RULES[name])
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        table.append([name, f"{units:,} x {steps:,} x {len(given)}", f"{seconds:.0f} s", f"{peak:.2f} GB",
                      f"{len(found.significant):,}"])  # fmt: skip
    return table


def measured(args: argparse.Namespace) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Title, head and rows of each table that was asked for."""
    book = (args.data / "war-and-peace.txt").read_text(encoding="utf-8")
    size = f"{args.units:,} units x {args.steps:,} characters x {len(NAMES)} features"
    if "noise" in args.tables:
        yield (f"Noise alone, {size}, {args.runs} runs", ["rule", "runs with a finding", "false findings"],
               false_findings(book, args.runs, args.units, args.steps, args.rules))  # fmt: skip
    if "power" in args.tables:
        yield (f"Planted units found, {size}, {args.runs} runs", ["rule", *(f"r = {r:g}" for r in EFFECTS)],
               power(book, args.runs, args.units, args.steps, args.rules))  # fmt: skip
    if "coverage" in args.tables:
        yield (f"95% intervals that hold the planted r, {args.cases} cases a cell",
               ["r", "memory 0", "0.9", "0.99", "0.999"], coverage(book, args.cases, args.steps))  # fmt: skip
    if "speed" in args.tables:
        yield ("One find", ["rule", "units x steps x features", "time", "peak memory", "findings"],
               speed(book, 1024, 100_000 if not args.quick else 10_000))  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with war-and-peace.txt")
    options.add_argument("--tables", default="noise,power,coverage,speed", type=lambda text: text.split(","))
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--cases", type=int, default=200)
    options.add_argument("--units", type=int, default=UNITS)
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--rules", default=list(RULES), type=lambda text: text.split(";"), help="; ".join(RULES))
    return options


def main() -> None:
    """Measure and print."""
    args = parser().parse_args()
    if args.data is None:
        raise SystemExit("give --data DIR, the folder of war-and-peace.txt")
    if args.quick:
        args.runs, args.units, args.cases = 2, 100, 20
    for title, head, rows in measured(args):
        print(f"\n{title}\n")
        print("\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]), flush=True)


if __name__ == "__main__":
    main()
