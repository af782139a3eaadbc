"""A comparison of methods as a picture: every order on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from stateviz.core.orders import Ordering
    from stateviz.core.sheets import Palette
    from stateviz.core.states import StateMatrix
    from stateviz.ordering import Comparison


def draw_comparison(states: StateMatrix, found: Comparison, *, palette: str | Palette | None = None) -> Figure:
    """The states in every order that was found, its length above it; the shortest are named in bold.

    An order and its reverse are one: each is drawn the way round that agrees with the shortest.

    Parameters
    ----------
    states
        What was compared.
    found
        Methods that found no order are left out.
    palette
        As ``stateviz.heatmap`` takes it.

    Raises
    ------
    InputError
        When no method found an order.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> import stateviz as sv
    >>> states = sv.StateMatrix([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]])
    >>> found = sv.compare(states, methods=["identity", "exact"], criteria=[])
    >>> [text.get_text() for text in draw_comparison(states, found).texts][2:6]
    ['identity', '5  +66.7%', 'exact', '3  optimal']
    """
    from stateviz.plotting import small_multiples

    shortest = found.best.length
    named = [(trial.name, trial.ordering) for trial in found.trials if trial.ordering is not None]
    drawn = list(zip([name for name, _ in named], aligned([ordering for _, ordering in named], states), strict=True))
    return small_multiples(
        [ordering.apply(states) for _, ordering in drawn],
        [name for name, _ in drawn],
        notes=[_note(found, ordering) for _, ordering in drawn],
        marked=[place for place, (_, ordering) in enumerate(drawn) if ordering.length == shortest],
        palette=palette,
        title=f"{len(drawn)} orders of the same {states.shape[0]} units",
        subtitle="Above each: its length"
        + ("." if found.bound is None else ", and by how much that is more than the best bound on any order."),
    )


def aligned(orderings: Sequence[Ordering], states: StateMatrix) -> list[Ordering]:
    """The same orders, each the way round, and of the overall sign, that agrees with the shortest.

    The shortest itself runs from units that are rarely on to those that often are, as far as it has such a gradient; an
    order that leaves the units as they came stays so.

    Parameters
    ----------
    orderings
        One or more, of the units of ``states``.
    states
        What was ordered.

    Examples
    --------
    >>> import stateviz as sv
    >>> states = sv.StateMatrix([[0, 0, 1], [0, 1, 1], [1, 1, 1]])
    >>> found = [sv.Ordering(rows, [1] * 3, 1.0, None, False, False, "m", "hamming", units=range(3)) for rows in
    ...          ([2, 1, 0], [1, 2, 0])]
    >>> [ordering.rows.tolist() for ordering in aligned(found, states)]
    [[0, 1, 2], [0, 2, 1]]
    """
    count = states.shape[0]
    gradient = np.argsort(np.argsort(states.values.mean(axis=1), kind="stable"))
    shortest = _agreeing(min(orderings, key=lambda ordering: ordering.length), gradient, np.ones(count))
    places = np.argsort(shortest.rows)
    as_they_came = [np.array_equal(o.rows, np.arange(count)) and not o.flip for o in orderings]
    return [
        ordering if stays else _agreeing(ordering, places, shortest.signs[places])
        for ordering, stays in zip(orderings, as_they_came, strict=True)
    ]


def _agreeing(ordering: Ordering, places: NDArray[Any], signs: NDArray[Any]) -> Ordering:
    """``ordering``, or its reverse where that agrees more with each unit's place; its signs, or their opposite."""
    ours = np.argsort(ordering.rows)
    middle = (len(ours) - 1) / 2
    if np.dot(ours - middle, places - middle) < 0:
        breaks = tuple(sorted(len(ours) - place for place in ordering.breaks))
        ordering = replace(ordering, rows=ordering.rows[::-1], signs=ordering.signs[::-1], breaks=breaks)
    if np.sum(ordering.signs * signs[ordering.rows], dtype=int) < 0:
        ordering = replace(ordering, signs=-ordering.signs)
    return ordering


def _note(found: Comparison, ordering: Ordering) -> str:
    from stateviz.core.number_wording import table_amount

    gap = found.gap(ordering)
    return table_amount(ordering.length) + ("" if gap is None else "  optimal" if gap == 0 else f"  +{gap:.1%}")
