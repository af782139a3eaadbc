import copy
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import signal, stats

from stateviz.analysis import MEASURES, Measure, correlate
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics
from stateviz.similarity.switches import switches
from stateviz.storage import shipped_recording


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def order_for(states, rows, signs=None):
    rows = list(rows)
    signs = [1] * len(rows) if signs is None else signs
    return Ordering(rows, signs, 0.0, None, False, True, "by hand", "dot", units=states.units, site=states.site)


# --- the numbers


def test_pearson_is_the_correlation_coefficient(rng):
    values = rng.normal(size=(7, 40)).astype(np.float32)
    assert correlate(values).values == pytest.approx(np.corrcoef(values.astype(float)), abs=1e-12)


def test_spearman_is_the_correlation_of_ranks_with_ties_shared(rng):
    values = rng.integers(0, 5, (6, 50)).astype(np.float32)
    assert correlate(values, measure="spearman").values == pytest.approx(stats.spearmanr(values.T).statistic, abs=1e-12)


def test_spearman_does_not_mind_how_a_unit_is_squashed(rng):
    values = rng.normal(size=(3, 60))
    squashed = np.tanh(values * [[1.0], [0.3], [2.0]])
    one, two = (correlate(v, measure="spearman").values for v in (values, squashed))
    assert one == pytest.approx(two, abs=1e-12)


@pytest.mark.parametrize("measure", ["pearson", "spearman", "phi"])
def test_on_binary_states_every_measure_is_the_phi_coefficient(rng, measure):
    bits = rng.integers(0, 2, (4, 80))
    a, b = bits[0] == 1, bits[1] == 1
    counts = [np.sum(a & b), np.sum(a & ~b), np.sum(~a & b), np.sum(~a & ~b)]
    margins = np.sum(a) * np.sum(~a) * np.sum(b) * np.sum(~b)
    phi = (counts[0] * counts[3] - counts[1] * counts[2]) / np.sqrt(float(margins))
    assert correlate(bits, measure=measure).values[0, 1] == pytest.approx(phi)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(2, 12)),
        elements=st.floats(-(2.0**100), 2.0**100, width=32),
    ),
    st.sampled_from(["pearson", "phi", "spearman", "switches"]),
)
def test_the_matrix_is_symmetric_within_one_and_one_on_its_diagonal(values, measure):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = correlate(values, measure=measure).values
    assert np.array_equal(found, found.T)
    assert np.all(np.abs(found) <= 1)
    assert np.all(np.diag(found) == 1)


def test_constant_units_are_named_and_count_as_uncorrelated(rng):
    values = rng.normal(size=(4, 30))
    values[1], values[3] = 0.1, -7.3
    with pytest.warns(UserWarning, match="2 units are constant, .* uncorrelated with every other: b, d"):
        found = correlate(StateMatrix(values, units="abcd"))
    assert found.constant == ("b", "d")
    assert found.values[1].tolist() == [0, 1, 0, 0]
    assert found.values[3, 1] == 0


def test_a_recording_without_constant_units_gives_no_warning(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert correlate(rng.normal(size=(4, 30))).constant == ()


def test_the_result_is_read_only(rng):
    found = correlate(rng.normal(size=(3, 9)))
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 0
    assert np.asarray(found) is found.values


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([[0.5], [1.0]], {}, InputError, "at least 2 steps"),
        ([[0.5, np.nan]], {}, InputError, "not finite"),
        ([[0.5, 1]], {"measure": "persson"}, UnknownNameError, "did you mean 'pearson'"),
        ([[0.5, 1]], {"measure": lambda values: values[:0]}, InputError, "must give one row a unit"),
        ([[0.5, 1]], {"measure": lambda values: values * np.nan}, InputError, "not finite"),
    ],
)
def test_bad_input_is_one_clear_line(values, options, error, message):
    with pytest.raises(error, match=message):
        correlate(values, **options)


