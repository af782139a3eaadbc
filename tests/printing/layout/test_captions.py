"""Captions: text under its columns, titles, legends, and letters a font lacks."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order
from stateviz.printing import Caption, make_caption
from stateviz.printing.layout import layout
from stateviz.printing.layout.paragraphs import paragraphs, read_words, wrap, wrap_evenly
from stateviz.printing.sheets import print_sheet
from stateviz.rendering import rasterize
from stateviz.rendering.canvas import stream
from stateviz.rendering.fonts.glyphs import glyphs_of, measure, place

TEXT = "For I am not ashamed of the gospel of Christ:\nfor it is the power of God unto salvation. " * 6
STATES = StateMatrix(np.random.default_rng(2).integers(0, 2, (16, len(TEXT))), tokens=tuple(TEXT), site="core.h")
GRID = rasterize(STATES)


def captioned(medium="a3", states=STATES, *, dpi=150, ordering=None, **options):
    words = {name: options.pop(name) for name in ("parts", "title", "legend", "font") if name in options}
    return layout(rasterize(states), medium, dpi=dpi, caption=make_caption(states, ordering, **words), **options)


def test_a_letter_stands_under_its_own_column_where_a_cell_is_wide_enough():
    short = StateMatrix(STATES.values[:, :120], tokens=tuple(TEXT[:120]))
    sheet = captioned(states=short, parts="text")
    assert sheet.plan["cell_mm"] >= 2
    assert len(sheet.texts) == len(sheet.bands)
    for run, band in zip(sheet.texts, sheet.bands, strict=True):
        assert run.text == TEXT[band.start : band.stop].replace("\n", "¶")
        assert (run.x, run.pitch, run.font) == (band.x, sheet.cell, "mono")
        assert run.y > band.y + 16 * sheet.cell
        for glyph, at in zip(glyphs_of(run), [i for i, c in enumerate(run.text) if c != " "], strict=True):
            middle = glyph.x + measure(glyph.char, glyph.font, run.size) / 2
            assert middle == pytest.approx((at + 0.5) * sheet.cell, abs=0.01)


def test_the_letters_of_the_picture_are_in_their_columns():
    short = StateMatrix(np.full((2, 12), -1), tokens=tuple("l l l l l l "))
    sheet = layout(rasterize(short), "a4", dpi=150, bands=1, caption=make_caption(short, parts="text"))
    picture = np.array(list(stream(sheet)))
    columns = np.flatnonzero(picture.any(0)) - sheet.bands[0].x
    assert set(columns // sheet.cell) == {0, 2, 4, 6, 8, 10}


def test_narrower_cells_get_a_block_of_text_with_a_tick_at_the_column_of_its_first_letter():
    sheet = captioned(cell=4, parts="text")
    assert sheet.plan["cell_mm"] < 2
    ticks = [rule for rule in sheet.rules if rule.height > rule.width]
    assert len(ticks) >= len(sheet.bands)
    for tick in ticks:
        band = [b for b in sheet.bands if b.y + 16 * sheet.cell <= tick.y][-1]
        step = band.start + (tick.x - band.x) / sheet.cell
        assert step == int(step)
        first = next(run for run in sheet.texts if run.x == tick.x and run.y > tick.y)
        assert TEXT[int(step) :].lstrip().startswith(first.text.split()[0])
    set_text = " ".join(run.text for run in sheet.texts).split()
    assert sorted(set_text) == sorted(TEXT.split())


@pytest.mark.parametrize("medium", ["a2", "a3", "a4", "us-letter", "poster-24x36"])
def test_no_two_things_overlap_and_all_keep_the_margin(medium):
    sheet = captioned(medium, title="Romans 1", ordering=order(STATES, method="greedy-chain"))
    picture = np.array(list(stream(sheet)))
    kept = sheet.plan["bleed_px"] + sheet.plan["margin_px"]
    drawn = np.argwhere(picture != sheet.background)
    assert drawn.min() >= kept
    assert (drawn.max(0) < np.array(sheet.canvas)[::-1] - kept).all()
    for run in sheet.texts:
        right = run.x + (run.pitch * len(run.text) if run.pitch else measure(run.text, run.font, run.size))
        assert right <= sheet.canvas[0] - kept + 1
        for cells, band in sheet.pieces():
            below, above = (
                run.y - 0.75 * run.size >= band.y + len(cells) * sheet.cell,
                run.y + 0.25 * run.size <= band.y,
            )
            assert below or above
    for cells, band in sheet.pieces():  # the cells are still there, whole
        box = picture[band.y : band.y + len(cells) * sheet.cell, band.x : band.x + cells.shape[1] * sheet.cell]
        assert np.array_equal(box[:: sheet.cell, :: sheet.cell], cells)


@pytest.mark.parametrize("time", ["down", "right"])
def test_bands_are_even(time):
    states = StateMatrix(np.resize(STATES.values, (128, 274)), tokens=tuple(TEXT[:274]))
    parts = "legend" if time == "down" else "all"
    sheet = captioned("a3", states, parts=parts, title="Romans", time=time, bands=2)
    assert [band.stop - band.start for band in sheet.bands] == [137, 137]
    three = captioned("a3", states, parts=parts, time=time, bands=3)
    assert [band.stop - band.start for band in three.bands] == [92, 91, 91]


@pytest.mark.parametrize(("medium", "units", "bands"), [("a2", 16, "auto"), ("a5", 40, "auto"), ("us-letter", 33, 4)])
def test_without_a_dpi_text_has_the_largest_cells_of_300_to_330(medium, units, bands):
    states = StateMatrix(np.resize(STATES.values, (units, len(TEXT))), tokens=tuple(TEXT))
    plan = captioned(medium, states, dpi=None, title="Romans", bands=bands).plan
    every = [captioned(medium, states, dpi=dpi, title="Romans", bands=bands).plan for dpi in range(300, 331)]
    assert plan["cell_mm"] == max(one["cell_mm"] for one in every)
    assert plan["dpi_range"] == [300, 330]


def test_a_word_that_a_band_parts_is_set_where_it_begins():
    sheet = captioned(cell=4, bands=4, parts="text")
    cut = [band.start for band in sheet.bands[1:] if not TEXT[band.start - 1].isspace()]
    assert cut
    assert sorted(" ".join(run.text for run in sheet.texts).split()) == sorted(TEXT.split())


def test_letters_stand_under_columns_from_two_millimetres_on():
    short = StateMatrix(STATES.values[:, :60], tokens=tuple(TEXT[:60]))
    for cell, aligned in (("1.9mm", False), ("2mm", True)):
        sheet = captioned("a3", short, parts="text", cell=cell, dpi=254)
        assert any(run.pitch for run in sheet.texts) == aligned


@pytest.mark.parametrize(("medium", "points"), [("a3", 9), ("a3-landscape", 9), ("a6", 6), ("a4", 6.4), ("a1", 12)])
def test_the_legend_is_set_for_the_distance_it_is_read_from(medium, points):
    sheet = captioned(medium, parts="legend", dpi=300)
    (size,) = {run.size for run in sheet.texts}
    assert size * 72 / 300 == pytest.approx(points, abs=0.05)


def test_a_word_longer_than_a_band_does_not_stop_the_print():
    states = StateMatrix(np.ones((4, 900)), tokens=("x",) * 900)
    sheet = captioned("a4", states, parts="text")
    assert sum(len(run.text) for run in sheet.texts) == 900


def test_the_legend_names_model_text_method_length_and_gap():
    found = order(STATES, method="greedy-insert")
    legend = dict(make_caption(STATES, found, title="Romans 1").legend)
    assert legend["text"] == f"Romans 1, {len(TEXT):,} characters"
    assert legend["units"] == "16 units of core.h"
    assert legend["order"].startswith(f"greedy-insert; length {found.length:,.0f}, ")
    assert "shortest" in legend["order"] or "no bound" in legend["order"]
    assert "model" not in legend
    named = dict(make_caption(STATES, found, legend={"model": "GRU of 16", "reading": ""}).legend)
    assert named["model"] == "GRU of 16"
    assert "reading" not in named
    assert named["text"].startswith("“For I am not ashamed")


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ({}, "proven the shortest"),
        ({"ends": "mean"}, "proven the shortest between its ends"),
        ({"first": "3", "last": "0"}, "proven the shortest between its ends"),
        ({"last": "0"}, "proven the shortest from its end"),
    ],
)
def test_the_legend_says_that_the_ends_were_given(ends, words):
    found = order(STATES, method="exact", **ends)
    assert dict(make_caption(STATES, found).legend)["order"].endswith(words)
    assert repr(found).endswith(words.replace("the shortest", "optimal") + ")")


SIGNS = StateMatrix(np.where(STATES.values > 0, 1, -1), tokens=STATES.tokens)
REAL = StateMatrix(np.random.default_rng(0).normal(size=(5, 60)), tokens=tuple(TEXT[:60]))


def swatches(sheet):
    """The colour of each swatch of a sheet, read from its pixels, and the words behind it."""
    picture = np.array(list(stream(sheet)))
    found = []
    for frame, inner in itertools.pairwise(sheet.rules):
        if frame.width == frame.height and inner.x > frame.x and inner.width == inner.height < frame.width:
            box = picture[inner.y : inner.y + inner.height, inner.x : inner.x + inner.width]
            (index,) = np.unique(box)
            near = [run for run in sheet.texts if run.y == frame.y + frame.height and run.x > frame.x]
            found.append((int(index), min(near, key=lambda run: run.x).text))
    return found


@pytest.mark.parametrize("palette", ["navy", "brass", "14285a,faf5eb"])
@pytest.mark.parametrize(("states", "off", "on"), [(SIGNS, "−1", "+1"), (STATES, "0", "1")])
@pytest.mark.parametrize("medium", ["a3", "a6"])
def test_the_legend_shows_what_each_colour_means_whichever_carries_more_ink(palette, states, off, on, medium):
    caption = make_caption(states, parts="legend")
    sheet = layout(rasterize(states, palette=palette), medium, dpi=200, caption=caption)
    assert swatches(sheet) == [(0, off), (1, on)]
    assert not any("printed" in run.text or "bare" in run.text for run in sheet.texts)


@pytest.mark.parametrize(("palette", "halftone"), [("balance", "auto"), ("navy", "none")])
def test_continuous_tone_has_a_key_with_numbers(palette, halftone):
    caption = make_caption(REAL, parts="legend", scale=2.0)
    grid = rasterize(REAL, palette=palette, scale=2.0)
    sheet = layout(grid, "a4", dpi=150, caption=caption, halftone=halftone)
    found = swatches(sheet)
    assert [label for _, label in found] == ["−2", "−1", "0", "1", "2"]
    levels = rasterize(StateMatrix([[-2.0, -1.0, 0.0, 1.0, 2.0]]), palette=palette, scale=2.0).indices[0]
    assert [index for index, _ in found] == levels.tolist()


def test_dots_are_told_in_words_and_a_threshold_beside_its_colours():
    dots = print_sheet(REAL, "a4", ordering=None, caption="legend", scale=2.0, dpi=150)
    assert swatches(dots) == [(1, "fills none of a cell at −2, half at 0, all at 2")]
    parted = print_sheet(REAL, "a4", ordering=None, caption="legend", threshold=0.25, dpi=150)
    assert swatches(parted) == [(0, "<\N{NO-BREAK SPACE}0.25"), (1, "≥\N{NO-BREAK SPACE}0.25")]
    mismatched = layout(rasterize(REAL, threshold=0.25), "a4", dpi=150, caption=make_caption(REAL, parts="legend"))
    assert swatches(mismatched) == []


def test_the_key_may_be_put_in_words_or_left_out():
    for words in ("dark is on", ""):
        sheet = captioned("a4", SIGNS, parts="legend", legend={"cells": words})
        assert swatches(sheet) == []
        assert any(run.text == "dark is on" for run in sheet.texts) == bool(words)
    assert swatches(captioned("a3", SIGNS, parts="text")) == []


def test_the_legend_counts_the_units_that_are_drawn_negated():
    found = order(SIGNS, method="greedy-insert", flip=True)
    count = int((found.signs < 0).sum())
    assert count > 0
    legend = dict(make_caption(found.apply(SIGNS), found).legend)
    assert legend["units"] == f"16 units of h; {count} drawn negated"


def test_groups_are_named_and_that_a_print_does_not_set_them_apart():
    found = order(SIGNS, method="greedy-insert", groups=3)
    sheet = print_sheet(SIGNS, "a3", ordering=found, caption="legend")
    (warning,) = [text for text in sheet.plan["warnings"] if text.startswith("groups")]
    assert warning.startswith("groups: 3 of ")
    assert warning.endswith(" units, not set apart in a print; stateviz view --kind pixels sets them apart")
    assert any(run.text == "groups" for run in sheet.texts)
    steps = replace(SIGNS, column_breaks=(100, 150))
    (told,) = [text for text in print_sheet(steps, "a3", ordering=None).plan["warnings"] if "groups" in text]
    assert told.startswith(f"groups: 3 of 100, 50 and {len(TEXT) - 150} steps, not set apart")
    assert not any("groups" in text for text in print_sheet(SIGNS, "a3", ordering=None).plan["warnings"])


def test_title_and_legend_stand_in_line_with_the_cells():
    sheet = captioned("a2", title="Romans 1", parts="legend")
    lefts = {run.x for run in sheet.texts if run.text in ("Romans 1", "text")}
    assert lefts == {sheet.origin[0]}
    title = next(run for run in sheet.texts if run.text == "Romans 1")
    assert title.y < sheet.origin[1]
    assert title.size > 3 * min(run.size for run in sheet.texts)


@pytest.mark.parametrize("medium", ["iphone-15", "iphone-16-pro", "galaxy-s24", "a6", "tee-12x16", "a2"])
@pytest.mark.parametrize("parts", [None, "legend", "text"])
def test_title_and_legend_are_no_wider_than_the_cells_which_stand_in_the_middle(medium, parts):
    states = StateMatrix(np.resize(STATES.values, (128, 274)), tokens=tuple((TEXT * 2)[:274]))
    caption = Caption("Romans 1:16-17") if parts is None else make_caption(states, parts=parts, title="Romans 1")
    sheet = layout(rasterize(states), medium, caption=caption)
    left, _, right, _ = sheet.plan["margins_px"]
    assert abs(left - right) <= 1
    end = sheet.canvas[0] - sheet.plan["bleed_px"] - right
    for rule in sheet.rules:
        assert sheet.origin[0] <= rule.x and rule.x + rule.width <= end
    for run in sheet.texts:
        assert run.x + (run.pitch or 0) * len(run.text) <= end
        if run.pitch is None:
            assert run.x + measure(run.text, run.font, run.size) <= end + 1


def test_a_caption_that_leaves_little_room_says_what_less_of_it_would_give():
    states = StateMatrix(np.resize(STATES.values, (128, 274)), tokens=tuple((TEXT * 2)[:274]))
    plan = captioned("iphone-12-mini", states, dpi=300).plan
    (told,) = [warning for warning in plan["warnings"] if warning.startswith("the caption leaves")]
    less = {parts: captioned("iphone-12-mini", states, dpi=300, parts=parts).plan for parts in ("text", "legend")}
    less["none"] = layout(rasterize(states), "iphone-12-mini", dpi=300).plan
    assert told == (
        f"the caption leaves cells of {plan['cell_mm']:.3f} mm; --caption text gives cells of "
        f"{less['text']['cell_mm']:.3f} mm, --caption legend {less['legend']['cell_mm']:.3f} mm, "
        f"no --caption {less['none']['cell_mm']:.3f} mm"
    )
    assert not any("caption leaves" in warning for warning in captioned("a2", states).plan["warnings"])
    with pytest.raises(InputError, match="the caption leaves no room for 128 units.*no --caption 0.085 mm; or take"):
        captioned("iphone-12-mini", states, dpi=300, bands=8, time="right")


def test_the_last_line_of_a_paragraph_is_not_a_lone_word():
    words = TEXT.split()[:13]
    plain, even = wrap(words, 26, len), wrap_evenly(words, 26, len)
    assert (plain[-1], len(even)) == ("it is", len(plain))
    assert len(even[-1]) >= 0.4 * max(map(len, even))
    assert " ".join(even).split() == words


def test_the_serif_is_kerned_alike_in_the_raster_and_in_the_pdf():
    apart = sum(measure(char, "serif", 100) for char in "AVATAR")
    assert measure("AVATAR", "serif", 100) < apart - 20
    places = [glyph.x for glyph in place("AV", "serif", 100)]
    assert places[1] == pytest.approx(measure("A", "serif", 100) - 8.3, abs=0.01)


def test_the_letters_take_the_ink_that_reads_best_on_the_ground():
    for background, index in ((0, 1), (1, 0)):
        sheet = layout(GRID, "a3", background=background, caption=Caption("T"))
        assert sheet.texts[0].palette_index == index


def test_letters_that_the_font_lacks_are_named_and_set_in_another():
    sheet = layout(GRID, "a3", caption=Caption("Grace χάρις ἐν 恩"))
    glyphs = {glyph.char: glyph.font for glyph in glyphs_of(sheet.texts[0])}
    assert (glyphs["G"], glyphs["ἐ"], glyphs["□"]) == ("serif", "sans", "sans")
    told = "\n".join(sheet.plan["warnings"])
    assert "the font serif has no 'ἐ', '恩'; set in DejaVu Sans instead" in told
    assert "no font at hand has '恩', which print as □" in told


def test_the_plan_holds_every_line_and_hairline():
    sheet = captioned(title="T")
    plan = json.loads(json.dumps(sheet.plan))
    assert [text["text"] for text in plan["texts"]] == [run.text for run in sheet.texts]
    assert [rule["x"] for rule in plan["rules"]] == [rule.x for rule in sheet.rules]


def test_text_near_a_camera_or_a_corner_is_warned_of():
    sheet = layout(GRID, "iphone-16-pro", caption=Caption("Grace"))
    assert any("mm from the camera; keep 15 mm clear" in warning for warning in sheet.plan["warnings"])
    assert not any("corner" in w or "camera" in w for w in layout(GRID, "a4", caption=Caption("T")).plan["warnings"])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: make_caption(STATES, parts="alles"), UnknownNameError, "did you mean 'all'"),
        (lambda: make_caption(StateMatrix(np.eye(3))), InputError, "carry no text"),
        (lambda: make_caption(STATES, parts="text", legend={"a": "b"}), InputError, "of the text alone"),
        (lambda: Caption("a\nb"), InputError, "more than one line"),
        (lambda: Caption("a", font="serf"), UnknownNameError, "did you mean 'serif'"),
        (lambda: Caption("a", font="gone.ttf"), FileError, "cannot read the font gone.ttf"),
        (lambda: captioned(time="down"), InputError, "needs time right"),
        (lambda: captioned("iphone-16-pro", camera="reflow"), InputError, "no room beside bands"),
        (lambda: layout(GRID, "a4", caption=Caption(tokens=("a",))), InputError, "1 tokens for"),
    ],
)
def test_a_caption_that_cannot_be_set_is_refused(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_font_is_refused(tmp_path):
    path = tmp_path / "mine.ttf"
    path.write_bytes(b"no font")
    with pytest.raises(FileError, match="not a font that can be read"):
        layout(GRID, "a3", caption=Caption("T", font=str(path)))


def test_words_are_read_from_tokens_of_any_length():
    assert read_words(["The", " just", "ified", "\n", "by"]) == [
        (0, "The", True),
        (1, "justified", False),
        (4, "by", True),
    ]
    assert read_words([" a b"]) == [(0, "a", True), (0, "b", False)]


def test_paragraphs_keep_all_words_and_begin_at_theirs():
    words = TEXT.split()
    found = paragraphs(TEXT, 0, 3, width_of=lambda t: 5.0 * len(t), narrowest=90, widest=200, gutter=10)
    assert " ".join(line for part in found for line in part.lines).split() == words
    for part in found:
        assert TEXT[part.start :].startswith(part.lines[0].split()[0])


def test_lines_are_no_wider_than_asked():
    lines = wrap(TEXT.split(), 17, len)
    assert max(map(len, lines)) <= 17
    assert " ".join(lines).split() == TEXT.split()
    assert "".join(wrap(["恩" * 50], 7, len)) == "恩" * 50


def test_a_title_that_would_be_too_small_to_read_is_refused():
    grid = rasterize(np.eye(8, 20))
    with pytest.raises(InputError, match="the title of 700 letters does not fit at 6 pt; shorten it"):
        layout(grid, "a6", dpi=150, caption=Caption("x" * 700))


def test_a_long_label_is_broken_like_the_words_under_it():
    caption = Caption(legend=(("a very long label that says far too much for a telephone " * 3, "words"),))
    sheet = layout(rasterize(np.eye(8, 20)), "iphone-15", dpi=150, caption=caption)
    for run in sheet.texts:
        assert run.x + measure(run.text, run.font, run.size) <= sheet.canvas[0]
    assert len({run.y for run in sheet.texts}) > 2


def test_right_to_left_text_is_set_in_the_order_it_is_seen_in():
    assert Caption("שלום", font="sans").warnings() == []
    assert "".join(glyph.char for glyph in place("א שלום", "sans", 10)) == "םולשא"
