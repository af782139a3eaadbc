"""SVG and PDF hold the same pixels as the grid."""

import json
import re
import xml.etree.ElementTree as ElementTree
import zlib
from dataclasses import replace

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen

from stateviz.core.errors import InputError, StatevizError
from stateviz.core.sheets import Contour, Palette, PixelGrid, TextRun
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize, write
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.profiles import profile_bytes, to_cmyk
from stateviz.rendering.fonts.glyphs import glyphs_of
from stateviz.rendering.writers.pdf_fonts import faces

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
    return np.array(list(stream(picture))), picture.grid.palette.colors


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
    """Every object from its table, without a library: number -> bytes from its head on."""
    data = path.read_bytes()
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
    table = data[start:].split(b"\n")
    count = int(table[1].split()[1])
    objects = {}
    for number in range(1, count):
        offset = int(table[2 + number].split()[0])
        assert data[offset:].startswith(f"{number} 0 obj\n".encode())
        objects[number] = data[offset : data.index(b"\nendobj", offset)]
    return objects


def one(objects, mark):
    (found,) = [number for number, body in objects.items() if mark in body.split(b"\nstream\n")[0]]
    return found


def stream_of(objects, number):
    header, rest = objects[number].split(b"\nstream\n", 1)
    length = re.search(rb"/Length (\d+)( 0 R)?", header)
    size = int(objects[int(length[1])].split(b"\n")[1]) if length[2] else int(length[1])
    assert rest[size:] == b"\nendstream"
    return header, rest[:size]


def image_of_pdf(path):
    """Indices of the one image, and its palette as the file holds it."""
    objects = parse_pdf(path)
    header, data = stream_of(objects, one(objects, b"/Subtype /Image"))
    width, height, bits = (
        int(re.search(rb"/" + key + rb" (\d+)", header)[1]) for key in (b"Width", b"Height", b"BitsPerComponent")
    )
    space = re.search(rb"/Indexed (/DeviceCMYK|\[/ICCBased \d+ 0 R\]) \d+ <([0-9a-f]+)>", header)
    channels = 4 if space[1] == b"/DeviceCMYK" else 3
    stride = -(-width * bits // 8)
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, stride + 1)
    packed = np.zeros((height, stride), np.uint8)
    for row in range(height):  # predictor 15: each row names its own PNG filter, here None or Up
        packed[row] = lines[row, 1:] + (packed[row - 1] if lines[row, 0] == 2 else 0)
    cells = np.unpackbits(packed, axis=1)[:, : width * bits].reshape(height, width, bits)
    return cells @ (1 << np.arange(bits)[::-1]), np.frombuffer(bytes.fromhex(space[2].decode()), np.uint8).reshape(
        -1, channels
    )


@pytest.mark.parametrize("picture", pictures())
def test_a_pdf_holds_the_same_pixels_in_one_image(tmp_path, picture):
    indices, colors = pixels_of(picture)
    found, _ = image_of_pdf(write(picture, tmp_path / "a.pdf"))
    np.testing.assert_array_equal(found, indices)
    _, screen = image_of_pdf(write(picture, tmp_path / "b.pdf", standard="none"))
    np.testing.assert_array_equal(screen, colors)


def test_a_pdf_for_print_has_the_inks_of_its_profile(tmp_path):
    sheet = layout(FOUR, "a6", dpi=72)
    _, inks = image_of_pdf(write(sheet, tmp_path / "a.pdf"))
    np.testing.assert_array_equal(inks, to_cmyk(FOUR.palette.colors))
    objects = parse_pdf(tmp_path / "a.pdf")
    _, icc = stream_of(objects, one(objects, b"/N 4"))
    assert zlib.decompress(icc) == profile_bytes("fogra39")
    intent = objects[one(objects, b"/Type /Catalog")]
    assert intent.count(b"/GTS_PDFX ") == 1
    assert b"/OutputConditionIdentifier (FOGRA39)" in intent


