"""Ties of greedy insertion, against all ways to break them written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import stateviz as sv
from stateviz import InputError
from stateviz.ordering.comparison import ties
from stateviz.ordering.comparison.ties import insertion_ties, why_not
from stateviz.ordering.problem.task import problem_from_states


def all_ways(values):
    """The order that each way to break the ties makes, by plain loops."""
    means = values.mean(axis=1)
    far = (values[:, None] != values[None]).sum(axis=2)
    found = []

    def grow(path, left):
        if not left:
            found.append(tuple(path))
            return
        least = min(abs(means[row]) for row in left)
        for row in (row for row in left if abs(means[row]) == least):
            added = [far[row, a] + far[row, b] - far[a, b] for a, b in itertools.pairwise(path)]
            for place in (k for k, gain in enumerate(added) if gain == min(added)):
                grow([*path[: place + 1], row, *path[place + 1 :]], left - {row})

    rows = range(len(values))
    for first in (row for row in rows if means[row] == means.min()):
        others = [row for row in rows if row != first]
        for last in (row for row in others if means[row] == max(means[others])):
            grow([first, last], set(rows) - {first, last})
    return found


@pytest.mark.parametrize("seed", range(8))
def test_legal_are_exactly_the_orders_that_some_way_makes(seed):
    values = np.random.default_rng(seed).choice((-1, 1), (5, 6))
    problem = problem_from_states(sv.StateMatrix(values))
    legal = set(all_ways(values))
    legal |= {path[::-1] for path in legal}
    for path in itertools.permutations(range(5)):
        assert (why_not(problem, np.array(path)) == "") == (path in legal)


@pytest.mark.parametrize("seed", range(4))
def test_the_number_of_ways_is_that_of_all_ways(seed):
    values = np.random.default_rng(seed).choice((-1, 1), (6, 8))
    ways = all_ways(values)
    found = insertion_ties(values, tries=400, seed=1)
    assert 10**found.ways == pytest.approx(len(ways), rel=0.25)
    assert found.different <= len(set(ways))
    problem = problem_from_states(sv.StateMatrix(values))
    lengths = [problem.length(way) for way in ways]
    assert (found.lengths.min(), found.lengths.max()) == (min(lengths), max(lengths))
    assert problem.length(found.shortest) == min(lengths)
    assert problem.length(found.longest) == max(lengths)


@pytest.mark.parametrize("rule", ["index", "last", "random"])
def test_each_rule_makes_a_legal_order_and_a_swap_does_not(rule):
    states = sv.load_states(sv.shipped_recording())
    made = sv.order(states, method="greedy-insert", ties=rule, bound=False)
    assert insertion_ties(states, made, tries=1).legal
    assert insertion_ties(states, made.rows[::-1], tries=1).legal
    swapped = made.rows.copy()
    swapped[[40, 90]] = swapped[[90, 40]]
    found = insertion_ties(states, swapped, tries=1)
    assert found.legal is False
    assert "would add less elsewhere" in found.reason
    assert "the order given is none: row" in str(found)


def test_rules_differ_and_the_first_try_is_theirs():
    states = sv.load_states(sv.shipped_recording())
    rows = {
        rule: sv.order(states, method="greedy-insert", ties=rule, bound=False).rows.tolist()
        for rule in ("index", "last", "random")
    }
    assert len({tuple(order) for order in rows.values()}) == 3
    plain = sv.order(states, method="greedy-insert", bound=False)
    assert plain.rows.tolist() == rows["index"]


def test_without_ties_there_is_one_way():
    rng = np.random.default_rng(0)
    found = insertion_ties(rng.standard_normal((12, 40)), tries=5)
    assert (found.ways, found.different, math.ulp(0) < np.ptp(found.lengths)) == (0, 1, False)
    assert "1 ways" not in str(found)


def test_what_is_no_order_of_the_rows_is_refused():
    with pytest.raises(InputError, match="no permutation of the 4 rows"):
        insertion_ties(np.eye(4), [0, 1, 2])
    with pytest.raises(sv.UnknownNameError, match="way to break ties"):
        sv.order(np.eye(4), method="greedy-insert", ties="lsat")


def test_a_tie_too_large_to_decide_is_said(monkeypatch):
    monkeypatch.setattr(ties, "_MOST_SETS", 500)
    values = np.zeros((40, 60), int)
    values[np.arange(40), np.arange(40)] = 1
    with pytest.raises(InputError, match="rows tie in"):
        insertion_ties(values, np.arange(40), tries=1)


@pytest.mark.parametrize("rows", [1, 2])
def test_few_rows(rows):
    found = insertion_ties(np.eye(rows, 4), tries=2)
    assert found.ways == 0
    assert len(found.shortest) == rows
