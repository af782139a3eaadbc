"""Each check fails on a file with that fault, with the number and the fix, and passes on ours."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stateviz.cli import main
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.inputs import coerce_states
from stateviz.core.media import Medium
from stateviz.printing import check_palette, resolve_medium
from stateviz.printing.layout import layout
from stateviz.printing.preflight import preflight
from stateviz.rendering import WRITERS, rasterize, write

Image = pytest.importorskip("PIL.Image")

STATES = coerce_states(np.random.default_rng(12).integers(0, 2, (24, 71)))
GRID = rasterize(STATES)


def said(report, check, status):
    """The only text of a check with this status."""
    (result,) = [found for found in report.results if (found.check, found.status) == (check, status)]
    return result


def without_pdf(extension):
    if extension == ".pdf":
        pytest.importorskip("pikepdf")


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize("medium", ["a6", "iphone-16-pro", "sticker-100", "tee-12x16"])
def test_what_we_write_passes(tmp_path, extension, medium):
    without_pdf(extension)
    if medium == "tee-12x16" and extension.startswith(".tif"):
        pytest.skip("a TIFF of inks has no transparency")
    report = preflight(write(layout(GRID, medium), tmp_path / f"a{extension}"), medium, against=STATES)
    assert report.ready
    assert said(report, "against", "ok").text == "all 1,704 cells are those of the recording"
    checks = {result.check for result in report.results}
    assert {"size", "dpi", "bleed", "profile", "ink", "cells", "contrast", "safe zones", "file size"} <= checks
    assert ("boxes" in checks) == ("standard" in checks) == (extension == ".pdf")


def test_another_medium_is_of_another_size(tmp_path):
    path = write(layout(GRID, "a6", dpi=300), tmp_path / "a.png")
    failure = said(preflight(path, "a5"), "size", "fail")
    assert "1312 x 1820 px = 111.1 x 154.1 mm, a5 with 3 mm of bleed is 1820 x 2552 px" in failure.text
    assert failure.fix == "lay it out again with --medium a5"


def test_a_file_on_its_side_is_told(tmp_path):
    path = write(layout(GRID, "148x105mm"), tmp_path / "a.png")
    failure = said(preflight(path, "a6"), "size", "fail")
    assert "it lies on its side" in failure.text
    assert failure.fix == "turn it by 90 degrees"


@pytest.mark.parametrize(("dpi", "status"), [(100, "fail"), (200, "warn"), (300, "ok")])
def test_the_resolution_is_judged(tmp_path, dpi, status):
    report = preflight(write(layout(GRID, "a6", dpi=dpi), tmp_path / "a.png"), "a6")
    assert f"{dpi} dpi" in said(report, "dpi", status).text


def test_a_file_without_a_resolution_is_told_what_it_would_be(tmp_path):
    with Image.open(write(layout(GRID, "a6", dpi=300), tmp_path / "a.png")) as picture:
        picture.convert("RGB").save(tmp_path / "b.png")
    report = preflight(tmp_path / "b.png", "a6", against=STATES)
    assert "on a6 it would have 300 dpi" in said(report, "dpi", "warn").text
    assert "without a profile" in said(report, "profile", "warn").text
    assert "found in the pixels" in said(report, "cells", "ok").text
    assert said(report, "against", "ok")


@pytest.mark.parametrize("extension", [".png", ".pdf"])
def test_too_little_bleed_is_told(tmp_path, extension):
    without_pdf(extension)
    path = write(layout(GRID, "a6", bleed=1, dpi=300), tmp_path / f"a{extension}")
    failure = said(preflight(path, "a6"), "bleed", "fail")
    assert "1.02 mm of bleed, a6 needs 3" in failure.text
    assert failure.fix == "lay it out again with --bleed 3mm"


def test_boxes_that_do_not_nest_are_told(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    path = write(layout(GRID, "a6"), tmp_path / "a.pdf")
    with pikepdf.open(path) as pdf:
        pdf.pages[0].obj["/TrimBox"] = pikepdf.Array([-5, 0, 300, 420])
        pdf.save(tmp_path / "b.pdf")
    assert "do not lie inside one another" in said(preflight(tmp_path / "b.pdf", "a6"), "boxes", "fail").text
    with pikepdf.open(path) as pdf:
        del pdf.pages[0].obj["/TrimBox"]
        pdf.pages.append(pdf.pages[0])
        pdf.save(tmp_path / "c.pdf")
    texts = [result.text for result in preflight(tmp_path / "c.pdf", "a6").failures]
    assert "2 pages; one is printed" in texts
    assert "no trim box says where it is cut" in texts


def test_what_a_pdf_claims_and_lacks_is_told(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(write(layout(GRID, "a6"), tmp_path / "a.pdf")) as pdf:
        del pdf.Root["/OutputIntents"]
        del pdf.trailer["/Info"]["/Trapped"]
        pdf.save(tmp_path / "b.pdf")
    report = preflight(tmp_path / "b.pdf", "a6")
    text = said(report, "standard", "fail").text
    assert (
        text == "says PDF/X-4 and lacks one GTS_PDFX output intent, an embedded output profile of a printer, "
        "Trapped in its Info"
    )
    assert "inks without a profile" in said(report, "profile", "fail").text


def test_a_plain_pdf_is_warned_of(tmp_path):
    pytest.importorskip("pikepdf")
    report = preflight(write(layout(GRID, "a6"), tmp_path / "a.pdf", standard="none"), "a6")
    assert said(report, "standard", "warn").fix == "write it with --standard x4"
    assert report.ready


@pytest.mark.parametrize(("total", "status"), [(340, "fail"), (289, "note"), (220, "ok")])
def test_too_much_ink_is_told_with_the_limit(tmp_path, total, status):
    with Image.open(write(layout(GRID, "a6"), tmp_path / "a.tif")) as picture:
        pixels, info = np.array(picture), {"dpi": (300, 300), "icc_profile": picture.info["icc_profile"]}
    pixels[pixels.sum(axis=2) > 200] = [round(total / 4 * 2.55)] * 4
    Image.fromarray(pixels, "CMYK").save(tmp_path / "b.tif", **info)
    assert f"{total}% of ink" in said(preflight(tmp_path / "b.tif", "a6"), "ink", status).text


@pytest.mark.parametrize("extension", [".tif", ".pdf"])
def test_the_ink_limit_of_the_paper_is_kept_and_checked(tmp_path, extension):
    if extension == ".pdf":
        pytest.importorskip("pikepdf")
    sheet = layout(rasterize(STATES, palette="ffffff,080818"), "a6", dpi=150)
    rich, poor = (write(sheet, tmp_path / f"{n}{extension}", ink_limit=n) for n in (300, 220))
    assert said(preflight(poor, "a6", ink_limit=220, against=STATES), "ink", "ok").text == "at most 220% of ink"
    failure = said(preflight(rich, "a6", ink_limit=220), "ink", "fail")
    assert failure.text.endswith("% of ink, over 220: it does not dry")
    assert failure.fix == "write it as .pdf or .tif with --ink-limit 220"
    with pytest.raises(InputError, match="the ink limit must be 100 to 400 percent, got 50"):
        preflight(rich, "a6", ink_limit=50)


def test_proof_and_preflight_say_one_contrast(tmp_path):
    report = preflight(write(layout(GRID, "a6"), tmp_path / "a.png"), "a6")
    assert said(report, "contrast", "ok").text == f"{check_palette(GRID.palette).contrast_screen:.1f} on screen"


def test_small_cells_are_warned_of(tmp_path):
    report = preflight(write(layout(GRID, "a6", cell=2), tmp_path / "a.png"), "a6")
    assert "cells of 2 px = 0.169 mm, below 0.25 mm" in said(report, "cells", "warn").text


@pytest.mark.parametrize(
    ("ink", "status", "text"),
    [("bbbbbb", "fail", "1.9 on screen, below 3"), ("888888", "warn", "3.5 on screen, below 7")],
)
def test_a_faint_palette_is_told_with_its_contrast(tmp_path, ink, status, text):
    path = write(layout(rasterize(STATES, palette=f"ffffff,{ink}"), "a6"), tmp_path / "a.png")
    assert said(preflight(path, "a6"), "contrast", status).text.startswith(f"contrast {text}")


def test_a_sheet_of_one_colour_fails(tmp_path):
    path = write(layout(rasterize(-np.ones((4, 5))), "a6"), tmp_path / "a.png")
    report = preflight(path, "a6")
    assert said(report, "contrast", "fail").text == "the sheet is of one colour"
    assert "empty" in said(report, "safe zones", "fail").text


def test_cells_too_near_the_cut_are_told(tmp_path):
    path = write(layout(GRID, "a6", margin=1), tmp_path / "a.png")
    texts = [result.text for result in preflight(path, replace(resolve_medium("a6"), margin=8.0)).results]
    assert any("a6 keeps 8 free" in text for text in texts)


def test_cells_behind_the_camera_are_told_with_their_share(tmp_path):
    medium = Medium("m", 60, 120, kind="phone", openings=((0, 0, 60, 55),))
    report = preflight(write(layout(GRID, medium, cell=9), tmp_path / "a.png"), medium)
    warning = [result for result in report.results if "behind the camera" in result.text]
    assert len(warning) == 1
    assert warning[0].fix.startswith("--camera below")
    plan = layout(GRID, medium, cell=9).plan
    assert warning[0].text.startswith(f"{plan['hidden_cells']:,} cells (")
    assert int(warning[0].text.split("(")[1].split("%")[0]) == pytest.approx(100 * plan["hidden"], abs=2)


def test_corners_that_cut_cells_are_told(tmp_path):
    medium = Medium("m", 60, 60, bleed=0, margin=0, corner=20)
    report = preflight(write(layout(rasterize(np.eye(12)), medium, cell=50), tmp_path / "a.png"), medium)
    texts = [result.text for result in report.results if result.check == "safe zones"]
    assert any("rounded corner" in text and "radius 20 mm" in text for text in texts)


def test_a_shirt_has_to_be_transparent_and_a_card_must_not(tmp_path):
    medium = replace(resolve_medium("a6"), transparent=True)
    sheet = replace(layout(GRID, "a6"), transparent=None)
    path = write(sheet, tmp_path / "a.png")
    assert "would get a printed rectangle" in said(preflight(path, medium), "transparency", "fail").text
    clear = write(replace(sheet, transparent=0), tmp_path / "b.png")
    assert said(preflight(clear, medium), "transparency", "ok")
    assert "parts are transparent" in said(preflight(clear, "a6"), "transparency", "warn").text


def test_a_file_larger_than_the_vendor_takes_fails(tmp_path):
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    medium = replace(resolve_medium("a6"), most_mb=0.001)
    assert "over 0.001 MB" in said(preflight(path, medium), "file size", "fail").text


def test_another_recording_is_told_with_the_first_cell(tmp_path):
    values = np.array(STATES.values)
    values[3, 4] = 1 - values[3, 4]
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    failure = said(preflight(path, "a6", against=coerce_states(values)), "against", "fail")
    assert failure.text.startswith("1 of 1,704 cells differ from the recording, the first in row 3 (unit 3), step 4")


def test_an_unknown_medium_is_guessed(tmp_path):
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    with pytest.raises(UnknownNameError, match="did you mean 'iphone-15'"):
        preflight(path, "iphon-15")


def test_the_verb_prints_each_finding_and_exits_by_them(tmp_path, capsys):
    np.save(tmp_path / "s.npy", np.array(STATES.values))
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    assert main(["preflight", str(path), "--medium", "a6", "--against", str(tmp_path / "s.npy")]) == 0
    out, err = capsys.readouterr()
    assert "ok    against" in out
    assert "is ready to print on a6" in err
    low = write(layout(GRID, "a6", dpi=100), tmp_path / "b.png")
    assert main(["preflight", str(low), "--medium", "a6"]) == 1
    out, err = capsys.readouterr()
    assert "fail  dpi" in out
    assert "-> lay it out again with --dpi 300" in out
    assert "not ready to print: 1 check failed" in err


def test_the_verb_prints_json(tmp_path, capsys):
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    assert main(["preflight", str(path), "--medium", "a6", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["ready"], body["medium"]) == (True, "a6")
    assert body["results"][0]["check"] == "size"


def test_an_option_that_does_nothing_is_refused(tmp_path, capsys):
    path = write(layout(GRID, "a6"), tmp_path / "a.png")
    assert main(["preflight", str(path), "--medium", "a6", "--order", "o.json"]) == 1
    assert "--order says how to read the recording to compare with; give it as --against" in capsys.readouterr().err