def test_a_pdf_page_is_snapped_to_its_pixels_and_trims_inside_the_bleed(tmp_path):
    sheet = layout(GRID, "iphone-15", dpi=300)
    objects = parse_pdf(write(sheet, tmp_path / "a.pdf"))
    page = objects[one(objects, b"/Type /Page ")]
    boxes = {
        key: [float(v) for v in re.search(rb"/" + key + rb" \[([^\]]+)\]", page)[1].split()]
        for key in (b"MediaBox", b"BleedBox", b"TrimBox")
    }
    width, height = (size * 72 / 300 for size in sheet.canvas)
    assert boxes[b"MediaBox"] == boxes[b"BleedBox"] == pytest.approx([0, 0, width, height], abs=1e-6)
    inset = sheet.plan["bleed_px"] * 72 / 300
    assert boxes[b"TrimBox"] == pytest.approx([inset, inset, width - inset, height - inset], abs=1e-6)


def info_of(path):
    objects = parse_pdf(path)
    return objects[one(objects, b"/Title")]


def test_a_pdf_carries_its_plan(tmp_path):
    sheet = layout(rasterize([[0, 1]]), "a6")
    text = re.search(rb"/Plan \((.*)\) >>", info_of(write(sheet, tmp_path / "a.pdf")))[1]
    assert json.loads(re.sub(rb"\\(.)", rb"\1", text)) == sheet.plan


@pytest.mark.parametrize(
    ("standard", "head", "version"),
    [("x4", b"%PDF-1.6", b"(PDF/X-4)"), ("x1a", b"%PDF-1.3", b"(PDF/X-1:2001)"), ("none", b"%PDF-1.6", None)],
)
def test_the_standard_is_what_was_asked_for(tmp_path, standard, head, version):
    path = write(layout(GRID, "a6", dpi=72), tmp_path / "a.pdf", standard=standard)
    data, info = path.read_bytes(), info_of(path)
    assert data.startswith(head)
    assert b"/Trapped /False" in info
    assert (b"/GTS_PDFXVersion " + version in info) if version else b"GTS_PDFX" not in data
    assert (b"pdfxid:GTS_PDFXVersion" in data) == (standard == "x4")
    assert len(re.findall(rb"/ID \[<[0-9a-f]{32}> <[0-9a-f]{32}>\]", data)) == 1


def test_a_picture_for_screens_is_plain_and_undated(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    data = write(GRID, tmp_path / "a.pdf").read_bytes()
    assert b"GTS_PDFX" not in data
    assert b"Date" not in data


def test_dates_are_those_of_the_source(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    path = write(layout(GRID, "a6", dpi=72), tmp_path / "a.pdf")
    assert b"/CreationDate (D:20231114221320Z)" in info_of(path)
    assert b"<xmp:CreateDate>2023-11-14T22:13:20Z</xmp:CreateDate>" in path.read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH is 'yesterday'; set it to whole seconds"):
        write(layout(GRID, "a6", dpi=72), tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"standard": "x3"}, "unknown PDF standard 'x3'; choose from x4, x1a, none"),
        ({"profile": "fogra93"}, "unknown profile 'fogra93'"),
        ({"profile": "srgb"}, "not CMYK"),
        ({"profile": "gone.icc"}, "gone.icc"),
        ({"profile": "fogra39", "standard": "none"}, "profile does nothing to a PDF in sRGB"),
    ],
)
def test_what_a_pdf_cannot_be_is_refused_before_a_file_is_there(tmp_path, options, message):
    with pytest.raises(StatevizError, match=message):
        write(layout(GRID, "a6", dpi=72), tmp_path / "a.pdf", **options)
    assert not list(tmp_path.iterdir())


def typeset():
    sheet = layout(GRID, "a6", dpi=72)
    runs = (
        TextRun("AVA (grace) ἐν", 20, 60, 14.0, "serif"),
        TextRun("right", 200, 90, 9.5, "mono", anchor="end"),
        TextRun("pitch", 20, 120, 10.0, "sans", pitch=12),
    )
    return replace(sheet, texts=runs, contour=Contour(10, 10, 200, 300, 12))


