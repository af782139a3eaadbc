"""Edge assembly: alternating cycles, what they make of a tour, and populations evolved from it."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from stateviz.ordering import Problem, Stop
from stateviz.ordering.local_search.eax.children import best_child, best_children, count_edges
from stateviz.ordering.local_search.eax.cycles import alternating, link
from stateviz.ordering.local_search.eax.subtours import Parts, exchange, part
from stateviz.ordering.local_search.genetic import FEWEST, KICKS, EdgeAssembly, SearchContext, _distinct
from stateviz.ordering.local_search.tour_search import Effort, TourSearch
from stateviz.ordering.methods.lin_kernighan import solve
from stateviz.ordering.problem.kernels.costs import cost


def points(seed, size, **ends):
    at = np.random.default_rng(seed).random((size, 3))
    return Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)), **ends)


def random_tours(seed, count, nodes):
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(nodes) for _ in range(count)], np.int32)


def edges(tour):
    return {frozenset(pair) for pair in pairwise([*tour.tolist(), int(tour[0])])}


def beside(tour):
    found = np.empty((len(tour), 2), np.int32)
    link(tour, found)
    return found


def state(seed):
    return np.array([seed * 7919 + 1, 0], np.uint64)


def cycles_of(ours, theirs, seed):
    cycles, starts = np.empty(2 * len(ours), np.int64), np.empty(len(ours) + 1, np.int64)
    count = alternating(beside(ours), beside(theirs), state(seed), cycles, starts)
    return [cycles[i:j] for i, j in pairwise(starts[: count + 1].tolist())]


def rings(links):
    """The tours that neighbours make, as sets of nodes."""
    left, found = set(range(len(links))), []
    while left:
        ring, at = set(), [min(left)]
        while at:
            node = at.pop()
            if node not in ring:
                ring.add(node)
                at += links[node].tolist()
        found.append(ring)
        left -= ring
    return found


@pytest.mark.parametrize("seed", range(30))
def test_alternating_cycles_are_the_difference_of_two_tours(seed):
    nodes = 5 + seed
    ours, theirs = random_tours(seed, 2, nodes)
    if seed % 3 == 0:  # nearly the same tour: cycles are short
        theirs = np.concatenate((ours[: nodes // 2][::-1], ours[nodes // 2 :]))
    mine, other = [], []
    for cycle in cycles_of(ours, theirs, seed):
        assert len(cycle) >= 4
        assert len(cycle) % 2 == 0
        steps = [frozenset(pair) for pair in pairwise([*cycle.tolist(), int(cycle[0])])]
        mine += steps[::2]
        other += steps[1::2]
    assert len(set(mine)) == len(mine)
    assert len(set(other)) == len(other)
    assert set(mine) == edges(ours) - edges(theirs)
    assert set(other) == edges(theirs) - edges(ours)


def test_equal_tours_have_no_cycles():
    tour = random_tours(0, 1, 9)[0]
    assert cycles_of(tour, tour[::-1].copy(), 0) == []
    assert cycles_of(tour, np.roll(tour, 4), 0) == []


@pytest.mark.parametrize("seed", range(30))
def test_a_cycle_parts_a_tour_as_its_links_do(seed):
    nodes = 6 + 2 * seed
    ours, theirs = random_tours(seed, 2, nodes)
    links, place = beside(ours), np.argsort(ours).astype(np.int32)
    before = [set(pair) for pair in links.tolist()]
    parts = Parts(*(np.empty(2 * nodes, np.int64) for _ in Parts._fields))
    for cycle in cycles_of(ours, theirs, seed):
        exchange(links, cycle, False)
        count = part(cycle, place, parts)
        found = rings(links)
        assert count == len(found)
        assert sorted(parts.size[:count].tolist()) == sorted(map(len, found))
        exchange(links, cycle, True)
        assert [set(pair) for pair in links.tolist()] == before


def lengths(searched, tours):
    return np.array(
        [sum(cost(*searched.costs, int(a), int(b)) for a, b in zip(t, np.roll(t, -1), strict=True)) for t in tours]
    )


@pytest.mark.parametrize("kind", ["real", "ties", "fixed"])
@pytest.mark.parametrize("seed", range(5))
def test_a_child_is_a_tour_and_gains_what_it_says(kind, seed):
    ends = {"first": 3, "last": 8} if kind == "fixed" else {}
    problem = points(seed, 40, **ends)
    if kind == "ties":
        problem = Problem(np.rint(3 * problem.distances).astype(np.int64))
    searched = TourSearch(problem, None, Effort(breadth=(2, 1)), 1, Stop())  # tours that leave something to gain
    made = [searched._searched(tour, 0, k + 1) for k, tour in enumerate(started(searched, seed, 12))]
    tours = np.array([tour for tour, _ in made])
    assert lengths(searched, tours) == pytest.approx([length for _, length in made])
    often = np.empty((41, 41), np.int16)
    count_edges(tours, often)
    assert often.sum() == 2 * tours.size
    entropy = -np.arange(14) / 12 * np.log(np.maximum(np.arange(14), 1) / 12)
    better = 0
    for k in range(11):
        child = np.empty_like(tours[0])
        pair = tours[k], tours[k + 1]
        gain = best_child(searched.costs, searched.lists, searched.least, pair, state(k), (often, entropy), child)
        assert sorted(child.tolist()) == list(range(41))
        assert edges(child) <= edges(tours[k]) | edges(tours[k + 1]) or gain > 0
        before, after = lengths(searched, (tours[k], child))
        assert before - after == pytest.approx(gain, abs=1e-9)
        assert gain >= 0
        assert (gain > 0) == (edges(child) != edges(tours[k]))
        better += gain > 0
        assert np.array_equal(searched.problem.with_fixed_ends(searched._opened(child)), searched._opened(child))
    assert better or kind == "ties"


def started(searched, seed, count):
    """Random tours that have the dummy beside its fixed rows."""
    context = SearchContext(
        searched.problem.size + 1, searched.costs, searched.lists, searched.least, searched._searched
    )
    evolution = EdgeAssembly(context, np.random.default_rng(seed), Stop(), lambda best, done: None)
    return [evolution._random() for _ in range(count)]


def test_every_pair_is_asked_for_its_best_child():
    searched = TourSearch(points(3, 40), None, Effort(), 1, Stop())
    tours = np.array([searched._searched(tour, 0, k + 1)[0] for k, tour in enumerate(started(searched, 3, 6))])
    often = np.empty((41, 41), np.int16)
    count_edges(tours, often)
    table = often, np.zeros(8)
    parents = np.array([[0, 1], [4, 2]])
    states = np.array([[5, 0], [9, 0]], np.uint64)
    children, gains = np.empty((2, 41), np.int32), np.empty(2)
    best_children(searched.costs, searched.lists, searched.least, tours, parents, states.copy(), table, children, gains)
    for k, (i, j) in enumerate(parents.tolist()):
        child = np.empty(41, np.int32)
        pair = tours[i], tours[j]
        gain = best_child(searched.costs, searched.lists, searched.least, pair, states[k].copy(), table, child)
        assert gains[k] == gain
        assert children[k].tolist() == child.tolist()


def test_tours_that_differ_in_where_they_begin_are_one():
    tours = random_tours(1, 3, 11)
    same = np.array([tours[0], np.roll(tours[0], 3), np.roll(tours[0][::-1], 5), tours[1], tours[2], tours[1]])
    found, long = _distinct(same, np.array([3.0, 3.0, 3.0, 1.0, 2.0, 1.0]))
    assert sorted(long.tolist()) == [1.0, 2.0, 3.0]
    assert {frozenset(edges(tour)) for tour in found} == {frozenset(edges(tour)) for tour in tours}


BRED = int(FEWEST * KICKS * 260) + 1


def run(problem, *, stop=None, seed=0, kicks=BRED, start=None):
    return solve(problem, start=start, rng=np.random.default_rng(seed), stop=stop or Stop(), kicks=kicks)


def test_crossing_is_reached_and_repeats_itself(monkeypatch):
    problem = points(5, 250)
    first = run(problem)
    calls = []
    kept = EdgeAssembly.run
    monkeypatch.setattr(EdgeAssembly, "run", lambda self, kicks: (calls.append(kicks), kept(self, kicks)))
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert run(problem).tolist() == first.tolist()  # on one processor as on several
    assert calls == [BRED]
    assert sorted(first.tolist()) == list(range(250))
    assert problem.length(first) < problem.length(run(problem, kicks=BRED // 2))
    assert len(calls) == 1  # too few kicks for a population


@pytest.mark.parametrize("ends", [{}, {"first": 17}, {"last": 3}, {"first": 17, "last": 3}])
def test_crossing_comes_near_the_best_between_any_ends(ends):
    from stateviz.ordering.methods.exact import solve as exact

    problem = points(6, 210, **ends)
    found = run(problem, kicks=2 * BRED)
    assert problem.with_fixed_ends(found).tolist() == found.tolist()
    assert sorted(found.tolist()) == list(range(210))
    best = exact(problem, start=None, rng=np.random.default_rng(0), stop=Stop())
    assert problem.proves(problem.length(best.rows), best.bound)
    assert problem.length(found) <= 1.002 * problem.length(best.rows)


def test_an_order_to_beat_is_never_made_longer():
    problem = points(8, 210)
    good = run(problem, kicks=2 * BRED)
    assert problem.length(run(problem, start=good, seed=3)) <= problem.length(good)


def test_an_interrupt_keeps_the_best_tour_so_far(monkeypatch):
    problem = points(9, 240)
    seen = []
    kept = EdgeAssembly._evolved

    def interrupted(self, pool, random_tours, lengths):
        seen.append(self.length)
        raise KeyboardInterrupt

    monkeypatch.setattr(EdgeAssembly, "_evolved", interrupted)
    stop, threads = Stop(), threading.active_count()
    found = run(problem, stop=stop)
    assert stop.interrupted
    assert threading.active_count() == threads  # no worker is left
    monkeypatch.setattr(EdgeAssembly, "_evolved", kept)
    assert len(seen) == 1
    assert problem.length(found) <= 1.05 * problem.length(run(problem))


def test_time_is_kept_and_used():
    problem = points(10, 260)
    run(problem)
    stop = Stop(0.5)
    found = run(problem, stop=stop, kicks=None)
    assert 0.4 < stop.elapsed() < 4.0
    assert sorted(found.tolist()) == list(range(260))


def test_a_stop_is_seen_between_two_tours():
    problem, made = points(12, 220), []
    searched = TourSearch(problem, None, Effort(), 1, Stop())
    stop = Stop()

    def counted(tour, kicks, seed):
        made.append(seed)
        stop.interrupted = len(made) >= 3
        return searched._searched(tour, kicks, seed)

    context = SearchContext(221, searched.costs, searched.lists, searched.least, counted)
    evolution = EdgeAssembly(context, np.random.default_rng(0), stop, lambda best, done: None)
    evolution.run(1 << 30)
    assert len(made) <= 3 + 2 * evolution.processors
    assert sorted(evolution.best.tolist()) == list(range(221))


def test_several_populations_meet():
    problem = points(11, 205)
    searched = TourSearch(problem, None, Effort(), 1, Stop())
    context = SearchContext(206, searched.costs, searched.lists, searched.least, searched._searched)
    told = []
    evolution = EdgeAssembly(context, np.random.default_rng(0), Stop(), lambda best, done: told.append(done))
    sizes = []
    kept = evolution._evolved
    evolution._evolved = lambda pool, tours, long: (sizes.append(len(tours)), kept(pool, tours, long))[1]
    from stateviz.ordering.local_search.genetic import MOST

    evolution.run(int((MOST + FEWEST + 1) * KICKS * 206))
    assert sizes[:2] == [MOST, FEWEST + 1] or sizes[:2] == [MOST, FEWEST]
    assert len(sizes) == 3  # the best of both, crossed once more
    assert told == sorted(told)
    assert evolution.length == pytest.approx(float(lengths(searched, [evolution.best])[0]))
