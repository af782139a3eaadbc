"""Units as a graph of strong pairs: its groups and communities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.measures import Matrix, Measure
from stateviz.analysis.modules import UnitModule, aligned, places_of
from stateviz.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from networkx import Graph

Names = tuple[int | str, ...]


def components(units: Names, strong: NDArray[np.bool_]) -> list[Names]:
    """Units that chains of strong pairs connect, largest group first; units alone are left out.

    Examples
    --------
    >>> components(("a", "b", "c"), np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], bool))
    [('a', 'c')]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    _, group = connected_components(csr_array(strong), directed=False)
    members = [np.flatnonzero(group == number) for number in range(group.max() + 1)]
    members = sorted((rows for rows in members if len(rows) > 1), key=lambda rows: (-len(rows), rows[0]))
    return [tuple(units[row] for row in rows) for rows in members]


def graph(units: Names, strong: NDArray[np.bool_], values: Matrix) -> Graph:
    """A networkx graph: a node a unit, an edge a strong pair with its ``weight`` and signed ``correlation``."""
    try:
        import networkx
    except ImportError:
        raise MissingExtraError("graphs need networkx; install it with: pip install networkx") from None
    found = networkx.Graph()
    found.add_nodes_from(units)
    for i, j in np.argwhere(np.triu(strong, 1)):
        value = float(max(values[i, j], values[j, i], key=abs))
        found.add_edge(units[i], units[j], weight=abs(value), correlation=value)
    return found


def communities(found: Graph, seed: int) -> list[Names]:
    """The communities of largest modularity by the method of Louvain, largest first, each in the nodes' order."""
    import networkx

    if not found.number_of_edges():
        return []  # networkx divides by their weight
    place = {unit: row for row, unit in enumerate(found)}
    groups = networkx.community.louvain_communities(found, weight="weight", seed=seed)
    ordered = [tuple(sorted(group, key=place.__getitem__)) for group in groups if len(group) > 1]
    return sorted(ordered, key=lambda group: (-len(group), place[group[0]]))


class PairGraphs:
    """What Correlations tells of its units as a graph whose edges are strong pairs."""

    values: Matrix
    row: Measure | None

    @property
    def units(self) -> Names:
        """The name of each row."""
        raise NotImplementedError

    def threshold(self, alpha: float = 0.05, *, seed: int = 0) -> Matrix:
        """For each pair the level of chance."""
        raise NotImplementedError

    def groups(self, threshold: float | Matrix = 0.5) -> list[tuple[int | str, ...]]:
        """Groups of units that hang together, largest first; units alone are left out.

        Two units are in one group when a chain of pairs of absolute correlation ``threshold`` or
        more leads from one to the other (connected components, also called single linkage), so
        that two units of a long chain may have little to do with each other.

        Parameters
        ----------
        threshold : float or array, shape (units, units)
            Absolute correlation above 0, at most 1; or for each pair its own, as ``threshold()`` gives it.

        Returns
        -------
        list of tuple
            The names of the units of each group.
        """
        return components(self.units, self._strong(threshold))

    def communities(self, threshold: float | Matrix | None = None, *, seed: int = 0) -> list[tuple[int | str, ...]]:
        """Communities of units, largest first: many strong pairs inside, few between; units alone are left out.

        They are those of largest modularity that the method of Louvain (Blondel et al. 2008) finds in the graph whose
        edges weigh as much as the absolute correlation, so that unlike ``groups`` no chain makes one of two.

        Parameters
        ----------
        threshold : float or array, shape (units, units), optional
            As ``groups`` takes it; by default that of chance, ``threshold()``.
        seed
            Of the order in which units are looked at.

        Returns
        -------
        list of tuple
            The names of the units of each community, in the order of the rows.
        """
        return communities(self.graph(self.threshold(seed=seed) if threshold is None else threshold), seed)

    def modules(self, threshold: float | Matrix | None = None, *, seed: int = 0) -> list[UnitModule]:
        """The communities, each unit with the sign by which it agrees with the others; largest first.

        Parameters
        ----------
        threshold, seed
            As ``communities`` takes them.

        Returns
        -------
        list of UnitModule
            The units of each that stand for the others best first; their signs are those of the first eigenvector of
            their correlations.
        """
        place = {unit: row for row, unit in enumerate(self.units)}
        groups = [[place[unit] for unit in group] for group in self.communities(threshold, seed=seed)]
        return [aligned([self.units[row] for row in rows], self.values[np.ix_(rows, rows)]) for rows in groups]

    def spread(self) -> Matrix:
        """The standard deviation of each pair by chance."""
        raise NotImplementedError

    def mean_r(self, module: UnitModule) -> tuple[float, float]:
        """The mean correlation of the pairs of a module, each turned to agree, and what chance makes of it.

        Parameters
        ----------
        module : UnitModule
            Best found on another text than this: there no choice flatters it.

        Returns
        -------
        tuple of float
            The mean, and its standard deviation where the units have nothing to do with each other: under circular
            shifts of each unit, under which two pairs do not correlate, though they share a unit.
        """
        places = places_of(module.units, self.units)
        one, other = np.triu_indices(len(places), 1)
        agreeing = self.values[places[one], places[other]] * np.outer(module.signs, module.signs)[one, other]
        spread = self.spread()[places[one], places[other]]
        return float(agreeing.mean()), float(np.sqrt((spread[np.isfinite(spread)] ** 2).sum()) / len(one))

    def graph(self, threshold: float | Matrix = 0.5) -> Graph:
        """A networkx graph: a node a unit, an edge a pair of absolute correlation ``threshold`` or more.

        An edge holds ``weight``, the absolute correlation (what layouts and community methods
        expect), and ``correlation``, with its sign.

        Parameters
        ----------
        threshold : float or array, shape (units, units)
            Absolute correlation above 0, at most 1; or for each pair its own, as ``threshold()`` gives it.

        Raises
        ------
        MissingExtraError
            When networkx is not installed.
        """
        return graph(self.units, self._strong(threshold), self.values)

    def _strong(self, threshold: float | Matrix) -> NDArray[np.bool_]:
        level = np.asarray(threshold, np.float64)
        if level.ndim == 0 and not (
            level > 0 and (level <= 1 or (self.row is not None and self.row.square is not None))
        ):
            raise InputError(f"threshold must be above 0 and at most 1, got {threshold}")
        if level.ndim and level.shape != self.values.shape:
            raise InputError(f"threshold has shape {level.shape}; give one number, or one for each pair of units")
        strong = np.abs(self.values) >= level
        strong |= strong.T
        np.fill_diagonal(strong, False)
        return np.asarray(strong)
