"""Throw damaged print files, plans, media and models at what opens them: each must pass or be refused in one line.

Print files of every format start from whole ones, with plans; media from a table of them, models from small ones and an
n-gram. They are damaged as fuzz_readers.py damages files, and plans by other values in their places. What reaches lines
of ours that nothing reached before is kept and damaged further, so that the search is guided. A process does it; where
it dies, hangs, takes more than its memory or raises what is no StatevizError, the input is kept in ``--keep``.

    python benchmarks/fuzz_prints.py --count 100000

Needs pip install 'stateviz[print]'. Hours for as many. Writes no table: what went wrong is printed and kept, and then
the exit status is 1.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import tables
from fuzz_readers import MEMORY, SECONDS, Result, mutate, options, supervise

import stateviz as sv
from stateviz.core.errors import StatevizError

ODD = (None, True, -1, 0, 1, 2**31, 10**30, 1e999, -0.5, "", "x", [], {}, [[]], [0, 1], [1e999, 1], "NaN", 1e-300)
"""What stands in the place of a plan's value."""
PRINTS = (".png", ".tif", ".jpg", ".pdf", ".svg")


def seeds(folder: Path) -> dict[str, list[Path]]:
    """Whole files by what opens them: an ending of print files, ``media`` or ``model``."""
    from PIL import Image

    states = sv.shipped_recording().select(steps=slice(0, 40), units=slice(0, 24))
    grid = sv.rasterize(states)
    found: dict[str, list[Path]] = {}
    for ending in (".png", ".tif", ".pdf", ".svg"):
        card = sv.write(sv.layout(grid, "a6", dpi=100), folder / f"card{ending}")
        bare = sv.write(grid, folder / f"bare{ending}")
        found[ending] = [card, bare]
    picture = Image.open(folder / "bare.png", formats=["PNG"])
    for mode, ending in (
        ("RGB", ".jpg"),
        ("CMYK", ".jpg"),
        ("RGBA", ".png"),
        ("I;16", ".png"),
        ("LAB", ".tif"),
        ("L", ".tif"),
    ):
        made = picture.convert("RGB").convert("L") if mode in ("I;16", "L") else picture.convert("RGB")
        if mode == "LAB":
            from PIL import ImageCms

            profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
            made = ImageCms.applyTransform(made, ImageCms.buildTransform(*profiles, "RGB", "LAB"))
        elif mode == "I;16":
            made = made.convert("I").convert("I;16")
        else:
            made = made.convert(mode)
        target = folder / f"{mode.replace(';', '')}{ending}"
        made.save(target)
        found.setdefault(ending, []).append(target)
    (folder / "media.toml").write_text(
        '[mug]\nwidth = "21cm"\nheight = 95\nbleed = "2mm"\nmargin = 3\ncorner = 2.5\nopenings = [[1, 2, 30, 40]]\n'
        'citation = "a ruler"\nkind = "mug"\ncontour = true\nmost_mb = 50\ndpi = 300\nwrap = "1in"\n'
    )
    found["media"] = [folder / "media.toml"]
    models = [sv.untrained(sv.load_model("toy-10")), sv.ngram("abracadabra" * 9, order=3)]
    models += [sv.CharModel("abc", cell=cell, width=4, layers=2) for cell in ("gru", "binary")]
    found["model"] = [Path(model.save(folder / f"{i}.safetensors")) for i, model in enumerate(models)]
    return found


def replanned(data: bytes, rng: np.random.Generator) -> bytes:
    """``data`` with a value of its plan, of JSON, replaced: where a text of the same length can stand for it."""
    start = data.find(b'{"schema"')
    if start < 0:
        return mutate(data, rng, data)
    end = start
    depth = 0
    while end < len(data):
        depth += (data[end] == 0x7B) - (data[end] == 0x7D)
        end += 1
        if not depth:
            break
    try:
        plan = json.loads(data[start:end])
    except ValueError:
        return mutate(data, rng, data)
    for _ in range(int(rng.integers(1, 4))):
        holder: Any = plan
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = keys[int(rng.integers(len(keys)))]
            if isinstance(holder[key], (dict, list)) and rng.random() < 0.6:
                holder = holder[key]
                continue
            holder[key] = ODD[int(rng.integers(len(ODD)))]
            break
    text = json.dumps(plan).encode()
    return data[:start] + text + data[end:]


