"""Combs found by moving nodes: violated, and met by every tour."""

import numpy as np
import pytest

from stateviz.ordering import Problem, Stop
from stateviz.ordering.exact.combs import tightened
from stateviz.ordering.exact.cuts import LEAST_VIOLATION, comb, subtour
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.problem.jit import COMPILED_ROWS


@pytest.fixture(scope="module")
def calls():
    """What a relaxation of points in the plane asks for on its way, and what is found."""
    at = np.random.default_rng(1).random((COMPILED_ROWS + 50, 2))
    problem = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    relaxation = Relaxation(problem, np.argsort(at[:, 0]))
    made = []

    def recorded(size, u, v, x, cuts):
        found = tightened(size, u, v, x, cuts)
        made.append(((size, u, v, x, list(cuts)), found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stateviz.ordering.exact.separation.tightened", recorded)
        relaxation.solve(Stop())
    assert sum(len(found) for _, found in made) > 20
    return made


def test_what_is_found_is_a_comb_that_the_weights_break(calls):
    for (size, u, v, x, cuts), found in calls:
        for cut in found:
            assert cut.count(u, v, size) @ x > cut.most + LEAST_VIOLATION - 1e-9
            handle, *teeth = (set(members.tolist()) for members in cut.sets)
            assert len(teeth) % 2 == 1
            assert len(teeth) in {len(known.sets) - 1 for known in cuts}
            assert len(set().union(*teeth)) == sum(map(len, teeth))
            assert all(tooth & handle and tooth - handle for tooth in teeth)
            assert cut.most == comb(cut.sets[0], list(cut.sets[1:])).most


def test_no_tour_breaks_what_is_found(calls):
    """Tours that come near: through the teeth one after another, in and out of the handle by turns."""
    size, rng = calls[0][0][0], np.random.default_rng(2)
    for cut in [cut for _, found in calls for cut in found][::5]:
        handle, *teeth = cut.sets
        rest = np.setdiff1d(np.arange(size), np.concatenate(teeth))
        counts = []
        for _ in range(20):
            parts = [np.sort(rng.permutation(teeth[k])) for k in rng.permutation(len(teeth))]
            parts = [part[np.argsort(np.isin(part, handle), kind="stable")] for part in parts]
            turned = [part[::-1] if k % 2 == 0 else part for k, part in enumerate(parts)]
            tour = np.concatenate((np.intersect1d(rest, handle), *turned, np.setdiff1d(rest, handle)))
            ends = np.sort(np.stack((tour, np.roll(tour, 1))), axis=0)
            counts.append(cut.count(*ends, size).sum())
            assert tightened(size, *ends, np.ones(size), [cut]) == []
        assert max(counts) == cut.most


def test_what_is_no_comb_is_left_alone(calls):
    size, u, v, x, _ = calls[0][0]
    assert tightened(size, u, v, x, [subtour(np.array([1, 2, 3]))]) == []
