"""PNGs and TIFFs of ours, damaged or saved again by other programs: each finding has its number."""

import struct
import zlib

import numpy as np
import pytest

from stateviz.core.errors import FileError
from stateviz.core.inputs import coerce_states
from stateviz.printing import Caption
from stateviz.printing.files.openers import open_print
from stateviz.printing.layout import layout
from stateviz.printing.preflight import preflight
from stateviz.rendering import rasterize, write
from stateviz.rendering.color.profiles import profile_bytes

Image = pytest.importorskip("PIL.Image")

MEDIUM = "80x100mm"
STATES = coerce_states(np.random.default_rng(5).integers(0, 2, (9, 13)))
SHEET = layout(rasterize(STATES), MEDIUM, cell=24)
CAPTIONED = layout(rasterize(STATES), MEDIUM, caption=Caption(title="A title"))


def saved(path, mode, to, change=lambda picture: picture, plan=True, **options):
    """The picture at ``path`` as Pillow writes it again, with its plan and resolution."""
    from PIL.PngImagePlugin import PngInfo

    with Image.open(path) as picture:
        picture.load()
        text = getattr(picture, "tag_v2", {}).get(270) or getattr(picture, "text", {}).get("stateviz plan")
        kept = {"dpi": (300, 300)}
        if picture.info.get("icc_profile") and mode == "CMYK":
            kept["icc_profile"] = picture.info["icc_profile"]
        if plan and to.suffix == ".png":
            kept["pnginfo"] = PngInfo()
            kept["pnginfo"].add_itxt("stateviz plan", text)
        elif plan and to.suffix == ".tif":
            kept["tiffinfo"] = {270: text}
        change(picture.convert(mode) if mode else picture).save(to, **(kept | options))
    return to


def failures(path, medium=MEDIUM, **options):
    return {result.check: result.text for result in preflight(path, medium, **options).failures}


def chunks(data):
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += size + 12


def with_chunk(path, kind, change):
    """The PNG with one chunk changed, its checksum right."""
    out = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks(path.read_bytes()):
        body = change(body) if name == kind else body
        out += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(out)
    return path


def test_exchanged_palette_entries_are_told(tmp_path):
    path = with_chunk(write(SHEET, tmp_path / "a.png"), b"PLTE", lambda body: body[3:] + body[:3])
    assert failures(path)["cells"].endswith("by the digest in the file's plan: they are in exchanged colours")


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_a_negative_is_told(tmp_path, extension):
    def swapped(picture):
        pixels = np.array(picture)
        first, second = (pixels == pixels[0, 0]).all(axis=2), (pixels != pixels[0, 0]).any(axis=2)
        light, dark = pixels[0, 0].copy(), pixels[second][0].copy()
        pixels[first], pixels[second] = dark, light
        return Image.fromarray(pixels, picture.mode)

    mode = "RGB" if extension == ".png" else "CMYK"
    path = saved(write(SHEET, tmp_path / f"a{extension}"), mode, tmp_path / f"b{extension}", swapped)
    assert "in exchanged colours" in failures(path)["cells"]


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("turn", ["FLIP_LEFT_RIGHT", "FLIP_TOP_BOTTOM", "ROTATE_180"])
def test_a_turned_picture_is_told(tmp_path, extension, turn):
    path = saved(
        write(SHEET, tmp_path / f"a{extension}"), "RGB" if extension == ".png" else "CMYK", tmp_path / f"b{extension}",
        lambda picture: picture.transpose(Image.Transpose[turn]),
    )  # fmt: skip
    assert "they are " in failures(path)["cells"]


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_one_changed_cell_is_found_without_the_recording(tmp_path, extension):
    x, y = SHEET.origin

    def one_cell(picture):
        pixels = np.array(picture)
        other = (
            pixels[0, 0] if (pixels[y, x] != pixels[0, 0]).any() else pixels[(pixels != pixels[0, 0]).any(axis=2)][0]
        )
        pixels[y : y + 24, x : x + 24] = other
        return Image.fromarray(pixels, picture.mode)

    mode = "RGB" if extension == ".png" else "CMYK"
    path = write(SHEET, tmp_path / f"a{extension}")
    assert "cells" not in failures(saved(path, mode, tmp_path / f"b{extension}"))
    report = preflight(saved(path, mode, tmp_path / f"c{extension}", one_cell), MEDIUM)
    assert [failure.check for failure in report.failures] == ["cells"]
    assert "the cells are not those that were laid out" in report.failures[0].text


