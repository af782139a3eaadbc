"""Heatmaps: faithful cells, the text below them, a legend, and files."""

import itertools

import numpy as np
import pytest

from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.plotting import heatmap, save_figure, side_by_side
from stateviz.rendering import PALETTES

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
    low, high = heatmap(REAL).images[0].get_clim()
    assert low == -high == -np.abs(REAL.values).max()
    assert heatmap(np.abs(REAL.values)).images[0].get_clim() == (0, pytest.approx(np.abs(REAL.values).max()))
    low, high = heatmap(-np.abs(REAL.values)).images[0].get_clim()
    assert low < high == 0


def test_a_matrix_of_zeros_and_halves_can_be_drawn():
    assert heatmap([[0.0, 0.0], [0.5, 0.0]]).images[0].get_clim() == (0, 0.5)


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
    assert len(labels) > 3
    for label in labels:
        start = round(label.xy[0] + 0.5)
        assert text[start:].startswith(label.get_text())
    boxes = [label.get_window_extent() for label in labels]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert max(box.x1 for box in boxes) <= ax.get_window_extent().x1 + 1


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
