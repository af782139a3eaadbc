"""Measure ordering against the solvers of others, at equal time, and exact proofs, from 128 rows to 10,000.

    python benchmarks/peers.py --states lstm=layer.npy [...] [--repeats 5] [--seeds 10] [--only NAME ...]

needs ``pip install stateviz[bench]``. States are real ones, units x steps; each is also taken as bits over 274 steps,
and the largest is mixed to more rows: three units each, by random weights, and noise. Writes
benchmarks/results/exact.md (seconds to a proof, or the bound) and peers.md (how far each solver's order, and
lin-kernighan's in the same time, is above the best bound). Medians; lin-kernighan over several seeds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import TimeoutError, get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tables import RESULTS, table

from stateviz.core.states import StateMatrix
from stateviz.ordering import METHODS, Problem, Stop, order, problem_from_states
from stateviz.ordering.bounds.lower_bound import RELAXATION_ROWS, lower_bound
from stateviz.ordering.problem.task import DENSE_ROWS
from stateviz.similarity.metrics import distances
from stateviz.storage import load_states, shipped_recording

Array = NDArray[Any]
PHONE_CASE_STEPS = 274
MIXED = (4096, 10_000)
PROOF_SECONDS, LONG, SLOW = 120.0, 20.0, 3.0  # runs longer than LONG are not repeated, those than SLOW thrice
PROVED_ROWS = 2500  # a proof is looked for up to here, above it the subtour bound
PATIENCE = 60.0
Solver = Callable[[Array, float], Any]  # rows, or rows and the seconds they took
FAST_SECONDS = {128: (0.3,), 512: (0.3, 1.0), 1024: (0.3, 1.0), 4096: (5.0,), 10_000: (15.0,)}


@dataclass
class Instance:
    """Rows to order, and what is known of them."""

    name: str
    states: StateMatrix
    bound: float = 0.0
    proven: bool = False
    problem: Problem = field(init=False)

    def __post_init__(self) -> None:
        self.problem = problem_from_states(self.states)

    @property
    def size(self) -> int:
        """Rows."""
        return self.problem.size


def instances(named: Iterable[str]) -> Iterator[Instance]:
    """The shipped bits, then each of the states given as numbers and as bits, then mixtures."""
    shipped = load_states(shipped_recording())
    yield Instance(f"shipped, {shipped.shape[0]} binary", shipped)
    largest = None
    for pair in named:
        name, _, path = pair.partition("=")
        states = load_states(path)
        largest = states if largest is None or states.shape[0] > largest.shape[0] else largest
        yield Instance(f"{name}, {states.shape[0]:,} real", states)
        bits = np.where(states.values[:, :PHONE_CASE_STEPS] > 0, 1, -1)
        yield Instance(f"{name}, {states.shape[0]:,} binary", StateMatrix(bits))
    for size in MIXED if largest is not None else ():
        assert largest is not None
        yield Instance(f"mixed, {size:,} real", mixture(largest.values, size))


def mixture(values: Array, size: int, steps: int = 1000) -> StateMatrix:
    """Rows of three standardised units each, by normal weights, and noise of 0.3."""
    rng = np.random.default_rng(size)
    base = values[:, :steps].astype(np.float32)
    base = (base - base.mean(1, keepdims=True)) / np.maximum(base.std(1, keepdims=True), 1e-6)
    units, weights = rng.integers(0, len(base), (3, size)), rng.normal(size=(3, size, 1)).astype(np.float32)
    rows = sum(weight * base[unit] for unit, weight in zip(units, weights, strict=True))
    return StateMatrix(rows + 0.3 * rng.standard_normal((size, steps), np.float32))


# --- solvers of others: distances and seconds to rows


def closed(distances: Array, top: int) -> Array:
    """Whole distances with a row more, at distance 0 from all: a tour through it is a path through the others."""
    size = len(distances)
    whole = distances.dtype.kind in "iu"
    scaled = distances if whole else np.rint(distances * (top / distances.max()))
    square = np.zeros((size + 1, size + 1), np.int64)
    square[:size, :size] = scaled
    return square


def opened(tour: Iterable[int], size: int) -> Array:
    """The path that a tour makes without its last node."""
    nodes = np.array(list(tour))
    at = int(np.flatnonzero(nodes == size)[0])
    return np.concatenate((nodes[at + 1 :], nodes[:at]))


def fast_tsp(distances: Array, seconds: float) -> Array:
    """fast-tsp takes 16 bits a distance, and seconds."""
    import fast_tsp as peer

    return opened(peer.find_tour(closed(distances, 65_000).astype(np.uint16), seconds), len(distances))


def elkai(distances: Array, seconds: float) -> tuple[Array, float]:
    """elkai (LKH) takes whole numbers and runs, and cannot be stopped but by its process."""
    return apart(one_run, distances, seconds)


def one_run(distances: Array, seconds: float) -> tuple[Array, float]:
    """One run of elkai."""
    import elkai as peer

    begun = time.perf_counter()
    tour = peer.DistanceMatrix(closed(distances, 1_000_000).tolist()).solve_tsp(runs=1)
    return opened(tour[:-1], len(distances)), time.perf_counter() - begun


def apart(solver: Solver, distances: Array, seconds: float) -> tuple[Array, float]:
    """What a solver finds in a process of its own, and the seconds it took there; killed after PATIENCE."""
    with get_context("spawn").Pool(1) as pool:
        found: tuple[Array, float] = pool.apply_async(solver, (distances, seconds)).get(PATIENCE)
        return found


def pyvrp(distances: Array, seconds: float) -> Array:
    """PyVRP with one vehicle of no capacity, the added row for its depot."""
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
    from pyvrp.stop import MaxRuntime

    size = len(distances)
    square = np.roll(closed(distances, 1_000_000), (1, 1), (0, 1))  # the depot comes first
    data = ProblemData(
        [Location(0, 0) for _ in range(size + 1)],
        [Client(place) for place in range(1, size + 1)],
        [Depot(0)],
        [VehicleType()],
        [square],
        [np.zeros_like(square)],
    )
    (route,) = solve(data, MaxRuntime(seconds), seed=0).best.routes()
    return np.array([activity.idx for activity in route if activity.is_client()])


def or_tools(distances: Array, seconds: float) -> tuple[Array, float]:
    """OR-tools' routing, in a process of its own: it brings another HiGHS than ours. The seconds are its own, too."""
    return apart(guided_local_search, distances, seconds)


