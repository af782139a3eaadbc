"""Data frames: a column a unit, a row a step; arrays: a row a unit; every answer says which."""

from contextlib import suppress

import numpy as np
import pytest

from stateviz import compare, correlate, load_states, order, stability
from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix
from stateviz.core.statistics import Statistics


def frames():
    """The same three units over four steps, with their text, as the frames that are installed hold them."""
    pandas = pytest.importorskip("pandas")
    columns = {"token": list("text"), "a": [0.1, 0.9, 2.5, 3.0], "b": [3.0, 2.0, 1.0, -9.0], "c": [0.0, 1.0, 2.0, 2.0]}
    yield pandas.DataFrame(columns, index=list("wxyz"))
    with suppress(ImportError):
        import polars

        yield polars.DataFrame(columns)


def test_an_order_of_a_data_frame_gives_a_frame_of_the_same_kind_and_says_where_its_units_came_from():
    for frame in frames():
        found = order(frame, metric="correlation", flip=True)
        assert repr(found).startswith("Ordering(table: 3 units x 4 steps, from columns by exact")
        assert Ordering.from_json(found.to_json()) == found
        ordered = found.apply(frame)
        assert type(ordered) is type(frame)
        assert list(ordered.columns) == ["token", *(list("abc")[row] for row in found.rows)]
        assert list(ordered["token"]) == list("text")
        for name, sign in zip(ordered.columns[1:], found.signs, strict=True):
            assert np.array_equal(np.asarray(ordered[name]), sign * np.asarray(frame[name]))
        assert {-1, 1} == set(found.signs.tolist())
        if hasattr(frame, "index"):
            assert ordered.index.equals(frame.index)


def test_an_order_of_the_steps_of_a_data_frame_moves_its_rows_and_their_index():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [0, 1, 0, 1], "b": [0, 1, 0, 1], "c": [0, 1, 1, 1]}, index=list("wxyz"))
    found = order(frame, axis="steps")
    ordered = found.apply(frame)
    assert list(ordered.index) == [list("wxyz")[step] for step in found.rows]
    assert ordered.equals(frame.iloc[found.rows])


def test_binary_columns_of_a_frame_are_flipped_by_exchanging_on_and_off():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [0, 1, 0, 1, 1], "b": [1, 0, 1, 0, 1]})
    turned = Ordering([1, 0], [1, -1], 0.0, None, False, True, "m", "hamming", units=("a", "b"), site="table")
    assert turned.apply(frame).to_dict("list") == {"b": [1, 0, 1, 0, 1], "a": [1, 0, 1, 0, 0]}


@pytest.mark.parametrize("verb", [order, compare, stability, correlate])
def test_arrays_are_a_row_a_unit_and_frames_a_column_a_unit_unless_transposed(verb):
    pandas = pytest.importorskip("pandas")
    rows = np.random.default_rng(0).normal(size=(6, 5))
    few = {"repeats": 2} if verb is stability else {"methods": ["mean"]} if verb is compare else {}
    said = {
        "6 units x 5 steps, from rows": verb(rows, **few),
        "5 units x 6 steps, from columns": verb(pandas.DataFrame(rows, columns=list("abcde")), **few),
    }
    assert all(text in repr(found) for text, found in said.items())
    turned = {
        "5 units x 6 steps, from columns": verb(rows, transpose=True, **few),
        "6 units x 5 steps, from rows": verb(pandas.DataFrame(rows), transpose=True, **few),
    }
    assert all(text in repr(found) for text, found in turned.items())


@pytest.mark.parametrize("states", [StateMatrix([[0.5, 1], [2, 3]]), Statistics.of(StateMatrix([[0.5, 1], [2, 3]]))])
def test_what_knows_its_axes_is_not_transposed(states):
    with pytest.raises(InputError, match="knows? which axis is which; leave transpose out"):
        order(states, transpose=True)


def test_lazy_frames_tables_of_arrow_and_missing_whole_numbers_are_read():
    pandas = pytest.importorskip("pandas")
    arrow = pytest.importorskip("pyarrow")
    columns = {"token": ["x", "y"], "a": [1, 5], "b": [0.25, 1.0]}
    states = load_states(pandas.DataFrame(columns))
    assert load_states(arrow.table(columns)) == states
    assert (states.units, states.tokens) == (("a", "b"), ("x", "y"))
    gaps = pandas.DataFrame({"a": pandas.array([1, None], "Int64"), "b": [0.25, 1.0]})
    with pytest.raises(InputError, match="not finite in float32, the first nan at unit 0, step 1"):
        load_states(gaps)


