"""METHODS: every way to order rows, one file each; a row here is all it takes to add one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from stateviz.core.table import Table

_HERE = "stateviz.ordering.methods"


@dataclass(frozen=True)
class Method:
    """One way to order rows.

    Parameters
    ----------
    name, description
        What it is called and what it does.
    function
        A function, or ``"file:function"`` of one in this folder, imported at first use. It is called as
        ``function(problem, *, start, rng, stop, **options)`` and returns rows, or an Answer.
    kind
        ``"constructor"`` makes an order from nothing; ``"improver"`` makes ``start`` better and never worse.
    warm
        A constructor that also takes a ``start``, and never returns a longer order.
    options
        Names and defaults of what else it takes.
    randomized
        The seed matters.
    largest
        More rows than this are refused: it would not end.
    extra
        The optional dependency it needs.
    needs
        ``"distances"``, or ``"states"``: the rows themselves, which precomputed distances do not have.
    square
        It needs the matrix of all distances, which there is room for up to 8,192 rows.
    searches
        Above that it searches by the compiled cost of the metric, which a metric may lack.

    Examples
    --------
    >>> def by_maximum(problem, *, start, rng, stop):
    ...     return problem.states.max(axis=1).argsort(kind="stable")
    >>> import stateviz as sv
    >>> row = Method("maximum", "ascending maximum", by_maximum, needs="states")
    >>> sv.order([[0.5, 3.0], [0.1, 1.0], [0.2, 2.0]], method=row).rows.tolist()
    [1, 2, 0]
    """

    name: str
    description: str
    function: str | Callable[..., ArrayLike]
    kind: str = "constructor"
    warm: bool = False
    options: Mapping[str, object] = field(default_factory=dict)
    randomized: bool = False
    largest: int | None = None
    extra: str | None = None
    needs: str = "distances"
    square: bool = True
    searches: bool = False

    def load(self) -> Callable[..., ArrayLike]:
        """The function itself."""
        if callable(self.function):
            return self.function
        module, _, name = self.function.partition(":")
        function: Callable[..., ArrayLike] = getattr(importlib.import_module(f"{_HERE}.{module}"), name)
        return function


def _python_tsp(name: str, description: str, **rest: Any) -> Method:
    function = "python_tsp:" + name.replace("-", "_")
    return Method("python-tsp-" + name, description + " (python-tsp)", function, extra="python-tsp", **rest)


METHODS: Table[Method] = Table(
    "method",
    {
        row.name: row
        for row in (
            Method("identity", "rows as they came", "identity:solve", square=False),
            Method("random", "random order", "random:solve", randomized=True, square=False),
            Method("mean", "ascending mean activation", "mean:solve", square=False),
            Method(
                "greedy-chain",
                "nearest row next, from the row of lowest mean; grow=both extends either end",
                "greedy_chain:solve",
                options={"grow": "one"},
            ),
            Method(
                "greedy-insert",
                "each row where it adds least, between the rows of lowest and highest mean, as published",
                "greedy_insert:solve",
                options={"ties": "index", "tries": 1},
            ),
            Method("nearest-insert", "the row nearest to the order next, where it adds least", "insertion:nearest"),
            Method(
                "farthest-insert", "the row farthest from the order next, where it adds least", "insertion:farthest"
            ),
            Method("cheapest-insert", "the row that adds least next, where it does", "insertion:cheapest"),
            Method("random-insert", "rows by chance, each where it adds least", "insertion:random", randomized=True),
            Method(
                "greedy-edge",
                "shortest links first, as long as they make pieces of a path",
                "greedy_edge:solve",
                square=False,
                searches=True,
            ),
            Method("spectral", "ascending entry of the Fiedler vector of the similarities", "spectral:solve"),
            Method("pca", "along the first principal component", "principal:solve", needs="states", square=False),
            Method("mds", "along the first axis of classical scaling", "scaling:solve"),
            Method(
                "frequency",
                "slow rows first: ascending mean frequency",
                "frequency:solve",
                needs="states",
                square=False,
            ),
            Method(
                "space-filling", "along a Hilbert curve over the two widest axes", "space_filling:solve", square=False
            ),
            Method(
                "hierarchical",
                "clustered, the tree in its shortest order; linkage=single, average, complete or ward",
                "hierarchical:solve",
                options={"linkage": "average"},
            ),
            Method(
                "christofides",
                "tree and matching; at most 3/2 of the shortest where distances are a true metric",
                "christofides:solve",
                largest=200,
            ),
            Method(
                "annealed-keys",
                "sorted by keys found by simulated annealing",
                "annealed_keys:solve",
                options={"sweeps": 1000},
                randomized=True,
            ),
            Method(
                "simulated-annealing",
                "stretches turned and moved, at first nearly freely, then only for gain",
                "annealing:solve",
                kind="improver",
                options={"sweeps": 5000},
                randomized=True,
            ),
            Method("two-opt", "turn stretches around while that shortens the order", "two_opt:solve", kind="improver"),
            Method(
                "or-opt",
                "turn stretches and move short ones, from a greedy order or the one before",
                "or_opt:solve",
                warm=True,
                options={"neighbours": 10},
                square=False,
                searches=True,
            ),
            Method(
                "lin-kernighan",
                "iterated Lin-Kernighan, of many rows with crossover; kicks= for the same order on any machine",
                "lin_kernighan:solve",
                warm=True,
                options={"kicks": None, "neighbours": 10},
                randomized=True,
                square=False,
                searches=True,
            ),
            Method(
                "exact",
                "the shortest order, proven: cutting planes and branching in HiGHS",
                "exact:solve",
                warm=True,
                options={"kicks": 60},
                randomized=True,
            ),
            _python_tsp("local-search", "2-opt local search", warm=True, randomized=True),
            _python_tsp("simulated-annealing", "simulated annealing", warm=True, randomized=True),
            _python_tsp(
                "record-to-record",
                "record-to-record travel",
                warm=True,
                randomized=True,
                options={"iterations": None},
            ),
            _python_tsp("lin-kernighan", "Lin-Kernighan", warm=True, randomized=True),
            _python_tsp("dynamic-programming", "exact dynamic program, small problems only", largest=17),
            _python_tsp("branch-and-bound", "exact branch and bound, small problems only", largest=12),
            _python_tsp("brute-force", "every order, tiny problems only", largest=8),
        )
    },
)
"""Every method, in the order they are listed."""
