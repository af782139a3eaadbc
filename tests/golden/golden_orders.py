"""Orders, bounds, comparisons and correlations of small inputs and of the shipped recording."""

from __future__ import annotations

import csv
import io

import golden_dumps as dumps
import numpy as np
from golden_runs import BINARY, DISTANCES, HOLES, REAL, Content, order_text, run

import stateviz as sv

ORDERS = {
    "shipped-exact": ("--method", "exact"),
    "shipped-greedy-insert": ("--method", "greedy-insert"),
    "shipped-lin-kernighan": ("--method", "lin-kernighan"),
    "shipped-steps": ("--axis", "steps", "--steps", "40:80", "--method", "farthest-insert,or-opt"),
    "binary-auto": (BINARY,),
    "binary-ends": (BINARY, "--first", "3", "--last", "7", "--method", "exact"),
    "binary-mean-ends": (BINARY, "--ends", "mean", "--method", "greedy-edge,two-opt", "--seed", "3"),
    "binary-groups": (BINARY, "--groups", "3"),
    "binary-joint-groups": (BINARY, "--groups", "3", "--grouping", "joint", "--method", "exact"),
    "real-flip": (REAL, "--flip"),
    "real-euclidean": (REAL, "--metric", "euclidean", "--method", "hierarchical", "--option", "linkage=ward"),
    "real-cosine": (REAL, "--metric", "cosine", "--method", "christofides"),
    "real-dot": (REAL, "--metric", "dot", "--method", "simulated-annealing", "--seed", "5"),
    "real-steps": (REAL, "--axis", "steps", "--method", "exact"),
    "holes-pairwise": (HOLES, "--missing", "pairwise", "--metric", "euclidean"),
    "precomputed": (DISTANCES, "--metric", "precomputed", "--method", "lin-kernighan"),
}
"""Orders that are kept whole, as order.json."""

METHODS = (
    "identity", "random", "mean", "greedy-chain", "greedy-insert", "nearest-insert", "farthest-insert",
    "cheapest-insert", "random-insert", "greedy-edge", "spectral", "pca", "mds", "frequency", "space-filling",
    "hierarchical", "christofides", "annealed-keys", "simulated-annealing", "two-opt", "or-opt", "lin-kernighan",
    "exact",
)  # fmt: skip
FEW = {"annealed-keys": {"sweeps": 50}, "simulated-annealing": {"sweeps": 500}}


def orders() -> Content:
    """order.json of many settings."""
    found = {}
    for name, words in ORDERS.items():
        run("order", *words, "-o", "order.json")
        found[f"{name}.json"] = order_text()
    return found


def methods() -> Content:
    """Every method of ours on binary and on real rows: length, rows and signs."""
    lines = []
    for name, path, flip in (("binary", BINARY, False), ("real", REAL, False), ("real, flips", REAL, True)):
        states = sv.load_states(path)
        for method in METHODS:
            found = sv.order(states, method=method, flip=flip, seed=1, bound=False, **FEW.get(method, {}))
            kept = " ".join(
                f"{'-' if sign < 0 else ''}{row}" for row, sign in zip(found.rows, found.signs, strict=True)
            )
            lines.append(f"{name}: {method} {found.length:.10g}: {kept}")
    agreed = sv.rank_agreement(sv.order(states, method="mean").rows, sv.order(states, method="exact").rows)
    return {"methods.txt": "\n".join([*lines, f"agreement of mean and exact {agreed:.10g}"]) + "\n"}


def large() -> Content:
    """205 rows: more than 200, so that many orders are crossed, and compiled code looks for the exact one."""
    rng = np.random.default_rng(0)
    places = rng.permutation(205)[:, None] / 205
    states = np.round(np.sin(4 * places + np.arange(60) / 9) + rng.normal(0, 0.2, (205, 60)), 2).astype(np.float32)
    lines = []
    for method, options in (("lin-kernighan", {}), ("lin-kernighan", {"kicks": 300}), ("exact", {})):
        found = sv.order(states, method=method, metric="euclidean", seed=2, bound=False, **options)
        lines.append(f"{method} {options} {found.length:.10g}: {' '.join(map(str, found.rows))}")
    return {"rows.txt": "\n".join(lines) + "\n"}


def comparison() -> Content:
    """The table of compare, by all criteria, without times."""
    kept = {}
    for name, path, more in (("binary", BINARY, ()), ("real", REAL, ("--flip", "--ends", "mean"))):
        words = ("--methods", "identity,mean,spectral,greedy-insert+two-opt,hierarchical:linkage=ward,exact")
        text = run("compare", path, *words, "--criteria", "all", "--format", "csv", *more)
        rows = list(csv.DictReader(io.StringIO(text)))
        out = io.StringIO()
        writer = csv.DictWriter(out, [column for column in rows[0] if column != "seconds"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        kept[f"{name}.csv"] = out.getvalue().replace("\r\n", "\n")
    stable = sv.stability(sv.load_states(BINARY), repeats=4, method="greedy-insert,two-opt", seed=1)
    return kept | {
        "stability.txt": dumps.array_text("agreement", stable.agreement) + dumps.array_text("pairs", stable.pairs)
    }


def correlations() -> Content:
    """The strongest pairs, the groups and the thresholds of correlations."""
    lines = []
    for measure in ("pearson", "spearman"):
        found = sv.correlate(REAL, measure=measure).reorder(sv.order(REAL, metric="correlation"))
        pairs = [(sorted((pair["unit"], pair["other"])), pair["correlation"]) for pair in found.pairs(12)]
        pairs.sort(key=lambda pair: (round(-abs(pair[1]), 9), pair[0]))  # of equal ones any may come first
        lines += [f"{units} {correlation:.12f}" for units, correlation in pairs]
        lines += [f"groups {sorted(map(sorted, found.groups(0.7)))}"]
    ordered = sv.correlate(BINARY).reorder(sv.order(BINARY, metric="correlation"))  # a draw goes by the rows' order
    thresholds = ordered.threshold(shifts=40)
    thresholds = thresholds[np.isfinite(thresholds)]
    lines += [f"thresholds {thresholds.min():.12f} to {thresholds.max():.12f}"]
    return {"correlations.txt": "\n".join(lines) + "\n"}
