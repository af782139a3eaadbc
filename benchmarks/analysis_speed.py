"""Time, memory and false findings of the analysis, beside NumPy and the ways of others.

    python benchmarks/analysis_speed.py --data DIR --quick

Needs war-and-peace.txt in DIR, and scikit-learn for the probes of others. Three tables: one find over forty features;
correlations of a recording of float16 against numpy.corrcoef of the same numbers in memory; and what others call a
finding where there is none. NeuroX's two rankings, the F-test of sparse probing and LSTMVis's rule of matching are made
again from their papers: neurox pins torch 1.8, and LSTMVis is no package. Times are those of the processor, all
threads together, which hardly change on a machine that does other things; with OMP_NUM_THREADS=1 a clock of an idle one
shows the same.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tables
from scipy.stats import f as f_distribution
from simulated import features_of, noise, passage

import stateviz as sv
from stateviz.analysis import PhraseIndex
from stateviz.analysis.features import StepText, compute
from stateviz.analysis.measures import standardized

RULES = {"shift, confirmed": {}, "shift, whole text": {"confirm": None}}


def in_process(work: Callable[..., Any], *given: Any) -> tuple[Any, float, float]:
    """What work gives in a process of its own, the processor seconds it says it took, and the memory it took in GB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (work, *given))


def _measured(work: Callable[..., Any], *given: Any) -> tuple[Any, float, float]:
    found, seconds = work(*given)
    return found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


# --- find


def one_find(book: str, units: int, steps: int, rule: str) -> tuple[tuple[int, int], float]:
    """Findings and features of one find; the seconds of the call alone."""
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
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = sv.find(states, features=given, **RULES[rule])
    return (len(found.significant), len(given)), time.process_time() - begun


def _uncommon(row: np.ndarray) -> int:
    return len(row) - np.unique(row, return_counts=True)[1].max()


# --- correlations


def write_states(path: Path, units: int, steps: int) -> None:
    """A recording of float16."""
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(units, 32)).astype(np.float32)
    with sv.RecordingWriter(path, {"h": units}, dtype="float16", steps=steps) as writer:
        for start in range(0, steps, 4096):
            count = min(4096, steps - start)
            part = rng.normal(size=(count, 32)).astype(np.float32) @ mixed.T
            part += rng.normal(size=part.shape).astype(np.float32)
            writer.append(["a"] * count, {"h": part.astype(np.float16)})
        writer.close()


def by_numpy(path: Path) -> tuple[np.ndarray, float]:
    """numpy.corrcoef of all states, once they are in memory."""
    values = np.concatenate([np.asarray(block, np.float32) for block in sv.open_recording(path).blocks("h")]).T
    begun = time.process_time()
    return np.corrcoef(values), time.process_time() - begun


def by_us(path: Path) -> tuple[np.ndarray, float]:
    """The same block by block, reading included."""
    from stateviz.analysis import blocked

    blocked.LARGEST = 0  # so that it is left on disk, whatever its size
    begun = time.process_time()
    return sv.correlate(sv.open_recording(path), measure="pearson").values, time.process_time() - begun


