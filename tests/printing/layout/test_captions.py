"""Captions: text under its columns, titles, legends, and letters a font lacks."""

import json

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order
from stateviz.printing import Caption, make_caption
from stateviz.printing.layout import layout
from stateviz.printing.layout.paragraphs import paragraphs, read_words, wrap, wrap_evenly
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
    assert sheet.plan["cell_mm"] >= 1.3
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
    assert sheet.plan["cell_mm"] < 1.3
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


def test_bands_break_between_words():
    sheet = captioned(cell=4, bands=3, parts="text")
    assert len(sheet.bands) == 3
    for band in sheet.bands[1:]:
        assert TEXT[band.start - 1].isspace()
        assert not TEXT[band.start].isspace()


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


def test_the_legend_of_real_values_says_nothing_of_signs():
    real = StateMatrix(np.random.default_rng(0).normal(size=(3, 4)), tokens=tuple("abcd"))
    assert dict(make_caption(real).legend)["reading"] == "a column is the state after its character was read"
    assert "printed is\N{NO-BREAK SPACE}1, bare\N{NO-BREAK SPACE}0" in dict(make_caption(STATES).legend)["reading"]
    signs = make_caption(StateMatrix(np.where(STATES.values > 0, 1, -1), tokens=STATES.tokens))
    assert "printed is\N{NO-BREAK SPACE}+1, bare\N{NO-BREAK SPACE}−1" in dict(signs.legend)["reading"]


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
