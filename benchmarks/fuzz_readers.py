"""Throw damaged files at every reader: each must be read or refused in one line, within seconds and a bounded memory.

Every format starts from whole files; bits are turned, bytes replaced, cut out, doubled, numbers made huge, two files
spliced, and of archives the members rather than the packing. A process reads them; where it dies, hangs, takes more
than its memory or raises what is no StatevizError, the input is kept in ``--keep`` and counted.

    python benchmarks/fuzz_readers.py --count 100000

Needs the readers of every format: pip install 'stateviz[files]'. An hour or more. Writes no table: what went wrong is
printed and kept, and then the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tables

from stateviz.core.errors import StatevizError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.storage import (
    EXPORTERS,
    READERS,
    export_states,
    load_any,
    load_states,
    open_statistics,
    save_recording,
    save_statistics,
)
from stateviz.storage.formats.hdf5 import sandbox as probe

SECONDS, MEMORY, PATIENCE = 60, 3 * 2**30, 10
"""What one input may take; the patience of the helper that tries HDF5 files first."""
HUGE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, 10**15)
STATISTICS = ".stats.npz"
Result = tuple[Counter[tuple[str, str]], list[str]]
"""Counts by (kind, outcome), and what went wrong."""


def seeds(folder: Path) -> dict[str, list[Path]]:
    """Whole files of every format, of real and of binary states."""
    rng = np.random.default_rng(0)
    tokens = tuple("the c\n🎉")
    real = StateMatrix(rng.normal(size=(4, 7)), tokens=tokens, site="h")
    binary = StateMatrix(rng.integers(0, 2, (4, 7)), tokens=tokens, site="h")
    found: dict[str, list[Path]] = {ending: [] for ending in (*READERS, STATISTICS)}
    for name, states in (("real", real), ("binary", binary)):
        for ending in EXPORTERS:
            found[ending].append(export_states(states, folder / f"{name}{ending}"))
        recording = Recording(tokens, {"h": states}, {"model": "m"}, {"surprisal": rng.random(7)})
        for ending in (".zarr", ".zarr.zip"):
            found[ending].append(save_recording(recording, folder / f"{name}{ending}"))
        found[STATISTICS].append(save_statistics(Statistics.of(states), folder / f"{name}{STATISTICS}"))
    _torch(folder, real, found)
    _neurox(folder, real, found)
    _lstmvis(folder, real, found)
    _labelled(folder, real, found)
    return {ending: paths for ending, paths in found.items() if paths}


def _torch(folder: Path, states: StateMatrix, found: dict[str, list[Path]]) -> None:
    import torch

    for ending in (".pt", ".pth"):
        torch.save({"h": torch.tensor(states.values)}, folder / f"t{ending}")
        found[ending].append(folder / f"t{ending}")


def _neurox(folder: Path, states: StateMatrix, found: dict[str, list[Path]]) -> None:
    import h5py

    features = [
        {"token": token, "layers": [{"index": 0, "values": row.tolist()}]}
        for token, row in zip(states.tokens or (), states.values.T, strict=True)
    ]
    for ending in (".json", ".jsonl"):
        (folder / f"n{ending}").write_text(json.dumps({"linex_index": 0, "features": features}) + "\n")
        found[ending].append(folder / f"n{ending}")
    with h5py.File(folder / "n.hdf5", "w") as file:
        file["0"] = states.values.T[None, :2]
        file.create_dataset("sentence_to_index", (1,), dtype=h5py.string_dtype())[0] = json.dumps({"a b": "0"})
    found[".hdf5"].append(folder / "n.hdf5")


def _labelled(folder: Path, states: StateMatrix, found: dict[str, list[Path]]) -> None:
    """Files of xarray (NetCDF, Zarr), AnnData and MATLAB."""
    import h5py
    import xarray
    import zarr
    from scipy.io import savemat

    coords = {"unit": [f"u{i}" for i in range(4)], "token": ("step", list(states.tokens or ()))}
    data = xarray.Dataset({"h": (("unit", "step"), states.values)}, coords=coords)
    data.to_netcdf(folder / "x.nc", engine="scipy")
    with h5py.File(folder / "n.nc", "w") as file:
        file["h"] = states.values
        for axis, name in enumerate(("unit", "step")):
            file[name] = np.arange(states.shape[axis])
            file[name].make_scale(name)
            file["h"].dims[axis].attach_scale(file[name])
    found[".nc"] += [folder / "x.nc", folder / "n.nc"]
    for version in (2, 3):
        store = zarr.storage.ZipStore(folder / f"x{version}.zarr.zip", mode="w")
        data.to_zarr(store, zarr_format=version)
        store.close()
        found[".zarr.zip"].append(folder / f"x{version}.zarr.zip")
    with h5py.File(folder / "a.h5ad", "w") as file:
        file["X"] = states.values.T
        for table, size in (("obs", 7), ("var", 4)):
            file.create_dataset(f"{table}/_index", data=[f"n{i}" for i in range(size)], dtype=h5py.string_dtype())
    found[".h5ad"].append(folder / "a.h5ad")
    savemat(folder / "o.mat", {"h": states.values, "units": np.array([f"u{i}" for i in range(4)], object)})
    with h5py.File(folder / "m.mat", "w", userblock_size=512) as file:
        file["h"] = states.values.T
    found[".mat"] += [folder / "o.mat", folder / "m.mat"]


def _lstmvis(folder: Path, states: StateMatrix, found: dict[str, list[Path]]) -> None:
    import h5py

    with h5py.File(folder / "all.hdf5", "w") as file:
        file["states1"], file["ids"] = states.values.T, np.arange(states.shape[1])
    (folder / "words.dict").write_text("".join(f"w{i} {i}\n" for i in range(states.shape[1])))
    text = (
        "name: x\nfiles: {s: all.hdf5, w: words.dict}\nword_sequence: {file: s, path: ids, dict_file: w}\n"
        "states: {file: s, types: [{type: state, layer: 1, path: states1}]}\n"
    )
    for ending in (".yml", ".yaml"):
        (folder / f"lstm{ending}").write_text(text)
        found[ending].append(folder / f"lstm{ending}")


def mutate(content: bytes, rng: np.random.Generator, other: bytes) -> bytes:
    """``content`` with one to three things wrong."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        if not data:
            break
        at, kind = int(rng.integers(len(data))), int(rng.integers(9))
        length = int(rng.integers(1, 17))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[at] = int(rng.integers(256))
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif kind == 4:
            value = HUGE[int(rng.integers(len(HUGE)))]
            size = int(rng.choice((1, 2, 4, 8)))
            data[at : at + size] = (value % 256**size).to_bytes(size, "little" if rng.random() < 0.7 else "big")
        elif kind == 5:
            del data[at:]
        elif kind == 6:
            start = int(rng.integers(max(1, len(other))))
            data[at : at + length] = other[start : start + length]
        elif kind == 7:
            data[at:at] = str(HUGE[int(rng.integers(len(HUGE)))]).encode()
        else:
            data[at : at + length] = bytes(length)
    return bytes(data)


