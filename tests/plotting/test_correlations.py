import itertools

import matplotlib as mpl
import numpy as np
import pytest

from stateviz.analysis import correlate
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.plotting import heatmap
from stateviz.plotting.legends import NOTE

mpl.use("Agg")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().subplots()


def order_for(states, rows):
    rows = list(rows)
    return Ordering(
        rows, [1] * len(rows), 0.0, None, False, True, "by hand", "dot", units=states.units, site=states.site
    )


def test_the_heatmap_draws_on_the_axes_given_with_a_symmetric_legend(rng, axes):
    from matplotlib.figure import Figure

    found = correlate(rng.normal(size=(5, 30)))
    assert heatmap(found, ax=axes) is axes
    (image,) = axes.images
    between = ~np.eye(5, dtype=bool)
    drawn = np.ma.filled(image.get_array(), np.nan)
    assert np.array_equal(drawn[between], found.values[between])
    assert np.isnan(np.diag(drawn)).all()
    low, high = image.get_clim()
    assert -low == high
    assert 0 <= high - np.abs(found.values[between]).max() < 0.1
    assert heatmap(found, ax=Figure().subplots(), limit=0.05).images[0].get_clim() == (-0.05, 0.05)
    with pytest.raises(InputError, match="limit is 2"):
        heatmap(found, limit=2)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2", "3", "4"]


def test_the_heatmap_says_the_order_and_shows_every_nth_name_of_many(rng, axes):
    states = StateMatrix(rng.normal(size=(60, 90)), site="core.h")
    found = correlate(states)
    ax = heatmap(found, ordering=order_for(states, range(59, -1, -1)), ax=axes)
    assert ax.get_xlabel() == "60 units of core.h, ordered by by hand"
    for labels in (ax.get_yticklabels(), ax.get_xticklabels()):
        shown = [int(label.get_text()) for label in labels]
        assert len(shown) > 5 and shown == list(range(59, -1, shown[1] - 59))
    axes.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert drawn[0, 1] == found.values[59, 58]


def test_an_order_of_other_units_is_refused(rng, axes):
    states = StateMatrix(rng.normal(size=(3, 30)), units="abc")
    other = StateMatrix(rng.normal(size=(3, 30)), units="xyz")
    with pytest.raises(MismatchError, match="other units"):
        heatmap(correlate(states), ordering=order_for(other, [0, 1, 2]), ax=axes)


def test_palette_title_and_colorbar_are_as_those_of_states(rng, axes):
    ax = heatmap(correlate(rng.normal(size=(3, 9))), ax=axes, palette="PuOr", title="three units", colorbar=False)
    assert ax.images[0].get_cmap().name == "PuOr"
    assert ax.get_title("left") == "three units"
    assert ax.figure.axes == [ax]
    with pytest.raises(UnknownNameError, match="PuOrr"):
        heatmap(correlate(rng.normal(size=(3, 9))), palette="PuOrr")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ax": "here"}, "must be matplotlib Axes, got str"),
        ({"tokens": True}, "correlations have no steps"),
    ],
)
def test_what_does_nothing_to_correlations_is_refused(rng, options, message):
    with pytest.raises(InputError, match=message):
        heatmap(correlate(rng.normal(size=(3, 9))), **options)


def test_a_limit_is_of_correlations_and_stands_alone(rng):
    with pytest.raises(InputError, match="for states give vmin and vmax"):
        heatmap([[1, -1]], limit=0.5)
    with pytest.raises(InputError, match="give one"):
        heatmap(correlate(rng.normal(size=(3, 9))), limit=0.5, vmin=-1)


def test_one_pair_that_agrees_does_not_leave_all_others_one_tint(rng, axes):
    values = rng.normal(size=(24, 4000))
    values[1] = values[0]
    ax = heatmap(correlate(values), ax=axes)
    assert ax.images[0].get_clim() == (-0.1, 0.1)
    (note,) = [text for text in ax.texts if text.get_gid() == NOTE]
    assert note.get_text().replace("\n", " ") == (
        "colours end at −0.1 and 0.1 (98% of the pairs); 1 of 276 pairs lie beyond, up to 1"
    )
    assert heatmap(correlate(values), robust=False).images[0].get_clim() == (-1, 1)


def test_names_are_cut_in_the_middle_and_are_no_mathtext(rng):
    ax = heatmap(correlate(StateMatrix(rng.normal(size=(2, 9)), units=["model.layers.11.attn.q_proj.7", "$a_b$"])))
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == ["model.layers…ttn.q_proj.7", "$a_b$"]
    assert not any(label.get_parse_math() for label in [*labels, *ax.get_xticklabels()])


def test_in_its_own_figure_every_square_is_the_same_whole_number_of_pixels(rng):
    ax = heatmap(correlate(rng.normal(size=(7, 30))))
    box = ax.get_window_extent()
    assert box.width == pytest.approx(box.height)
    assert box.width / 7 == pytest.approx(round(box.width / 7))