def test_a_measure_of_ones_own_is_given_in_the_call(rng):
    values = rng.normal(size=(5, 60))
    ranks = MEASURES["spearman"].rows
    row = Measure("my ranks", "ranks, named otherwise", ranks)
    expected = correlate(values, measure="spearman")
    for measure in (ranks, row):
        found = correlate(values, measure=measure)
        assert np.array_equal(found.values, expected.values)
        assert np.array_equal(found.threshold(shifts=39), expected.threshold(shifts=39))
        moved = found.reorder(order_for(found.states, [4, 2, 0, 1, 3]))
        assert moved.row == found.row
    assert found.measure == "my ranks"
    with pytest.raises(InputError, match="'my ranks' needs the states, and these are statistics"):
        correlate(Statistics.of(StateMatrix(values)), measure=row)


def test_correlations_pickle_compare_and_show_themselves(rng):
    found = correlate(StateMatrix(rng.normal(size=(4, 30)), site="core.h"))
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301
        assert again == found
        assert not again.values.flags.writeable
    assert found != correlate(StateMatrix(rng.normal(size=(4, 30)), site="core.h"))
    assert repr(found) == "Correlations(4 units of core.h, pearson)"
    assert "<th>measure</th><td>pearson</td>" in found._repr_html_()
    with pytest.raises(InputError, match="a row and a column for each unit"):
        replace(found, values=found.values[:2])


# --- orders


def test_reordering_moves_names_and_numbers_and_turns_signs(rng):
    states = StateMatrix(rng.normal(size=(4, 30)), units="abcd", site="core.h")
    found = correlate(states)
    moved = found.reorder(order_for(states, [2, 0, 3, 1], [1, -1, 1, 1]))
    assert moved.units == ("c", "a", "d", "b")
    assert moved.values[0, 1] == -found.values[2, 0]
    assert moved.values[0, 2] == found.values[2, 3]
    assert moved.ordering.method == "by hand"
    again = correlate(moved.states)
    assert moved.values == pytest.approx(again.values, abs=1e-12)


def test_an_order_of_other_units_is_refused(rng):
    states = StateMatrix(rng.normal(size=(3, 30)), units="abc")
    other = StateMatrix(rng.normal(size=(3, 30)), units="xyz")
    with pytest.raises(MismatchError, match="other units"):
        correlate(states).reorder(order_for(other, [0, 1, 2]))


# --- pairs, groups, graph


def known():
    """Units a, b (alike), c (against a), d (alone), over 8 steps."""
    a = [1, 1, 1, 1, -1, -1, -1, -1]
    b = [1, 1, 1, -1, -1, -1, -1, -1]
    d = [1, -1, 1, -1, 1, -1, 1, -1]
    return StateMatrix([a, b, [-v for v in a], d], units="abcd")


def test_pairs_come_strongest_first_with_their_sign():
    pairs = correlate(known()).pairs()
    assert [(p["unit"], p["other"]) for p in pairs[:3]] == [("a", "c"), ("a", "b"), ("b", "c")]
    assert pairs[0]["correlation"] == pytest.approx(-1)
    assert pairs[1]["correlation"] == pytest.approx(-pairs[2]["correlation"])
    assert len(pairs) == 6
    assert len(correlate(known()).pairs(2)) == 2
    assert correlate(known()).pairs(None) == pairs


@pytest.mark.parametrize("k", [0, -3])
def test_fewer_than_one_pair_is_refused(k):
    with pytest.raises(InputError, match="k is .*; give a whole number, 1 or more"):
        correlate(known()).pairs(k)


def test_groups_are_the_units_that_switch_together_or_against_each_other():
    found = correlate(known())
    assert found.groups(0.7) == [("a", "b", "c")]
    assert found.groups(0.99) == [("a", "c")]
    assert found.groups(0.2) == [("a", "b", "c", "d")]
    assert found.reorder(order_for(known(), [3, 2, 1, 0])).groups(0.7) == [("c", "b", "a")]


