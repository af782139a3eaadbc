import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateviz.analysis import correlate
from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.core.sketches import BLOCK, QuantileSketch
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Accumulator, Statistics
from stateviz.ordering import order
from stateviz.similarity.metrics import METRICS, distances, flip_products
from stateviz.storage import load_input, load_states, open_statistics, save_statistics

RNG = np.random.default_rng(0)


def gathered(values, parts=1, **options):
    found = Accumulator(values.shape[1], **options)
    for part in np.array_split(values, parts):
        found.update(part)
    return found


def states_of(binary, units=7, steps=9000, seed=0, off=0):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(units, 3)) @ rng.normal(size=(3, steps)) + rng.normal(size=(units, 1))
    return StateMatrix(
        np.where(mixed > 0, 1, off) if binary else mixed, units=[f"u{i}" for i in range(units)], site="core.h"
    )


# --- moments


def test_moments_are_those_of_all_values_at_once():
    values = (RNG.normal(size=(10_000, 6)) @ RNG.normal(size=(6, 6)) + 5).astype(np.float32)
    found = gathered(values, parts=13).finish()
    assert found.count == 10_000
    assert np.allclose(found.mean, values.mean(axis=0, dtype=np.float64), rtol=1e-12)
    assert np.allclose(found.covariance, np.cov(values.T.astype(np.float64), bias=True), rtol=1e-11)
    assert np.array_equal(found.minimum, values.min(axis=0))
    assert np.array_equal(found.maximum, values.max(axis=0))
    assert np.allclose(found.correlation(), np.corrcoef(values.T.astype(np.float64)), rtol=1e-11)


def test_nothing_cancels_far_from_zero():
    values = (RNG.integers(-3, 4, size=(20_000, 3)) + 2**20).astype(np.float32)
    found = gathered(values, parts=7).finish()
    assert np.allclose(found.covariance, np.cov(values.T.astype(np.float64) - 2**20, bias=True), rtol=1e-10)


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 9000), max_size=8))
def test_the_result_does_not_depend_on_how_the_text_was_cut(cuts):
    values = np.random.default_rng(1).normal(size=(9000, 3)).astype(np.float32)
    one, many = gathered(values).finish(), Accumulator(3)
    for part in np.split(values, sorted(cuts)):
        many.update(part)
    two = many.finish()
    for name in ("mean", "covariance", "minimum", "maximum"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert np.array_equal(one.quantiles([0.1, 0.5]), two.quantiles([0.1, 0.5]))


def test_merging_is_seeing_both_parts():
    values = RNG.normal(size=(11_000, 4)).astype(np.float32)
    one, two = gathered(values[:5000]), gathered(values[5000:])
    one.merge(two)
    whole, merged = gathered(values).finish(), one.finish()
    assert merged.count == 11_000
    assert np.allclose(merged.mean, whole.mean, rtol=1e-12)
    assert np.allclose(merged.covariance, whole.covariance, rtol=1e-12)
    assert np.array_equal(merged.minimum, whole.minimum)
    assert merged.sketch.count == 11_000
    with pytest.raises(InputError, match="cannot be merged"):
        one.merge(Accumulator(5))


def test_more_may_come_after_finish():
    accumulator = gathered(np.zeros((10, 1)) + 1)
    assert accumulator.finish().mean.tolist() == [1.0]
    accumulator.update([[3.0]] * 10)
    assert accumulator.finish().mean.tolist() == [2.0]


def test_a_constant_unit_is_known_exactly_and_counts_as_uncorrelated():
    values = RNG.normal(size=(5000, 3)).astype(np.float32)
    values[:, 1] = 0.1
    found = gathered(values).finish()
    assert found.constant.tolist() == [False, True, False]
    assert found.covariance[1].tolist() == [0, 0, 0]
    assert found.correlation()[1].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, np.nan]], "at unit 1, step 2"),
        ([[1e300, 1.0]], "not finite in float32 came at unit 0, step 2"),
        ([[1.0]], r"of shape \(1, 1\); expected \(steps, 2\)"),
        ([["a", "b"]], "expected"),
    ],
)
def test_values_that_cannot_be_are_refused(values, message):
    found = gathered(np.ones((2, 2)))
    with pytest.raises(InputError, match=message):
        found.update(values)
    assert found.finish().count == 2


