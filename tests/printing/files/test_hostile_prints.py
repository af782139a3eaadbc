"""Print files that attack: nothing is started, nothing hangs or fills memory, and each is refused in one line."""

import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import stateviz
from stateviz import layout, preflight, rasterize, write
from stateviz.core.errors import FileError, InputError
from stateviz.core.media import Medium
from stateviz.printing import read_back, read_media
from stateviz.printing.files import apart
from stateviz.printing.files.openers import open_print

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(gone) deletefile { } loop\n"


def refused(path, match, function=lambda path: preflight(path, "a6")):
    with pytest.raises(FileError, match=match) as caught:
        function(path)
    assert len(str(caught.value).splitlines()) == 1


def in_one_line(path):
    """Whether a file passes, or is refused in one line."""
    try:
        return bool(str(preflight(path, "a6")))
    except FileError as error:
        return len(str(error).splitlines()) == 1


@pytest.fixture
def ghostscript(tmp_path, monkeypatch):
    """A ``gs`` that says when it is started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("gs", "gswin64c"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "started"


HEADS = {
    "bare": b"", "behind PNG": b"\x89PNG\r\n\x1a\n", "behind TIFF": b"II*\0", "behind JPEG": b"\xff\xd8\xff",
    "behind PDF": b"%PDF-1.4\n", "behind SVG": b"<svg/>",
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("ending", [".png", ".tif", ".jpg", ".pdf", ".svg", ".eps"])
def test_postscript_is_never_run_whatever_a_file_is_called(tmp_path, ghostscript, head, ending):
    path = tmp_path / f"poster{ending}"
    path.write_bytes(HEADS[head] + POSTSCRIPT)
    for function in (open_print, read_back):
        refused(path, "poster", function)
    assert not ghostscript.exists()


def test_every_door_that_opens_an_image_names_the_formats():
    for file in Path(stateviz.__file__).parent.rglob("*.py"):
        for line in file.read_text("utf-8").splitlines():
            if "Image.open(" in line and not line.lstrip().startswith(('"""', "#")):
                assert "formats=[" in line, f"{file}: {line}"