def test_no_group_is_an_empty_list(rng):
    assert correlate(rng.normal(size=(4, 200))).groups(0.9) == []


def test_larger_groups_come_first(rng):
    base = rng.normal(size=(2, 100))
    found = correlate(np.vstack([base[:1], base[1:], base[:1] * 2, base[1:] * 3, base[1:] * 4]))
    assert found.groups(0.9) == [(1, 3, 4), (0, 2)]


def test_the_graph_holds_every_unit_and_the_strong_pairs():
    networkx = pytest.importorskip("networkx")
    found = correlate(known())
    graph = found.graph(0.7)
    assert set(graph) == set("abcd")
    assert {frozenset(edge) for edge in graph.edges} == {frozenset(pair) for pair in ("ab", "ac", "bc")}
    assert graph.edges["a", "c"]["weight"] == pytest.approx(1)
    assert graph.edges["a", "c"]["correlation"] == pytest.approx(-1)
    groups = sorted(map(sorted, networkx.connected_components(graph)), key=len, reverse=True)
    assert [tuple(group) for group in groups if len(group) > 1] == found.groups(0.7)


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
@pytest.mark.parametrize("method", ["groups", "graph"])
def test_a_threshold_that_no_or_every_pair_passes_is_refused(method, threshold):
    with pytest.raises(InputError, match="above 0 and at most 1"):
        getattr(correlate(known()), method)(threshold)


def test_a_data_frame_carries_the_names():
    pytest.importorskip("pandas")
    frame = correlate(known()).to_pandas()
    assert list(frame.index) == list(frame.columns) == list("abcd")
    assert frame.loc["a", "c"] == pytest.approx(-1)


# --- the threshold of chance


def slow_noise(rng, units, steps, memory=0.9):
    """Independent rows, each alike from step to step: first-order autoregression."""
    noise = rng.normal(size=(units, steps + 100))
    return signal.lfilter([1], [1, -memory], noise, axis=1)[:, 100:]


def passes(found, *args, **options):
    return bool((np.abs(found.values) >= found.threshold(*args, **options)).any())


def test_the_shipped_recording_has_243_pairs_that_are_no_chance():
    found = correlate(shipped_recording(), null="shift")
    strong = found.significant()
    assert len(strong) == 243 == np.triu(np.abs(found.values) >= found.threshold(), 1).sum()
    assert [abs(pair["z"]) for pair in strong] == sorted((abs(pair["z"]) for pair in strong), reverse=True)
    assert max(pair["p"] for pair in strong) <= 0.05
    assert found.z[found.units.index(strong[0]["unit"]), found.units.index(strong[0]["other"])] == strong[0]["z"]
    groups = found.communities()
    assert len(groups) > 2 and len({unit for group in groups for unit in group}) == sum(map(len, groups))


def test_unrelated_slow_units_pass_the_threshold_as_often_as_alpha_says():
    texts, alpha = 150, 0.1
    passed = sum(
        passes(correlate(slow_noise(np.random.default_rng(seed), 6, 200)), alpha, shifts=59, seed=seed)
        for seed in range(texts)
    )
    # Of 150 texts 15 are expected; a right method leaves 4 to 28 but once in about 2,000 times.
    assert 4 <= passed <= 28


def test_shuffling_steps_would_have_called_most_of_them_related():
    false = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        values = slow_noise(rng, 6, 200)
        off = ~np.eye(6, dtype=bool)
        maxima = [np.abs(correlate(rng.permuted(values, axis=1)).values[off]).max() for _ in range(39)]
        false += np.abs(correlate(values).values[off]).max() > sorted(maxima)[37]
    assert false >= 10