def test_statistics_of_nothing_are_refused():
    with pytest.raises(InputError, match="nothing was seen"):
        Accumulator(2).finish()
    with pytest.raises(InputError, match="covariance has shape"):
        Statistics((0, 1), 3, np.zeros(2), np.zeros((3, 3)), np.zeros(2), np.zeros(2))


# --- quantiles


@pytest.mark.parametrize("kind", ["normal", "sorted", "reversed", "few", "heavy"])
def test_quantiles_are_within_the_error_they_state(kind):
    count = 40 * BLOCK + 1234
    rng = np.random.default_rng(3)
    values = rng.normal(size=(count, 3)).astype(np.float32)
    values = {
        "normal": values,
        "sorted": np.sort(values, axis=0),
        "reversed": -np.sort(values, axis=0),
        "few": np.rint(values),
        "heavy": np.exp(5 * values),
    }[kind].astype(np.float32)
    found = gathered(values, parts=11).finish()
    shares = np.linspace(0.001, 0.999, 97)
    got = found.quantiles(shares)
    assert found.sketch.error < 0.006
    for unit in range(3):
        ranked = np.sort(values[:, unit])
        low = np.searchsorted(ranked, got[unit], side="left") / count
        high = np.searchsorted(ranked, got[unit], side="right") / count
        off = np.maximum(np.maximum(low - shares, shares - high), 0)
        assert off.max() <= found.sketch.error
        assert off.max() < 0.002  # what is measured is far below the bound
    assert np.array_equal(found.quantiles(0), values.min(axis=0))
    assert np.array_equal(found.quantiles([0, 1])[:, 1], values.max(axis=0))


def test_quantiles_of_few_values_are_exact():
    found = gathered(np.arange(100.0)[:, None]).finish()
    assert found.sketch.error == 0
    assert found.quantiles([0.25, 0.5, 0.75]).tolist() == [[24, 49, 74]]


def test_merged_sketches_keep_their_bound():
    values = np.random.default_rng(4).normal(size=(30 * BLOCK,)).astype(np.float32)
    whole = QuantileSketch(1)
    for part in np.split(values, 6):
        one = QuantileSketch(1, seed=int(part[0] * 100) % 7)
        for start in range(0, len(part), BLOCK):
            one.add(part[None, start : start + BLOCK])
        whole.merge(one)
    ranked = np.sort(values)
    for share in (0.01, 0.3, 0.5, 0.99):
        rank = np.searchsorted(ranked, whole.quantiles(share)[0]) / len(values)
        assert abs(rank - share) <= whole.error < 0.01


def test_room_does_not_grow_with_the_text():
    sketch = QuantileSketch(2)
    for seed in range(200):
        sketch.add(np.random.default_rng(seed).normal(size=(2, BLOCK)))
    assert sum(level.shape[1] for level in sketch.levels) < 30_000
    with pytest.raises(InputError, match="shares from 0 to 1"):
        sketch.quantiles(1.5)
    with pytest.raises(InputError, match="no value was seen"):
        QuantileSketch(1).quantiles(0.5)


# --- similarity, correlation


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("metric", ["hamming", "correlation", "cosine", "dot", "euclidean"])
@pytest.mark.parametrize(("binary", "off"), [(False, 0), (True, -1), (True, 0)])
def test_distances_from_moments_are_those_of_the_states(metric, flip, binary, off):
    if metric == "hamming" and not binary:
        pytest.skip("hamming needs binary states")
    states = states_of(binary, off=off)
    found = Statistics.of(states)
    if flip and binary and off == 0 and metric in ("dot", "cosine"):
        for one in (states, found):
            with pytest.raises(InputError, match="has no flips of rows of 0 and 1"):
                distances(one, metric, flip=True)
        return
    expected, got = distances(states, metric, flip=flip), distances(found, metric, flip=flip)
    if binary and metric in ("hamming", "dot"):
        assert np.array_equal(got, expected)
    else:
        assert np.allclose(got, expected, rtol=1e-6, atol=1e-9 * max(1.0, float(np.max(expected))))
    if not flip:
        return
    rows = np.arange(7)
    assert np.array_equal(np.sign(flip_products(found, metric, rows)), np.sign(flip_products(states, metric, rows)))


def test_a_metric_that_needs_the_states_says_so():
    found = Statistics.of(states_of(False))
    with pytest.raises(InputError, match="metric 'precomputed' needs the states, and these are statistics"):
        distances(found, "precomputed")
    with pytest.raises(InputError, match="counts where rows of two values differ"):
        distances(found, "hamming")
    assert {name for name, row in METRICS.items() if row.moments} == {
        "hamming",
        "dot",
        "correlation",
        "cosine",
        "euclidean",
    }


