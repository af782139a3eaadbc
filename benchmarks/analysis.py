"""What find() finds, and what it does not: false findings of noise, planted units, intervals.

    python benchmarks/analysis.py --data DIR --quick

Needs war-and-peace.txt in DIR, whose features are tried, and hours at full size: each table says how many runs it has,
--minutes ends it early, and --keep FILE goes on where it ended. The noise is that of simulated.py.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tables
from scipy.stats import t
from simulated import EFFECTS, MEMORIES, NAMES, NOISE, STEPS, UNITS, Runs, autoregression, features_of, noise, passage

import stateviz as sv
from stateviz.analysis.decisions import Chance, decide
from stateviz.analysis.intervals import Lagged, intervals
from stateviz.analysis.measures import standardized
from stateviz.analysis.parts import TextPart, split

RULES = {
    "shift, whole text": {"confirm": None},
    "shift, whole text, false discovery rate": {"confirm": None, "correction": "fdr"},
    "shift, confirmed": {},
    "phase, whole text": {"confirm": None, "null": "phase"},
    "passages, whole text": {"confirm": None, "null": "passages"},
    "shuffle, whole text": {"confirm": None, "null": "shuffle"},
}


def pairs(states: np.ndarray, text: str, rest: str, seed: int, rule: dict[str, Any]) -> list[tuple[int, str]]:
    """Which units and features are significant, as find() decides it, without what it tells of them.

    The null of passages, which computes features of more text, is asked of find() itself.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        if rule.get("null") == "passages":
            rows = sv.find(sv.StateMatrix(states, tokens=text), features=NAMES, seed=seed, passages=rest, **rule)
            return [(int(one.unit), one.feature) for one in rows.significant]
        made, confirm = features_of(text), rule.get("confirm", 0.5)
        parts = [TextPart.of(made, (), where) for where in split(len(text), confirm)]
        chance = Chance(rule.get("null", "shift"), 0.05, rule.get("correction", "max"), 199, seed)
        second = None if confirm is None else parts[1]
        units = parts[0].units(states)
        later = units if second is None else second.units(states)
        significant = decide(chance, parts[0], second, units, later)[2][2]
    return [(int(unit), NAMES[feature]) for unit, feature in np.argwhere(significant)]


def false_findings(book: str, runs: Runs, rules: list[str], kind: str = "noise") -> list[list[str]]:
    """Noise alone: how many runs hold a finding."""
    counts: dict[str, list[int]] = {name: [] for name in rules}
    for seed in runs:
        drawn: list[Any] = []
        for name in rules:

            def one(name: str = name, seed: int = seed, drawn: list[Any] = drawn) -> int:
                if not drawn:
                    rng = np.random.default_rng(seed)
                    drawn.extend((passage(book, rng, runs.steps), NOISE[kind](rng, runs.units, runs.steps)))
                (text, rest), states = drawn
                return len(pairs(states, text, rest, seed, RULES[name]))

            counts[name].append(runs.once(f"{kind}; {name}; {seed}", one))
    return [
        [name, f"{len(found)}", f"{np.mean(np.array(found) > 0):.1%}", f"{sum(found):,}"]
        for name, found in counts.items()
    ]