def test_a_pair_of_quick_units_is_not_held_to_the_width_of_slow_ones(rng):
    values = np.vstack([slow_noise(rng, 10, 2000, memory=0.995), rng.normal(size=(10, 2000))])
    values[11] += 0.3 * values[10]
    found = correlate(values)
    threshold = found.threshold()
    assert threshold[10, 11] < 0.15 < 0.4 < np.median(threshold[:10, :10][~np.eye(10, dtype=bool)])
    assert [(pair["unit"], pair["other"]) for pair in found.significant()] == [(10, 11)]


def test_related_units_pass_and_do_not_raise_the_threshold_for_others():
    rng = np.random.default_rng(1)
    values = slow_noise(rng, 32, 280, memory=0.7)
    values[:12] = values[0] + 0.3 * values[:12]
    together = correlate(values)
    assert together.groups(together.threshold())[0] == tuple(range(12))
    assert together.communities()[0] == tuple(range(12))


def test_the_threshold_repeats_by_seed_and_rises_as_alpha_falls(rng):
    found = correlate(slow_noise(rng, 6, 120))
    off = ~np.eye(6, dtype=bool)
    assert np.array_equal(found.threshold(seed=3), found.threshold(seed=3))
    assert (found.threshold(0.01)[off] > found.threshold(0.2)[off]).all()
    assert (found.threshold()[off] > 0).all() and np.isinf(found.threshold().diagonal()).all()


def test_a_constant_unit_passes_nothing(rng):
    values = rng.normal(size=(4, 100))
    values[2] = 1
    with pytest.warns(UserWarning, match="constant"):
        found = correlate(values, null="shift")
    assert np.isinf(found.threshold()[2]).all() and not found.z[2].any()


def test_texts_are_turned_inside_themselves(rng):
    level = np.repeat([0.0, 5.0], 300)  # two texts of two levels: not what the units have to do with one another
    values = rng.normal(size=(4, 600)) + level
    values[1] += values[0] - level
    found = correlate(StateMatrix(values, column_breaks=(300,)), null="shift")
    assert found.values.min() > 0.7
    assert [(pair["unit"], pair["other"]) for pair in found.significant()] == [(0, 1)]
    assert abs(found.z[2, 3]) < 4 < found.z[0, 1]


# --- other measures


def test_switches_correlate_changes_and_not_levels(rng):
    values = rng.normal(size=(2, 400)).cumsum(axis=1)
    found = correlate(values, measure="switches")
    assert found.values[0, 1] == pytest.approx(np.corrcoef(np.diff(values))[0, 1])
    bits = np.array([[0, 1, 1, 0, 0, 1, 0], [1, 0, 0, 1, 1, 0, 1]])
    assert correlate(bits, measure="switches").values[0, 1] == pytest.approx(1)  # both change at the same steps
    states = StateMatrix(bits, column_breaks=(3,))
    changes = np.delete(bits[:, 1:] != bits[:, :-1], 2, axis=1)
    assert switches(states).values.tolist() == changes.astype(int).tolist()
    assert switches(states).column_breaks == (2,)
    moved = correlate(states, measure="switches").reorder(order_for(states, [1, 0], [1, -1]))
    assert moved.values[0, 1] == pytest.approx(correlate(moved.states, measure="switches").values[0, 1])


def test_partial_correlation_is_that_of_what_is_left(rng):
    values = rng.normal(size=(5, 300))
    values[1:] += values[0]
    found = correlate(values, measure="partial").values
    others = values[2:] - values[2:].mean(axis=1, keepdims=True)
    left = [v - v.mean() - np.linalg.lstsq(others.T, v - v.mean(), rcond=None)[0] @ others for v in values[:2]]
    assert found[0, 1] == pytest.approx(np.corrcoef(left)[0, 1])
    given = correlate(Statistics.of(StateMatrix(values)), measure="partial")
    assert given.values == pytest.approx(found, abs=1e-6)
    with pytest.raises(InputError, match="no inverse"):
        correlate(rng.normal(size=(5, 5)), measure="partial")


