"""A basis is taken up again after rows and columns came and went."""

import numpy as np
import pytest

from stateviz.ordering import Problem, Stop
from stateviz.ordering.exact.lp_basis import kept, restore
from stateviz.ordering.exact.relaxation import Relaxation
from stateviz.ordering.exact.separation import comb_cuts, subtour_cuts
from stateviz.ordering.problem.jit import COMPILED_ROWS


@pytest.fixture(scope="module")
def relaxation():
    at = np.random.default_rng(4).random((COMPILED_ROWS + 20, 2))
    problem = Problem(np.sqrt(((at[:, None] - at) ** 2).sum(-1)))
    relaxation = Relaxation(problem, np.argsort(at[:, 0]))
    relaxation.solve(Stop())
    return relaxation


def wander(program, x, tour):
    """Forbid some edges that are used, and cut and purge until other cuts are tight."""
    low, high = program.low, program.high.copy()
    high[np.flatnonzero(x > 0.5)[::9]] = 0
    program.limit(low, high)
    for _ in range(6):
        x = program.run(Stop())
        program.purge()
        program.add_cuts(subtour_cuts(program, x, tour) or comb_cuts(program, x))


def test_a_basis_is_restored_after_its_cuts_are_gone(relaxation):
    program = relaxation.program.copy()
    x = program.run(Stop())
    cost = float(program.cost @ x)
    basis = kept(program)
    wander(program, x, relaxation.tour)
    assert not set(basis.cuts) <= set(program.cuts)
    program.limit(program.low, program.high)
    cold = program.copy()
    cold.run(Stop())
    restore(program, basis)
    again = program.run(Stop())
    assert set(basis.cuts) <= set(program.cuts)
    assert program.cost @ again >= cost - 1e-6  # cuts that came since may have raised it
    assert program.highs.getInfo().simplex_iteration_count < cold.highs.getInfo().simplex_iteration_count
    for cut in program.cuts:
        assert cut.count(program.u, program.v, program.nodes) @ again <= cut.most + 1e-6


def test_another_program_takes_a_basis_up(relaxation):
    """Columns and cuts that it lacks come along."""
    program, other = relaxation.program.copy(), relaxation.program.copy()
    x = program.run(Stop())
    for _ in range(3):
        program.add_cuts(comb_cuts(program, x))
        x = program.run(Stop())
    other.run(Stop())
    other.deactivate(x > 0.9)
    restore(other, kept(program))
    assert other.run(Stop()) == pytest.approx(x, abs=1e-6)
    assert other.highs.getInfo().simplex_iteration_count == 0
    assert set(kept(program).cuts) <= set(other.cuts)
    assert len(set(other.cuts)) == len(other.cuts)


def test_a_copy_goes_its_own_way(relaxation):
    program = relaxation.program
    x, cuts, place = program.run(Stop()), list(program.cuts), program.place.copy()
    other = program.copy()
    assert other.run(Stop()) == pytest.approx(x, abs=1e-6)
    wander(other, x, relaxation.tour)
    other.deactivate(x < 0.5)
    other.activate(np.flatnonzero(x < 0.5)[::-1])
    assert program.cuts == cuts
    assert np.array_equal(program.place, place)
    assert program.run(Stop()) == pytest.approx(x, abs=1e-6)