def power(book: str, runs: Runs, rules: list[str]) -> list[list[str]]:
    """Planted units: how many are found at each r, and the share of false ones among all that are found."""
    hits: dict[str, list[Any]] = {name: [] for name in rules}
    for seed in runs:
        drawn: list[Any] = []
        for name in rules:

            def one(name: str = name, seed: int = seed, drawn: list[Any] = drawn) -> list[Any]:
                if not drawn:
                    drawn.extend(planted(book, np.random.default_rng(1_000 + seed), runs))
                (text, rest), states = drawn
                found = set(pairs(states, text, rest, seed, RULES[name]))
                true = [(runs.units + k, NAMES[k // len(EFFECTS)]) in found for k in range(len(NAMES) * len(EFFECTS))]
                return [true, sum(unit < runs.units for unit, _ in found)]

            hits[name].append(runs.once(f"power; {name}; {seed}", one))
    table = []
    for name, found in hits.items():
        shares = np.array([one[0] for one in found]).reshape(-1, len(NAMES), len(EFFECTS)).mean(axis=(0, 1))
        false, true = sum(one[1] for one in found), int(sum(np.sum(one[0]) for one in found))
        wrong = f"{false / max(false + true, 1):.1%}"
        table.append([name, f"{len(found)}", *(f"{share:.2f}" for share in shares), wrong])
    return table


def planted(book: str, rng: np.random.Generator, runs: Runs) -> tuple[tuple[str, str], np.ndarray]:
    """A passage; and noise with, below it, a unit for each feature and r."""
    text, rest = passage(book, rng, runs.steps)
    rows = standardized(np.stack(list(features_of(text).values()))) * np.sqrt(runs.steps)
    rows = np.repeat(rows, len(EFFECTS), axis=0)
    r = np.tile(EFFECTS, len(NAMES))[:, None]
    mixed = r * rows + np.sqrt(1 - r**2) * autoregression(rng, rng.choice(MEMORIES, len(rows)), runs.steps)
    return (text, rest), np.vstack([noise(rng, runs.units, runs.steps), mixed])


def coverage(book: str, runs: Runs) -> list[list[str]]:
    """How often a 95% interval holds the correlation that was planted, and how wide it is beside the jackknife's."""
    cells = [(r, phi) for r in (0.0, 0.3, 0.6, 0.9) for phi in (0.0, 0.9, 0.99, 0.999)]
    found = [runs.once(f"coverage; {case}", lambda case=case: _case(book, case, cells, runs.steps)) for case in runs]
    # (cases, cells, {ours, jackknife}, {low, high})
    ends = np.array(found)
    r = np.array([r for r, _ in cells])[:, None]
    held = ((ends[..., 0] <= r) & (r <= ends[..., 1])).mean(axis=0)
    width = (ends[..., 1] - ends[..., 0]).mean(axis=0)
    rows = zip(cells, held, width[:, 0] / width[:, 1], strict=True)
    return [[f"{r:g}", f"{phi:g}", f"{len(found)}", *(f"{one:.2f}" for one in both), f"{ratio:.2f}"]
            for (r, phi), both, ratio in rows]  # fmt: skip


def _case(book: str, case: int, cells: list[tuple[float, float]], steps: int) -> list[Any]:
    """Both intervals of each cell, of one passage and one feature."""
    text, _ = passage(book, np.random.default_rng(case), steps)
    name, whole = NAMES[case % len(NAMES)], [slice(0, steps)]
    feature = standardized(np.asarray(features_of(text, (name,))[name], float)[None])
    lagged, found = Lagged(feature, whole), []
    for k, (r, phi) in enumerate(cells):
        own = autoregression(np.random.default_rng([case, k]), np.array([phi]), steps)
        unit = standardized(r * feature * np.sqrt(steps) + np.sqrt(1 - r**2) * own)
        (one,) = intervals(lagged, Lagged(unit, whole), 0, np.array([0]), (unit @ feature.T)[0])
        found.append([[one.low, one.high], jackknife(unit[0], feature[0])])
    return found


def jackknife(unit: np.ndarray, feature: np.ndarray, blocks: int = 10) -> list[float]:
    """The 95% interval of a correlation by leaving out one of ten blocks in turn, through Fisher's z."""
    edges = np.linspace(0, len(unit), blocks + 1).astype(int)
    keep = [np.r_[: edges[k], edges[k + 1] : len(unit)] for k in range(blocks)]
    whole = np.arctanh(np.corrcoef(unit, feature)[0, 1])
    left = np.arctanh([np.corrcoef(unit[rows], feature[rows])[0, 1] for rows in keep])
    wide = t.ppf(0.975, blocks - 1) * np.std(blocks * whole - (blocks - 1) * left, ddof=1) / np.sqrt(blocks)
    return np.tanh([whole - wide, whole + wide]).tolist()


def measured(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Name and text of each table that was asked for."""
    book = tables.text_file(args.data, "war-and-peace.txt").read_text(encoding="utf-8")
    until = time.perf_counter() + 60 * args.minutes
    runs = Runs(args.runs, args.units, args.steps, args.keep, until)
    size = f"{args.units:,} units x {args.steps:,} characters x {len(NAMES)} features"
    found = ["rule", "runs", "runs with a finding", "false findings"]
    for kind in NOISE:
        if kind in args.tables:
            yield (
                f"analysis-{kind.replace(' ', '-')}",
                f"{size}, {kind}:\n\n" + tables.table(found, false_findings(book, runs, args.rules, kind)),
            )
    if "power" in args.tables:
        yield (
            "analysis-power",
            f"{size}, and a unit for each feature and r:\n\n"
            + tables.table(
                ["rule", "runs", *(f"r = {r:g}" for r in EFFECTS), "false of all"], power(book, runs, args.rules)
            ),
        )
    if "coverage" in args.tables:
        yield (
            "analysis-intervals",
            f"{args.steps:,} characters:\n\n"
            + tables.table(
                ["r", "memory", "cases", "ours holds it", "the jackknife", "width, ours over the jackknife's"],
                coverage(book, runs),
            ),
        )


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with war-and-peace.txt")
    options.add_argument(
        "--tables",
        default=[*NOISE, "power", "coverage"],
        type=lambda text: text.split(","),
        help=", ".join([*NOISE, "power", "coverage"]),
    )
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--units", type=int, default=UNITS)
    options.add_argument("--steps", type=int, default=STEPS)
    options.add_argument("--keep", type=Path, metavar="FILE", help="a line a run, so that runs are made once")
    options.add_argument("--minutes", type=float, default=np.inf, help="no further run begins after so many")
    options.add_argument("--rules", default=list(RULES), type=lambda text: text.split(";"), help="; ".join(RULES))
    return options


def main() -> None:
    """Measure and print."""
    args = parser().parse_args()
    if args.data is None:
        raise SystemExit("give --data DIR, the folder of war-and-peace.txt")
    if args.quick:
        args.runs, args.units = 2, 100
    for name, text in measured(args):
        tables.publish(name, text, args)


if __name__ == "__main__":
    main()
