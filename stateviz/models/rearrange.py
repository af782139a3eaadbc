"""apply(): a model whose units are in a new order, and which computes the same."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from torch import Tensor, nn

from stateviz.core.errors import InputError, MismatchError
from stateviz.core.orders import Ordering
from stateviz.models.char import CharModel
from stateviz.models.readers import Units, find_parts, named_parts, same_outputs
from stateviz.models.turning import Turn, stock_row, turn_inputs, turn_of, turn_weights

Model = TypeVar("Model", bound=nn.Module)
_SITE = re.compile(r"(?:(?P<module>.+)\.)?layer(?P<layer>\d+)(?P<reverse>\.reverse)?\.(?P<value>\w+)")


def apply(
    model: Model,
    ordering: Ordering | Sequence[Ordering],
    *,
    readers: Sequence[str] | Mapping[str, int] | None = None,
    inputs: Any = None,
    in_place: bool = False,
) -> Model:
    """Rewrite a model so that its units come in the order found, flipped where the order flips them.

    The new model gives the same outputs, and recorded it gives the states that ``ordering.apply`` makes of the old
    ones. What makes and what reads the units is permuted with them: rows of every gate, recurrent columns, start state,
    the layer above, and the readers of the top layer.

    Parameters
    ----------
    model : CharModel or torch.nn.Module
        One of ours, with any cell of CELLS; or a module with nn.RNN, nn.GRU or nn.LSTM in it.
    ordering : Ordering, or a sequence of them
        Found for a site of the model, such as ``core.layer0.h`` or ``encoder.rnn.layer1.reverse.h``; several for
        several sites. An order of c, of a gate or of another inner value moves the units of that layer.
    readers : sequence of str, or mapping of str to int, optional
        Other modules only: the dotted names of the linear and recurrent layers that read h, of LayerNorms on the
        way, and of parameters it starts from; a mapping gives each the column at which the units begin. ``()`` says
        that nothing in the module reads them.
    inputs : Tensor or tuple of Tensor, optional
        Other modules only: an example of what the module is called with. Without ``readers`` they are found by running
        it; in any case it is run before and after, and refused where its outputs change.
    in_place : bool
        Rearrange ``model`` itself; by default a copy, and the model stays as it is.

    Returns
    -------
    CharModel or torch.nn.Module
        The copy, or ``model``.

    Raises
    ------
    InputError
        When a flip is no symmetry of the cell or of what reads it, or the readers cannot be found.
    MismatchError
        When an order is of other units, another site or another model.
    UnknownNameError
        When a reader is none of the module's.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.load_model("phone-case")
    >>> before = sv.record(model, "In the beginning")
    >>> ordering = sv.order(before, method="greedy-insert", flip=True)
    >>> after = sv.record(sv.apply(model, ordering), "In the beginning")
    >>> bool((after["core.layer0.h"].values == ordering.apply(before).values).all())
    True
    """
    orderings = [ordering] if isinstance(ordering, Ordering) else list(ordering)
    if not orderings or not all(isinstance(one, Ordering) for one in orderings):
        raise InputError("expected an Ordering, or several; sv.order(states) finds one")
    if not isinstance(model, nn.Module):
        raise InputError(f"expected a torch module, got {type(model).__name__}; it has no units to rearrange")
    turned = copy.deepcopy(model)
    if isinstance(turned, CharModel):
        if readers is not None or inputs is not None:
            raise InputError("readers and inputs are for modules of your own; stateviz knows what reads a CharModel")
        _turn_ours(cast(CharModel, model).digest(), turned, orderings)
    else:
        for one in orderings:
            _turn_stock(turned, one, readers, inputs)
        if inputs is not None:
            same_outputs(model, turned, inputs, [_units(turned, one) for one in orderings])
    if not in_place:
        return turned
    own = model.state_dict(keep_vars=True)
    for name, weights in turned.state_dict().items():
        own[name].data.copy_(weights)
    if isinstance(model, CharModel):
        model.provenance = cast(CharModel, turned).provenance
    return model


def _turn_ours(digest: str, model: CharModel, orderings: Sequence[Ordering]) -> None:
    """Rearrange a CharModel; ``digest`` is that of the model it was before."""
    for ordering in orderings:
        if ordering.model is not None and ordering.model != digest:
            raise MismatchError(
                f"the order is for model {ordering.model[:12]}, not {digest[:12]}; order its states anew"
            )
        place = _SITE.fullmatch(ordering.site)
        known = [*model.sites(), *model.inner_sites(), *(_inner(model) if place else ())]
        if place is None or ordering.site not in known:
            raise MismatchError(
                f"the order is for {ordering.site!r}, which is no site of this model; it has {known[0]}"
            )
        turn = turn_of(ordering, int(model.config["width"]), model.cell, ordering.site)
        _turn_layer(model, int(place["layer"]), turn)
    done = [{"site": one.site, "rows": one.rows.tolist(), "signs": one.signs.tolist()} for one in orderings]
    earlier = list(model.provenance.get("rearranged", []))
    model.provenance = {**model.provenance, "rearranged": [*earlier, *done]}


def _inner(model: CharModel) -> list[str]:
    """Sites of the gates and cell states that a recorder finds in torch's layers."""
    layers = range(int(model.config["layers"]))
    return [f"core.layer{k}.{name}" for k in layers for name in (*model.cell.states, *model.cell.gates)]


