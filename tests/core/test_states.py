import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stateviz import load_states
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.inputs import coerce_states
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix


@pytest.mark.parametrize("values", [[[False, True]], [[0, 1]], [[-1, 1]], [[0.0, 1.0]], [[-1.0, 1.0]]])
def test_two_valued_input_becomes_int8_of_the_numbers_that_came(values):
    states = StateMatrix(values)
    assert states.binary
    assert states.values.dtype == np.int8
    assert states.values.tolist() == [[int(value) for value in values[0]]]
    assert states.off == states.values[0, 0]


def test_other_numbers_become_float32():
    states = StateMatrix([[0, 1, 2]])
    assert not states.binary
    assert states.values.dtype == np.float32


def test_values_are_a_read_only_copy():
    given_values = np.array([[0.5, 0.25]], np.float32)
    states = StateMatrix(given_values)
    given_values[0, 0] = 9
    assert states.values[0, 0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        states.values[0, 0] = 1


@pytest.mark.parametrize(("bad", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (1e300, "1e\\+300")])
def test_a_value_that_is_not_finite_is_named_by_unit_and_step(bad, shown):
    values = np.full((3, 4), 0.5)
    values[1, 2] = bad
    with pytest.raises(InputError, match=f"1 values .* the first {shown} at unit 1, step 2"):
        StateMatrix(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2], "matrix of units x steps"),
        (np.zeros((0, 3)), "empty: 0 units x 3 steps"),
        (np.zeros((3, 0)), "empty: 3 units x 0 steps"),
        ([["a", "b"]], "expected numbers"),
        ([[1j, 2]], "expected numbers"),
        ([[None, {}]], "expected numbers"),
    ],
)
def test_what_cannot_be_states_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        StateMatrix(values)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"units": ("a",)}, "1 unit names"),
        ({"units": ("a", "a")}, "same unit name"),
        ({"tokens": ("x",)}, "1 tokens came for 3 steps"),
        ({"flipped": [True]}, "1 flips"),
        ({"row_breaks": (2,)}, "row breaks"),
        ({"column_breaks": (0,)}, "column breaks"),
        ({"column_breaks": (2, 1)}, "must rise"),
    ],
)
def test_fields_that_do_not_fit_the_matrix_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        StateMatrix([[0.5, 1, 2], [3, 4, 5]], **fields)


def test_one_unit_and_one_step_are_enough():
    assert StateMatrix([[0.5]]).shape == (1, 1)


def test_select_cuts_tokens_and_breaks_with_the_columns():
    states = StateMatrix(np.arange(12).reshape(2, 6), tokens="abcdef", column_breaks=(2, 4))
    part = states.select(slice(1, 4))
    assert part.values.tolist() == [[1, 2, 3], [7, 8, 9]]
    assert part.tokens == ("b", "c", "d")
    assert part.column_breaks == (1,)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (slice(3, 3), "hold no column"),
        (slice(9, 12), "hold no column"),
        (slice(None, None, -1), "stride -1; give 1 or more"),
        (slice(None, None, 0), "stride 0; give 1 or more"),
        (6, "there is no step 6: the 6 steps count from 0"),
        (-7, "there is no step -7"),
        ("1:3", "give a slice"),
        (slice("a", "b"), "give a slice"),
        (2.5, "give a slice"),
    ],
)
def test_a_selection_of_nothing_or_against_the_text_is_refused(steps, message):
    with pytest.raises(InputError, match=message):
        StateMatrix(np.arange(12).reshape(2, 6)).select(steps)


def test_one_step_and_every_other_step_are_selected_with_their_tokens_and_breaks():
    states = StateMatrix(np.arange(12).reshape(2, 6), tokens="abcdef", column_breaks=(2, 3, 5), units="xy")
    assert states.select(-1).values.tolist() == [[5], [11]]
    assert states.select(np.int64(2), units="y").values.tolist() == [[8]]
    part = states.select(slice(0, None, 2))
    assert (part.values[0].tolist(), part.tokens, part.column_breaks) == ([0, 2, 4], ("a", "c", "e"), (1, 2))


def test_a_state_matrix_is_taken_as_an_array_by_those_who_know_arrays():
    states = StateMatrix([[0.5, 2.0, 1.0], [3.0, 4.0, 5.0]], units=("a", 7), tokens="xyz")
    assert (len(states), [row.tolist() for row in states]) == (2, [[0.5, 2.0, 1.0], [3.0, 4.0, 5.0]])
    assert (states[1, 2], states[:, 0].tolist(), states["a"].tolist()) == (5.0, [0.5, 3.0], [0.5, 2.0, 1.0])
    assert states.T.tolist() == states.values.T.tolist()
    own = states.to_numpy()
    own[0, 0] = 9
    assert (states[0, 0], states.to_numpy(np.float16).dtype) == (0.5, np.float16)
    assert np.asarray(states).tolist() == states.values.tolist()
    for frozen in (states.T, states[0], np.asarray(states)):
        with pytest.raises(ValueError, match="read-only"):
            frozen[...] = 0
    with pytest.raises(UnknownNameError, match="unknown unit 'b'; choose from a, 7"):
        states["b"]


