import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.core.orders import Ordering
from stateviz.core.states import StateMatrix


def ordering(**changes):
    fields = {
        "rows": [2, 0, 1],
        "signs": [1, -1, 1],
        "length": 12.0,
        "bound": 10.0,
        "proven": False,
        "flip": True,
        "method": "two-opt",
        "metric": "hamming",
        "options": {"kicks": 3},
        "seed": 7,
        "units": (0, "b", 2),
        "site": "core.h",
        "model": "abc",
        "seconds": 0.5,
    }
    return Ordering(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": [0, 0, 1]}, "permutation of 0 to 2"),
        ({"signs": [1, 1]}, "3 values of -1 or"),
        ({"signs": [1, 0, 1]}, "3 values of -1 or"),
        ({"units": (0, 1)}, "2 unit names came for 3 rows"),
    ],
)
def test_what_is_no_order_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        ordering(**changes)


@pytest.mark.parametrize(
    ("length", "bound", "gap"),
    [(12.0, 10.0, 0.2), (10.0, 10.0, 0.0), (10.0, None, None), (0.0, 0.0, 0.0), (1.0, 0.0, None), (9.9, 10.0, 0.0)],
)
def test_the_gap_is_the_share_of_the_bound_above_it(length, bound, gap):
    assert ordering(length=length, bound=bound).gap == pytest.approx(gap)


@given(st.permutations(range(5)), st.lists(st.sampled_from([-1, 1]), min_size=5, max_size=5), st.text(max_size=5))
def test_json_gives_back_the_same_order(rows, signs, name):
    first = ordering(rows=rows, signs=signs, units=(0, 1, "x" + name, 3, 4), options={"end": name})
    again = Ordering.from_json(first.to_json())
    assert again.to_json() == first.to_json()
    assert again.units == first.units
    assert again.digest == first.digest
    assert np.array_equal(again.rows, first.rows)


def test_the_keys_of_order_json_are_those_promised():
    keys = (
        "schema rows signs length bound gap proven flip method metric options seed units site model seconds breaks axis"
    )
    assert " ".join(json.loads(ordering().to_json())) == keys


def changed(**changes):
    return json.dumps(json.loads(ordering().to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "not json",
        "[" * 100_000,
        changed(rows=[0, 1]),
        changed(rows=[10**30, 0, 1]),
        changed(rows=[0.5, 0, 1]),
        changed(length="long"),
        changed(length=True),
        changed(units=[[0], 1, 2]),
        changed(units=5),
        changed(surprise=1),
        changed(proven=None),
    ],
)
def test_json_of_something_else_is_refused_in_one_line(text):
    with pytest.raises(FileError, match="not an order written by stateviz order") as caught:
        Ordering.from_json(text)
    assert "\n" not in str(caught.value)


def test_a_newer_schema_says_to_update():
    with pytest.raises(FileError, match="schema 99, this version reads 1; update"):
        Ordering.from_json(changed(schema=99))


def test_the_digest_changes_with_the_picture_and_not_with_the_time():
    assert ordering().digest == ordering(seconds=99.0).digest
    assert ordering().digest != ordering(signs=[1, 1, 1]).digest


def test_applying_puts_rows_and_signs_in_place():
    states = StateMatrix([[0.1, 2], [0.3, 4], [0.5, 6]], units=(0, "b", 2), site="core.h")
    assert ordering().apply(states).values == pytest.approx(np.array([[0.5, 6], [-0.1, -2], [0.3, 4]]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"units": (0, "c", 2)}, "other units \\('b' of core.h at place 1, not 'c'\\)"),
        ({"site": "core.c"}, "3 of core.h, not 3 of core.c"),
        ({"source": {"model": "xyz"}}, "for model abc, not xyz"),
    ],
)
def test_an_order_is_refused_for_other_units_sites_and_models(fields, message):
    states = StateMatrix([[0.1, 2], [0.3, 4], [0.5, 6]], **({"units": (0, "b", 2), "site": "core.h"} | fields))
    with pytest.raises(MismatchError, match=message):
        ordering().apply(states)


def test_an_order_of_states_without_a_site_is_one_of_arrays_and_frames_too():
    values = np.arange(12.0).reshape(3, 4)
    common = ([2, 0, 1], [1, 1, 1], 1.0, None, False, False, "exact", "euclidean")
    mine = {site: Ordering(*common, units=(0, 1, 2), site=site) for site in ("h", "array", "core.h")}
    for site in ("h", "array"):
        for states in (StateMatrix(values), values):
            assert mine[site].apply(states).units == (2, 0, 1)
    with pytest.raises(MismatchError, match="3 of core.h, not 3 of array"):
        mine["core.h"].apply(values)