def _turn_layer(model: CharModel, place: int, turn: Turn) -> None:
    layers = model.core.each()
    roles = [getattr(layer, "roles", None) for layer in layers]
    if roles[place] is None:
        raise InputError(
            f"cell {model.cell.name!r} does not say which of its weights read h; give its layer `roles`, from the name "
            "of each parameter to input, bias, recurrent or start"
        )
    turn_weights(cast(nn.Module, layers[place]), cast(dict[str, str], roles[place]), turn, model.cell)
    if place + 1 < len(layers):
        turn_inputs(cast(nn.Module, layers[place + 1]), cast(dict[str, str], roles[place + 1]), turn)
    elif len(model.blocks):
        turn.along(cast(Tensor, cast(nn.Sequential, model.blocks[0])[0].weight), 1)
    else:
        turn.along(model.head.weight, 1)
        if model.config.get("tied"):  # the embedding's columns moved with the head's, and the lowest layer reads them
            turn_inputs(cast(nn.Module, layers[0]), cast(dict[str, str], roles[0]), turn)


def _units(model: nn.Module, ordering: Ordering) -> Units:
    """Which units of a module an order is for, and where they go."""
    place = _SITE.fullmatch(ordering.site)
    stock = [name for name, module in model.named_modules() if isinstance(module, nn.RNNBase)]
    listed = ", ".join(f"{name}.layer0.h".lstrip(".") for name in stock) or "none that can be rearranged"
    if place is None or (place["module"] or "") not in stock:
        raise MismatchError(
            f"the order is for {ordering.site!r}; of nn.RNN, nn.GRU and nn.LSTM this module has {listed}"
        )
    rnn = cast(nn.RNNBase, model.get_submodule(place["module"] or ""))
    layer, reverse, value = int(place["layer"]), bool(place["reverse"]), str(place["value"])
    if layer >= rnn.num_layers or (reverse and not rnn.bidirectional):
        raise MismatchError(f"the order is for {ordering.site!r}, which that {type(rnn).__name__} has not")
    if hasattr(rnn, "parametrizations"):
        raise InputError(
            f"the weights of {place['module']} are made of others (weight_norm, spectral_norm); "
            "torch.nn.utils.parametrize.remove_parametrizations makes them its own"
        )
    row = stock_row(rnn)
    if value not in (*row.states, *row.gates):
        raise MismatchError(
            f"the order is for {ordering.site!r}; units there are {', '.join((*row.states, *row.gates))}"
        )
    projected = value == "h" and rnn.proj_size > 0
    width = rnn.proj_size if projected else rnn.hidden_size
    turn = turn_of(ordering, width, row, ordering.site, linear=projected)
    return Units(place["module"] or "", rnn, layer, reverse, turn, projected)


def _turn_stock(
    model: nn.Module, ordering: Ordering, readers: Sequence[str] | Mapping[str, int] | None, inputs: Any
) -> None:
    """Rearrange one layer of a recurrent module inside ``model``, and what reads it."""
    units = _units(model, ordering)
    hidden_only = units.rnn.proj_size > 0 and not units.projected
    if readers is not None:
        parts = named_parts(model, units, readers)
    elif inputs is not None:
        parts = find_parts(model, units, inputs)
    elif hidden_only:
        parts = []
    else:
        raise InputError(
            f"what reads {ordering.site} in this module is not known: give readers=, the names of its linear layers, "
            "or inputs=, an example of what it is called with, to find them"
        )
    units.turn_own()
    for part in parts:
        part.turn(units.turn)