def guided_local_search(distances: Array, seconds: float) -> tuple[Array, float]:
    """Cheapest arcs, then OR-tools' guided local search."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    begun, size = time.perf_counter(), len(distances)
    manager = pywrapcp.RoutingIndexManager(size + 1, 1, size)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(closed(distances, 1_000_000).tolist()))
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromMilliseconds(int(seconds * 1000))
    found, at, rows = routing.SolveWithParameters(how), routing.Start(0), []
    while not routing.IsEnd(at):
        rows.append(manager.IndexToNode(at))
        at = found.Value(routing.NextVar(at))
    return np.array(rows[1:]), time.perf_counter() - begun


def python_tsp(distances: Array, seconds: float) -> Array:
    """python-tsp's 2-opt local search."""
    problem = Problem(distances)
    solve = METHODS["python-tsp-local-search"].load()
    return np.asarray(solve(problem, start=None, rng=np.random.default_rng(0), stop=Stop(seconds)))


def networkx(distances: Array, seconds: float) -> Array:
    """networkx's greedy tour with simulated annealing."""
    import networkx as nx

    graph = nx.from_numpy_array(closed(distances, 1_000_000).astype(float) + 1.0 - np.eye(len(distances) + 1))
    tour = nx.approximation.simulated_annealing_tsp(graph, "greedy", seed=0)
    return opened(tour[:-1], len(distances))


