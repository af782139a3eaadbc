"""A comparison of methods as a picture: every order on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from stateviz.core.orders import Ordering
    from stateviz.core.sheets import Palette
    from stateviz.core.states import StateMatrix
    from stateviz.ordering import Comparison


def draw_comparison(states: StateMatrix, found: Comparison, *, palette: str | Palette | None = None) -> Figure:
    """The states in every order that was found, its length above it; the shortest are named in bold.

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
    drawn = [(trial.name, trial.ordering) for trial in found.trials if trial.ordering is not None]
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


def _note(found: Comparison, ordering: Ordering) -> str:
    from stateviz.core.number_wording import table_amount

    gap = found.gap(ordering)
    return table_amount(ordering.length) + ("" if gap is None else "  optimal" if gap == 0 else f"  +{gap:.1%}")
