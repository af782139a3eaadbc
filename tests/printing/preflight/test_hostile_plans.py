"""Plans that say anything: a report all the same, or one line, and never a traceback."""

import json
import re

import numpy as np
import pytest

from stateviz.core.errors import FileError
from stateviz.printing.layout import layout
from stateviz.printing.preflight import preflight
from stateviz.rendering import rasterize, write

pytest.importorskip("resvg_py")

MEDIUM = "40x50mm"
SAID = [0, -1, 10**14, 1e308, None, "x", "", [], {}, True, [0, 0], [-1, -1], [[1, 2, 3]], [300, 300, 300]]
KEYS = ["cell_px", "grid_cells", "bands", "origin_px", "canvas_px", "time", "colors", "halftone", "transparent", "fit",
        "palette", "crop", "continued", "cells_sha256", "dpi"]  # fmt: skip


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    values = np.random.default_rng(5).normal(size=(9, 13))
    folder = tmp_path_factory.mktemp("plans")
    sheets = (layout(rasterize(values > 0), MEDIUM, dpi=72), layout(rasterize(values), MEDIUM, dpi=72))
    return [write(sheet, folder / f"{n}.svg").read_text() for n, sheet in enumerate(sheets)]


@pytest.mark.parametrize("key", KEYS)
def test_a_plan_that_says_anything_ends_in_a_report(tmp_path, drawings, key):
    for text in drawings:
        parts = re.split("(<metadata>.*</metadata>)", text)
        plan = json.loads(parts[1].removeprefix("<metadata>").removesuffix("</metadata>"))
        for value in SAID:
            said = f"<metadata>{json.dumps({**plan, key: value})}</metadata>"
            (tmp_path / "a.svg").write_text(
                "".join([said if part.startswith("<metadata>") else part for part in parts])
            )
            try:
                assert preflight(tmp_path / "a.svg", MEDIUM).results
            except FileError as error:
                pytest.fail(str(error))


@pytest.mark.parametrize(("width", "depth"), [(0, 8), (9, 0), (9, 255), (1 << 31, 8)])
def test_a_png_of_no_size_or_depth_is_one_line(tmp_path, width, depth):
    import struct
    import zlib

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 9, depth, 3, 0, 0, 0)) + chunk(b"PLTE", bytes(6))
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )
    with pytest.raises(FileError, match=r"a\.png"):
        preflight(tmp_path / "a.png", MEDIUM)