class Polars:
    """What polars' frames have of what is used here: columns by name, no index, dtypes without a kind."""

    def __init__(self, columns):
        self.parts = {name: Series(column) for name, column in columns.items()}

    columns = property(lambda self: list(self.parts))

    def to_numpy(self):
        raise AssertionError("a frame with text is one of objects")

    def __getitem__(self, name):
        return self.parts[name]


class Series:
    dtype = "Float64"

    def __init__(self, values):
        self.values = np.asarray(values)

    def to_numpy(self):
        return self.values

    def __iter__(self):
        return iter(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.values


def test_frames_without_an_index_are_read_and_ordered_by_their_columns():
    frame = Polars({"token": list("xyz"), "a": [0.5, 2.0, 1.0], "b": [2.0, 0.0, 1.5]})
    states = load_states(frame)
    assert (states.units, states.tokens, states.values.tolist()) == (
        ("a", "b"), ("x", "y", "z"), [[0.5, 2.0, 1.0], [2.0, 0.0, 1.5]]
    )  # fmt: skip
    ordered = order(frame).apply(frame)
    assert type(ordered) is Polars
    assert set(ordered.columns) == {"token", "a", "b"}


def test_whole_numbers_beside_fractions_are_warned_of_where_a_float_does_not_hold_them():
    pandas = pytest.importorskip("pandas")
    mixed = pandas.DataFrame({"a": [2**53 + 1, 0], "b": [0.5, 1.0]})
    with pytest.warns(UserWarning, match="1 of 4 numbers.*the first: 9007199254740993 at unit 0, step 0"):
        load_states(mixed)


@pytest.mark.parametrize("kind", ["array", "frame"])
def test_a_site_of_what_has_none_is_refused(kind):
    rows = [[0.5, 1.0], [2.0, 3.0]]
    given = rows if kind == "array" else pytest.importorskip("pandas").DataFrame(rows)
    with pytest.raises(UnknownNameError, match=r"holds one matrix and no sites to choose from; leave site 'x' out"):
        order(given, site="x")
    assert load_states(given, site="array" if kind == "array" else "table").shape == (2, 2)


def test_an_order_of_turned_rows_is_applied_to_turned_rows_alone():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([[0.5, 1.0, 3.0], [3.0, 4.0, 0.0], [0.25, 1.0, 3.5]], index=list("uvw"))
    found = order(frame, transpose=True)
    assert found.units == ("u", "v", "w")
    assert found.apply(frame, transpose=True).equals(frame.iloc[found.rows])
    square = frame.to_numpy()
    turned = order(square, transpose=True)
    assert np.allclose(turned.apply(square, transpose=True).values, square.T[turned.rows])
    for wrong in (lambda: turned.apply(square), lambda: order(square).apply(square, transpose=True)):
        with pytest.raises(MismatchError, match="the order is for 3 units x 3 steps, from .*; see transpose="):
            wrong()


def test_the_index_of_a_frame_is_the_text_of_its_steps_unless_it_counts_them():
    pandas = pytest.importorskip("pandas")
    columns = {"a": [0.5, 2.0], "b": [1.0, 3.0]}
    assert load_states(pandas.DataFrame(columns)).tokens is None
    assert load_states(pandas.DataFrame(columns, index=["x", "y"])).tokens == ("x", "y")
    assert load_states(pandas.DataFrame(columns, index=[[0, 0], ["x", "y"]])).tokens == ("0, x", "0, y")


def test_types_and_names_of_a_frame_stay_where_nothing_is_flipped():
    pandas = pytest.importorskip("pandas")
    columns = {
        "b": pandas.array([1, 5, 9], "Int64"),
        "token": ["x", "y", "z"],
        "a": [0.5, 2.0, 8.0],
        "c": [3.0, 2.0, 1.0],
    }
    frame = pandas.DataFrame(columns)
    frame.columns.name = "unit"
    found = order(frame)
    ordered = found.apply(frame)
    assert list(ordered.columns) == ["token", *(list("bac")[row] for row in found.rows)]
    assert ordered["b"].dtype == "Int64"
    assert ordered.columns.name == "unit"
