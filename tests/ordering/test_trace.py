"""order(trace=True): the orders on the way, which change nothing of the order that is found."""

from __future__ import annotations

import json

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import FileError
from stateviz.core.orders import Ordering
from stateviz.ordering.problem.trace import MOST, Course

STATES = np.random.default_rng(0).integers(0, 2, (40, 60))


def length(rows):
    return int(np.abs(np.diff(STATES[rows], axis=0)).sum())


@pytest.mark.parametrize("method", ["identity,two-opt", "exact", "lin-kernighan", "greedy-insert,two-opt"])
def test_each_order_on_the_way_is_shorter_and_the_last_is_the_one_found(method):
    found, plain = sv.order(STATES, method=method, trace=True), sv.order(STATES, method=method)
    assert found.rows.tolist() == plain.rows.tolist() and plain.trace == ()
    assert sorted(found.trace[0].rows.tolist()) == list(range(40))
    assert found.trace[0].length == length(np.arange(40))
    lengths = [one.length for one in found.trace]
    assert lengths == sorted(lengths, reverse=True) and len(set(lengths)) == len(lengths) > 1
    assert lengths == [length(one.rows) for one in found.trace]
    assert lengths[-1] == found.length
    assert [one.seconds for one in found.trace] == sorted(one.seconds for one in found.trace)


def test_copies_and_groups_are_whole_orders_too():
    doubled = np.repeat(STATES[:10], 2, axis=0)
    for options in ({}, {"groups": 3, "grouping": "joint"}):
        found = sv.order(doubled, method="lin-kernighan", trace=True, **options)
        assert all(len(one.rows) == 20 for one in found.trace)
        assert found.trace[-1].length == found.length


def test_a_file_holds_the_trace_and_a_damaged_one_is_refused():
    found = sv.order(STATES, method="identity,two-opt", trace=True)
    again = Ordering.from_json(found.to_json())
    assert [one.rows.tolist() for one in again.trace] == [one.rows.tolist() for one in found.trace]
    assert "trace" not in sv.order(STATES, method="mean").to_json()
    for bad in ({"rows": [0, 0]}, {"rows": "x"}, {"rows": [1, 0]}, {"length": "1"}, {"seconds": None}):
        body = json.loads(found.to_json())
        body["trace"][0] |= bad
        with pytest.raises(FileError, match="not an order"):
            Ordering.from_json(json.dumps(body))


def test_a_long_way_is_thinned_and_keeps_its_ends():
    course = Course(lambda: 0.0)
    for number in range(5 * MOST):
        course.keep(np.arange(3), -number)
    kept = course.kept(np.arange(3))
    assert len(kept) <= MOST and (kept[0].length, kept[-1].length) == (0, -(5 * MOST - 1))
