"""PNG files decode back to the exact cells, by our reader and by another's."""

import json
import struct
import zlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateviz.core.errors import FileError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.printing.layout import layout
from stateviz.rendering import decode_png, rasterize, read_grid, read_plan, write
from stateviz.rendering.canvas import stream
from stateviz.rendering.writers.png import SIGNATURE
from stateviz.rendering.writers.png_reader import open_png
from stateviz.rendering.writers.streams import bit_depth, deflate, filtered, pack, runs

Image = pytest.importorskip("PIL.Image")


def chunks(path):
    data, at, found = path.read_bytes(), 8, {}
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        found[kind.decode()] = found.get(kind.decode(), b"") + body
        at += 12 + size
    return found


def random_grid(rows, columns, colors, seed=0):
    rng = np.random.default_rng(seed)
    palette = Palette("p", tuple(tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(colors)))
    return PixelGrid(rng.integers(0, colors, (rows, columns)), palette)


@pytest.mark.parametrize("columns", range(1, 18))
def test_every_width_modulo_8_decodes_to_the_same_cells(tmp_path, columns):
    grid = random_grid(5, columns, 2, seed=columns)
    path = write(grid, tmp_path / "a.png", scale=3)
    expected = grid.indices.repeat(3, 0).repeat(3, 1)
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("P")) > 0, expected > 0)
        rgb = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(rgb, np.array(grid.palette.colors)[expected])
    np.testing.assert_array_equal(decode_png(path), expected)


@pytest.mark.parametrize(("colors", "bits"), [(2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)])
def test_the_bit_depth_is_the_least_that_holds_the_palette(tmp_path, colors, bits):
    grid = random_grid(6, 7, colors)
    path = write(grid, tmp_path / "a.png", scale=2)
    assert chunks(path)["IHDR"][8] == bits == bit_depth(colors)
    expected = grid.indices.repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(decode_png(path), expected)
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), np.array(grid.palette.colors)[expected])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 40), st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**32 - 1))
def test_packing_keeps_every_index(rows, width, depth, seed):
    indices = np.random.default_rng(seed).integers(0, 1 << depth, (rows, width)).astype(np.uint8)
    for row in indices:
        bits = np.unpackbits(np.frombuffer(pack(row, depth), np.uint8))[: width * depth].reshape(width, depth)
        np.testing.assert_array_equal(bits @ (1 << np.arange(depth)[::-1]), row)


def test_rows_that_repeat_become_zeros_even_where_they_are_other_arrays():
    row = np.array([1, 0, 1], np.uint8)
    pieces = filtered(runs([row, row, row.copy(), 1 - row], 1))
    assert b"".join(piece * count for piece, count in pieces) == b"\0\xa0\x02\0\x02\0\0\x40"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=5000), st.integers(1, 3000)), max_size=8))
def test_pieces_that_are_copied_make_one_valid_stream(pieces):
    data = b"".join(deflate(pieces))
    assert zlib.decompress(data) == b"".join(piece * count for piece, count in pieces)


def test_what_repeats_for_megabytes_costs_next_to_nothing():
    blocks = list(deflate([(b"\x02" + bytes(5000), 20_000), (b"\0" + bytes(5000), 1)] * 3))
    assert sum(map(len, blocks)) < 600_000
    made = zlib.decompress(b"".join(blocks))
    assert len(made) == 3 * 20_001 * 5001
    assert made[:5002] == b"\x02" + bytes(5000) + b"\x02"


def test_what_is_not_printed_is_transparent(tmp_path):
    sheet = replace(layout(random_grid(9, 9, 5), "a6", dpi=72), transparent=2)
    path = write(sheet, tmp_path / "a.png")
    assert chunks(path)["tRNS"] == b"\xff\xff\0"
    with Image.open(path) as picture:
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    np.testing.assert_array_equal(alpha == 0, np.array(list(stream(sheet))) == 2)


def test_rows_are_read_back_as_a_stream(tmp_path):
    sheet = layout(random_grid(20, 30, 2), "a6", dpi=200)
    png = open_png(write(sheet, tmp_path / "a.png"))
    assert (png.size, png.depth, png.colors) == (sheet.canvas, 1, sheet.palette.colors)
    assert png.dpi == pytest.approx((200, 200), abs=0.01)
    rows = list(png.rows())
    np.testing.assert_array_equal(rows, list(stream(sheet)))
    assert sum(row is not above for row, above in pairwise(rows)) < 62  # a repeated row is the same array