def test_mutual_information_is_in_bits(rng):
    values = rng.normal(size=(3, 20_000))
    values[1] = values[0] ** 2  # whose correlation is 0
    found = correlate(values, measure="mutual-information", bins=4)
    assert abs(correlate(values).values[0, 1]) < 0.05
    assert found.values[0, 1] > 0.9
    assert found.values[0, 2] < 0.002
    assert found.values.diagonal() == pytest.approx([2, 2, 2], abs=1e-3)
    assert [(pair["unit"], pair["other"]) for pair in found.significant(shifts=39)] == [(0, 1)]


def test_lags_find_the_unit_that_comes_later(rng):
    values = rng.normal(size=(3, 500))
    values[2, 4:] = values[0, :-4]
    found = correlate(values, lags=(0, 2, 4))
    assert found.pairs(1) == [{"unit": 0, "other": 2, "correlation": pytest.approx(1), "lag": 4}]
    assert found.by_lag.shape == (3, 3, 3)
    assert found.significant()[0]["lag"] == 4
    back = correlate(values, lags=(-4,))
    assert back.values[2, 0] == pytest.approx(1)
    parted = correlate(StateMatrix(values, column_breaks=(250,)), lags=(4,)).values[0, 2]
    assert parted == pytest.approx(1)
    moved = found.reorder(order_for(found.states, [2, 0, 1], [1, -1, 1]))
    assert moved.pairs(1) == [{"unit": 0, "other": 2, "correlation": pytest.approx(-1), "lag": 4}]


def test_units_of_several_sites_are_correlated_across_them(rng):
    values = rng.normal(size=(2, 3, 100))
    values[1, 2] = values[0, 1]
    states = {name: StateMatrix(part, tokens="a" * 100) for name, part in zip(("low", "high"), values, strict=True)}
    recording = Recording("a" * 100, states)
    for site in ("all", ("low", "high"), "low,high"):
        found = correlate(recording, site=("low", "high") if site == "low,high" else site)
        assert found.pairs(1)[0]["unit"] == "low:1" and found.pairs(1)[0]["other"] == "high:2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lags": (1, 1)}, "different whole numbers"),
        ({"lags": (0.5,)}, "different whole numbers"),
        ({"lags": ()}, "different whole numbers"),
        ({"lags": (99,)}, "two steps must be left"),
        ({"lags": (1,), "measure": "partial"}, "'partial' has no lags"),
        ({"bins": 4}, "bins are for the measure 'mutual-information'"),
        ({"measure": "mutual-information", "bins": 1}, "bins is 1"),
        ({"null": "shuffle"}, "null is 'shuffle'; give 'shift'"),
        ({"site": ()}, "name different ones"),
    ],
)
def test_options_that_mean_nothing_are_refused(rng, options, message):
    with pytest.raises(InputError, match=message):
        correlate(rng.normal(size=(3, 100)), **options)


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((1, 100), {}, "2 units and 40 steps"),
        ((3, 39), {}, "2 units and 40 steps"),
        ((3, 100), {"shifts": 10}, "10 shifts are too few"),
        ((3, 100), {"shifts": 0}, "0 shifts are too few"),
        ((3, 100), {"alpha": 0}, "between 0 and 1"),
        ((3, 100), {"alpha": 1.5}, "between 0 and 1"),
        ((3, 100), {"guard": 25}, "guard must be 0 to 24"),
        ((3, 100), {"guard": -1}, "guard must be 0 to 24"),
    ],
)
def test_a_threshold_that_cannot_be_told_is_refused(rng, shape, options, message):
    with pytest.raises(InputError, match=message):
        correlate(rng.normal(size=shape)).threshold(**options)


def test_ranks_of_whole_numbers_far_from_0_are_theirs():
    rows = np.array([[1e8, 1e8 + 1, 1e8 + 2, 0, 0], [1, 2, 3, 0, 0]])
    for kind in (np.float64, np.int64):
        assert np.asarray(correlate(rows.astype(kind), measure="spearman"))[0, 1] == pytest.approx(1)
