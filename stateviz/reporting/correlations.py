"""correlate(): how alike all pairs of units are, shown in an order that puts alike units together."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from stateviz.core.errors import InputError
from stateviz.core.orders import Ordering

if TYPE_CHECKING:
    from stateviz.analysis import Correlations


def correlate(
    states: Any,
    *,
    measure: str = "pearson",
    ordering: Ordering | str | None = "auto",
    site: str | None = None,
    **options: Any,
) -> Correlations:
    """How alike each pair of units is over the text, in the order that puts alike units together.

    Parameters
    ----------
    states : StateMatrix, Recording, array, tensor, DataFrame or path
        Units x steps, as everywhere.
    measure
        How alike: ``"pearson"`` is the correlation coefficient.
    ordering
        ``"auto"`` or any method finds an order on the distances 1 - r; an Ordering is used as it is; None keeps the
        rows as they come.
    site
        Which site of a recording that has more than one.
    **options
        Of the ordering method: ``flip=True`` puts units together that agree up to their sign; ``seed``, ``time``.

    Returns
    -------
    Correlations
        ``.values`` (units, units) in the order found, ``.units``, ``.ordering``, ``.pairs(k)``, ``.groups(threshold)``,
        ``.graph(threshold)``; ``heatmap`` draws them.

    Examples
    --------
    >>> import numpy as np
    >>> steps = np.linspace(0, 6, 50)
    >>> rows = [np.sin(steps), np.cos(steps), np.sin(steps + 0.1), np.cos(steps + 0.1)]
    >>> found = correlate(rows)
    >>> found.values.shape, sorted(found.units[:2]) in ([0, 2], [1, 3])
    ((4, 4), True)
    """
    from stateviz.analysis import correlate as _correlate
    from stateviz.storage import load_input

    if options and not isinstance(ordering, str):
        raise InputError(f"{', '.join(options)} are for finding an order, and ordering is {ordering!r}; leave them out")
    matrix = load_input(states, site=site)
    if not isinstance(ordering, str):
        return _correlate(matrix, measure=measure, ordering=ordering)
    found = _correlate(matrix, measure=measure)
    from stateviz.ordering import order

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # units that never change: told once, above
        return found.reorder(order(matrix, method=ordering, metric="correlation", **options))