@pytest.mark.parametrize(("dpi", "expected"), [(300, 11811), (72, 2835), (600, 23622)])
def test_the_resolution_is_in_the_file(tmp_path, dpi, expected):
    path = write(random_grid(2, 2, 2), tmp_path / "a.png", dpi=dpi)
    assert struct.unpack(">IIB", chunks(path)["pHYs"]) == (expected, expected, 1)
    with Image.open(path) as picture:
        assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


def test_the_file_says_srgb_and_carries_its_plan(tmp_path):
    sheet = layout(random_grid(20, 30, 2), "a6")
    path = write(sheet, tmp_path / "a.png")
    found = chunks(path)
    assert list(found) == ["IHDR", "sRGB", "PLTE", "pHYs", "iTXt", "IDAT", "IEND"]
    with Image.open(path) as picture:
        picture.load()
        assert json.loads(picture.text["stateviz plan"]) == sheet.plan
    assert read_plan(path) == sheet.plan


@pytest.mark.parametrize("time", ["down", "right"])
def test_a_printed_sheet_reads_back_as_the_matrix(tmp_path, time):
    grid = rasterize(np.random.default_rng(2).integers(0, 2, (16, 30)), palette="brass")
    back = read_grid(write(layout(grid, "iphone-15", time=time), tmp_path / "a.png"))
    np.testing.assert_array_equal(back.indices, grid.indices)
    assert back.palette.colors == grid.palette.colors


def test_cells_of_a_sheet_are_all_of_one_size(tmp_path):
    checker = rasterize(np.indices((12, 17)).sum(0) % 2, palette="ink")
    sheet = layout(checker, "iphone-15", fit="contain")
    pixels = decode_png(write(sheet, tmp_path / "a.png"))
    (x, y), cell = sheet.origin, sheet.cell
    rows, columns = sheet.grid.shape
    assert pixels.shape == sheet.canvas[::-1]
    edges = np.flatnonzero(np.diff(pixels[y, x : x + columns * cell].astype(int))) + 1
    assert edges.tolist() == [cell * i for i in range(1, columns)]
    edges = np.flatnonzero(np.diff(pixels[y : y + rows * cell, x].astype(int))) + 1
    assert edges.tolist() == [cell * i for i in range(1, rows)]
    outside = pixels.copy()
    outside[y : y + rows * cell, x : x + columns * cell] = sheet.background
    assert (outside == sheet.background).all()


def test_a_case_is_small(tmp_path):
    grid = rasterize(np.random.default_rng(0).integers(0, 2, (128, 274)))
    assert write(layout(grid, "iphone-15"), tmp_path / "a.png").stat().st_size < 20_000  # noise: the worst there is


def test_a_large_sheet_is_written_without_being_held(tmp_path):
    import tracemalloc

    sheet = layout(rasterize(np.random.default_rng(0).integers(0, 2, (40, 60))), "a2", dpi=600)
    tracemalloc.start()
    path = write(sheet, tmp_path / "a.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sheet.canvas[0] * sheet.canvas[1] > 140_000_000
    assert peak < 8_000_000
    assert path.stat().st_size < 400_000


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"not a picture", "not a PNG"), (SIGNATURE, "damaged"), (SIGNATURE + b"\0\0\0\x04IDATxxxx\0\0\0\0", "checksum")],
)
def test_a_file_that_is_no_png_of_ours_is_refused(tmp_path, data, message):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(FileError, match=message):
        decode_png(tmp_path / "a.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"gone\.png"):
        decode_png(tmp_path / "gone.png")


def test_a_truncated_file_is_refused(tmp_path):
    path = write(random_grid(9, 9, 2), tmp_path / "a.png")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FileError, match="damaged"):
        decode_png(path)


def test_a_true_colour_picture_is_refused(tmp_path):
    Image.new("RGB", (3, 3)).save(tmp_path / "a.png")
    with pytest.raises(FileError, match="palette"):
        decode_png(tmp_path / "a.png")


def test_a_picture_without_a_plan_cannot_be_read_back_as_a_matrix(tmp_path):
    Image.new("P", (3, 3)).save(tmp_path / "a.png")
    with pytest.raises(FileError):
        read_grid(tmp_path / "a.png")


def test_an_unwritable_folder_is_one_line(tmp_path):
    with pytest.raises(FileError):
        write(random_grid(2, 2, 2), tmp_path / "missing" / "a.png")