def test_constant_units_are_named_in_a_warning():
    states = StateMatrix([[1.0, 1.0, 1.0], [0.5, 2.0, 1.0]], units=("still", "b"))
    with pytest.warns(UserWarning, match="unit still is without a direction"):
        assert distances(Statistics.of(states), "correlation")[0, 1] == 1


@pytest.mark.parametrize("binary", [False, True])
def test_correlations_of_statistics_are_those_of_the_states(tmp_path, binary):
    states = states_of(binary)
    statistics = Statistics.of(states)
    ordering = order(states, metric="correlation", flip=True, bound=False)
    for form in (statistics, save_statistics(statistics, tmp_path / "a.stats.npz")):
        found, expected = correlate(form).reorder(ordering), correlate(states).reorder(ordering)
        assert np.allclose(found.values, expected.values, atol=1e-9)
        assert found.units == expected.units
        assert found.pairs(1)[0]["unit"] == expected.pairs(1)[0]["unit"]
    assert np.allclose(found.states.mean, expected.states.values.mean(axis=1), atol=1e-6)
    assert np.allclose(found.states.quantiles(0.5), Statistics.of(expected.states).quantiles(0.5), atol=0.1)
    with pytest.raises(InputError, match="what chance shows needs the states"):
        found.threshold()
    with pytest.raises(MismatchError, match="run stateviz order again"):
        correlate(Statistics.of(states_of(binary, units=3))).reorder(ordering)


def test_ranks_need_the_states():
    with pytest.raises(InputError, match="measure 'spearman' needs the states"):
        correlate(Statistics.of(states_of(False)), measure="spearman")
    assert correlate(Statistics.of(states_of(True)), measure="spearman").measure == "spearman"


# --- files


def test_statistics_come_back_as_they_were(tmp_path):
    first = gathered(RNG.normal(size=(9000, 3)), site="core.h", source={"model": "abc"}).finish()
    path = save_statistics(first.reorder([2, 0, 1], [1, -1, 1], (1,)), tmp_path / "a.stats.npz")
    again, expected = open_statistics(path), first.reorder([2, 0, 1], [1, -1, 1], (1,))
    for name in ("mean", "covariance", "minimum", "maximum"):
        assert np.array_equal(getattr(again, name), getattr(expected, name))
    assert (again.units, again.count, again.site, again.row_breaks) == ((2, 0, 1), 9000, "core.h", (1,))
    assert dict(again.source) == {"model": "abc"}
    assert again.sketch.error == expected.sketch.error
    assert np.array_equal(again.quantiles([0.1, 0.9]), expected.quantiles([0.1, 0.9]))
    assert save_statistics(again, tmp_path / "b.stats.npz").read_bytes() == path.read_bytes()
    assert load_input(path, site="core.h").count == 9000
    with pytest.raises(UnknownNameError, match="did you mean 'core.h'"):
        load_input(path, site="core.c")
    with pytest.raises(FileError, match="holds statistics and no states; give it to order or correlate"):
        load_states(path)


def test_files_that_are_no_statistics_are_refused(tmp_path):
    np.savez(tmp_path / "a.stats.npz", h=np.ones(3))
    with pytest.raises(FileError, match="holds arrays, and no statistics"):
        open_statistics(tmp_path / "a.stats.npz")
    with pytest.raises(FileError, match="there is no file"):
        open_statistics(tmp_path / "b.stats.npz")
    with pytest.raises(InputError, match="ends in .stats.npz"):
        save_statistics(Statistics.of(states_of(False)), tmp_path / "a.npz")
    path = save_statistics(Statistics.of(states_of(False)), tmp_path / "c.stats.npz")
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"stateviz_statistics": 1', b'"stateviz_statistics": 9'))
    with pytest.raises(FileError, match="has format 9|is damaged"):
        open_statistics(path)
    for share in (0.2, 0.9):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(FileError, match="damaged"):
            open_statistics(path)


def test_saved_statistics_are_replaced_only_when_that_is_asked_for(tmp_path):
    first, second = (Statistics.of(states_of(binary)) for binary in (False, True))
    path = save_statistics(first, tmp_path / "a.stats.npz")
    with pytest.raises(FileError, match=r"a\.stats\.npz exists"):
        save_statistics(second, path)
    assert open_statistics(path) == first
    assert open_statistics(save_statistics(second, path, overwrite=True)) == second
