"""A basis is taken up again after rows and columns came and went."""

import numpy as np
import pytest

from stateviz.ordering import Problem, Stop
from stateviz.ordering.bases import kept, restore
from stateviz.ordering.compiled import COMPILED_ROWS
from stateviz.ordering.separation import comb_cuts, subtour_cuts
from stateviz.ordering.subtour import Relaxation


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
    restore(program, basis)
    again = program.run(Stop())
    assert set(basis.cuts) <= set(program.cuts)
    assert program.cost @ again >= cost - 1e-6  # cuts that came since may have raised it
    assert program.highs.getInfo().simplex_iteration_count < 60
    program.limit(program.low, program.high * 1.0)
    for cut in program.cuts:
        assert cut.count(program.u, program.v, program.nodes) @ again <= cut.most + 1e-6


def test_columns_that_a_basis_needs_wake(relaxation):
    program = relaxation.program.copy()
    x = program.run(Stop())
    basis = kept(program)
    program.rest(x > 0.9)
    restore(program, basis)
    assert program.run(Stop()) == pytest.approx(x, abs=1e-6)
    assert program.highs.getInfo().simplex_iteration_count == 0


def test_a_copy_goes_its_own_way(relaxation):
    program = relaxation.program
    x, cuts = program.run(Stop()), list(program.cuts)
    other = program.copy()
    assert other.run(Stop()) == pytest.approx(x, abs=1e-6)
    wander(other, x, relaxation.tour)
    assert program.cuts == cuts
    assert program.run(Stop()) == pytest.approx(x, abs=1e-6)
    assert len(program.place) == len(program.u)
