"""What independent tools say of our files; each is skipped where the tool is not installed."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.sheets import Contour
from stateviz.printing import Caption
from stateviz.printing.layout import layout
from stateviz.rendering import rasterize, write
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.profiles import to_cmyk

Image = pytest.importorskip("PIL.Image")

GRID = rasterize(np.random.default_rng(8).integers(0, 2, (24, 70)))
CAPTION = Caption(
    title="Grace (ἐν) abounds", tokens=tuple("the quick brown fox jumps over the lazy dog; and so did I"[:57] * 2)[:70]
)


def tool(name):
    return pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))


def needs(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


def said(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def separate(pdf, folder):
    """The plates of a PDF, a file each."""
    quiet = ("gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH")
    said(*quiet, "-sDEVICE=tiffsep", "-r72", f"-sOutputFile={folder}/s%d.tif", pdf)


def sheets():
    plain = layout(GRID, "a6", dpi=150)
    return {
        "plain": plain,
        "bands": layout(GRID, "a6", dpi=150, bands=3),
        "caption": layout(GRID, "a6", dpi=150, caption=CAPTION),
        "cut": replace(plain, contour=Contour(18, 18, 620, 874, 30)),
        "shirt": replace(plain, transparent=0),
    }


@needs("pngcheck")
@pytest.mark.parametrize("name", ["caption", "shirt"])
def test_pngcheck_finds_no_fault(tmp_path, name):
    path = write(sheets()[name], tmp_path / "a.png")
    assert "No errors detected" in said("pngcheck", "-v", path)


@needs("pngcheck")
@pytest.mark.parametrize(("rows", "dpi"), [(3, 2400), (400, 1200)])
def test_pngcheck_finds_no_fault_where_deflated_pieces_are_copied(tmp_path, rows, dpi):
    grid = rasterize(np.random.default_rng(rows).integers(0, 2, (rows, 5)))
    path = write(layout(grid, "a6", dpi=dpi), tmp_path / "a.png")
    assert "No errors detected" in said("pngcheck", "-v", path)


@needs("exiftool")
def test_exiftool_reads_the_resolution_and_the_plan(tmp_path):
    sheet = layout(GRID, "a6", dpi=300)
    (png,) = json.loads(said("exiftool", "-j", "-PixelsPerUnitX", "-PixelUnits", write(sheet, tmp_path / "a.png")))
    assert (png["PixelsPerUnitX"], png["PixelUnits"]) == (11811, "meters")
    (tif,) = json.loads(
        said("exiftool", "-j", "-n", "-XResolution", "-ColorSpaceData", write(sheet, tmp_path / "a.tif"))
    )
    assert (tif["XResolution"], tif["ColorSpaceData"]) == (300, "CMYK")
    (pdf,) = json.loads(said("exiftool", "-j", "-Trapped", "-GTS_PDFXVersion", write(sheet, tmp_path / "a.pdf")))
    assert pdf["GTS_PDFXVersion"] == "PDF/X-4"


@needs("pdfinfo")
def test_pdfinfo_reads_nested_boxes(tmp_path):
    sheet = layout(GRID, "iphone-15", dpi=300)
    text = said("pdfinfo", "-box", write(sheet, tmp_path / "a.pdf"))
    boxes = {
        name: [float(edge) for edge in re.search(rf"{name}Box: +(.+)", text)[1].split()]
        for name in ("Media", "Bleed", "Trim")
    }
    assert boxes["Media"] == boxes["Bleed"] == [0, 0, 220.32, 435.6]
    assert boxes["Trim"] == [8.64, 8.64, 211.68, 426.96]
    assert re.search(r"PDF subtype: +PDF/X-4", text)


@needs("pdftotext")
def test_the_text_of_a_pdf_can_be_copied(tmp_path):
    text = said("pdftotext", write(sheets()["caption"], tmp_path / "a.pdf"), "-")
    assert "Grace (ἐν) abounds" in " ".join(text.split())


@needs("qpdf")
@pytest.mark.parametrize(
    ("name", "standard"), [*((name, "x4") for name in sheets()), ("caption", "x1a"), ("caption", "none")]
)
def test_qpdf_finds_no_fault(tmp_path, name, standard):
    said("qpdf", "--check", write(sheets()[name], tmp_path / "a.pdf", standard=standard))


RENDERERS = {
    "gs": ["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=png16m", "-r{dpi}", "-sOutputFile={out}", "{pdf}"],
    "mutool": ["mutool", "draw", "-q", "-r", "{dpi}", "-o", "{out}", "{pdf}"],
}


@pytest.mark.parametrize("renderer", [tool(name) for name in RENDERERS])
@pytest.mark.parametrize(
    ("name", "standard"), [("plain", "none"), ("bands", "x4"), ("caption", "x4"), ("caption", "x1a")]
)
def test_a_renderer_at_the_pdfs_own_dpi_draws_the_pixels_of_the_grid(tmp_path, renderer, standard, name):
    sheet = sheets()[name]
    pdf, out = write(sheet, tmp_path / "a.pdf", standard=standard), tmp_path / "out.png"
    said(*(word.format(dpi=f"{sheet.dpi:g}", out=out, pdf=pdf) for word in RENDERERS[renderer]))
    with Image.open(out) as picture:
        drawn = np.asarray(picture.convert("RGB")).astype(int)
    meant = np.array(list(stream(sheet)))
    assert drawn.shape[:2] == meant.shape
    # Inks are seen in the renderer's own colours, so each pixel is taken as the colour it is nearest to.
    nearest = ((drawn[:, :, None] - np.array(sheet.palette.colors)) ** 2).sum(axis=3).argmin(axis=2)
    for cells, band in sheet.pieces():
        box = np.s_[
            band.y : band.y + cells.shape[0] * sheet.cell,
            band.x : band.x + cells.shape[1] * sheet.cell,
        ]
        np.testing.assert_array_equal(nearest[box], meant[box])
        if standard == "none":
            np.testing.assert_array_equal(drawn[box], np.array(sheet.palette.colors)[meant[box]])


@needs("gs")
def test_the_plates_carry_the_inks_of_the_palette(tmp_path):
    sheet = layout(GRID, "a6", dpi=72)
    pdf = write(sheet, tmp_path / "a.pdf")
    separate(pdf, tmp_path)
    inks, meant = to_cmyk(GRID.palette.colors), np.array(list(stream(sheet)))
    for channel, ink in enumerate(("Cyan", "Magenta", "Yellow", "Black")):
        with Image.open(tmp_path / f"s1({ink}).tif") as plate:
            amount = 255 - np.asarray(plate).astype(int)  # a plate is white where there is no ink
        np.testing.assert_allclose(amount, inks[meant][..., channel], atol=1)


@needs("gs")
def test_a_cut_line_is_a_plate_of_its_own(tmp_path):
    pdf = write(sheets()["cut"], tmp_path / "a.pdf")
    separate(pdf, tmp_path)
    with Image.open(tmp_path / "s1(CutContour).tif") as plate:
        assert (np.asarray(plate) < 255).any()
