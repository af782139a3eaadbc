"""stateviz view and stateviz print: what lands in the file, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import stateviz as sv

PIXELS = ["--kind", "pixels", "--palette", "ink"]


@pytest.fixture
def order_file(cli, matrix, tmp_path):
    assert cli("order", str(matrix), "-o", "order.json").code == 0
    return tmp_path / "order.json"


def test_pixels_are_the_matrix(cli, matrix, tmp_path):
    assert (
        cli("view", str(matrix), "--kind", "pixels", "--scale", "3", "--palette", "ink", "-o", "states.png").code == 0
    )
    picture = np.asarray(Image.open(tmp_path / "states.png").convert("L"))
    assert picture.shape == (36, 120)
    dark = picture[::3, ::3] < 128
    assert np.array_equal(dark, np.load(matrix) > 0)


def test_pixels_in_the_order_given(cli, matrix, order_file, tmp_path):
    cli(
        "view",
        str(matrix),
        "--order",
        "order.json",
        "--kind",
        "pixels",
        "--scale",
        "1",
        "--palette",
        "ink",
        "-o",
        "s.png",
    )
    dark = np.asarray(Image.open(tmp_path / "s.png").convert("L")) < 128
    assert np.array_equal(dark, np.load(matrix)[json.loads(order_file.read_text())["rows"]] > 0)


def test_limits_title_and_size_are_those_of_the_library(cli, tmp_path):
    values = np.random.default_rng(1).normal(size=(6, 30))
    values[2] *= 1000
    np.save(tmp_path / "real.npy", values)
    done = cli("view", "real.npy", "--limits", "-1:2", "--title", "Six $units$", "--size", "column", "-o", "a.svg")
    assert done.code == 0, done.err
    assert "cells lie beyond, from" in done.err and "colours end at −1 and 2" in done.err
    sv.save_figure(sv.heatmap(values, vmin=-1, vmax=2, title="Six $units$", size="column"), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    full = cli("view", "real.npy", "--limits", "full", "-o", "c.png")
    assert full.code == 0 and "lie beyond" not in full.err
    assert "(2% and 98% of 5 of the 6 units)" in cli("view", "real.npy", "-o", "d.png").err


def test_compare_says_when_its_picture_shows_a_part(cli, tmp_path):
    np.save(tmp_path / "long.npy", np.random.default_rng(0).integers(0, 2, (4, 1700)))
    done = cli("compare", "long.npy", "--methods", "identity,mean", "--picture", "p.png")
    assert "p.png, the first 1,600 of 1,700 steps" in done.err


@pytest.mark.parametrize(("name", "head"), [("h.png", b"\x89PNG"), ("h.svg", b"<?xml"), ("h.pdf", b"%PDF")])
def test_heatmaps_in_every_format(cli, matrix, tmp_path, name, head):
    result = cli("view", str(matrix), "-o", name)
    assert result.code == 0
    assert (tmp_path / name).read_bytes().startswith(head)
    assert "no --order" in result.err


def test_print_says_the_cell_and_writes_the_plan(cli, matrix, order_file, tmp_path):
    words = ["--medium", "70x140mm", "--dpi", "600", "--plan", "-o", "case.png"]
    result = cli("print", str(matrix), "--order", "order.json", *words)
    assert result.code == 0
    plan = json.loads(result.out)
    assert plan["cell_px"] * 25.4 / 600 == pytest.approx(plan["cell_mm"], abs=1e-3)
    assert "mm" in result.err
    picture = Image.open(tmp_path / "case.png")
    assert picture.size == tuple(plan["canvas_px"])
    assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.5)


def test_print_writes_the_order_it_used_beside_its_output(cli, matrix, tmp_path):
    first = cli("print", str(matrix), "--medium", "a6", "-o", "card.png")
    assert "wrote card.order.json, the order used" in first.err
    again = cli("print", str(matrix), "--medium", "a6", "--order", "card.order.json", "-o", "again.png")
    assert again.code == 0
    pictures = [np.asarray(Image.open(tmp_path / name)) for name in ("card.png", "again.png")]
    assert np.array_equal(*pictures)
    assert not (tmp_path / "again.order.json").exists()
    assert cli("print", str(matrix), "--medium", "a6", "-o", "card.png").code == 0  # over an order of ours
    (tmp_path / "card.order.json").write_text('{"name": "mine"}')
    refused = cli("print", str(matrix), "--medium", "a6", "-o", "card.png")
    assert (refused.code, "card.order.json exists and is no order of stateviz" in refused.err) == (1, True)
    assert (tmp_path / "card.order.json").read_text() == '{"name": "mine"}'


def test_print_orders_what_comes_unordered(cli, matrix, tmp_path):
    result = cli("print", str(matrix), "--medium", "a6", "-o", "card.png")
    assert result.code == 0
    assert "no --order" in result.err
    assert (tmp_path / "card.png").exists()


def test_time_runs_where_it_is_asked_to(cli, matrix):
    plans = [
        json.loads(cli("print", str(matrix), "--medium", "a6", "--time", time, "--plan", "-o", "c.png").out)
        for time in ("down", "right")
    ]
    assert [plan["time"] for plan in plans] == ["down", "right"]
    assert plans[0]["grid_cells"] == plans[1]["grid_cells"][::-1]


def test_a_dry_run_prints_the_plan_and_writes_nothing(cli, matrix, tmp_path):
    result = cli("print", str(matrix), "--medium", "iphone-16-pro", "--camera", "below", "--bands", "2", "--plan")
    assert result.code == 0
    plan = json.loads(result.out)
    assert (plan["camera"], plan["hidden"], len(plan["bands"])) == ("below", 0, 2)
    assert set(plan) >= {"canvas_px", "cell_px", "cell_mm", "share", "hidden", "warnings"}
    assert "2 bands of up to" in result.err
    assert "ordered with" not in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["states.npy"]


def test_a_poster_says_its_title_its_text_and_its_order(cli, tmp_path):
    words = ["--medium", "a4", "--dpi", "150", "--title", "Romans 1", "--caption", "--legend", "model=ours", "--plan"]
    result = cli("print", "--steps", ":60", *words, "-o", "poster.png")
    assert result.code == 0
    texts = [text["text"] for text in json.loads(result.out)["texts"]]
    assert "Romans 1" in texts
    assert "ours" in texts
    assert any(text.startswith("For I am not ashamed") for text in texts)
    assert any("length" in text for text in texts)
    assert Image.open(tmp_path / "poster.png").size[0] > 1200


def test_a_medium_of_ones_own_is_listed_and_printed_on(cli, matrix, tmp_path):
    (tmp_path / "mine.toml").write_text('[mug]\nwidth = "21cm"\nheight = 95\nopenings = []\ncitation = "a ruler"\n')
    listed = cli("list", "media", "mine.toml")
    assert listed.out.split() == ["mug", "210", "x", "95", "mm", "paper;", "custom:", "a", "ruler"]
    result = cli("print", str(matrix), "--medium", "mine.toml:mug", "--plan")
    assert json.loads(result.out)["medium_mm"] == [210, 95]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["print", "{matrix}", "--medium", "a6"], "give -o FILE, or --plan"),
        (["print", "{matrix}", "--medium", "a6", "--standard", "x4", "-o", "c.png"], ".png takes no --standard"),
        (["print", "{matrix}", "--medium", "a6", "--standard", "x4", "--plan"], "--standard is about the file"),
        (["print", "{matrix}", "--medium", "a6", "--ink-limit", "280", "-o", "c.png"], ".png takes no --ink-limit"),
        (["print", "{matrix}", "--medium", "a6", "--ink-limit", "28", "-o", "c.tif"], "100 to 400 percent, got 28"),
        (["print", "{matrix}", "--medium", "a6", "--ink-limit", "280", "--standard", "none", "-o", "c.pdf"], "in sRGB"),
        (["print", "{matrix}", "--medium", "a6", "--profile", "fogra93", "-o", "c.pdf"], "did you mean 'fogra39'?"),
        (["print", "{matrix}", "--medium", "a6", "--scale", "2", "-o", "c.png"], "scale does nothing to binary"),
        (["print", "{matrix}", "--medium", "a6", "--legend", "a=b", "--plan"], "add --caption"),
        (["print", "{matrix}", "--medium", "a6", "--caption", "legend", "--legend", "ab", "--plan"], "LABEL=TEXT"),
        (["print", "{matrix}", "--medium", "a6", "--caption", "--plan"], "carry no text"),
        (["print", "{matrix}", "--medium", "a6", "--bands", "0", "--plan"], "bands must be auto"),
        (["print", "{matrix}", "--medium", "iphone-15", "--camera", "below", "--plan"], "not known"),
        (["print", "{matrix}", "--medium", "gone.toml", "--plan"], "gone.toml"),
        (["print", "{matrix}", "--medium", "a6", "--bands", "41", "--plan"], "1 to 40"),
        (["print", "{matrix}", "--medium", "iphone-51", "-o", "c.png"], "did you mean 'iphone-1"),
        (["print", "{matrix}", "--medium", "a6", "--palette", "navi", "-o", "c.png"], "did you mean 'navy'?"),
        (["print", "{matrix}", "--medium", "a6", "-o", "c.bmp"], ".png"),
        (["print", "{matrix}", "--medium", "a6", "--bleed", "3 parsecs", "-o", "c.png"], "3 parsecs"),
        (["print", "{matrix}", "--medium", "a6", "--cell", "9999", "-o", "c.png"], "9999"),
        (["view", "{matrix}", "-o", "c.xyz"], ".svg"),
        (["view", "{matrix}", "--palette", "navi", "-o", "c.png"], "did you mean 'navy'?"),
        (["view", "{matrix}", "--scale", "2", "-o", "c.png"], "scale is for the view pixels, not for heatmap"),
        (["view", "{matrix}", "--kind", "pixels", "--size", "page", "-o", "c.png"], "size is for the view heatmap"),
        (["view", "{matrix}", "--kind", "pixels", "--limits", "0:1", "-o", "c.png"], "limits is for the views heatmap"),
        (["view", "{matrix}", "--limits", "0:1", "-o", "c.png"], "two colours of binary states"),
        (["view", "{matrix}", "--limits", "wide", "-o", "c.png"], "give LOW:HIGH"),
        (["view", "{matrix}", "--size", "colum", "-o", "c.png"], "did you mean 'column'?"),
        (["view", "{matrix}", "--order", "missing.json", "-o", "c.png"], "missing.json"),
        (["view", "{matrix}", "-o", "no/folder/c.png"], "no/folder"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line(cli, matrix, tmp_path, words, expected):
    result = cli(*(word.format(matrix=matrix) for word in words))
    assert (result.code, result.out) == (1, "")
    assert expected in result.err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["states.npy"]


def test_an_order_of_other_units_is_refused(cli, order_file, tmp_path):
    np.save(tmp_path / "other.npy", np.ones((5, 40)))
    for words in (["view"], ["print", "--medium", "a6"]):
        result = cli(words[0], "other.npy", *words[1:], "--order", "order.json", "-o", "c.png")
        assert result.code == 1
        assert "other units (12 of" in result.err
    assert not (tmp_path / "c.png").exists()


def test_an_order_that_is_no_order_is_refused(cli, matrix, tmp_path):
    (tmp_path / "order.json").write_text('{"rows": [0, 1]}')
    result = cli("view", str(matrix), "--order", "order.json", "-o", "c.png")
    assert result.code == 1
    assert "stateviz order" in result.err


def test_a_proof_or_a_mock_up_never_takes_the_place_of_the_print(cli, tmp_path):
    result = cli("print", "--medium", "a6", "-o", "a.png", "--mockup", "./a.png")
    assert (result.code, list(tmp_path.iterdir())) == (1, [])
    assert "name two files" in result.err
    result = cli("print", "--medium", "a6", "-o", "a.png", "--proof", "a.pdf")
    assert (result.code, list(tmp_path.iterdir())) == (1, [])
    assert "must end in .png" in result.err


def test_a_lost_cut_line_is_told(cli):
    assert "only .pdf and .svg carry the cut contour" in cli("print", "--medium", "sticker-100", "-o", "a.png").err
    assert "cut contour" not in cli("print", "--medium", "sticker-100", "-o", "a.svg").err


def test_pixels_of_a_medium_are_those_of_the_file_that_is_checked(cli):
    assert cli("print", "--medium", "800x1600px", "-o", "a.png").code == 0
    assert cli("preflight", "a.png", "--medium", "800x1600px").code == 0


def test_a_single_unit_needs_no_order(cli, tmp_path):
    np.save(tmp_path / "one.npy", np.ones((1, 30)))
    assert cli("print", "one.npy", "--medium", "a6", "-o", "a.png").code == 0


def test_real_values_are_printed_as_dots_to_a_scale_and_compared_to_it(cli, tmp_path):
    np.save(tmp_path / "real.npy", np.random.default_rng(3).normal(size=(6, 20)).astype(np.float32))
    words = ["--medium", "a6", "--scale", "2.5"]
    assert cli("order", "real.npy", "--method", "greedy-chain", "-o", "order.json").code == 0
    assert cli("print", "real.npy", "--order", "order.json", *words, "--ink-limit", "280", "-o", "dots.tif").code == 0
    against = ["--against", "real.npy", "--order", "order.json"]
    result = cli("preflight", "dots.tif", *words, *against, "--ink-limit", "280")
    assert result.code == 0
    assert "all 120 cells are those of the recording, as near as its inks can tell" in result.out
    assert "cells differ from the recording" in cli("preflight", "dots.tif", "--medium", "a6", *against).out
    assert "--scale says how to read" in cli("preflight", "dots.tif", *words).err


def test_groups_are_drawn_apart_and_said_so(cli, matrix, tmp_path):
    assert cli("order", str(matrix), "--groups", "3", "-o", "order.json").code == 0
    words = ("view", str(matrix), "--order", "order.json", *PIXELS, "--scale", "1")
    assert "groups are 2 white cells apart" in cli(*words, "-o", "a.png").err
    assert Image.open(tmp_path / "a.png").size == (40, 12 + 2 * 2)
    assert "apart" not in cli(*words, "--gap", "0", "-o", "b.png").err
    assert Image.open(tmp_path / "b.png").size == (40, 12)
    assert "gap is for the view pixels" in cli("view", str(matrix), "--gap", "1", "-o", "c.png").err


def test_a_picture_of_the_users_is_replaced_only_by_force(cli, matrix, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "mine.png")
    for words in (["view"], ["print", "--medium", "a6"]):
        done = cli(words[0], str(matrix), *words[1:], "-o", "mine.png")
        assert done.code == 1 and " of stateviz; choose another name" in done.err
    assert cli("compare", str(matrix), "--methods", "mean", "--picture", "mine.png").code == 1
    assert Image.open(tmp_path / "mine.png").size == (4, 4)
    assert cli("view", str(matrix), "-o", "mine.png", "--force").code == 0
    assert cli("view", str(matrix), "-o", "mine.png").code == 0


def test_draw_says_where_it_went(cli):
    assert "stateviz view -o" in cli("draw", "-o", "a.png").err


def test_a_page_of_pixels_is_the_picture(cli, matrix, tmp_path):
    assert cli("view", str(matrix), "--kind", "pixels", "-o", "a.html").code == 0
    page = (tmp_path / "a.html").read_text()
    assert "data:image/png;base64," in page and "<script" not in page
    assert "--size is of a heatmap as a picture" in cli("view", "--size", "page", "-o", "b.html").err
