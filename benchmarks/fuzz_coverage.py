"""Search the readers for trouble, guided by which of their lines an input reaches (libFuzzer, through atheris).

Every format starts from whole files; what reaches new code is kept and changed further. Of archives one member is
changed and the archive packed anew, so that check sums do not stop every input at the door. An input must be read or
be refused in one line, within a minute and a bounded memory; the first that is not ends its format and is kept.

    python benchmarks/fuzz_coverage.py --count 100000

Needs pip install atheris 'stateviz[files]'. An hour or more. Writes no table: what was reached is printed, and where
anything went wrong the exit status is 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import tables

if "--child" in sys.argv:  # the readers have to be instrumented as they are imported
    import atheris

    with atheris.instrument_imports(include=["stateviz.storage", "numpy.lib", "zipfile", "yaml"]):
        import fuzz_readers
else:
    import fuzz_readers
from fuzz_readers import MEMORY, SECONDS, options, pack, read, seeds, unpacked

LONGEST = 2**14
LEFT_OUT = (".zarr", ".h5", ".hdf5")
"""A folder is no input of libFuzzer's, and its archive the same recording. What goes wrong with HDF5 does so inside its
library, which no guide sees: fuzz_readers.py throws files at it that are damaged at random."""


def child(ending: str, count: int, seed: int, keep: Path) -> None:
    """Fuzz one format in this process, which libFuzzer ends."""
    folder = Path(tempfile.mkdtemp())
    # What is no archive counts as one with a nameless member.
    whole = [unpacked(p) if zipfile.is_zipfile(p) else {"": p.read_bytes()} for p in seeds(folder)[ending]]
    corpus = folder / "corpus"
    corpus.mkdir()
    for k, content in enumerate(whole):
        for m, data in enumerate(content.values()):
            (corpus / f"{k}-{m}").write_bytes(bytes((k, m)) + data)
    target, number = folder / f"input{ending}", 0

    def one(data: bytes) -> None:
        """Read the file that ``data`` stands for: which whole file, which member of it, and what is in its place."""
        nonlocal number
        number += 1
        if len(data) < 2:
            return
        content = whole[data[0] % len(whole)]
        name = list(content)[data[1] % len(content)]
        if name:
            pack(target, {**content, name: data[2:]})
        else:
            target.write_bytes(data[2:])
        if (outcome := read(target, number)) not in ("read", "refused"):
            raise RuntimeError(f"refused in {outcome}")

    keep.mkdir(parents=True, exist_ok=True)
    atheris.Setup(
        [
            sys.argv[0],
            f"-runs={count}",
            f"-seed={seed + 1}",
            f"-max_len={LONGEST}",
            f"-timeout={SECONDS}",
            f"-rss_limit_mb={MEMORY // 2**20}",
            f"-artifact_prefix={keep}/{ending.strip('.')}-",
            str(corpus),
        ],
        one,
    )
    atheris.Fuzz()


def parser() -> argparse.ArgumentParser:
    """Its options."""
    found = options(__doc__)
    found.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return found


def main() -> None:
    """Fuzz every format in a process of its own, print what was reached, and exit 1 where anything went wrong."""
    args = parser().parse_args()
    fuzz_readers.refuse_without_readers()
    if absent := tables.missing({"atheris": "atheris"}):
        raise SystemExit(tables.closing(absent, "pip install atheris"))
    if args.quick:
        args.count = 500
    if args.child:
        child(args.only, args.count, args.seed, args.keep)
    with tempfile.TemporaryDirectory() as name:
        endings = [args.only] if args.only else sorted(set(seeds(Path(name))) - set(LEFT_OUT))
    wrong = 0
    for ending in endings:
        each = -(-args.count // len(endings))
        call = [sys.executable, __file__, "--child", f"--only={ending}", f"--count={each}", f"--seed={args.seed}"]
        done = subprocess.run([*call, f"--keep={args.keep}"], capture_output=True, text=True)
        reached = re.findall(r"#(\d+)\s+\w+\s+cov: (\d+)", done.stderr)
        runs, lines = reached[-1] if reached else ("0", "0")
        print(
            f"{ending:12} {int(runs):>8,} inputs, {lines} edges reached, {'fine' if not done.returncode else 'WRONG'}"
        )
        if done.returncode:
            wrong += 1
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
