"""The solvers of others, each as three steps: what it takes is prepared, it runs, its answer is read.

Only the run is timed. A path through all rows with free ends is a tour through one row more, at distance 0 from all;
solvers that take whole numbers get distances scaled to the largest that suits them. One that takes no seed gets the
rows in an order shuffled by it, so that every solver has as many runs, each different.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import tables
from instances import Array, Instance

PATIENCE = 60.0
"""Seconds after which a solver that cannot be told to stop is ended with its process."""
WHOLE = 1_000_000


@dataclass(frozen=True)
class Peer:
    """A solver.

    Parameters
    ----------
    name
        As the table names it.
    module, package
        What is imported, and the distribution it is in.
    prepare : ``prepare(distances) -> task``
        Turns a square matrix into what the solver takes; not timed.
    run : ``run(task, seconds, seed) -> answer``
        Timed.
    read : ``read(answer, task, size) -> rows``
        The order of the rows; not timed.
    seconds
        Its budgets by the number of rows, nearest first; 0 where it cannot be told when to stop.
    most
        Rows beyond which it is not asked.
    seeded
        Whether it takes a seed.
    apart
        Whether it runs in a process of its own, since it cannot be stopped or brings a library that ours also brings.
    """

    name: str
    module: str
    package: str
    prepare: Callable[[Array], Any]
    run: Callable[[Any, float, int], Any]
    read: Callable[[Any, Any, int], Array]
    seconds: dict[int, tuple[float, ...]]
    most: int
    seeded: bool = False
    apart: bool = False

    def budgets(self, size: int) -> tuple[float, ...]:
        """Seconds it is given for so many rows."""
        return self.seconds[min(self.seconds, key=lambda known: abs(known - size))] if size <= self.most else ()


def distances(instance: Instance) -> Array:
    """All distances of an instance, shape (rows, rows): int64 for hamming, else float64."""
    values = instance.values.astype(np.float64)
    if instance.metric == "hamming":
        return np.rint((values.shape[1] - values @ values.T) / 2).astype(np.int64)
    if instance.metric == "euclidean":
        from scipy.spatial.distance import pdist, squareform

        return np.asarray(squareform(pdist(values)))
    values -= values.mean(1, keepdims=True)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    square = np.clip(1 - values @ values.T, 0, None)
    np.fill_diagonal(square, 0)
    return square


def solve(peer: Peer, square: Array, seconds: float, seed: int) -> tuple[Array, float]:
    """The rows in the order that a peer finds, and the seconds that its run took.

    Raises
    ------
    multiprocessing.TimeoutError
        When it was ended after PATIENCE seconds.
    """
    places = np.arange(len(square)) if peer.seeded else np.random.default_rng(seed).permutation(len(square))
    square = square[np.ix_(places, places)]
    if not peer.apart:
        rows, taken = timed(peer, square, seconds, seed)
    else:
        with get_context("spawn").Pool(1) as pool:
            rows, taken = pool.apply_async(timed, (peer, square, seconds, seed)).get(PATIENCE)
    return places[rows], taken


def timed(peer: Peer, square: Array, seconds: float, seed: int) -> tuple[Array, float]:
    """Prepare, run and read; the seconds are those of the run."""
    task = peer.prepare(square)
    begun = time.perf_counter()
    answer = peer.run(task, seconds, seed)
    taken = time.perf_counter() - begun
    return peer.read(answer, task, len(square)), taken


def closed(distances: Array, top: int = WHOLE) -> Array:
    """Whole distances, the largest of real ones ``top``, and a last row at distance 0 from all: a tour's."""
    size = len(distances)
    whole = distances.dtype.kind in "iu"
    square = np.zeros((size + 1, size + 1), np.int64)
    square[:size, :size] = distances if whole else np.rint(distances * (top / distances.max()))
    return square


def opened(tour: Iterable[int], size: int) -> Array:
    """The path that a tour makes without its last row.

    Examples
    --------
    >>> opened([1, 3, 0, 2], 3)
    array([0, 2, 1])
    """
    nodes = np.array(list(tour))
    at = int(np.flatnonzero(nodes == size)[0])
    return np.concatenate((nodes[at + 1 :], nodes[:at]))


def read_tour(answer: Any, _task: Any, size: int) -> Array:
    """An answer that is a tour, its first row said once."""
    return opened(answer, size)


def read_ring(answer: Any, _task: Any, size: int) -> Array:
    """An answer that is a tour and ends with its first row."""
    return opened(answer[:-1], size)


# --- the solvers


def fast_tsp_matrix(distances: Array) -> Array:
    """16 bits a distance."""
    return closed(distances, 65_000).astype(np.uint16)


def fast_tsp_run(matrix: Array, seconds: float, _seed: int) -> Any:
    """On as many threads as there are cores."""
    import fast_tsp

    return fast_tsp.find_tour(matrix, seconds, max_threads=tables.cores())


def lkh_problem(distances: Array) -> str:
    """A file of the TSPLIB format, whole numbers."""
    square = closed(distances)
    head = (
        "TYPE : TSP",
        f"DIMENSION : {len(square)}",
        "EDGE_WEIGHT_TYPE : EXPLICIT",
        "EDGE_WEIGHT_FORMAT : FULL_MATRIX",
    )
    return "\n".join((*head, "EDGE_WEIGHT_SECTION", *(" ".join(map(str, row)) for row in square.tolist()), ""))