@pytest.mark.parametrize("style", ["dot", "blue-noise", "ordered"])
@pytest.mark.parametrize("extension", [".png", ".pdf"])
def test_one_changed_cell_of_a_halftone_is_found(tmp_path, extension, style):
    pytest.importorskip("pikepdf")
    values = np.random.default_rng(3).normal(size=(6, 8)).astype(np.float32)
    grid, changed = rasterize(values), values.copy()
    changed[2, 3] *= -1
    sheet, other = (
        layout(each, MEDIUM, halftone=style) for each in (grid, rasterize(changed, scale=float(np.abs(values).max())))
    )
    assert preflight(write(sheet, tmp_path / f"a{extension}"), MEDIUM).ready
    object.__setattr__(other, "plan", sheet.plan)  # a plan that came from another sheet
    report = preflight(write(other, tmp_path / f"b{extension}"), MEDIUM)
    assert [failure.check for failure in report.failures] == ["cells"]


@pytest.mark.parametrize("extension", [".png", ".tif", ".svg", ".pdf"])
def test_one_changed_cell_of_continuous_tone_is_found(tmp_path, extension):
    pytest.importorskip("pikepdf")
    values = np.random.default_rng(3).normal(size=(6, 8)).astype(np.float32)
    changed = values.copy()
    changed[2, 3] *= 0.5
    scale = float(np.abs(values).max())
    sheet, other = (
        layout(rasterize(each, palette="balance", scale=scale), MEDIUM, halftone="none") for each in (values, changed)
    )
    assert preflight(write(sheet, tmp_path / f"a{extension}"), MEDIUM).ready
    object.__setattr__(other, "plan", sheet.plan)
    report = preflight(write(other, tmp_path / f"b{extension}"), MEDIUM)
    assert [failure.check for failure in report.failures] == ["cells"]


def test_a_file_saved_with_loss_is_told_with_its_colours(tmp_path):
    path = saved(write(CAPTIONED, tmp_path / "a.png"), "RGB", tmp_path / "b.jpg", plan=False, quality=40)
    count = len({*map(tuple, np.asarray(Image.open(path)).reshape(-1, 3).tolist())})
    assert failures(path)["colours"].startswith(f"{count:,} colours where 2 were laid out")
    tiff = saved(write(CAPTIONED, tmp_path / "a.tif"), "RGB", tmp_path / "b.tif", compression="jpeg", quality=40)
    assert "colours where 2 were laid out" in failures(tiff)["colours"]


def test_greys_are_told(tmp_path):
    grey = saved(write(SHEET, tmp_path / "a.png"), "L", tmp_path / "b.png")
    assert "not the one that was laid out: Delta E" in failures(grey)["colours"]
    soft = saved(
        write(SHEET, tmp_path / "a.png"), "RGB", tmp_path / "c.png",
        lambda picture: picture.reduce(2).resize(picture.size, Image.Resampling.BILINEAR),
    )  # fmt: skip
    assert failures(soft)["colours"].endswith("it was saved with loss, scaled or drawn over")


def test_two_pages_and_sixteen_bits_are_told(tmp_path):
    path = write(SHEET, tmp_path / "a.tif")
    with Image.open(path) as picture:
        other = picture.copy()
    two = saved(path, "CMYK", tmp_path / "b.tif", save_all=True, append_images=[other])
    assert failures(two)["page"] == "2 pages; one is printed"
    deep = saved(
        path, "L", tmp_path / "c.tif", lambda picture: Image.fromarray(np.array(picture).astype(np.uint16) * 257)
    )
    assert failures(deep)["page"] == "16 bits a channel, presses take 8"
    png = saved(write(SHEET, tmp_path / "a.png"), "L", tmp_path / "d.png",
                lambda picture: Image.fromarray(np.array(picture).astype(np.uint16) * 257))  # fmt: skip
    assert failures(png)["page"] == "16 bits a channel, presses take 8"


def test_a_cut_line_is_no_part_of_a_raster_and_that_is_said(tmp_path):
    report = preflight(write(layout(rasterize(STATES), "sticker-100"), tmp_path / "a.png"), "sticker-100")
    assert report.ready
    (note,) = [result for result in report.results if result.check == "contour"]
    assert (note.status, note.text) == ("note", "a PNG holds no cut line: sticker-100 is cut by its outline")


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"compress_level": 1}])
@pytest.mark.parametrize("mode", [None, "RGB", "RGBA"])
def test_a_png_that_pillow_saved_again_is_ready(tmp_path, mode, options):
    for sheet in (SHEET, CAPTIONED):
        path = saved(write(sheet, tmp_path / "a.png"), mode, tmp_path / "b.png", **options)
        assert "cells" not in failures(path, against=STATES)
        assert "against" not in failures(path, against=STATES)


