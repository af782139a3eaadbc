"""Heatmaps: faithful cells, the text below them, a legend, and files."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.plotting import heatmap, save_figure, side_by_side
from stateviz.plotting.legends import NOTE
from stateviz.rendering import DIVERGING, PALETTES
from stateviz.rendering.color.palettes import SIGNS, span

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

RNG = np.random.default_rng(5)
BINARY = StateMatrix(RNG.integers(0, 2, (6, 20)), tokens=tuple("In the beginning\nwas")[:20])
REAL = StateMatrix(RNG.normal(size=(6, 20)), tokens=BINARY.tokens)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words_below(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def note_of(ax):
    return " ".join(text.get_text() for text in ax.texts if text.get_gid() == NOTE).replace("\n", " ")


def bar_of(ax):
    return ax.images[0].colorbar


def contrast_on_white(color):
    from matplotlib.colors import to_rgb

    return span([(255, 255, 255), tuple(round(255 * part) for part in to_rgb(color))])


def rendered(figure, scale=1):
    figure.set_dpi(figure.dpi * scale)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def test_given_axes_are_drawn_on_and_returned():
    figure, ax = plt.subplots()
    assert heatmap(BINARY, ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("states", [BINARY, REAL])
def test_the_image_holds_the_values_unsmoothed(states):
    image = heatmap(states).images[0]
    np.testing.assert_array_equal(image.get_array(), states.values)
    assert image.get_interpolation() == "none"


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("shape", [(6, 20), (13, 301)])
def test_in_its_own_figure_every_cell_is_the_same_whole_number_of_pixels(shape, scale):
    states = StateMatrix(np.indices(shape).sum(0) % 2)
    ax = heatmap(states, palette="ink")
    for spine in ax.spines.values():
        spine.set_visible(False)
    pixels = rendered(ax.figure, scale)
    box = ax.get_window_extent()
    top = pixels.shape[0] - round(box.y1)
    field = pixels[top : top + round(box.height), round(box.x0) : round(box.x1), 0] < 128
    across, down = field.shape[1] // shape[1], field.shape[0] // shape[0]
    expected = (states.values > 0).repeat(down, 0).repeat(across, 1)
    np.testing.assert_array_equal(field, expected)


def test_binary_states_take_the_two_colours_of_the_palette():
    image = heatmap(BINARY, palette="published").images[0]
    shown = image.cmap(image.norm(np.array([-1, 1])))[:, :3] * 255
    np.testing.assert_allclose(shown, PALETTES["published"].colors, atol=0.01)


def test_signed_values_are_centred_on_zero_and_values_of_one_sign_start_there():
    low, high = heatmap(REAL, robust=False).images[0].get_clim()
    assert low == -high == -np.abs(REAL.values).max()
    positive = np.abs(REAL.values)
    assert heatmap(positive, robust=False).images[0].get_clim() == (0, pytest.approx(positive.max()))
    low, high = heatmap(-positive).images[0].get_clim()
    assert low < high == 0
    assert heatmap(positive + 100, robust=False).images[0].get_clim()[0] > 99  # from 0 on all would be one tint


def test_colours_end_at_the_2nd_and_98th_percentile_and_a_note_says_what_lies_beyond():
    values = RNG.normal(size=(40, 100)).astype(np.float32)
    low, high = np.percentile(values, 2, method="lower"), np.percentile(values, 98, method="higher")
    ax = heatmap(values)
    assert ax.images[0].get_clim() == pytest.approx((-max(-low, high), max(-low, high)))
    beyond = int((np.abs(values) > max(-low, high)).sum())
    assert f"(2% and 98%); {beyond} of 4,000 cells lie beyond, from" in note_of(ax)
    assert heatmap(values, robust=False).images[0].get_clim()[1] == np.abs(values).max()
    assert note_of(heatmap(values, robust=False)) == ""


@pytest.mark.parametrize("units", [4, 12, 64])
def test_one_outlier_unit_leaves_the_others_their_tints(units):
    values = RNG.uniform(-1, 1, (units, 50))
    values[2] *= 1000
    ax = heatmap(values)
    assert ax.images[0].get_clim()[1] <= 1
    assert "lie beyond" in note_of(ax)
    assert bar_of(ax).extend == "both"


def test_a_unit_that_is_rarely_on_is_seen():
    values = np.zeros((8, 100))
    values[3, 50] = 0.7
    assert heatmap(values).images[0].get_clim() == (0, pytest.approx(0.7))


def test_limits_are_taken_as_given():
    assert heatmap(REAL, vmin=-1, vmax=3).images[0].get_clim() == (-1, 3)
    assert heatmap(REAL, vmax=0.5).images[0].get_clim() == (-0.5, 0.5)
    assert heatmap(REAL, vmin=-0.5).images[0].get_clim() == (-0.5, 0.5)
    assert bar_of(heatmap(np.abs(REAL.values), vmin=0, vmax=1)).extend == "max"


@pytest.mark.parametrize("palette", [None, "balance"])
def test_zero_has_the_middle_colour_whatever_the_limits(palette):
    middle = DIVERGING[palette or SIGNS].colors[127]
    for limits in ({}, {"vmin": -1, "vmax": 3}, {"vmin": 0, "vmax": 2}, {"vmin": -4, "vmax": 0}):
        image = heatmap(REAL, palette=palette, **limits).images[0]
        assert np.abs(image.to_rgba(0.0)[:3] - np.array(middle) / 255).max() < 0.03


def test_a_colour_means_the_same_in_every_picture():
    """Navy is on, or high; cream is off, or zero."""
    from stateviz.analysis import correlate

    off, on = PALETTES["navy"].colors
    for x in (REAL, np.abs(REAL.values), correlate(REAL.values)):
        image = heatmap(x, robust=False).images[0]
        assert np.abs(image.to_rgba(image.get_clim()[1])[:3] - np.array(on) / 255).max() < 0.01
        assert np.abs(image.to_rgba(0.0)[:3] - np.array(off) / 255).max() < 0.03


@pytest.mark.parametrize(
    ("states", "options", "message"),
    [
        (BINARY, {"vmin": 0}, "two colours of binary"),
        (BINARY, {"robust": False}, "two colours of binary"),
        (REAL, {"vmin": 2, "vmax": 1}, "vmin must be the lower"),
        (REAL, {"vmax": float("nan")}, "finite number"),
        (REAL, {"vmin": "low"}, "finite number"),
        (REAL, {"robust": 3}, "True or False"),
        (np.abs(REAL.values), {"vmin": 99}, "vmin is 99, and the values run"),
        (REAL, {"cmap": "viridis", "palette": "balance"}, "give one of them"),
        (REAL, {"cmap": 3}, "matplotlib colormap or its name, got int"),
        (REAL, {"size": 20}, "from 60 to 1,000"),
        (np.zeros((2, 9000)), {"size": "column"}, "select fewer steps"),
        (np.zeros((9000, 9)), {"size": "column"}, "select fewer units"),
    ],
)
def test_limits_colours_and_sizes_that_cannot_be_are_refused(states, options, message):
    with pytest.raises(InputError, match=message):
        heatmap(states, **options)


def test_a_colormap_is_taken_by_name_or_as_it_is():
    assert heatmap(REAL, cmap="viridis").images[0].cmap == matplotlib.colormaps["viridis"]
    assert heatmap(REAL, cmap=matplotlib.colormaps["magma"]).images[0].cmap == matplotlib.colormaps["magma"]
    image = heatmap(BINARY, cmap="gray").images[0]
    assert image.cmap(image.norm(np.array([0, 1])))[:, 0].tolist() == [0, 1]


def test_the_bar_says_what_it_measures():
    assert bar_of(heatmap(StateMatrix(REAL.values, site="core.layer0.c"))).ax.get_ylabel() == "value of core.layer0.c"
    assert bar_of(heatmap(REAL.values)).ax.get_ylabel() == "value"


def test_a_matrix_of_zeros_and_halves_can_be_drawn():
    assert heatmap([[0.0, 0.0], [0.5, 0.0]]).images[0].get_clim() == (0, 0.5)
    assert heatmap(np.zeros((2, 3), np.float32) + 0.25).images[0].get_clim() == (0, 0.25)


@pytest.mark.parametrize("palette", ["viridis", "navy", "ffffff,000000"])
def test_real_values_take_a_colormap_or_a_blend_of_two_colours(palette):
    assert heatmap(REAL, palette=palette).images[0].cmap.N >= 256


def test_an_unknown_colormap_is_guessed():
    with pytest.raises(UnknownNameError, match="did you mean 'viridis'"):
        heatmap(REAL, palette="viridsi")


@pytest.mark.parametrize("states", [BINARY, REAL])
def test_the_legend_can_be_left_out(states):
    def legends(ax):
        return (ax.get_legend() is not None) + len(ax.child_axes)

    assert legends(heatmap(states)) == 1
    assert legends(heatmap(states, colorbar=False)) == 0


def test_a_character_stands_below_each_column_with_white_space_marked():
    ax = heatmap(BINARY)
    assert "".join(words_below(ax)) == "In·the·beginning⏎was"
    assert [text.xy[0] for text in ax.texts] == list(range(20))


def test_narrow_columns_carry_words_at_their_columns_that_do_not_overlap():
    text = "For I am not ashamed of the gospel of Christ"
    states = StateMatrix(RNG.integers(0, 2, (4, len(text))), tokens=tuple(text))
    figure, ax = plt.subplots(figsize=(1.8, 2))
    heatmap(states, ax=ax)
    figure.canvas.draw()
    labels = [label for label in ax.texts if label.get_text()]
    assert len(labels) >= 3
    for label in labels:
        start = round(label.xy[0] + 0.5)
        assert text[start:].startswith(label.get_text())
    boxes = [label.get_window_extent() for label in labels]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert max(box.x1 for box in boxes) <= ax.get_window_extent().x1 + 1


@pytest.mark.parametrize("steps", [700, 3000, 10_000])
def test_long_texts_have_one_line_of_every_nth_word_and_say_n(steps):
    text = ("In the beginning was the Word, and the Word was with God. " * 200)[:steps]
    ax = heatmap(StateMatrix(RNG.integers(0, 2, (4, steps)), tokens=tuple(text)))
    labels = [label for label in ax.texts if label.get_text()]
    every = int(re.search(r"every (\d+)(?:nd|rd|th) word", ax.get_xlabel())[1])
    assert [label.get_text() for label in labels] == text.split()[::every]
    assert len({label.xyann[1] for label in labels}) == 1
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in labels]
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_a_text_without_spaces_has_every_nth_of_its_ideographs():
    ax = heatmap(StateMatrix(RNG.integers(0, 2, (4, 2000)), tokens=tuple("太初有道" * 500)))
    assert "every 20th word" in ax.get_xlabel()
    assert words_below(ax)[:3] == ["太"] * 3


@pytest.mark.parametrize("text", ["שלום", "سلام", "太初有道", "😀"])
def test_other_scripts_are_drawn_in_fonts_that_have_them(text):
    from matplotlib import font_manager

    ax = heatmap(StateMatrix(np.ones((1, len(text)), int), tokens=tuple(text), units=[text]), title=text)
    title = ax.get_title("left")
    drawn = [ax._left_title, ax.get_yticklabels()[0], *[label for label in ax.texts if label.get_text()]]
    for label in drawn:
        fonts = [font_manager.get_font(font_manager.findfont(name)) for name in label.get_fontfamily()]
        shown = set(label.get_text()) - {"□"}  # a machine may have no font at all for it
        assert all(any(ord(char) in font.get_charmap() for font in fonts) for char in shown)
    assert len(title) == len(text)


def test_words_are_joined_and_turned_where_matplotlib_does_not(monkeypatch):
    from stateviz.plotting import typefaces

    face = typefaces.typeface(["שלום سلام"])
    monkeypatch.setattr(typefaces, "_shapes", lambda: False)
    assert face.shown("אב ab") == "ab בא"
    assert face.shown("سلام") == "\u0645\ufefc\ufeb3"  # an initial seen, lam and alif as one, a meem alone


def test_a_character_that_no_font_has_is_a_box_and_one_warning_says_so():
    with pytest.warns(UserWarning, match=r"no installed font has .*U\+10C00.*: drawn as □"):
        ax = heatmap(StateMatrix([[1, 0]], tokens=("\U00010c00", "\U00010c01")))
    assert words_below(ax) == ["□", "□"]


def test_names_titles_and_labels_are_no_mathtext():
    ax = heatmap(StateMatrix(REAL.values[:2], units=["$a_b$", "c$"], site="$s$"), title="5$ and $x^2$")
    texts = [ax._left_title, *ax.get_yticklabels(), ax.xaxis.label, bar_of(ax).ax.yaxis.label]
    assert [text.get_text() for text in texts[:3]] == ["5$ and $x^2$", "$a_b$", "c$"]
    assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())


def test_long_names_are_cut_in_the_middle():
    ax = heatmap(StateMatrix(BINARY.values[:2], units=[f"model.layers.11.self_attn.q_proj.{i}" for i in (7, 8)]))
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == ["model.layers…f_attn.q_proj.7"[:13] + "ttn.q_proj.7", "model.layers…ttn.q_proj.8"]


def test_labels_have_a_contrast_of_4_5_to_1():
    for states in (BINARY, REAL):
        ax = heatmap(states, title="A title")
        ax.figure.draw_without_rendering()
        for text in ax.figure.findobj(matplotlib.text.Text):
            if text.get_text().strip():
                assert contrast_on_white(text.get_color()) >= 4.5, text


@pytest.mark.parametrize(("size", "millimetres"), [("column", 89), ("page", 183), (120, 120), ("70mm", 70)])
@pytest.mark.parametrize("states", [BINARY, REAL, StateMatrix(RNG.normal(size=(64, 400)))])
def test_a_picture_for_print_has_the_width_asked_for_and_type_that_is_legible(size, millimetres, states):
    ax = heatmap(states, size=size, title="A title that is longer than one column of a paper is wide, by far")
    figure = ax.figure
    assert figure.get_figwidth() * 25.4 == pytest.approx(millimetres)
    assert figure.dpi >= 300
    cell = ax.get_window_extent().width / states.shape[1]
    assert cell == pytest.approx(round(cell))
    figure.draw_without_rendering()
    tight = figure.get_tightbbox()
    assert tight.x0 >= 0 and tight.y0 >= 0
    assert tight.x1 <= figure.get_figwidth() and tight.y1 <= figure.get_figheight()
    for text in figure.findobj(matplotlib.text.Text):
        assert not text.get_text() or text.get_fontsize() >= 5.9


def test_a_size_is_not_for_axes_that_have_one():
    with pytest.raises(InputError, match="give one of them"):
        heatmap(BINARY, ax=plt.subplots()[1], size="column")


def test_long_tokens_stand_upright():
    ax = heatmap(StateMatrix([[0, 1, 1]], tokens=("The", " just", "\n")))
    assert words_below(ax) == ["The", "␣just", "⏎"]
    assert {text.get_rotation() for text in ax.texts} == {90}


def test_text_with_dollars_is_taken_literally():
    ax = heatmap(StateMatrix([[0, 1, 1]], tokens=tuple("$x$")))
    ax.figure.canvas.draw()
    assert words_below(ax) == ["$", "x", "$"]


def test_text_is_left_out_when_asked_and_missed_when_there_is_none():
    assert words_below(heatmap(BINARY, tokens=False)) == []
    assert words_below(heatmap([[0, 1]])) == []
    with pytest.raises(InputError, match="no tokens"):
        heatmap([[0, 1]], tokens=True)


def test_an_ordering_is_applied_first_and_its_flips_are_named():
    order = Ordering([2, 0, 1], [1, -1, 1], 0, None, False, True, "m", "hamming", units=(0, 1, 2), site="array")
    ax = heatmap([[0, 1], [1, 1], [1, 0]], ordering=order)
    assert ax.images[0].get_array().tolist() == [[1, 0], [1, 0], [1, 1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2", "0 (×−1)", "1"]
    with pytest.raises(MismatchError):
        heatmap([[0, 1], [1, 0]], ordering=order)


def test_unit_labels_are_thinned_until_they_fit():
    ax = heatmap(RNG.integers(0, 2, (300, 40)))
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert len(boxes) > 10
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize(
    "states", [BINARY, REAL, StateMatrix([[0, 1]], units=("a-long-unit-name",), tokens=("a", "b"))]
)
@pytest.mark.parametrize("title", [None, "A title that is quite a bit longer than the matrix is wide"])
def test_nothing_is_clipped_and_the_title_is_clear_of_the_legend(states, title):
    ax = heatmap(states, title=title)
    figure = ax.figure
    figure.canvas.draw()
    tight = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert tight.x0 >= 0
    assert tight.y0 >= 0
    assert tight.x1 <= width
    assert tight.y1 <= height
    if title and ax.get_legend():
        heading = next(t for t in (ax.title, ax._left_title) if t.get_text())
        assert not heading.get_window_extent().overlaps(ax.get_legend().get_window_extent())


def test_breaks_are_drawn_between_cells():
    states = StateMatrix(BINARY.values, row_breaks=(2,), column_breaks=(5, 9))
    lines = [line.get_xydata()[0].tolist() for line in heatmap(states).lines]
    assert [1.5 in line or 4.5 in line or 8.5 in line for line in lines] == [True] * 3


@pytest.mark.parametrize(("option", "message"), [({"tokens": "yes"}, "tokens"), ({"ax": 3}, "Axes")])
def test_arguments_of_the_wrong_kind_are_refused(option, message):
    with pytest.raises(InputError, match=message):
        heatmap(BINARY, **option)


@pytest.mark.parametrize("extension", [".png", ".svg", ".pdf"])
def test_a_figure_is_written_with_the_same_bytes_twice(tmp_path, extension):
    for name in "ab":
        save_figure(heatmap(BINARY, title="Once"), tmp_path / (name + extension))
    assert (tmp_path / f"a{extension}").read_bytes() == (tmp_path / f"b{extension}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("shape", [(12, 20), (3, 7)])
def test_an_svg_holds_every_cell_as_a_crisp_shape_of_its_own_colour(tmp_path, shape):
    values = RNG.choice(np.linspace(-1, 1, 5), shape)
    ax = heatmap(values, colorbar=False)
    svg = save_figure(ax, tmp_path / "a.svg").read_text()
    assert "<image" not in svg and 'shape-rendering="crispEdges"' in svg
    shown = {}
    for path, fill in re.findall(r'<path d="(M\d+ \d+h[^"]*)" fill="(#\w+)"', svg):
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", path):
            shown |= {(int(y), int(x) + i): fill for i in range(int(width))}
    image = ax.images[0]
    expected = image.to_rgba(values, bytes=True)[..., :3]
    assert shown == {place: f"#{bytes(expected[place]).hex()}" for place in np.ndindex(shape)}
    scale = re.search(r'transform="matrix\(([\d.]+) 0 0 ([\d.]+) ', svg)
    assert float(scale[1]) > 0 and float(scale[2]) > 0


def test_an_svg_of_very_many_cells_holds_an_image(tmp_path, monkeypatch):
    from stateviz.plotting import artist

    monkeypatch.setattr(artist, "MOST_SHAPES", 10)
    assert "<image" in save_figure(heatmap(BINARY), tmp_path / "a.svg").read_text()


def test_images_in_a_pdf_have_300_pixels_an_inch(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    ax = heatmap(REAL, colorbar=False)
    with pikepdf.open(save_figure(ax, tmp_path / "a.pdf")) as pdf:
        images = [x for x in pdf.pages[0].Resources.XObject.values() if x.Subtype == "/Image"]
        (image,) = images
        box = ax.get_position()
        width, height = ax.figure.get_size_inches()
        assert int(image.Width) / (box.width * width) >= 299.9
        assert int(image.Height) / (box.height * height) >= 299.9


@pytest.mark.parametrize("extension", [".png", ".pdf"])
def test_pixels_of_files_are_the_cells(tmp_path, extension):
    """The first row on top, the first step left: a picture with one dark corner."""
    values = np.zeros((4, 9))
    values[0, 0] = 1
    ax = heatmap(values, colorbar=False)
    path = save_figure(ax, tmp_path / f"a{extension}")
    if extension == ".pdf":
        pikepdf = pytest.importorskip("pikepdf")
        with pikepdf.open(path) as pdf:
            (image,) = [x for x in pdf.pages[0].Resources.XObject.values() if x.Subtype == "/Image"]
            pixels = np.asarray(pikepdf.PdfImage(image).as_pil_image().convert("L"))
    else:
        from PIL import Image

        box = ax.get_window_extent()
        edges = (box.x0, ax.figure.bbox.height - box.y1, box.x1, ax.figure.bbox.height - box.y0)
        pixels = np.asarray(Image.open(path).convert("L").crop([round(2 * edge) for edge in edges]))[4:-4, 4:-4]
    dark = pixels < 80
    assert dark[0, 0] and not dark[-1, -1] and not dark[-1, 0] and not dark[0, -1]


@pytest.mark.slow
def test_128_units_over_10_000_steps_take_little_memory(tmp_path):
    code = (
        "import sys, numpy as np, matplotlib; matplotlib.use('agg'); import stateviz as sv;"
        "sv.save_figure(sv.heatmap(np.random.default_rng(0).normal(size=(128, 10_000))), sys.argv[1]);"
        # Not getrusage: a new process takes over the largest size of the one that started it.
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    if not Path("/proc/self/status").exists():
        pytest.skip("the largest size of a process is read from /proc")
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.png"], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 700_000  # kilobytes; 2,250,000 when matplotlib resampled


def test_a_part_of_the_axes_shows_its_cells(tmp_path):
    """Zooming in clips the cells, as any image; an SVG holds an image then, which can be clipped."""
    ax = heatmap(np.eye(8))
    ax.set(xlim=(1.5, 5.5), ylim=(5.5, 1.5))
    for spine in ax.spines.values():
        spine.set_visible(False)
    pixels = rendered(ax.figure)
    box = ax.get_window_extent()
    top = pixels.shape[0] - round(box.y1)
    field = pixels[top : top + round(box.height), round(box.x0) : round(box.x1), 0] < 128
    np.testing.assert_array_equal(field[7 :: field.shape[0] // 4, 7 :: field.shape[1] // 4], np.eye(4, dtype=bool))
    assert "<image" in save_figure(ax, tmp_path / "a.svg").read_text()


def test_saving_refuses_what_it_cannot_do(tmp_path):
    ax = heatmap(BINARY)
    with pytest.raises(UnknownNameError, match=r"\.jpg"):
        save_figure(ax, tmp_path / "a.jpg")
    with pytest.raises(InputError, match="does nothing"):
        save_figure(ax, tmp_path / "a.svg", dpi=300)
    with pytest.raises(InputError, match="Figure"):
        save_figure(BINARY, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_side_by_side_shows_both_orders_and_their_lengths():
    order = Ordering(range(5, -1, -1), [1] * 6, 30, None, False, False, "m", "hamming", units=range(6), site="h")
    figure = side_by_side(BINARY, order, lengths=(40, 30), title="Both")
    left, right = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), BINARY.values)
    np.testing.assert_array_equal(right.images[0].get_array(), BINARY.values[::-1])
    texts = [text.get_text() for text in figure.texts]
    assert {"Both", "length 40", "length 30  (−25%)"} <= set(texts)
    tight = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert tight.x0 >= 0
    assert tight.y0 >= 0
    assert tight.x1 <= width
    assert tight.y1 <= height


def test_side_by_side_needs_the_same_shape():
    with pytest.raises(InputError, match="same states"):
        side_by_side(BINARY, [[0, 1]])