def test_letters_are_text_and_not_part_of_the_image(tmp_path):
    sheet = typeset()
    path = write(sheet, tmp_path / "a.pdf")
    found, _ = image_of_pdf(path)
    np.testing.assert_array_equal(found, np.array(list(stream(replace(sheet, texts=())))))
    objects = parse_pdf(path)
    fonts = [body for body in objects.values() if b"/Subtype /Type0" in body]
    assert len(fonts) == 3
    assert all(re.search(rb"/BaseFont /[A-Z]{6}\+\w", font) for font in fonts)
    assert sum(b"/FontFile2" in body for body in objects.values()) == 3


def test_a_letter_stands_where_the_raster_has_it(tmp_path):
    sheet = replace(layout(GRID, "a6", dpi=72), texts=(TextRun("pitch", 20, 120, 10.0, "sans", pitch=12),))
    objects = parse_pdf(write(sheet, tmp_path / "a.pdf"))
    (page,) = [body for body in objects.values() if b"/Type /Page " in body]
    _, content = stream_of(objects, int(re.search(rb"/Contents (\d+)", page)[1]))
    line = zlib.decompress(content).decode()
    x, y = map(float, re.search(r"1 0 0 1 (\S+) (\S+) Tm", line).groups())
    glyphs = glyphs_of(sheet.texts[0])
    assert (x, y) == pytest.approx((20 + glyphs[0].x, sheet.canvas[1] - 120), abs=1e-3)
    face = faces(sheet.texts)["sans"]
    at, places = 0.0, []
    codes = {index: char for char, index in face.ids.items()}
    for token in re.findall(r"<[0-9a-f]+>|-?[0-9.]+", re.search(r"\[(.*)\] TJ", line)[1]):
        if token[0] != "<":
            at -= float(token) / 100  # thousandths of 10 px
            continue
        for code in re.findall("[0-9a-f]{4}", token):
            places.append(at)
            at += face.widths[codes[int(code, 16)]] / 100
    assert places == pytest.approx([glyph.x - glyphs[0].x for glyph in glyphs], abs=0.01)


def boxes_font(path):
    """An OpenType font with CFF outlines, whose letters are boxes."""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", "A", "B"]
    letters = {}
    for name, height in zip(names, (100, 700, 500), strict=True):
        pen = T2CharStringPen(600, None)
        pen.moveTo((50, 0))
        for point in ((50, height), (400, height), (400, 0)):
            pen.lineTo(point)
        pen.closePath()
        letters[name] = pen.getCharString()
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({65: "A", 66: "B"})
    builder.setupCFF("Boxes", {}, letters, {})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular", "psName": "Boxes"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return str(path)


def test_a_font_of_ones_own_with_cff_outlines_is_embedded(tmp_path):
    run = TextRun("ABBA", 20, 60, 30.0, boxes_font(tmp_path / "boxes.otf"))
    objects = parse_pdf(write(replace(layout(GRID, "a6", dpi=72), texts=(run,)), tmp_path / "a.pdf"))
    assert re.search(rb"/FontName /[A-Z]{6}\+Boxes", objects[one(objects, b"/FontDescriptor /")])
    _, table = stream_of(objects, one(objects, b"/CIDFontType0C"))
    assert zlib.decompress(table)[:1] == b"\1"  # a CFF table, not a font file


def test_an_svg_draws_letters_as_outlines_and_the_cut_as_a_line(tmp_path):
    root = ElementTree.parse(write(typeset(), tmp_path / "a.svg")).getroot()
    texts = [group for group in root.findall(f"{NS}g") if group.get("aria-label")]
    assert [group.get("aria-label") for group in texts] == ["AVA (grace) ἐν", "right", "pitch"]
    assert len(texts[1].findall(f"{NS}path")) == 5
    (cut,) = [path for path in root.findall(f"{NS}path") if path.get("id") == "CutContour"]
    assert cut.get("fill") == "none"


def test_what_is_not_printed_is_left_out(tmp_path):
    sheet = replace(layout(GRID, "a6", dpi=72), transparent=0)
    objects = parse_pdf(write(sheet, tmp_path / "a.pdf"))
    assert b"/Mask [0 0]" in objects[one(objects, b"/Subtype /Image")]
    root = ElementTree.parse(write(sheet, tmp_path / "a.svg")).getroot()
    assert root.find(f"{NS}path") is None