def scipy(distances: Array, seconds: float) -> Array:
    """scipy's average linkage with its optimal leaf ordering."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    condensed = squareform(distances.astype(float), checks=False)
    return np.asarray(leaves_list(linkage(condensed, "average", optimal_ordering=True)))


TIMED: dict[str, tuple[Solver, float, int]] = {  # solver, seconds, most rows
    "elkai (LKH), one run": (elkai, 0.0, 1024),
    "PyVRP": (pyvrp, 5.0, 1024),
    "OR-tools routing": (or_tools, 5.0, 4096),
    "python-tsp 2-opt": (python_tsp, 10.0, 1024),
    "networkx annealing": (networkx, 0.0, 512),
    "scipy leaf ordering": (scipy, 0.0, 2500),
}


# --- tables


def prove(instance: Instance, repeats: int) -> tuple[str, ...]:
    """A row of the table of proofs; the instance learns its bound."""
    if instance.size > PROVED_ROWS:
        rows = order(instance.states, method="lin-kernighan", time=30.0, bound=False).rows
        begun = time.perf_counter()
        instance.bound = float(lower_bound(instance.problem, rows) or 0)
        seconds = f"{time.perf_counter() - begun:.2f} s"
        kind = "subtour" if instance.size <= RELAXATION_ROWS else "1-tree"
        result = f"{kind} bound {instance.bound:,.6g}"
        return instance.name, f"{instance.problem.length(rows):,.6g}", result, seconds
    taken = []
    for _ in range(repeats):
        found = order(instance.states, method="exact", time=PROOF_SECONDS)
        taken.append(found.seconds)
        if found.seconds > LONG:
            break
    instance.bound, instance.proven = float(found.bound or 0), found.proven
    result = "proven" if found.proven else f"gap {found.gap:.3%}"
    return instance.name, f"{found.length:,.7g}", result, f"{statistics.median(taken):.2f} s"


def against(instance: Instance, peer: str, solver: Solver, seconds: float, seeds: int) -> tuple[str, ...]:
    """A row of the table of peers: its order, then ours in the same time."""
    problem = instance.problem
    # Peers take a matrix where our own search does without.
    square = problem.distances if problem.square else distances(instance.states, "correlation")
    begun = time.perf_counter()
    try:
        answer = solver(square, seconds)
    except TimeoutError:
        return instance.name, peer, f"over {PATIENCE:.0f} s", "-", "-", "-"
    rows, taken = answer if isinstance(answer, tuple) else (answer, time.perf_counter() - begun)
    theirs = problem.length(rows)
    solve = METHODS["lin-kernighan"].load()
    lengths = [
        problem.length(solve(problem, start=None, rng=np.random.default_rng(seed), stop=Stop(taken)))
        for seed in range(seeds if taken < SLOW else min(seeds, 3))
    ]
    gaps = [f"{max(0.0, length / instance.bound - 1):.3%}" for length in (theirs, np.median(lengths), max(lengths))]
    return instance.name, peer, f"{taken:.2f} s", *gaps


def peers_of(instance: Instance) -> Iterator[tuple[str, Solver, float]]:
    """Who is asked about so many rows."""
    near = min(FAST_SECONDS, key=lambda size: abs(size - instance.size))
    for seconds in FAST_SECONDS[near]:
        yield "fast-tsp", fast_tsp, seconds
    for name, (solver, seconds, most) in TIMED.items():
        if instance.size <= most:
            yield name, solver, seconds


def main() -> None:
    """Measure, write, and show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--states", nargs="+", default=[], metavar="NAME=FILE", help="real states, units x steps")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs the medians are of (default: 5)")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="of lin-kernighan (default: 10)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="instances whose name begins so")
    parser.add_argument("--proofs", action="store_true", help="measure the first table alone")
    args = parser.parse_args()
    for rows in (300, DENSE_ROWS + 1):  # compiled from here on
        method = "exact" if rows < DENSE_ROWS else "or-opt"
        order(np.random.default_rng(0).normal(size=(rows, 20)), method=method, bound=False)
    proofs, rows = [], []
    for instance in instances(args.states):
        if args.only and not instance.name.startswith(tuple(args.only)):
            continue
        proofs.append(prove(instance, args.repeats))
        print(*proofs[-1], file=sys.stderr, flush=True)
        few = args.seeds if instance.size <= 1024 else 3
        for peer, solver, seconds in () if args.proofs else peers_of(instance):
            rows.append(against(instance, peer, solver, seconds, few))
            print(*rows[-1], file=sys.stderr, flush=True)
    RESULTS.mkdir(exist_ok=True)
    exact = table(("rows", "length", "result", "time"), proofs)
    head = ("rows", "peer", "its time", "above the bound", "lin-kernighan, same time: median seed", "worst seed")
    peers = table(head, rows)
    (RESULTS / "exact.md").write_text(exact, encoding="utf-8")
    if not args.proofs:
        (RESULTS / "peers.md").write_text(peers, encoding="utf-8")
    print(exact, "" if args.proofs else peers, sep="\n", end="")


if __name__ == "__main__":
    main()
