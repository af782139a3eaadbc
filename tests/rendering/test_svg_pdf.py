"""SVG and PDF hold the same pixels as the grid."""

import json
import re
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest

from stateviz.core.sheets import Palette, PixelGrid
from stateviz.printing import layout
from stateviz.rendering import rasterize, write

NS = "{http://www.w3.org/2000/svg}"
GRID = rasterize(np.random.default_rng(3).integers(0, 2, (9, 21)), palette="published")
FOUR = PixelGrid(
    np.random.default_rng(4).integers(0, 4, (7, 10)),
    Palette("four", ((9, 9, 9), (255, 0, 0), (0, 255, 0), (0, 0, 255))),
)


def pictures():
    return [GRID, FOUR, layout(GRID, "sticker-100", dpi=72), layout(GRID, "a6", dpi=72, background=1)]


def pixels_of(picture):
    if isinstance(picture, PixelGrid):
        return picture.indices.repeat(4, 0).repeat(4, 1), picture.palette.colors
    return np.array(list(picture.rows())), picture.grid.palette.colors


def raster_of_svg(path):
    root = ElementTree.parse(path).getroot()
    width, height = map(int, root.get("viewBox").split()[2:])
    canvas = np.zeros((height, width, 3), np.uint8)
    background = root.find(f"{NS}path")
    canvas[:] = [int(background.get("fill")[i : i + 2], 16) for i in (1, 3, 5)]
    group = root.find(f"{NS}g")
    x, y, scale = map(int, re.fullmatch(r"translate\((\d+) (\d+)\) scale\((\d+)\)", group.get("transform")).groups())
    for path_element in group:
        color = [int(path_element.get("fill")[i : i + 2], 16) for i in (1, 3, 5)]
        runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path_element.get("d"))
        assert "".join(f"M{a} {b}h{c}v1h-{d}z" for a, b, c, d in runs) == path_element.get("d")
        for column, row, length, back in (map(int, run) for run in runs):
            assert length == back
            top, left = y + row * scale, x + column * scale
            canvas[top : top + scale, left : left + length * scale] = color
    return root, canvas


@pytest.mark.parametrize("picture", pictures())
def test_an_svg_draws_the_same_pixels(tmp_path, picture):
    root, canvas = raster_of_svg(write(picture, tmp_path / "a.svg"))
    indices, colors = pixels_of(picture)
    np.testing.assert_array_equal(canvas, np.array(colors)[indices])
    assert root.get("shape-rendering") == "crispEdges"


def test_an_svg_merges_runs_and_has_its_size_in_millimetres(tmp_path):
    root, _ = raster_of_svg(write(rasterize([[1, 1, 1, 0, 1]]), tmp_path / "a.svg", scale=10, dpi=254))
    assert root.find(f"{NS}g")[0].get("d").count("M") == 2
    assert (root.get("width"), root.get("height")) == ("5mm", "1mm")


def test_an_svg_carries_its_plan(tmp_path):
    sheet = layout(rasterize([[0, 1]], palette="ffffff,000000"), "70x140mm")
    root = ElementTree.parse(write(sheet, tmp_path / "a.svg")).getroot()
    assert json.loads(root.find(f"{NS}metadata").text) == sheet.plan


def parse_pdf(path):
    data = path.read_bytes()
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    table = data[start:].split(b"\n")
    count = int(table[1].split()[1])
    objects = {}
    for number in range(1, count):
        offset = int(table[2 + number].split()[0])
        assert data[offset:].startswith(f"{number} 0 obj\n".encode())
        objects[number] = data[offset:]
    return objects


def image_of_pdf(path):
    objects = parse_pdf(path)
    header, rest = objects[5].split(b"\nstream\n", 1)
    length = int(objects[6].split(b"\n")[1])
    assert rest[length:].startswith(b"\nendstream")
    width, height, bits = (
        int(re.search(rb"/" + key + rb" (\d+)", header)[1]) for key in (b"Width", b"Height", b"BitsPerComponent")
    )
    lookup = bytes.fromhex(re.search(rb"/Indexed /DeviceRGB \d+ <([0-9a-f]+)>", header)[1].decode())
    stride = -(-width * bits // 8)
    lines = np.frombuffer(zlib.decompress(rest[:length]), np.uint8).reshape(height, stride + 1)
    packed = np.zeros((height, stride), np.uint8)
    for row in range(height):  # predictor 15: each row names its own PNG filter, here None or Up
        packed[row] = lines[row, 1:] + (packed[row - 1] if lines[row, 0] == 2 else 0)
    cells = np.unpackbits(packed, axis=1)[:, : width * bits].reshape(height, width, bits)
    indices = cells @ (1 << np.arange(bits)[::-1])
    return np.frombuffer(lookup, np.uint8).reshape(-1, 3)[indices]


@pytest.mark.parametrize("picture", pictures())
def test_a_pdf_holds_the_same_pixels_in_one_image(tmp_path, picture):
    indices, colors = pixels_of(picture)
    np.testing.assert_array_equal(image_of_pdf(write(picture, tmp_path / "a.pdf")), np.array(colors)[indices])


def test_a_pdf_page_is_snapped_to_its_pixels_and_trims_inside_the_bleed(tmp_path):
    sheet = layout(GRID, "iphone-15", dpi=300)
    page = parse_pdf(write(sheet, tmp_path / "a.pdf"))[3]
    boxes = {
        key: [float(v) for v in re.search(rb"/" + key + rb" \[([^\]]+)\]", page)[1].split()]
        for key in (b"MediaBox", b"BleedBox", b"TrimBox")
    }
    width, height = (size * 72 / 300 for size in sheet.canvas)
    assert boxes[b"MediaBox"] == boxes[b"BleedBox"] == pytest.approx([0, 0, width, height], abs=1e-6)
    inset = sheet.plan["bleed_px"] * 72 / 300
    assert boxes[b"TrimBox"] == pytest.approx([inset, inset, width - inset, height - inset], abs=1e-6)


def test_a_pdf_carries_its_plan(tmp_path):
    sheet = layout(rasterize([[0, 1]]), "a6")
    info = parse_pdf(write(sheet, tmp_path / "a.pdf"))[7]
    text = re.search(rb"/Plan \((.*)\) >>\nendobj", info)[1]
    assert json.loads(re.sub(rb"\\(.)", rb"\1", text)) == sheet.plan