def unpacked(path: Path) -> dict[str, bytes]:
    """The contents of an archive, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, content: dict[str, bytes]) -> None:
    """Write an archive, uncompressed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def mutant(source: Path, folder: Path, rng: np.random.Generator, other: Path) -> Path:
    """A damaged copy of ``source`` in ``folder``; of archives and folders mostly one member is damaged."""
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target)
        members = sorted(path for path in target.rglob("*") if path.is_file())
        chosen = members[int(rng.integers(len(members)))]
        if rng.random() < 0.05:
            chosen.unlink()
        else:
            chosen.write_bytes(mutate(chosen.read_bytes(), rng, members[0].read_bytes()))
    elif zipfile.is_zipfile(source) and rng.random() < 0.7:
        content = unpacked(source)
        name = list(content)[int(rng.integers(len(content)))]
        content[name] = mutate(content[name], rng, next(iter(content.values())))
        pack(target, content)
    elif source.suffix in (".yml", ".yaml"):
        for beside in ("all.hdf5", "words.dict"):
            shutil.copy(source.parent / beside, folder / beside)
        chosen = folder / (source.name if rng.random() < 0.6 else "words.dict" if rng.random() < 0.3 else "all.hdf5")
        shutil.copy(source, target)
        chosen.write_bytes(mutate(chosen.read_bytes(), rng, source.read_bytes()))
    else:
        whole = other.read_bytes() if other.is_file() else b""
        data = mutate(source.read_bytes(), rng, whole)
        target.write_bytes(_sealed(data) if source.suffix == ".npz" and rng.random() < 0.3 else data)
    return target


def _sealed(data: bytes) -> bytes:
    """A zip whose first member has the right check sum again, so that what is inside is looked at."""
    if len(data) < 30 or data[:2] != b"PK":
        return data
    size = struct.unpack("<I", data[18:22])[0]
    name, more = struct.unpack("<HH", data[26:30])
    body = data[30 + name + more : 30 + name + more + size]
    return data[:14] + struct.pack("<I", zlib.crc32(body)) + data[18:]


def read(path: Path, number: int) -> str:
    """Read one file as a user would; the outcome."""
    try:
        if path.name.endswith(STATISTICS):
            open_statistics(path)
        elif number % 2:
            load_any(path)
        else:
            load_states(path)
    except StatevizError as error:
        return "two lines" if "\n" in str(error) else "refused"
    return "read"