def lkh_run(problem: str, _seconds: float, _seed: int) -> Any:
    """One run of LKH. elkai's own function would count writing the problem."""
    from elkai import _elkai

    return _elkai.solve_problem("RUNS = 1\nPROBLEM_FILE = :stdin:\n", problem)


def lkh_read(answer: Any, _task: Any, size: int) -> Array:
    """LKH counts from 1."""
    return opened((node - 1 for node in answer), size)


def pyvrp_data(distances: Array) -> Any:
    """One vehicle of no capacity, the added row for its depot, which comes first."""
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType

    square, size = np.roll(closed(distances), (1, 1), (0, 1)), len(distances)
    places = [Location(0, 0) for _ in range(size + 1)]
    clients = [Client(place) for place in range(1, size + 1)]
    return ProblemData(places, clients, [Depot(0)], [VehicleType()], [square], [np.zeros_like(square)])


def pyvrp_run(data: Any, seconds: float, seed: int) -> Any:
    """Its iterated local search."""
    from pyvrp import solve
    from pyvrp.stop import MaxRuntime

    return solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False)


def pyvrp_read(answer: Any, _task: Any, _size: int) -> Array:
    """The one route."""
    (route,) = answer.best.routes()
    return np.array([activity.idx for activity in route if activity.is_client()])


def or_tools_model(distances: Array) -> Any:
    """A routing model, and cheapest arcs, then guided local search."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    size = len(distances)
    manager = pywrapcp.RoutingIndexManager(size + 1, 1, size)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(closed(distances).tolist()))
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    return manager, routing, how


def or_tools_run(model: Any, seconds: float, _seed: int) -> Any:
    """Until its time is over."""
    _, routing, how = model
    how.time_limit.FromMilliseconds(int(seconds * 1000))
    return routing.SolveWithParameters(how)


def or_tools_read(answer: Any, model: Any, _size: int) -> Array:
    """From the added row to itself."""
    manager, routing, _ = model
    at, rows = routing.Start(0), []
    while not routing.IsEnd(at):
        rows.append(manager.IndexToNode(at))
        at = answer.Value(routing.NextVar(at))
    return np.array(rows[1:])


def python_tsp_matrix(distances: Array) -> Array:
    """Distances as they are."""
    return np.pad(distances, (0, 1))


def python_tsp_run(matrix: Array, seconds: float, seed: int) -> Any:
    """Its 2-opt local search, from a random tour."""
    from python_tsp.heuristics import solve_tsp_local_search

    random.seed(seed)
    return solve_tsp_local_search(matrix, max_processing_time=seconds)[0]


def networkx_graph(distances: Array) -> Any:
    """A complete graph; a distance of 0 would be no edge, so that all are one longer."""
    import networkx as nx

    return nx.from_numpy_array(closed(distances).astype(float) + 1.0 - np.eye(len(distances) + 1))


def networkx_run(graph: Any, _seconds: float, seed: int) -> Any:
    """Its greedy tour with simulated annealing."""
    import networkx as nx

    return nx.approximation.simulated_annealing_tsp(graph, "greedy", seed=seed)


def scipy_condensed(distances: Array) -> Array:
    """The upper triangle."""
    from scipy.spatial.distance import squareform

    return np.asarray(squareform(distances.astype(float), checks=False))


def scipy_run(condensed: Array, _seconds: float, _seed: int) -> Any:
    """Average linkage with its optimal leaf ordering."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    return leaves_list(linkage(condensed, "average", optimal_ordering=True))


def as_rows(answer: Any, _task: Any, _size: int) -> Array:
    """An answer that is the order itself."""
    return np.asarray(answer)


SHORT = {128: (0.3,), 512: (0.3, 1.0), 2048: (0.3, 1.0), 4096: (5.0,), 10_000: (15.0,)}
FREE = {1: (0.0,)}
ROUTING = ("ortools", "ortools", or_tools_model, or_tools_run, or_tools_read)
TWO_OPT = ("python_tsp", "python-tsp", python_tsp_matrix, python_tsp_run, read_tour)
PEERS = (
    Peer("fast-tsp", "fast_tsp", "fast-tsp", fast_tsp_matrix, fast_tsp_run, read_tour, SHORT, 10_000),
    Peer("elkai (LKH), one run", "elkai", "elkai", lkh_problem, lkh_run, lkh_read, FREE, 1024, apart=True),
    Peer("PyVRP", "pyvrp", "pyvrp", pyvrp_data, pyvrp_run, pyvrp_read, {1: (5.0,)}, 1024, seeded=True),
    Peer("OR-tools routing", *ROUTING, {1: (5.0,)}, 4096, apart=True),
    Peer("python-tsp 2-opt", *TWO_OPT, {1: (10.0,)}, 1024, seeded=True),
    Peer("networkx annealing", "networkx", "networkx", networkx_graph, networkx_run, read_ring, FREE, 512, seeded=True),
    Peer("scipy leaf ordering", "scipy", "scipy", scipy_condensed, scipy_run, as_rows, FREE, 2500),
)
