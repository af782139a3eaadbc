"""view(): states as a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from stateviz.analysis.features.computed import Given
from stateviz.core.errors import InputError
from stateviz.core.orders import Ordering
from stateviz.core.pages import Page, Renderer
from stateviz.core.progress import Watch
from stateviz.core.sheets import Palette
from stateviz.views.document import write_page
from stateviz.views.films import ENDINGS
from stateviz.views.growth import Checkpoint, is_training, trained
from stateviz.views.kinds import VIEWS, check_options
from stateviz.views.look import Limits, Look, color_limits
from stateviz.views.phrases import Phrase
from stateviz.views.picture import ScenePage
from stateviz.views.scene import MOST, Scene, extent
from stateviz.views.sources import chosen_units, several_of, source_of

_MOST_LEVELS = 8
_RATE = 0.1


def view(
    x: Any,
    *,
    kind: str = "heatmap",
    site: str | None = None,
    steps: slice | str | None = None,
    units: Sequence[int | str] | None = None,
    ordering: Ordering | Sequence[Ordering] | None = None,
    text: str | Sequence[str] | None = None,
    palette: str | Palette | None = None,
    limits: Limits | None = None,
    threshold: float | None = None,
    bits: int | None = None,
    title: str | None = None,
    rate: float | None = _RATE,
    size: str | float | None = None,
    scale: int | None = None,
    gap: int | None = None,
    span: tuple[int, int] | slice | str | None = None,
    off_before: bool = False,
    off_after: bool = False,
    features: Given = None,
    watch: Watch | None = None,
) -> Page:
    """States as a page: for a browser, a notebook, a terminal or a paper.

    Parameters
    ----------
    x : StateMatrix, Recording, array, tensor, DataFrame or path; a list of recordings and matrices; or a model
        What is shown, (units, steps) where it is an array. Of a list each is a panel; their sites of one name share
        one scale, and what is chosen in one is chosen in all. Of the view steps a CharModel, the name of a shipped
        one, or a list of them, side by side.
    kind : str
        A row of VIEWS.
    site : str, optional
        The one site of a recording that is shown; by default all of them, the first one first.
    steps : slice or str, optional
        The steps that are shown; ``"A:B"`` is A to B - 1, counted from 0.
    units : sequence of int or str, optional
        The units that colour the text and are drawn as traces; by default the first one.
    ordering : Ordering or sequence of Ordering, optional
        Orders of the rows to choose from, the first one shown first. The order as recorded is always among them.
    text : str or sequence of str, optional
        The text of each step, for states that carry none: a character or a token a step. Steps: what the model reads.
    palette : str or Palette, optional
        As ``heatmap`` takes it; others can be chosen on the page.
    limits : (float, float) or "full", optional
        Real states: the values at which the colours end, one of which may be None, or the least and the largest that
        there are; by default as ``heatmap`` has them.
    threshold : float, optional
        Traces: a line to compare with. Pixels of real states: from it on a cell has the second colour. Match: above
        it a unit is on, by default 0, and half way between the two of 0/1 states.
    bits : int, optional
        Real states: how many bits a value has in the page, 1 less than 2 to 8; by default 6 up to a million
        cells, 4 beyond, 8 in a folder. The legend of each value says how far it may be off.
    title : str, optional
        Above the page, and above a heatmap as a picture; by default the sites and their shape, above the page alone.
    rate : float, optional
        Steps only: how far the weights move in the one update that is shown; None shows the forward pass alone.
    size : str or float, optional
        A heatmap as a picture for print: ``"column"`` (89 mm), ``"page"`` (183 mm), or its width in millimetres.
    scale : int, optional
        Pixels only: how many a cell has each way, 4 by default.
    gap : int, optional
        Pixels only: white cells between groups of an order, and between texts, 2 by default.
    span : (int, int), slice or str, optional
        Match only: the phrase by its first step and the one after its last, or its text, of which the first place is
        taken; by default the first word over which a unit stays on.
    off_before, off_after : bool
        Match only: units that are off at the step before the phrase, or at the one after it.
    features : sequence of str or Feature, or mapping, optional
        Match only: what stands below the text, as ``find`` takes it; by default the tracks that were added to the
        recording, else a few features of text.
    watch : callable, optional
        Called with a Progress a few times a second while a folder is written.

    Returns
    -------
    Page
        Shows itself in a notebook; ``save("x.html")`` writes one file that asks no network, ``save("x")`` a folder
        that any host of static files serves, of any number of cells, ``save("x.png")``, ``.svg`` and ``.pdf`` a
        picture, ``to_terminal()`` gives text.

    Raises
    ------
    InputError
        When the states lack what the view shows, or are too many for one page.
    UnknownNameError
        When there is no such view, site, unit or palette.
    MismatchError
        When an ordering is one of other units.

    Examples
    --------
    >>> from stateviz.core.states import StateMatrix
    >>> states = StateMatrix([[-1, 1, 1], [1, 1, -1]], tokens="abc")
    >>> view(states, kind="text", units=[1])
    Page(text: h: 2 units x 3 steps)
    """
    row = VIEWS[kind]
    check_options(
        kind,
        {"site": site, "steps": steps, "units": units, "ordering": ordering, "text": text, "palette": palette}
        | {"limits": limits, "threshold": threshold, "bits": bits, "rate": None if rate == _RATE else "given"}
        | {"size": size, "scale": scale, "gap": gap, "span": span, "features": features}
        | {"off_before": off_before or None, "off_after": off_after or None},
    )
    if row.page is not None:
        if not isinstance(text, str):
            raise InputError(f"the view {kind} shows a model that reads; give text, such as text='1010'")
        return row.page(x, text, rate=rate, title=title)
    if bits is not None and not 2 <= bits <= _MOST_LEVELS:
        raise InputError(f"bits is {bits}; give 2 to {_MOST_LEVELS}")
    orders = () if ordering is None else (ordering,) if isinstance(ordering, Ordering) else tuple(ordering)
    known: Sequence[Checkpoint] = ()
    if kind == "growth" and is_training(x):
        if not isinstance(text, str):
            raise InputError(
                "the view growth of models shows what they make of a text; give text, such as text='hello'"
            )
        x, names, known = trained(x, text)
        several, text = (x, names), None
    else:
        several = several_of(x)
    scenes = [
        Scene(source_of(one, site, steps, text), name, orders, bits)
        for one, name in zip(*several, strict=True)
    ]  # fmt: skip
    for scene in scenes:
        row.check(scene)
        for order in orders:
            if order.site in scene.sites:
                order.apply(scene.part(order.site, 0, 1))
    first = scenes[0]
    ends = color_limits(limits)
    if ends is not None and first.part(first.sites[0], 0, 1).binary:
        raise InputError("limits do nothing to the two colours of binary states; leave them out")
    phrase = Phrase(span, off_before, off_after, features)
    look = Look(chosen_units(first, units), palette, ends, threshold, title, size, scale, gap, phrase, known)
    if row.settle is not None:
        look = row.settle(scenes, look)
    shown = title or " · ".join(f"{scene.name + ': ' if scene.name else ''}{extent(scene)}" for scene in scenes)
    picture = ScenePage(row, scenes, look, shown, watch)
    endings = (".png", ".svg", ".pdf") if row.write is None else (".png", ".svg", ".pdf", ".tif", ".tiff")
    renderers: dict[str, Renderer] = {".html": partial(write_page, picture.pieces)}
    renderers |= dict.fromkeys(endings, picture.write_figure) | ({"": picture.write_folder} if row.folders else {})
    renderers |= dict.fromkeys(ENDINGS if row.film is not None else (), picture.write_film)
    large = row.folders and any(one.cells > MOST for one in scenes)
    return Page(kind, shown, renderers, picture.document, picture.terminal, large, picture.bundle, picture.remarks)
