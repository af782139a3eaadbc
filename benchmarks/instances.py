"""The rows that the ordering benchmarks order: what each is made of, its digest, and reading those that were made.

`make_states.py` writes them into a folder as NAME.npy beside states.json; `peers.py` and `many.py` read that folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tables  # first: it puts the tree on the import path
from numpy.typing import NDArray

import stateviz as sv

Array = NDArray[Any]
INDEX = "states.json"
LISTED = tables.ROOT / "benchmarks" / INDEX
SAME = 1e-3
"""Lengths whose ratio is nearer to 1 than this are of the same states made on another processor."""


@dataclass(frozen=True)
class Network:
    """A character LSTM to train: units, updates, learning rate."""

    width: int
    updates: int
    rate: float


@dataclass(frozen=True)
class Plan:
    """What is made.

    Parameters
    ----------
    networks
        Trained one after another; rows are mixed from the states of the last.
    beside
        Width of the network whose h and c are also taken together.
    steps
        Characters read, the columns.
    signs
        Columns of which the signs are taken.
    mixed, mixed_steps
        Numbers of mixed rows, and of their columns.
    clustered
        Rows and groups.
    uniform
        Points in the plane.
    """

    networks: tuple[Network, ...]
    beside: int
    steps: int
    signs: int
    mixed: tuple[int, ...]
    mixed_steps: int
    clustered: tuple[int, int]
    uniform: int


FULL = Plan(
    networks=(Network(512, 500, 2e-3), Network(1024, 300, 1e-3), Network(2048, 150, 1e-3)),
    beside=1024,
    steps=4000,
    signs=274,
    mixed=(4096, 10_000),
    mixed_steps=1000,
    clustered=(4096, 64),
    uniform=10_000,
)
QUICK = Plan(
    networks=(Network(24, 20, 5e-3), Network(32, 20, 5e-3)),
    beside=24,
    steps=300,
    signs=60,
    mixed=(96,),
    mixed_steps=120,
    clustered=(96, 8),
    uniform=128,
)


@dataclass(frozen=True)
class Instance:
    """Rows to order.

    Parameters
    ----------
    name
        Of the file.
    label
        As the tables name it.
    values : shape (rows, steps)
    metric
        A name of METRICS.
    """

    name: str
    label: str
    values: Array
    metric: str

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers, little-endian, row by row."""
        return hashlib.sha256(np.ascontiguousarray(self.values, self.values.dtype.newbyteorder("<"))).hexdigest()

    @property
    def length(self) -> float:
        """Sum of the distances from each row to the next, as they come."""
        return sv.order(self.values, method="identity", metric=self.metric, bound=False).length


def real(name: str, label: str, values: Array) -> Instance:
    """States as they are, ordered by correlation."""
    return Instance(name, f"{label}, {len(values):,} real", values, "correlation")


def signs(name: str, label: str, values: Array, steps: int) -> Instance:
    """Their signs over the first steps, ordered by the number of cells that change."""
    bits = np.where(values[:, :steps] > 0, 1, -1).astype(np.int8)
    return Instance(f"{name}-signs", f"{label}, {len(values):,} binary", bits, "hamming")


def mixture(values: Array, size: int, steps: int) -> Array:
    """Rows of three standardised units each, by normal weights, and noise of 0.3; float32 (size, steps)."""
    rng = np.random.default_rng(size)
    base = values[:, :steps].astype(np.float32)
    base = (base - base.mean(1, keepdims=True)) / np.maximum(base.std(1, keepdims=True), 1e-6)
    units, weights = rng.integers(0, len(base), (3, size)), rng.normal(size=(3, size, 1)).astype(np.float32)
    rows = sum(weight * base[unit] for unit, weight in zip(units, weights, strict=True))
    return np.asarray(rows + np.float32(0.3) * rng.standard_normal((size, base.shape[1]), np.float32))


def clustered(rows: int, groups: int, dimensions: int = 16, spread: float = 0.005) -> Array:
    """Groups of near copies of random centres in the unit cube: every near row of a row is in its own group."""
    rng = np.random.default_rng(1)
    centres = rng.random((groups, dimensions))
    return centres.repeat(rows // groups, axis=0) + spread * rng.standard_normal((rows, dimensions))


def without_networks(plan: Plan) -> Iterator[Instance]:
    """Rows that NumPy makes alone, the same on every processor."""
    rows, groups = plan.clustered
    yield Instance(f"clustered-{rows}", f"clustered, {rows:,} real", clustered(rows, groups), "euclidean")
    points = np.random.default_rng(1).random((plan.uniform, 2))
    yield Instance(f"uniform-{plan.uniform}", f"uniform, {plan.uniform:,} real", points, "euclidean")


# --- folders and the list of digests


def names(plan: Plan) -> list[str]:
    """Everything that the plan makes, in the order of the tables."""
    found = []
    for network in plan.networks:
        found += [f"lstm-{network.width}", f"lstm-{network.width}-signs"]
        if network.width == plan.beside:
            found += [f"h-beside-c-{2 * network.width}", f"h-beside-c-{2 * network.width}-signs"]
    return [
        *found,
        *(f"mixed-{size}" for size in plan.mixed),
        f"clustered-{plan.clustered[0]}",
        f"uniform-{plan.uniform}",
    ]


def load(folder: Path) -> Iterator[Instance]:
    """The instances that lie in a folder, in the order in which they were made."""
    if not (folder / INDEX).is_file():
        raise SystemExit(f"{folder} holds no {INDEX}; make it by: python benchmarks/make_states.py {folder}")
    for name, row in _index(folder)["made"].items():
        instance = Instance(name, row["label"], np.load(folder / f"{name}.npy"), row["metric"])
        if instance.digest != row["sha256"]:
            raise SystemExit(f"{folder / name}.npy is not what {INDEX} beside it says; remove it and make it again")
        yield instance


def standing(folder: Path) -> str:
    """A sentence for under a table: which text the states are of, and which are not as the committed list has them."""
    index = _index(folder)
    text = index["origin"]["text"]
    kinds: dict[str, list[str]] = {}
    for name, row in index["made"].items():
        found = compared(name, text, row["sha256"], row["length"]).partition(":")[0]
        kinds.setdefault(found, []).append(name)
    described = (f"{kind}: {'all' if len(of) == len(index['made']) else ', '.join(of)}" for kind, of in kinds.items())
    return f"Rows made by make_states.py, networks trained on {text} text; {'; '.join(described)}."


def _index(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return found


def source_of(name: str, text: str) -> str:
    """Which part of the list an instance is in: ``numpy``, or the text that its network was trained on."""
    return "numpy" if name.startswith(("clustered", "uniform")) else text


def compared(name: str, text: str, digest: str, length: float) -> str:
    """How an instance compares with the committed list: same bytes, same length, another, or not listed."""
    listed = json.loads(LISTED.read_text(encoding="utf-8")) if LISTED.is_file() else {}
    row = listed.get(source_of(name, text), {}).get(name)
    if row is None:
        return "not listed"
    if row["sha256"] == digest:
        return "as listed, to the byte"
    apart = abs(length / row["length"] - 1)
    if apart < SAME:
        return f"as listed but for rounding: the length is {apart:.1e} off"
    return f"NOT as listed: the length is {apart:.1%} off"
