"""Cuts of fractional tours against all sets there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from stateviz.core.states import StateMatrix
from stateviz.ordering import Problem, Stop, problem_from_states
from stateviz.ordering.exact import min_cut as mincut
from stateviz.ordering.exact.cuts import blossoms
from stateviz.ordering.exact.kernels import cuts as kernels
from stateviz.ordering.exact.kernels import segments as scans
from stateviz.ordering.exact.min_cut import components, light_cuts, violated_sets
from stateviz.ordering.exact.primal_heuristics import quick_order
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.problem.jit import COMPILED_ROWS


def weight_leaving(members, u, v, x) -> float:
    inside = np.isin(u, members) != np.isin(v, members)
    return float(x[inside].sum())


def mixed_tours(seed: int, size: int, count: int, pieces: int):
    """Edges of the average of a few tours, each in so many pieces: every node has weight 2."""
    rng = np.random.default_rng(seed)
    weight = np.zeros((size, size))
    for _ in range(count):
        for ring in np.array_split(rng.permutation(size), pieces):
            for a, b in zip(ring, np.roll(ring, 1), strict=True):
                weight[min(a, b), max(a, b)] += 1 / count
    u, v = np.nonzero(weight)
    return u, v, weight[u, v]


def least_cut(size, u, v, x) -> float:
    sets = (s for k in range(1, size // 2 + 1) for s in combinations(range(size), k))
    return min(weight_leaving(s, u, v, x) for s in sets)


@pytest.mark.parametrize("seed", range(30))
def test_a_cut_is_found_if_and_only_if_there_is_one(seed):
    size = 9
    u, v, x = mixed_tours(seed, size, count=1 + seed % 4, pieces=1 + seed % 3)
    x = np.minimum(x, 1)
    least = least_cut(size, u, v, x)
    for found in (violated_sets(size, u, v, x), light_cuts(size, u, v, x)):
        assert bool(found) == (least < 2 - 1e-5)
        assert all(weight_leaving(members, u, v, x) < 2 - 1e-5 for members in found)
        assert all(np.array_equal(members, np.unique(members)) for members in found)


def test_components_are_named_after_their_lowest_node():
    assert components(6, np.array([5, 1]), np.array([3, 2])).tolist() == [0, 1, 1, 3, 4, 3]


@pytest.mark.parametrize("seed", range(5))
def test_blossoms_cut_off_fractions_and_no_path(seed):
    """Every cut of a relaxation holds for tours drawn at random: with the node that closes them, any path is one."""
    at = np.random.default_rng(seed).random((30, 2))
    problem = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    relaxation = Relaxation(problem, np.arange(30))
    relaxation.solve(Stop())
    assert relaxation.solved
    for draw in range(200):
        tour = np.random.default_rng(draw).permutation(31)
        if draw % 2:  # nearly the best there is: cuts are tight here
            tour = np.append(np.argsort(at[:, 0]), 30)
            i, j = np.sort(np.random.default_rng(draw).integers(0, 31, 2))
            tour[i : j + 1] = tour[i : j + 1][::-1]
        ends = np.sort(np.stack((tour, np.roll(tour, 1))), axis=0)
        for cut in relaxation.program.cuts:
            assert cut.count(ends[0], ends[1], 31).sum() <= cut.most


def test_a_blossom_is_broken_by_the_weights_it_was_found_in():
    u, v = np.array([0, 1, 0, 0, 1, 2, 3, 4, 3]), np.array([1, 2, 2, 3, 4, 5, 4, 5, 5])
    x = np.array([0.5, 0.5, 0.5, 1, 1, 1, 0.5, 0.5, 0.5])
    cuts = blossoms(6, u, v, x)
    assert {tuple(cut.sets[0]) for cut in cuts} == {(0, 1, 2), (3, 4, 5)}
    assert all(cut.most == 4 and len(cut.sets) == 4 for cut in cuts)


@pytest.mark.parametrize("seed", range(20))
def test_compiled_cuts_are_those_of_the_definition(seed):
    size = 9
    u, v, x = mixed_tours(seed, size, count=1 + seed % 4, pieces=1 + seed % 3)
    least = least_cut(size, u, v, x)
    masks = np.zeros((50, size), bool)
    found = masks[: kernels.light_cuts(size, u, v, x, 2 - 1e-5, masks)]
    assert bool(len(found)) == (least < 2 - 1e-5)
    assert all(weight_leaving(np.flatnonzero(mask), u, v, x) < 2 - 1e-5 for mask in found)
    assert kernels.components(size, u, v).tolist() == components(size, u, v).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_segments_of_a_tour_are_those_of_the_definition(seed):
    size = 9
    u, v, x = mixed_tours(seed, size, count=1 + seed % 4, pieces=1 + seed % 3)
    tour = np.random.default_rng(seed).permutation(size)
    place = np.argsort(tour)
    low, high = np.minimum(place[u], place[v]), np.maximum(place[u], place[v])
    by_low = np.argsort(low, kind="stable")
    compiled = scans.light_segments(low[by_low], high[by_low], x[by_low], size, 2 - 1e-5)
    for first, last, leaving in (compiled, mincut._segments(low, high, x, size)):
        worst = dict(zip(first.tolist(), leaving.tolist(), strict=True))
        for i, j, value in zip(first.tolist(), last.tolist(), leaving.tolist(), strict=True):
            assert weight_leaving(tour[i : j + 1], u, v, x) == pytest.approx(value)
        for i in range(1, size):
            least = min(weight_leaving(tour[i : j + 1], u, v, x) for j in range(i, size))
            assert worst.get(i, 2) == pytest.approx(min(least, 2), abs=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_a_cut_tree_parts_what_a_least_cut_parts(seed):
    rng = np.random.default_rng(seed)
    size = 7
    u, v = np.triu_indices(size, 1)
    kept = rng.random(len(u)) < 0.6
    u, v, weight = u[kept], v[kept], rng.random(kept.sum()) / 2
    sides = np.zeros((size, size), bool)
    found = sides[: kernels.cut_tree(size, u, v, weight, 1.0, sides)]
    for a, b in combinations(range(size), 2):
        sets = [(a, *s) for k in range(size) for s in combinations(set(range(size)) - {a, b}, k)]
        least = min(weight_leaving(s, u, v, weight) for s in sets)
        parting = [weight_leaving(np.flatnonzero(s), u, v, weight) for s in found if s[a] != s[b]]
        assert min(parting, default=1) == pytest.approx(min(least, 1), abs=1e-6) or least >= 1


@pytest.mark.parametrize("seed", range(3))
def test_combs_cut_off_fractions_and_no_path(seed):
    at = np.random.default_rng(seed).random((COMPILED_ROWS + 20, 2))
    problem = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    size = problem.size + 1
    relaxation = Relaxation(problem, np.argsort(at[:, 0]))
    relaxation.solve(Stop(), tighten=False)
    plain = relaxation.bound
    relaxation.solve(Stop())
    assert relaxation.bound > plain
    cuts = [cut for cut in relaxation.program.cuts if len(cut.sets) > 1]
    assert cuts
    best = np.append(quick_order(problem, rng=np.random.default_rng(0), stop=Stop()), size - 1)
    for draw in range(60):
        tour = best.copy()
        i, j = np.sort(np.random.default_rng(draw).integers(0, size, 2))
        tour[i : j + 1] = tour[i : j + 1][::-1]
        ends = np.sort(np.stack((tour, np.roll(tour, 1))), axis=0)
        assert all(cut.count(ends[0], ends[1], size).sum() <= cut.most for cut in cuts)


def test_few_and_many_rows_are_priced_alike(monkeypatch):
    problem = problem_from_states(StateMatrix(np.random.default_rng(3).normal(size=(30, 12))))
    relaxation = Relaxation(problem, np.arange(30))
    relaxation.solve(Stop())
    for limit in (1e-3, 500.0, 5000.0):
        dense = relaxation.prices.below(relaxation.duals, limit)
        with monkeypatch.context() as patch:
            patch.setattr("stateviz.ordering.exact.pricing.COMPILED_ROWS", 1)
            compiled = relaxation.prices.below(relaxation.duals, limit)
        assert np.array_equal(dense[:2], compiled[:2])
        assert dense[2] == pytest.approx(compiled[2], abs=1e-6)


def test_duals_price_every_edge():
    """No reduced cost is negative at the end, over all pairs, though not all of them were ever in the program."""
    states = StateMatrix(np.random.default_rng(0).choice((-1, 1), (40, 60)))
    relaxation = Relaxation(problem_from_states(states), np.arange(40))
    relaxation.solve(Stop())
    assert relaxation.solved
    reduced, known = relaxation.prices.dense(relaxation.duals), relaxation.program.known
    assert reduced[~known].min() >= -1e-6
    assert known.sum() < 41 * 41
