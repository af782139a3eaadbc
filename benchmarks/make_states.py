"""Make the rows behind the ordering tables: states of trained LSTMs, their signs, mixtures of them, clusters, points.

    python benchmarks/make_states.py OUT --data DIR [--only NAME ...]
    python benchmarks/peers.py --states OUT

Needs torch, and a folder with kjv.txt (King James Bible, a verse a line: "Book chapter:verse<TAB>text"). Without --data
the networks are trained on made-up text, drawn by a seed from the two verses that ship with stateviz; the tables are of
kjv.txt.

Three networks of 512, 1,024 and 2,048 units are trained by seed 0 for 500, 300 and 150 updates: about 30 TFLOP in all,
tens of minutes on two cores. Interrupt it as you like; the same command goes on where it was.

What was made is compared with the digests in benchmarks/states.json. What NumPy makes alone is the same everywhere; a
network's states differ in the last digits between processors, and then the length of the rows as they come decides.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tables
from instances import (
    FULL,
    INDEX,
    LISTED,
    QUICK,
    Array,
    Instance,
    Network,
    Plan,
    compared,
    mixture,
    names,
    real,
    signs,
    source_of,
    without_networks,
)


class Folder:
    """OUT: files that are written whole or not at all, and the index of them."""

    def __init__(self, path: Path, origin: dict[str, str]) -> None:
        self.path, self.index = path, path / INDEX
        path.mkdir(parents=True, exist_ok=True)
        found = json.loads(self.index.read_text(encoding="utf-8")) if self.index.is_file() else {"origin": origin}
        if found["origin"] != origin:
            raise SystemExit(f"{path} holds states of {found['origin']}, these are of {origin}; choose another folder")
        self.origin, self.made = origin, found.get("made", {})

    def has(self, *wanted: str) -> bool:
        """Whether all of these were made before."""
        return all(name in self.made and (self.path / f"{name}.npy").is_file() for name in wanted)

    def keep(self, instance: Instance) -> None:
        """Write it and its row of the index."""
        beside = self.path / f"{instance.name}.npy.partial"
        with beside.open("wb") as file:
            np.save(file, instance.values)
        beside.replace(self.path / f"{instance.name}.npy")
        self.made[instance.name] = {
            "label": instance.label,
            "metric": instance.metric,
            "shape": list(instance.values.shape),
            "length": instance.length,
            "sha256": instance.digest,
        }
        index = {"origin": self.origin, "made with": tables.made_with(), "made": self.made}
        beside = self.index.with_name(INDEX + ".partial")
        beside.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        beside.replace(self.index)

    def read(self, name: str) -> Array:
        """The rows of one that was made."""
        rows: Array = np.load(self.path / f"{name}.npy")
        return rows


def of_network(network: Network, plan: Plan, folder: Folder, data: Path | None) -> Iterator[Instance]:
    """Train, read, and take h, its signs, and where the plan says so h beside c."""
    from lstm import corpus, states, train

    name, text = f"lstm-{network.width}", corpus(data, plan.steps)
    checkpoint = folder.path / f"{name}.checkpoint"

    def watch(done: int, loss: float, seconds: float) -> None:
        if done % 10 == 0 or done == network.updates:
            left = seconds * (network.updates - done)
            print(f"{name}: update {done} of {network.updates}, {loss:.3f} nats, {left:.0f} s left", file=sys.stderr)

    h, c, nats = states(train(text, network, checkpoint, watch), text)
    print(f"{name}: {nats:.3f} nats a character on the text it reads", file=sys.stderr)
    yield real(name, "lstm", h)
    yield signs(name, "lstm", h, plan.signs)
    if network.width == plan.beside:
        both, beside = np.concatenate((h, c)), f"h-beside-c-{2 * network.width}"
        yield real(beside, "h beside c", both)
        yield signs(beside, "h beside c", both, plan.signs)
    checkpoint.unlink()


def make(plan: Plan, folder: Folder, data: Path | None, only: list[str]) -> None:
    """Everything asked for that is not there, the quickest first."""
    for instance in without_networks(plan):
        if instance.name in only and not folder.has(instance.name):
            folder.keep(instance)
    for network in plan.networks:
        of_it = [name for name in names(plan) if name.removesuffix("-signs") in _rows_of(network)]
        if set(of_it) & set(only) and not folder.has(*of_it):
            for instance in of_network(network, plan, folder, data):
                folder.keep(instance)
    widest = f"lstm-{plan.networks[-1].width}"
    for size in plan.mixed:
        if f"mixed-{size}" in only and not folder.has(f"mixed-{size}"):
            if not folder.has(widest):
                raise SystemExit(f"mixed-{size} is mixed from {widest}; name both with --only")
            folder.keep(real(f"mixed-{size}", "mixed", mixture(folder.read(widest), size, plan.mixed_steps)))


def _rows_of(network: Network) -> tuple[str, str]:
    return f"lstm-{network.width}", f"h-beside-c-{2 * network.width}"


def report(folder: Folder, text: str, wanted: list[str]) -> str:
    """A table of what was made, and how it compares with the list."""
    rows = []
    for name in wanted:
        row = folder.made[name]
        found = compared(name, text, row["sha256"], row["length"])
        shape = " x ".join(f"{size:,}" for size in row["shape"])
        rows.append((name, shape, row["metric"], f"{row['length']:,.7g}", f"`{row['sha256']}`", found))
    return tables.table(("rows", "shape", "metric", "length as they come", "sha256", "compared"), rows)


def list_them(folder: Folder, text: str, wanted: list[str]) -> None:
    """Put what was made into the committed list."""
    listed = json.loads(LISTED.read_text(encoding="utf-8")) if LISTED.is_file() else {}
    where = f"torch {tables.installed('torch')}, numpy {tables.installed('numpy')}; {tables.processor()}"
    for name in wanted:
        part = listed.setdefault(source_of(name, text), {})
        part[name] = {key: folder.made[name][key] for key in ("sha256", "length")} | {"made with": where}
    LISTED.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with kjv.txt; without it, made-up text", tables=False)
    options.add_argument("out", type=Path, metavar="OUT", help="folder of NAME.npy and states.json")
    options.add_argument("--only", nargs="+", metavar="NAME", help="make these alone: " + ", ".join(names(FULL)))
    options.add_argument("--list", action="store_true", help="put the digests into benchmarks/states.json")
    return options


def main() -> None:
    """Make, compare, and show."""
    args = parser().parse_args()
    plan = QUICK if args.quick else FULL
    if strange := sorted(set(args.only or ()) - set(names(plan))):
        raise SystemExit(f"nothing is called {strange[0]!r}; there are {', '.join(names(plan))}")
    text = "made-up" if args.data is None else "kjv"
    if args.data is not None:
        tables.text_file(args.data)
    wanted = [name for name in names(plan) if args.only is None or name in args.only]
    folder = Folder(args.out, {"plan": "quick" if args.quick else "full", "text": text})
    try:
        make(plan, folder, args.data, wanted)
    except KeyboardInterrupt:
        raise SystemExit("interrupted; the same command goes on where it was") from None
    print(report(folder, text, wanted))
    if args.list:
        list_them(folder, text, wanted)
    print(f"Made with {tables.made_with()}")


if __name__ == "__main__":
    main()