def filtered(pixels, kinds):
    """PNG rows of 8-bit palette indices, each by the filter that ``kinds`` names for it."""
    before, out = np.zeros(pixels.shape[1], np.int64), b""
    for row, kind in zip(pixels.astype(np.int64), kinds, strict=True):
        left, corner = np.concatenate([[0], row[:-1]]), np.concatenate([[0], before[:-1]])
        guess = left + before - corner
        away = np.abs([guess - left, guess - before, guess - corner])
        paeth = np.choose(away.argmin(axis=0), [left, before, corner])
        out += (
            bytes([kind])
            + ((row - [0 * row, left, before, (left + before) // 2, paeth][kind]) % 256).astype(np.uint8).tobytes()
        )
        before = row
    return out


def test_filters_after_the_first_row_are_read(tmp_path):
    path = saved(write(SHEET, tmp_path / "a.png"), "P", tmp_path / "b.png")
    with Image.open(path) as picture:
        picture.load()
        pixels, expected = np.asarray(picture), np.asarray(picture.convert("RGB"))
    assert picture.mode == "P"
    with_chunk(path, b"IHDR", lambda body: body[:8] + b"\x08" + body[9:])
    rows = zlib.compress(filtered(pixels, [0] + [1 + y % 4 for y in range(len(pixels) - 1)]))
    path = with_chunk(path, b"IDAT", lambda body, once=[rows]: once.pop() if once else b"")
    printed = open_print(path)
    colors = np.array(printed.pixels.colors, np.uint8)
    np.testing.assert_array_equal(np.array([colors[row] for row in printed.pixels.rows()]), expected)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["CMYK", "RGB"])
def test_tiffs_that_pillow_saved_again_are_read(tmp_path, mode, compression):
    source = write(SHEET, tmp_path / f"a{'.tif' if mode == 'CMYK' else '.png'}")
    path = saved(source, mode, tmp_path / "b.tif", compression=compression)
    assert {"cells", "against", "colours"}.isdisjoint(failures(path, against=STATES))


def test_a_predictor_is_undone(tmp_path):
    path = saved(
        write(SHEET, tmp_path / "a.tif"), "CMYK", tmp_path / "b.tif", compression="tiff_lzw", tiffinfo={317: 2}
    )
    with Image.open(path) as picture:
        expected = np.asarray(picture)
    printed = open_print(path)
    np.testing.assert_array_equal(printed.inks[np.array(list(printed.pixels.rows()))], expected)


def test_a_tiff_of_more_than_179_megapixels_streams(tmp_path):
    import tracemalloc

    sheet = layout(rasterize(STATES), "300x420mm", dpi=1000, cell=600)
    assert sheet.canvas[0] * sheet.canvas[1] > 179e6
    path = write(sheet, tmp_path / "a.tif")
    tracemalloc.start()
    printed = open_print(path)
    row = next(printed.pixels.rows())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(row), printed.pixels.count) == (sheet.canvas[0], 2)
    assert most < 60e6  # the picture has over 700 MB


def test_inks_with_a_profile_of_the_screen_are_a_finding(tmp_path):
    path = saved(write(SHEET, tmp_path / "a.tif"), "CMYK", tmp_path / "b.tif", icc_profile=profile_bytes("srgb"))
    assert failures(path)["profile"].startswith("inks with a profile of another kind (sRGB")
    bare = saved(write(SHEET, tmp_path / "a.tif"), "CMYK", tmp_path / "c.tif", icc_profile=b"")
    assert failures(bare)["profile"].startswith("inks without a profile")


@pytest.mark.parametrize("extension", [".png", ".tif", ".svg", ".pdf"])
def test_another_shape_is_a_finding_in_a_report(tmp_path, extension):
    pytest.importorskip("pikepdf")
    path = write(SHEET, tmp_path / f"a{extension}")
    other = coerce_states(np.array(STATES.values)[:, :7])
    report = preflight(path, MEDIUM, against=other)
    (failure,) = report.failures
    assert failure.check == "against"
    assert failure.text.startswith("the file shows 9 x 13 cells, the states are 9 units x 7 steps")
    real = coerce_states(np.random.default_rng(0).normal(size=STATES.shape))
    assert "give the threshold" in failures(path, against=real)["against"]


def test_a_picture_that_was_cut_is_a_finding(tmp_path):
    path = saved(
        write(SHEET, tmp_path / "a.png"), "RGB", tmp_path / "b.png", lambda p: p.crop((8, 8, p.width, p.height))
    )
    assert "it was cut or scaled" in failures(path)["cells"]


@pytest.mark.parametrize("name", ["poster.png", "poster.tif", "poster.jpg", "poster.eps"])
def test_postscript_is_never_run(tmp_path, name):
    made = tmp_path / "made"
    program = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({made}) (w) file closefile {'{ } loop'}\n"
    (tmp_path / name).write_text(program)
    with pytest.raises(FileError, match="is no PNG, TIFF, JPEG, PDF or SVG"):
        preflight(tmp_path / name, MEDIUM)
    assert not made.exists()


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "PPM", "ICO", "TGA"])
def test_other_pictures_are_refused_by_name(tmp_path, kind):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png", kind)
    with pytest.raises(FileError, match="is no PNG, TIFF, JPEG, PDF or SVG"):
        preflight(tmp_path / "a.png", MEDIUM)


