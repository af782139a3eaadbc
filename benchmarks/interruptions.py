"""Interrupt trainings at random moments, by Ctrl-C and by killing the process, resume them, and compare all weights.

    python benchmarks/interruptions.py [--times 20] [--steps 600] [--seed 0]

Needs stateviz alone. About ten minutes: every interruption is a process of its own.

Writes benchmarks/results/interruptions.md: for each training how often it was interrupted by which signal, how many
updates were made twice, and whether the model is the same, byte for byte, as that of a run that was left alone.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tables

import stateviz as sv

TRAININGS = {
    "lstm 2 x 32, consecutive windows, dropout": {
        "cell": "lstm", "layers": 2, "width": 32, "blocks": 0, "windows": "consecutive", "dropout": 0.2, "batch": 8,
        "length": 50,
    },
    "binary 32, random windows, blocks": {"cell": "binary", "width": 32, "hidden": 64, "batch": 4, "length": 64},
    "gru 32, lines, RMSProp": {
        "cell": "gru", "width": 32, "blocks": 0, "windows": "lines", "optimizer": "rmsprop", "clip_value": 1.0,
    },
}  # fmt: skip
CHILD = """
import json, sys, pathlib
import stateviz as sv
text, out, settings = sys.argv[1:4]
resume = pathlib.Path(out + ".checkpoint").exists()
model = sv.train(pathlib.Path(text), recipe="quick", out=out, check_every=20, validate=20, threads=1, resume=resume,
                 watch=lambda progress: print(progress.count, flush=True), **json.loads(settings))
print("done", model.digest(), flush=True)
"""


class Child:
    """A training in a process of its own."""

    def __init__(self, text: Path, out: Path, settings: dict[str, object]) -> None:
        words = [sys.executable, "-W", "ignore", "-c", CHILD, str(text), str(out), json.dumps(settings)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def line(self) -> list[str]:
        """The next thing that it says; nothing when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def rest(self) -> tuple[int, str]:
        """The updates it came to and the digest of its model, if it came to an end."""
        reached, digest = 0, ""
        while words := self.line():
            if words[0] == "done":
                digest = words[1]
            else:
                reached = int(words[0])
        self.process.wait()
        return reached, digest


def row(name: str, folder: Path, args: argparse.Namespace) -> list[str]:
    """Interrupt one training, and compare."""
    rng, text = np.random.default_rng(args.seed), folder / "text.txt"
    settings = TRAININGS[name] | {"steps": args.steps}
    _, wanted = Child(text, folder / "whole.safetensors", settings).rest()
    counts, made, twice, place = {signal.SIGINT: 0, signal.SIGKILL: 0}, 0, 0, 0
    while sum(counts.values()) < args.times:
        child = Child(text, folder / "m.safetensors", settings)
        first = int(child.line()[0])
        twice += max(0, made - first + 1)
        # So many updates on, and a moment within or between them.
        until = first + int(rng.integers(0, max(1, 2 * (args.steps - first) // (args.times - place + 1))))
        while first < min(until, args.steps - 1):
            first = int(child.line()[0])
        which = (signal.SIGINT, signal.SIGKILL)[place % 2]
        try:
            child.process.wait(rng.uniform(0, 0.05))
        except subprocess.TimeoutExpired:
            child.process.send_signal(which)
        made, digest = child.rest()
        made = max(made, first)
        if digest:
            raise SystemExit(f"{name} ended before it was interrupted {args.times} times; give more --steps")
        counts[which] += 1
        place += 1
    last = Child(text, folder / "m.safetensors", settings)
    twice += max(0, made - int(last.line()[0]) + 1)
    same = "yes" if last.rest()[1] == wanted else "no"
    return [name, str(counts[signal.SIGINT]), str(counts[signal.SIGKILL]), str(twice), same]


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--times", type=int, default=20, metavar="N", help="interruptions of each (default: 20)")
    options.add_argument("--steps", type=int, default=600, metavar="N", help="updates of each (default: 600)")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (default: 0)")
    return options


def main() -> None:
    """Write the table."""
    args = parser().parse_args()
    names = list(TRAININGS)
    if args.quick:
        args.times, args.steps, names = 2, 60, names[:1]
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            text = sv.language("c").generate(120_000, seed=0)[0]
            (Path(folder) / "text.txt").write_text(text, encoding="utf-8")
            rows.append(row(name, Path(folder), args))
            print("  ".join(rows[-1]), flush=True)
    head = [f"a training of {args.steps:,} updates", "Ctrl-C", "killed", "updates made twice", "the same bytes"]
    tables.publish("interruptions", tables.table(head, rows), args)
    print(tables.closing({}))


if __name__ == "__main__":
    main()