def sealed(data: bytes) -> bytes:
    """A PNG whose chunks have the right lengths and check sums again."""
    import struct
    import zlib

    if data[:4] != b"\x89PNG":
        return data
    out, at = bytearray(data[:8]), 8
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"iTXt" and b'{"schema"' in data[at : at + 400]:
            last = data.find(b"}", data.rfind(b"]", at, data.find(b"IDAT", at) if b"IDAT" in data[at:] else len(data)))
            stop = data.find(b"IDAT", at) - 8
            body = data[at + 8 : stop] if stop > at + 8 > 0 and last else body
            size = len(body) if stop > at + 8 else size
        out += struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))
        at += 12 + size
    return bytes(out)


def opened(kind: str, path: Path) -> str:
    """Open one file as a user would; the outcome."""
    try:
        if kind == "media":
            sv.layout(sv.rasterize([[1, -1]]), str(path), dpi=72)
        elif kind == "model":
            model = sv.load_model(path)
            sv.score(model, "ab")
        else:
            str(sv.preflight(path, "a6"))
    except StatevizError as error:
        return "two lines" if "\n" in str(error) else "refused"
    return "passed"


def reached(call: Callable[[], str]) -> tuple[str, frozenset[tuple[str, int]]]:
    """What a call gives, and the lines of ours that it reached."""
    lines: set[tuple[str, int]] = set()

    def local(frame: FrameType, event: str, _: object) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def trace(frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_code.co_filename
        return local if "/stateviz/printing/" in name or "/stateviz/models/" in name or "/writers/" in name else None

    sys.settrace(trace)
    try:
        return call(), frozenset(lines)
    finally:
        sys.settrace(None)


def work(pipe: Any, folder: Path, only: str | None, start: int, count: int, seed: int) -> None:
    """Open inputs ``start`` to ``count``; say before each what it is, and after each what came of it."""
    warnings.simplefilter("ignore")
    own = folder / f"from-{start}"
    own.mkdir()
    whole = {kind: [p.read_bytes() for p in paths] for kind, paths in seeds(own).items() if only in (None, kind)}
    known: set[tuple[str, int]] = set()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    kinds = list(whole)
    for number in range(start, count):
        kind = kinds[number % len(kinds)]
        rng = np.random.default_rng([seed, number])
        pool = whole[kind]
        data = pool[int(rng.integers(len(pool)))]
        other = pool[int(rng.integers(len(pool)))]
        data = replanned(data, rng) if rng.random() < 0.4 else mutate(data, rng, other)
        if kind == ".png" and rng.random() < 0.7:
            data = sealed(data)
        ending = {"media": ".toml", "model": ".safetensors"}.get(kind, kind)
        path = folder / f"{number}{ending}"
        path.write_bytes(data)
        pipe.send((number, kind, None))
        signal.alarm(4 * SECONDS)
        try:
            outcome, lines = reached(lambda kind=kind, path=path: opened(kind, path))
            if lines - known and len(pool) < 2000:
                known |= lines
                pool.append(data)
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {str(error)[:80]}"
        signal.alarm(0)
        pipe.send((number, kind, outcome))
        if outcome in ("passed", "refused"):
            path.unlink()
    pipe.send(None)


def fuzz(count: int, seed: int, keep: Path, only: str | None) -> Result:
    """Counts by (kind, outcome), and what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def kept(number: int) -> None:
            keep.mkdir(parents=True, exist_ok=True)
            for path in folder.glob(f"{number}.*"):
                (keep / path.name).write_bytes(path.read_bytes())

        return supervise(work, (folder, only), count, seed, "passed", kept)


def parser() -> Any:
    """Its options: those of the fuzzer of readers."""
    return options(__doc__)


def main() -> None:
    """Fuzz, print what came of it, and exit 1 where anything went wrong."""
    args = parser().parse_args()
    if absent := tables.missing({"pikepdf": "pikepdf", "pypdfium2": "pypdfium2", "resvg_py": "resvg-py"}):
        raise SystemExit(tables.closing(absent, "pip install 'stateviz[print]'"))
    tally, wrong = fuzz(400 if args.quick else args.count, args.seed, args.keep, args.only)
    for kind in sorted({kind for kind, _ in tally}):
        counts = {outcome: tally[kind, outcome] for outcome in ("passed", "refused", "wrong")}
        print(f"{kind:8}", *(f"{name} {number:,}" for name, number in counts.items()))
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
