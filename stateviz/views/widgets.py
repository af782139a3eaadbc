"""widget(): a page in a notebook that brings choices back to Python."""

from __future__ import annotations

from functools import cache
from typing import Any

from stateviz.core.errors import InputError
from stateviz.views.document import FRONT
from stateviz.views.page import view


def widget(x: Any, **options: Any) -> Any:
    """A view as a widget of a notebook: what is chosen in it is known in Python, and the other way round.

    Its attributes follow the page, and change it: ``site`` (a name), ``unit`` (its name, or None), ``step`` (or None),
    ``steps`` (the first that is seen and the one behind the last), ``order`` (the name of the order that is shown).
    ``rows`` holds the places of the units in that order. ``observe`` tells of changes, as of any widget.

    Parameters
    ----------
    x : StateMatrix, Recording, array, tensor, DataFrame or path
        What is shown, as ``view`` takes it.
    **options
        As ``view`` takes them.

    Returns
    -------
    anywidget.AnyWidget

    Raises
    ------
    InputError
        When anywidget is not installed (``pip install 'stateviz[notebook]'``), the view shows no states, or they are
        too many for a notebook.

    Examples
    --------
    >>> shown = widget([[0, 1, 1], [1, 0, 1]])  # doctest: +SKIP
    >>> shown.unit = 1  # doctest: +SKIP
    >>> shown.steps  # doctest: +SKIP
    [0, 3]
    """
    page = view(x, **options)
    if page.kind == "steps":
        raise InputError("the view steps shows a model, of which nothing is chosen; show the page itself")
    if page.large:
        raise InputError(f"{page.title} is too large for a notebook; save it as a folder, or give steps='A:B'")
    return _widget_class()(title=page.title, _document=page.document())


@cache
def _widget_class() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise InputError("a widget needs anywidget; pip install 'stateviz[notebook]'") from error
    traits: dict[str, Any] = {
        "title": traitlets.Unicode(""),
        "_document": traitlets.Unicode(""),
        "site": traitlets.Unicode(None, allow_none=True),
        "unit": traitlets.Any(None, allow_none=True),
        "step": traitlets.Int(None, allow_none=True),
        "steps": traitlets.List(None, allow_none=True),
        "order": traitlets.Unicode(None, allow_none=True),
        "rows": traitlets.List(None, allow_none=True),
    }
    synced = {name: trait.tag(sync=True) for name, trait in traits.items()}
    script = (FRONT / "widget.js").read_text(encoding="utf-8")
    return type("PageWidget", (anywidget.AnyWidget,), {"_esm": script, "__module__": __name__, **synced})