def png(size, depth=8, kind=3, rows=b"", more=()):
    """A PNG of any claims."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)), *more]
    chunks += [(b"PLTE", b"\0\0\0\xff\xff\xff")] * (kind == 3) + [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        out += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return out


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (1, 2**31 - 1), (2**31 - 1, 1), (600_000, 1), (400_000, 400_000)])
@pytest.mark.parametrize("kind", [0, 2, 3, 6])
def test_pictures_of_impossible_sizes_are_refused_at_once(tmp_path, size, kind):
    path = tmp_path / "a.png"
    path.write_bytes(png(size, 8, kind, bytes(1000)))
    refused(path, "a.png")


def planned(tmp_path, **changes):
    """A card with other values in its plan."""
    sheet = layout(rasterize(np.eye(6, 9)), "a6", dpi=72)
    plan = {**json.loads(json.dumps(sheet.plan)), **changes}
    object.__setattr__(sheet, "plan", plan)
    return write(sheet, tmp_path / "a.png")


@pytest.mark.parametrize(
    "changes",
    [
        {"cell_px": 1e999}, {"grid_cells": [1e999, 1]}, {"grid_cells": [10**9, 10**9]}, {"bands": [{}]},
        {"bands": [{"steps": [0, 1], "at_px": [0, 0]}] * 5000}, {"grid_cells": {}}, {"colors": [[1e999] * 3]},
        {"crop": {"units": [1e999, 2], "steps": [0, 1]}}, {"fit": "cover", "continued": 7}, {"halftone": []},
        {"background": -1}, {"dpi": "x"}, {"bleed_px": None, "fit": "contain"}, {"cell_px": -3}, {"canvas_px": 5},
    ],
)  # fmt: skip
def test_a_plan_may_say_anything(tmp_path, changes):
    path = planned(tmp_path, **changes)
    assert in_one_line(path)


def pdf(content, *, more="", media="0 0 297 419"):
    """A PDF of one page."""
    pikepdf = pytest.importorskip("pikepdf")
    del pikepdf
    body = b"%PDF-1.4\n"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{media}]/Contents 4 0 R{more}>>".encode(),
        content,
    ]
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    return body + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def test_flate_within_flate_ends_the_second_process_and_not_this_one(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    inner = zlib.compress(head + 60 * block, 9)  # 1 GB of zeros
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(inner), inner)
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(stream))
    monkeypatch.setattr(apart, "MOST_MEMORY", 3 * 10**8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path, "a.pdf")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000  # kB


@pytest.mark.parametrize("media", ["0 0 0 0", "0 0 -5 5", "0 0 1e30 1", "a b c d", "0 0 1 100000000", "1 1"])
def test_pages_of_impossible_sizes_are_refused(tmp_path, media):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(b"<</Length 0>>stream\n\nendstream", media=media))
    assert in_one_line(path)


@pytest.mark.parametrize("view", ["0 0 10 1e11", "0 0 1 9e8", "0 0 9e8 1", "0 0 -1 5", "0 0 nan 1", "x", ""])
def test_a_drawing_that_shows_a_box_without_end_is_refused(tmp_path, view):
    pytest.importorskip("resvg_py")
    path = tmp_path / "a.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}"><rect width="9" height="9"/></svg>')
    refused(path, "a.svg")


def test_what_does_not_end_is_ended_and_the_next_file_is_read(tmp_path, monkeypatch):
    pytest.importorskip("resvg_py")
    good = write(rasterize(np.eye(4, 6)), tmp_path / "good.svg")
    assert open_print(good).pixels.size == (24, 16)
    box = '<rect width="3000" height="3000" fill-opacity=".1"/>' * 20_000
    path = tmp_path / "a.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3000 3000">{box}</svg>')
    monkeypatch.setattr(apart, "PATIENCE", 2.0)
    refused(path, "does not end")
    monkeypatch.undo()
    assert open_print(good).pixels.size == (24, 16)


def test_rows_are_those_of_this_process_and_go_on_after_another_file_ended_it(tmp_path):
    pytest.importorskip("resvg_py")
    path = write(rasterize(np.random.default_rng(0).normal(size=(20, 30)), threshold=0), tmp_path / "a.svg", dpi=96)
    printed = open_print(path)
    from stateviz.printing.files.svg import open_svg

    alone = open_svg(path)
    assert printed.plan == alone.plan and printed.faults == alone.faults and printed.page == alone.page
    other = apart.open_apart(path, "SVG")
    apart._helper.end()
    for rows in (printed.pixels.rows(), other.pixels.rows()):
        assert np.array_equal(np.stack(list(rows)), np.stack(list(alone.pixels.rows())))


def test_pipes_and_devices_are_no_print_files(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("a system without pipes")
    os.mkfifo(tmp_path / "a.png")
    refused(tmp_path / "a.png", "is a pipe")
    os.mkfifo(tmp_path / "a.toml")
    refused(tmp_path / "a.toml", "is a pipe", read_media)


MEDIA = [
    'width = "2147483647cm"\nheight = 1', f"width = {'9' * 400}\nheight = 1", "width = inf\nheight = 1",
    "width = nan\nheight = 1", 'width = "3px"\nheight = 1\ndpi = 0', 'width = "3px"\nheight = 1\ndpi = "x"',
    "width = 1\nheight = 1\nopenings = 5", "width = 1\nheight = 1\nopenings = [[1e999, 0, 2, nan]]",
    "width = 1\nheight = 1\nopenings = [[{}, 0, 2, 3]]", "width = 1\nheight = 1\nwrap = nan", "width = 2024-99-99",
    "width = [1]\nheight = {}", "width = 1\nheight = 1\nmost_mb = nan", "a = " + "[" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", MEDIA)
def test_a_table_of_media_may_hold_anything(tmp_path, text):
    (tmp_path / "mine.toml").write_text(f"[mug]\n{text}\n")
    refused(tmp_path / "mine.toml", "mine.toml", read_media)


def test_a_medium_has_the_size_of_something_that_is_printed_on():
    with pytest.raises(InputError, match="no length may be over 100 m"):
        Medium("road", 10**8, 10.0)
    for wrong in ({"openings": ((float("nan"), 0, 1, 1),)}, {"most_mb": float("nan")}, {"most_mb": -1}):
        with pytest.raises(InputError, match="card"):
            Medium("card", 50, 50, **wrong)