def work(pipe: Any, paths: dict[str, list[Path]], folder: Path, start: int, count: int, seed: int) -> None:
    """Read inputs ``start`` to ``count``; say before each what it is, and after each what came of it."""
    warnings.simplefilter("ignore")
    probe.PATIENCE = PATIENCE
    for path in {found[0] for found in paths.values()}:  # limits are for the readers, not for what they load at first
        read(path, 1)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (max(used, base) + MEMORY, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a hang kills the process, also inside a library
    endings = list(paths)
    for number in range(start, count):
        ending = endings[number % len(endings)]
        rng = np.random.default_rng([seed, number])
        own = folder / str(number)
        own.mkdir()
        choices = paths[ending]
        source = choices[int(rng.integers(len(choices)))]
        path = mutant(source, own, rng, choices[0])
        pipe.send((number, ending, None))
        signal.alarm(SECONDS)
        try:
            outcome = read(path, number // len(endings))
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {str(error)[:80]}"
        signal.alarm(0)
        pipe.send((number, ending, outcome))
        if outcome in ("read", "refused"):
            shutil.rmtree(own)
    pipe.send(None)


def fuzz(count: int, seed: int, keep: Path, only: str | None) -> Result:
    """Counts by (format, outcome), and what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        paths = seeds(folder / "whole")
        paths = {ending: found for ending, found in paths.items() if only in (None, ending)}

        def kept(number: int) -> None:
            shutil.copytree(folder / str(number), keep / str(number), dirs_exist_ok=True)

        return supervise(work, (paths, folder), count, seed, "read", kept)


def supervise(
    work: Callable[..., None],
    given: tuple[object, ...],
    count: int,
    seed: int,
    fine: str,
    kept: Callable[[int], None],
) -> Result:
    """Counts by (kind, outcome) and what went wrong, of inputs that a process opens one after the other.

    Parameters
    ----------
    work
        ``work(pipe, *given, start, count, seed)`` sends (number, kind, None) before each input, (number, kind, outcome)
        after it, and None in the end. Where an input kills or hangs it, a new process goes on behind that input.
    fine
        The outcome beside ``"refused"`` that is as it should be.
    kept
        Keeps the input of that number.
    """
    tally: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    start = 0

    def note(number: int, kind: str, outcome: str) -> None:
        tally[kind, "wrong"] += 1
        kept(number)
        wrong.append(f"{number} {kind}: {outcome}")
        print(wrong[-1], file=sys.stderr, flush=True)

    while start < count:
        theirs, ours = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=work, args=(ours, *given, start, count, seed))
        process.start()
        ours.close()
        last: tuple[int, str] | None = None
        try:
            while (message := theirs.recv()) is not None:
                number, kind, outcome = message
                last = None if outcome else (number, kind)
                if not outcome:
                    continue
                start = number + 1
                if outcome in (fine, "refused"):
                    tally[kind, outcome] += 1
                else:
                    note(number, kind, outcome)
                if start % 1000 == 0:
                    print(f"{start:,} of {count:,}, {len(wrong)} wrong", file=sys.stderr, flush=True)
            start = count
        except EOFError:
            process.join()
            if last is None:
                raise SystemExit(f"a process ended with {process.exitcode} before it opened anything") from None
            number, kind = last
            note(number, kind, "hang" if process.exitcode == -signal.SIGALRM else f"crash {process.exitcode}")
            start = number + 1
        process.join()
    return tally, wrong


def options(about: str | None) -> argparse.ArgumentParser:
    """What a fuzzer of readers takes."""
    parser = tables.parser(about, tables=False)
    parser.add_argument("--count", type=int, default=100_000, help="inputs in all (default: 100,000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="ENDING", help="one format, such as .hdf5")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="where inputs that went wrong go")
    return parser


def refuse_without_readers() -> None:
    """End with one line where a reader's package is missing: an unread format would count as fine."""
    if absent := tables.missing({"h5py": "h5py", "pandas": "pandas", "pyarrow": "pyarrow", "yaml": "pyyaml"}):
        raise SystemExit(tables.closing(absent, "pip install 'stateviz[files]'"))


def parser() -> argparse.ArgumentParser:
    """Its options."""
    return options(__doc__)


def main() -> None:
    """Fuzz, print a table, and exit 1 where anything went wrong."""
    args = parser().parse_args()
    refuse_without_readers()
    if args.quick:
        args.count = 200
    start = time.perf_counter()
    tally, wrong = fuzz(args.count, args.seed, args.keep, args.only)
    print(f"{sum(tally.values()):,} inputs in {time.perf_counter() - start:.0f} s")
    for ending in sorted({ending for ending, _ in tally}):
        print(f"{ending:14}", *(f"{kind} {tally[ending, kind]:>7,}" for kind in ("read", "refused", "wrong")), sep="  ")
    print(*wrong[:50], sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