def test_postscript_in_the_image_of_a_pdf_is_never_run(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    path = write(SHEET, tmp_path / "a.pdf")
    with pikepdf.open(path) as pdf:
        image = pdf.pages[0].Resources.XObject.Grid
        image.write(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{ } loop\n", filter=pikepdf.Name.DCTDecode)
        image.ColorSpace = pikepdf.Name.DeviceRGB
        pdf.save(tmp_path / "b.pdf")
    with pytest.raises(FileError, match="damaged"):
        preflight(tmp_path / "b.pdf", MEDIUM)


@pytest.mark.parametrize("alpha", [0, 90])
def test_cells_that_are_seen_through_are_told(tmp_path, alpha):
    dark = SHEET.palette.colors[1]

    def clear(picture):
        pixels = np.array(picture)
        pixels[(pixels[..., :3] == dark).all(axis=2), 3] = alpha
        return Image.fromarray(pixels, "RGBA")

    path = saved(write(SHEET, tmp_path / "a.png"), "RGBA", tmp_path / "b.png", clear)
    assert {"cells", "colours", "contrast"} & failures(path).keys()
    held = write(SHEET, tmp_path / "c.png").read_bytes()
    at = held.index(b"pHYs") - 4
    body = b"tRNS" + bytes([255, alpha])
    (tmp_path / "c.png").write_bytes(
        held[:at] + struct.pack(">I", 2) + body + struct.pack(">I", zlib.crc32(body)) + held[at:]
    )
    assert {"cells", "colours", "contrast"} & failures(tmp_path / "c.png").keys()


def test_a_shirt_that_another_program_saved_again_is_ready(tmp_path):
    sheet = layout(rasterize(STATES), "tee-12x16", dpi=150)
    path = saved(write(sheet, tmp_path / "a.png"), "RGBA", tmp_path / "b.png", dpi=(150, 150))
    report = preflight(path, "tee-12x16", against=STATES)
    assert report.ready


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("strip", [1, 1 << 30])
def test_strips_of_any_size_are_read_in_pieces(tmp_path, monkeypatch, compression, strip):
    from stateviz.printing.files import tiff_strips

    monkeypatch.setattr(tiff_strips, "_PIECE", 3000)
    path = saved(
        write(SHEET, tmp_path / "a.tif"), "CMYK", tmp_path / "b.tif", compression=compression, strip_size=strip
    )
    printed = open_print(path)
    with Image.open(path) as picture:
        expected = np.asarray(picture)
    np.testing.assert_array_equal(printed.inks[np.array(list(printed.pixels.rows()))], expected)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("at", [(0, 0), (-1, -1), (0, -1), (-1, 0)])
def test_one_pixel_of_the_repeated_cells_around_is_told(tmp_path, suffix, at):
    path = write(layout(rasterize(STATES), MEDIUM, fit="cover", dpi=300), tmp_path / f"a{suffix}")
    assert preflight(path, MEDIUM).ready

    def change(picture):
        inks = np.array(picture)
        other = next(color for color in inks.reshape(-1, inks.shape[2]) if (color != inks[at]).any())
        inks[at] = other
        return Image.fromarray(inks, picture.mode)

    mode = "RGB" if suffix == ".png" else "CMYK"
    assert preflight(saved(path, mode, tmp_path / f"b{suffix}"), MEDIUM).ready
    assert "1 pixels are not" in failures(saved(path, mode, tmp_path / f"c{suffix}", change))["cells"]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_channel_of_transparency_that_lets_nothing_through_is_none(tmp_path, suffix):
    full = saved(write(SHEET, tmp_path / "a.png"), "RGBA", tmp_path / f"b{suffix}")
    states = {result.check: result.status for result in preflight(full, MEDIUM).results}
    assert states["transparency"] == "ok"
    shirt = write(layout(rasterize(STATES), "tee-12x16", dpi=150, cell=24), tmp_path / "c.png")

    def on_white(picture):
        flat = Image.new("RGBA", picture.size, "white")
        flat.alpha_composite(picture)
        return flat

    flat = saved(shirt, "RGBA", tmp_path / f"d{suffix}", on_white, dpi=(150, 150))
    assert "nothing is transparent" in failures(flat, "tee-12x16")["transparency"]


def test_what_is_compared_with_may_be_an_array_or_a_list(tmp_path):
    path = write(SHEET, tmp_path / "a.png")
    assert preflight(path, MEDIUM, against=STATES.values).ready
    assert "9 x 13 cells, the states are 1 units x 2 steps" in failures(path, against=[[1, 0]])["against"]