def squares(units: int, steps: int) -> list[list[str]]:
    """Both on one recording."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.zarr"
        write_states(path, units, steps)
        rows, found = [], []
        for name, work in (("numpy.corrcoef, in memory", by_numpy), ("correlate, from disk", by_us)):
            square, seconds, memory = in_process(work, path)
            found.append(square)
            rows.append([name, f"{units:,} x {steps:,}", f"{seconds:.1f} s", f"{memory:.2f} GB"])
    assert np.abs(found[0] - found[1]).max() < 1e-5
    return rows


# --- others


def others(book: str, units: int, steps: int) -> Iterator[list[str]]:
    """What each way calls a finding among units that follow nothing."""
    rng = np.random.default_rng(2)
    text, _ = passage(book, rng, steps)
    states = noise(rng, units, steps)
    made = {name: np.asarray(row, float) for name, row in features_of(text).items()}
    on = {name: row > 0 for name, row in made.items() if np.isin(row, (0, 1)).all()}
    pairs = f"{units:,} x {len(on)}"
    for name, work in (
        ("find, confirmed", lambda: len(_quiet(states, on).significant)),
        ("find, whole text", lambda: len(_quiet(states, on, confirm=None).significant)),
        ("F-test of independent tokens, Bonferroni (as in sparse probing)", lambda: _f_test(states, on)),
        ("probes of scikit-learn, L1, split at random, 3 standard errors over 0.5", lambda: _probes(states, on, True)),
        ("the same, split in two halves of the text", lambda: _probes(states, on, False)),
    ):
        begun = time.process_time()
        found = work()
        yield [name, pairs if "probes" not in name and "the same" not in name else f"all x {len(on)}",
               f"{found:,}", f"{time.process_time() - begun:.1f} s"]  # fmt: skip
    for name, rank in (("NeuroX probeless", _probeless), ("NeuroX IoU", _average_precision)):
        begun = time.process_time()
        for row in on.values():
            rank(states, row)
        yield [f"{name}: a ranking, no test", pairs, f"{len(on)} first units", f"{time.process_time() - begun:.1f} s"]


def _quiet(states: np.ndarray, on: dict[str, np.ndarray], **rule: Any) -> sv.Findings:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sv.find(states, features=on, **rule)


def _f_test(states: np.ndarray, on: dict[str, np.ndarray]) -> int:
    """The F statistic of each pair, p as if every token were independent."""
    r2 = (standardized(states) @ standardized(np.stack(list(on.values()))).T) ** 2
    steps = states.shape[1]
    p = f_distribution.sf(r2 / (1 - r2) * (steps - 2), 1, steps - 2)
    return int((p * p.size < 0.05).sum())


def _probes(states: np.ndarray, on: dict[str, np.ndarray], at_random: bool) -> int:
    """Features that a probe of all units tells better than chance, by the standard error of independent tokens."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    rows = ((states - states.mean(axis=1, keepdims=True)) / states.std(axis=1, keepdims=True)).T
    order = np.random.default_rng(3).permutation(len(rows)) if at_random else np.arange(len(rows))
    first, second = np.split(order, [len(rows) // 2])
    found = 0
    for row in on.values():
        model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=0.1, tol=1e-2).fit(rows[first], row[first])
        area = roc_auc_score(row[second], model.decision_function(rows[second]))
        count = row[second].sum()
        error = np.sqrt((len(second) + 1) / (12 * count * (len(second) - count)))
        found += area > 0.5 + 3 * error
    return int(found)


def _probeless(states: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Units by the absolute difference of the means of both classes (Antverg and Belinkov 2022)."""
    return np.argsort(-np.abs(states[:, row].mean(axis=1) - states[:, ~row].mean(axis=1)))


def _average_precision(states: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Units by the average precision of their values, as the package's module of that name ranks them."""
    order = np.argsort(-states, axis=1)
    hits = row[order]
    precision = hits.cumsum(axis=1) / np.arange(1, states.shape[1] + 1)
    return np.argsort(-(precision * hits).sum(axis=1) / row.sum())


def matching(units: int, steps: int) -> list[list[str]]:
    """The places of one phrase, by LSTMVis's rule as a plain pass over all states, and by the packed index."""
    states = np.random.default_rng(4).random((units, steps)) < 0.5
    phrase = slice(steps // 2, steps // 2 + 3)
    begun = time.process_time()
    chosen = states[:, phrase].all(axis=1)
    runs = states[:, :-2] & states[:, 1:-1] & states[:, 2:]
    common = runs[chosen].sum(axis=0)
    np.argsort(-common, kind="stable")[:50]
    plain = time.process_time() - begun
    matrix = sv.StateMatrix(states.astype(np.int8), binary=True, off=0)
    begun = time.process_time()
    index = PhraseIndex.of(matrix, 0.5)
    built = time.process_time() - begun
    begun = time.process_time()
    sv.match(matrix, phrase, index=index)
    again = time.process_time() - begun
    size = f"{units:,} x {steps:,}"
    return [["a plain pass, most units in common", size, "", f"{plain:.2f} s"],
            ["match, with its index", size, "", f"{built + again:.2f} s"],
            ["match, from the second phrase on", size, "", f"{again:.3f} s"]]  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with war-and-peace.txt")
    options.add_argument("--tables", default="find,square,others", type=lambda text: text.split(","))
    options.add_argument("--units", type=int, default=4096, help="of the square (default: 4096)")
    options.add_argument("--steps", type=int, default=1_000_000, help="of the square (default: 1000000)")
    options.add_argument("--find-steps", type=int, default=100_000, help="of one find (default: 100000)")
    options.add_argument("--noise-units", type=int, default=1000, help="of the table of others (default: 1000)")
    return options


def main() -> None:
    """Measure and write."""
    args = parser().parse_args()
    if args.data is None:
        raise SystemExit("give --data DIR, the folder of war-and-peace.txt")
    if args.quick:
        args.units, args.steps, args.find_steps, args.noise_units = 128, 20_000, 10_000, 64
    book = tables.text_file(args.data, "war-and-peace.txt").read_text(encoding="utf-8")
    if "find" in args.tables:
        rows = []
        for rule in RULES:
            (found, features), seconds, memory = in_process(one_find, book, 1024, args.find_steps, rule)
            size = f"1,024 x {args.find_steps:,} x {features}"
            rows.append([rule, size, f"{found:,}", f"{seconds:.0f} s", f"{memory:.2f} GB"])
        head = ("one find", "units x steps x features", "findings", "processor time", "memory of the process")
        tables.publish("analysis-find", tables.table(head, rows), args)
    if "square" in args.tables:
        head = ("way", "units x steps", "processor time", "memory of the process")
        tables.publish("analysis-square", tables.table(head, squares(args.units, args.steps)), args)
    if "others" in args.tables:
        rows = [*others(book, args.noise_units, 20_000), *matching(256, 1_000_000 if not args.quick else 50_000)]
        head = ("way", "units x features (of match: steps)", "findings in noise", "processor time")
        tables.publish("analysis-others", tables.table(head, rows), args, "scikit-learn")


if __name__ == "__main__":
    main()
