"""Orders, recordings, sheets and files are byte for byte what they were; ``make.py`` here says how to change that."""

from __future__ import annotations

import math
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # make.py runs as a script, so its neighbours are imported by name
try:
    CASES, FILES = import_module("golden_cases").CASES, import_module("golden_runs").FILES
    content, png_text = import_module("golden_cases").content, import_module("golden_dumps").png_text
finally:
    sys.path.pop(0)

NUMBER = re.compile(rb"(?<![\w.])-?\d+\.\d+(?:e[-+]?\d+)?(?![\w.])|(?<![\w.])-?\d+e[-+]?\d+(?![\w.])")
CLOSE = 1e-9
NETWORK = 2e-5
"""Networks compute in float32, and which instructions a processor has moves their last digits."""
NETWORKS = {"recordings", "models"}


def same(name: str, kept: bytes, made: bytes, tolerance: float) -> bool:
    """Whether two contents of a file are one: of text all but the last digits of decimal fractions."""
    if kept == made:
        return True
    if name.endswith(".png"):
        return png_text(kept) == png_text(made)  # zlib may deflate the same pixels otherwise
    if name == "bytes.txt":
        return kept.split(b"\n")[0] != made.split(b"\n")[0]  # of another version of zlib they say nothing
    if NUMBER.split(kept) != NUMBER.split(made):
        return False
    pairs = zip(NUMBER.findall(kept), NUMBER.findall(made), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=tolerance, abs_tol=tolerance) for a, b in pairs)


@pytest.mark.parametrize("case", CASES)
def test_files_are_what_they_were(case):
    made = content(case)
    kept = {path.name: path.read_bytes() for path in (FILES / case).iterdir()}
    assert sorted(kept) == sorted(made)
    tolerance = NETWORK if case in NETWORKS else CLOSE
    differ = [name for name in kept if not same(name, kept[name], made[name], tolerance)]
    assert not differ, (
        f"{', '.join(f'tests/golden/files/{case}/{name}' for name in differ)} would be another; if that is meant, "
        f"run `python tests/golden/make.py {case}`, read the diff, and say it in CHANGELOG.md"
    )


def test_no_file_is_left_of_a_case_that_is_gone():
    assert sorted(path.name for path in FILES.iterdir()) == sorted(CASES)


@pytest.mark.parametrize(
    ("kept", "made", "alike"),
    [
        (b"length 1.5000000001", b"length 1.5", True),
        (b"length 1.50001", b"length 1.5", False),
        (b"rows 3 4", b"rows 4 3", False),
        (b"1.0 x", b"1.0 y", False),
        (b"version 1.2.3", b"version 1.2.4", False),
        (b"bound 2e-05", b"bound 3e-05", False),
    ],
)
def test_only_last_digits_may_differ(kept, made, alike):
    assert same("a.txt", kept, made, CLOSE) is alike
