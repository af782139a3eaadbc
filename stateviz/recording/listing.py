"""sites(): what can be recorded of a model."""

from __future__ import annotations

import torch

from stateviz.recording.session import opened, placed
from stateviz.recording.sources import Options, Sites
from stateviz.recording.sources.base import Forward, reading_mode
from stateviz.recording.sources.turns import alone
from stateviz.recording.sources.wrapped import uncompiled, unwrapped
from stateviz.recording.texts import Texts, gather
from stateviz.recording.trial_pass import discovered, first_steps, sites_of_made_up_inputs


def sites(
    model: object,
    text: Texts | None = None,
    *,
    encode: object = None,
    forward: Forward | None = None,
    batch_first: bool | None = None,
    layout: str | None = None,
) -> dict[str, int]:
    """What `record` can capture of ``model``: the units of each site.

    Parameters
    ----------
    model
        Whatever `record` takes.
    text : optional
        The model is run over its first steps; without it over a few made-up inputs.
    encode, forward, batch_first, layout
        How the model reads text and is called, as `record` takes them.

    Returns
    -------
    dict of str to int
        The units of each site, by its name, in the order of the model's parts; last those that ``*`` does not take, but
        their name or a glob of theirs: ``*.in``, ``*.out``, ``*.head*``.

    Raises
    ------
    InputError
        When the model reads none of the inputs that were made up, or not those of ``text``.

    Examples
    --------
    >>> sites(torch.nn.GRU(2, 3))
    {'layer0.h': 3, 'layer0.r': 3, 'layer0.z': 3, 'layer0.n': 3, 'in': 2, 'out': 3}
    """
    model = unwrapped(model)
    with alone(model), uncompiled(), torch.no_grad(), reading_mode(model), placed(model, None) as place:
        source = opened(model, Options(encode, forward, None, batch_first, layout=layout))
        if text is None:
            return _listed(sites_of_made_up_inputs(source, place))
        texts = [source.encode(name, one) for name, one in gather(text)]
        return _listed(discovered(source, first_steps(texts).to(place)))


def _listed(found: Sites) -> dict[str, int]:
    """Those that are recorded unasked or by ``*`` first."""
    asked = {name: units for name, units in found.known.items() if name in found.asked}
    return {name: units for name, units in found.known.items() if name not in asked} | asked
