import matplotlib as mpl
import numpy as np
import pytest

from stateviz.analysis import correlate
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.plotting import heatmap

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


def test_the_heatmap_says_the_order_and_leaves_out_names_nobody_could_read(rng, axes):
    states = StateMatrix(rng.normal(size=(60, 90)), site="core.h")
    found = correlate(states)
    ax = heatmap(found, ordering=order_for(states, range(59, -1, -1)), ax=axes)
    assert ax.get_xlabel() == "60 units of core.h, ordered by by hand"
    assert not ax.get_yticklabels()
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


def test_a_limit_does_nothing_to_states_and_is_refused():
    with pytest.raises(InputError, match="does nothing to states"):
        heatmap([[1, -1]], limit=0.5)