def test_data_frames_of_a_state_matrix():
    pandas = pytest.importorskip("pandas")
    states = StateMatrix([[0.5, 2.0, 1.0], [3.0, 4.0, 5.0]], units=("a", 7), tokens="xyz")
    assert pandas.DataFrame(states).to_numpy().tolist() == states.values.tolist()
    frame = states.to_pandas()
    assert list(frame.columns) == ["token", "a", 7]
    assert frame["a"].tolist() == [0.5, 2.0, 1.0]
    assert load_states(frame).values.tolist() == states.values.tolist()


def test_a_recording_is_a_mapping_of_its_sites():
    states = {name: StateMatrix([[0.5, 2]], site=name) for name in "hc"}
    recording = Recording(("a", "b"), states)
    assert (len(recording), list(recording), "c" in recording, "x" in recording) == (2, ["h", "c"], True, False)
    assert {site: recording[site] for site in recording} == states


@given(
    values=hnp.arrays(np.float32, (4, 3), elements=st.floats(-4, 4, width=32)),
    rows=st.permutations(range(4)),
    signs=st.lists(st.sampled_from([-1, 1]), min_size=4, max_size=4),
)
def test_reordering_moves_rows_names_and_flips_together(values, rows, signs):
    values[0, 0] = 3  # so that it stays real whatever was drawn
    states = StateMatrix(values, units="wxyz")
    moved = states.reorder(rows, signs)
    for place, (row, sign) in enumerate(zip(rows, signs, strict=True)):
        assert moved.units[place] == "wxyz"[row]
        assert moved.flipped[place] == (sign < 0)
        assert np.array_equal(moved.values[place], sign * states.values[row])


def test_negating_a_row_twice_is_no_flip():
    states = StateMatrix([[0.5, 2], [3, 4]])
    twice = states.reorder([1, 0], [-1, 1]).reorder([1, 0], [1, -1])
    assert not twice.flipped.any()
    assert np.array_equal(twice.values, states.values)


def test_reordering_by_anything_but_a_permutation_is_refused():
    with pytest.raises(InputError, match="permutation of 0 to 1"):
        StateMatrix([[0.5, 2], [3, 4]]).reorder([0, 0])


def test_a_recording_needs_as_many_tokens_as_steps_at_every_site():
    with pytest.raises(InputError, match="'h' has 2 steps, the text 3 tokens"):
        Recording(("a", "b", "c"), {"h": StateMatrix([[0.5, 2]])})
    with pytest.raises(InputError, match="at least one site"):
        Recording(("a",), {})
    with pytest.raises(InputError, match="surprisal has shape"):
        Recording(("a", "b"), {"h": StateMatrix([[0.5, 2]])}, tracks={"surprisal": [1.0]})


def test_a_site_is_looked_up_with_help():
    recording = Recording(("a", "b"), {"core.h": StateMatrix([[0.5, 2]], site="core.h")})
    assert recording["core.h"].shape == (1, 2)
    with pytest.raises(UnknownNameError, match=r"did you mean 'core\.h'"):
        recording["core.g"]


def test_coercing_a_recording_asks_for_a_site_only_where_there_are_several():
    h, c = StateMatrix([[0.5, 2]], site="h"), StateMatrix([[0.1, 3]], site="c")
    assert coerce_states(Recording(("a", "b"), {"h": h})) is h
    both = Recording(("a", "b"), {"h": h, "c": c})
    assert coerce_states(both, site="c") is c
    with pytest.raises(InputError, match="name one of h, c"):
        coerce_states(both)


def test_a_data_frame_holds_one_row_a_step():
    pandas = pytest.importorskip("pandas")
    states = coerce_states(pandas.DataFrame({"u": [0.1, 0.2, 0.3], "v": [1.0, 2.0, 3.0]}))
    assert states.units == ("u", "v")
    assert states.shape == (2, 3)


def test_arrays_are_units_by_steps_unless_transposed():
    assert coerce_states(np.ones((2, 5)) * 0.5).shape == (2, 5)
    assert coerce_states(np.ones((2, 5)) * 0.5, transpose=True).shape == (5, 2)


def test_tokens_that_a_function_gives_are_read_once_when_they_are_asked_for():
    asked = []

    def read():
        asked.append(1)
        return ("a", "b")

    states = StateMatrix([[0.5, 2]], tokens=read)
    assert (repr(states), asked) == ("StateMatrix(h: 1 units x 2 steps, real)", [])
    assert states == StateMatrix([[0.5, 2]], tokens="ab")
    assert pickle.loads(pickle.dumps(StateMatrix([[0.5, 2]], tokens=read))).select(-1).tokens == ("b",)  # noqa: S301
    assert states.tokens == ("a", "b")
    assert len(asked) == 2
    assert not hasattr(states, "token")
