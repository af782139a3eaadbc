"""intervene(): what changed units cost, and edited(): the model that has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.features import Given, StepText, compute
from stateviz.analysis.interventions.kinds import Intervention, Usual
from stateviz.analysis.interventions.nouns import Effect, Effects
from stateviz.analysis.interventions.reading import PartedText, passes, placed, reading_of, usual_of
from stateviz.analysis.interventions.targets import Target, UnitsGiven, change_of, editable, kind_of, target_of
from stateviz.analysis.jackknife import jackknife
from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.protocols import LanguageModel

if TYPE_CHECKING:
    from torch import Tensor

_LEAST = 20
"""Steps at which a feature has to be on, and off."""
_NAMED = 3


def intervene(
    model: LanguageModel,
    text: str | Path,
    *,
    units: UnitsGiven,
    site: str | None = None,
    how: str = "mean",
    value: Any = None,
    features: Given = None,
    parts: int | None = None,
    device: Any = None,
    seed: int = 0,
    unknown: str | None = None,
    encoding: str = "utf-8",
) -> Effects:
    """Change units of a model while it reads, and measure what that does to its loss and its predictions.

    The change is made at every step, before the state goes on to the next step and to what reads it: what follows
    from the changed values within a step is computed from them. The text is read twice, as the model is and with the
    change, and compared token by token.

    Parameters
    ----------
    model : Editable
        A CharModel, as ``train`` and ``load_model`` give it, or ``sv.editable(module, encode=...)``.
    text : str or pathlib.Path
        What it reads, or a file of it.
    units : int, sequence of int, or array of float
        Units by number; or directions, real numbers of shape (units,) or (directions, units): then what the state
        holds along them is changed, and what lies across stays.
    site : str, optional
        Whose: a name of ``model.edit_sites()``, such as ``core.layer0.c``; by default h of the topmost layer.
    how : str
        A name of INTERVENTIONS: mean, zero, resample, clamp, flip, scale or steer.
    value : float or sequence of float, optional
        Of clamp, scale and steer: one number, or one for each unit or direction.
    features : sequence of str, mapping or None
        As ``find`` takes them; the effect is told where each is on, and where it is off. One that is a number is on
        above its median.
    parts : int, optional
        Into how many the text is cut, which are read side by side, each after the 200 tokens before it; by default one
        for every 1,000 tokens, 64 at most. 1: in one pass from the start.
    device : str or torch.device, optional
        Where to run; by default where the model is. It is put back.
    seed : int
        Of what is drawn.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.
    encoding : str
        Of the file.

    Returns
    -------
    Effects
        With 95% intervals by a jackknife over ten parts of the text.

    Raises
    ------
    InputError
        When the model's states cannot be changed, there is no such unit, the text is too short, or a feature is on or
        off at fewer than 20 steps.
    UnknownNameError
        When there is no such site, feature or way.

    Examples
    --------
    >>> import stateviz as sv
    >>> text = "".join(sv.shipped_recording().tokens)
    >>> found = sv.intervene(sv.load_model("phone-case"), text, units=range(128), how="zero")
    >>> bool(found[0].low > 0)
    True
    """
    import torch

    check_seed(seed)
    target = target_of(editable(model), site, units)
    row, number = kind_of(how, value, target.units)
    reading = read_text(model, text, parts, unknown, encoding)
    masks = _masks(features, reading)
    with torch.no_grad(), placed(model, device) as place:
        moved = PartedText(reading.tokens, reading.ids.to(place), reading.places, reading.following.to(place))
        change = _change(model, target, row, number, moved, seed)
        pair = Pair(model, editable(model).edited({target.site: change}), moved, masks)
    return Effects(
        tuple(pair.effects()), target.site, target.units, target.directions is not None, how, pair.nats, pair.moved
    )


def edited(
    model: LanguageModel,
    *,
    units: UnitsGiven,
    site: str | None = None,
    how: str = "mean",
    value: Any = None,
    text: str | Path | None = None,
    seed: int = 0,
    unknown: str | None = None,
) -> LanguageModel:
    """The model with units changed at every step, to be sampled, scored or read on; the model itself stays as it is.

    Parameters
    ----------
    model : Editable
        A CharModel, or ``sv.editable(module, encode=...)``.
    units : int, sequence of int, or array of float
        As ``intervene`` takes them.
    site : str, optional
        Whose; by default h of the topmost layer.
    how : str
        A name of INTERVENTIONS.
    value : float or sequence of float, optional
        Of clamp, scale and steer.
    text : str or pathlib.Path, optional
        For ``mean`` and ``resample``: the text whose states they take.
    seed : int
        Of what is drawn.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters of ``text`` that the model never saw.

    Returns
    -------
    LanguageModel
        That ``sample`` and ``score`` take.

    Raises
    ------
    InputError, UnknownNameError
        As ``intervene`` does; and where ``text`` is missing, or given though nothing is read of it.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.load_model("phone-case")
    >>> same = sv.edited(model, units=[3], how="scale", value=1)
    >>> sv.sample(same, length=20) == sv.sample(model, length=20)
    True
    """
    import torch

    target = target_of(editable(model), site, units)
    row, number = kind_of(how, value, target.units)
    if row.reads_text != (text is not None):
        raise InputError(f"how={how!r} {'takes states of a text' if row.reads_text else 'reads no text'}: " + (
            "give text=" if row.reads_text else "leave text out"))  # fmt: skip
    usual: Usual | None = None
    if text is not None:
        with torch.no_grad():
            reading = read_text(model, text, None, unknown, "utf-8", getattr(model, "device", None))
            usual = usual_of(editable(model), target, reading, check_seed(seed))
    return editable(model).edited({target.site: change_of(target, row, number, usual)})


def read_text(
    model: LanguageModel,
    text: str | Path,
    parts: int | None,
    unknown: str | None,
    encoding: str,
    device: Any = None,
) -> PartedText:
    """A text cut into parts, checked to be long enough."""
    import torch

    from stateviz.storage.text_files import given_text

    tokens, ids = model.encode(given_text(text, encoding), unknown=unknown)
    if len(tokens) < _LEAST + 1:
        raise InputError(f"the text has {len(tokens)} tokens; give {_LEAST + 1} or more")
    if parts is not None and check_whole("parts", parts) > max(1, len(tokens) // 400):
        raise InputError(f"{parts} parts of {len(tokens):,} tokens are too many; give {max(1, len(tokens) // 400)}")
    ids = torch.as_tensor(ids).to(device)
    if ids.is_floating_point() or ids.dim() != 1:
        raise InputError("the model reads no token ids, so that nothing says what comes next; encode text as ids")
    return reading_of(tokens, ids, parts, getattr(model, "limit", None))


def _change(
    model: LanguageModel, target: Target, row: Intervention, number: Tensor, reading: PartedText, seed: int
) -> Any:
    usual = usual_of(editable(model), target, reading, seed) if row.reads_text else None
    return change_of(target, row, number, usual)


def _masks(features: Given, reading: PartedText) -> dict[str, NDArray[np.bool_]]:
    """Over all tokens, where each feature is on and where it is off; ``all`` is where anything is counted."""
    counted = np.zeros(len(reading.tokens), bool)
    counted[reading.first : -1] = True
    masks = {"all": counted}
    if features is None:
        return masks
    found = compute(features, StepText(reading.tokens, {}, [slice(0, len(reading.tokens))]))[0]
    for name, values in found.items():
        on = values if values.dtype.kind == "b" or set(np.unique(values)) <= {0.0, 1.0} else values > np.median(values)
        for word, mask in ((name, counted & (on > 0)), (f"not {name}", counted & ~(on > 0))):
            if mask.sum() < _LEAST:
                raise InputError(
                    f"feature {name!r} is {'on' if word == name else 'off'} at {mask.sum()} steps, and {_LEAST} are "
                    "needed; give a longer text, or leave it out"
                )
            masks[word] = mask
    return masks


class Pair:
    """Two models that read the same text, compared step by step.

    Attributes
    ----------
    nats, moved : array, shape (tokens,)
        By how much the second pays more, and total variation; NaN where nothing is counted.
    """

    def __init__(
        self, one: LanguageModel, two: LanguageModel, reading: PartedText, masks: Mapping[str, NDArray[np.bool_]]
    ) -> None:
        size = len(reading.tokens)
        self.vocabulary, self.masks = one.vocabulary, masks
        self.loss, self.nats, self.moved, self.other = (np.full(size, np.nan) for _ in range(4))
        self.shifted = np.zeros((len(masks), len(one.vocabulary)))
        for (steps, before, _), (_, after, _) in zip(passes(one, reading), passes(two, reading), strict=True):
            self._add(steps, before, after, reading)

    def _add(self, steps: slice, before: Tensor, after: Tensor, reading: PartedText) -> None:
        import torch

        where, following = reading.places[steps], reading.following[steps][..., None]
        counts = where >= 0
        places = where[counts]
        logs = [logits.float().log_softmax(-1) for logits in (before, after)]
        costs = [-one.gather(-1, following)[..., 0].cpu().double().numpy()[counts] for one in logs]
        change = logs[1].exp() - logs[0].exp()
        self.loss[places] = costs[0]
        self.nats[places] = costs[1] - costs[0]
        self.moved[places] = change.abs().sum(-1).cpu().double().numpy()[counts] / 2
        self.other[places] = (logs[0].argmax(-1) != logs[1].argmax(-1)).cpu().numpy()[counts]
        on = np.stack([mask[where] & counts for mask in self.masks.values()]).reshape(len(self.masks), -1)
        marks = torch.from_numpy(on).to(change)
        self.shifted += (marks @ change.reshape(-1, change.shape[-1])).cpu().double().numpy()

    def effects(self) -> list[Effect]:
        """One for each mask."""
        counted = next(iter(self.masks.values()))
        rows = np.stack([self.loss, self.nats, self.moved, self.other])[:, counted]
        found = []
        for shifted, (name, mask) in zip(self.shifted, self.masks.items(), strict=True):
            on = mask[counted]
            (loss, nats, moved, other), low, high = (one.tolist() for one in jackknife(rows, on))
            raised, lowered = self._named(shifted / on.sum())
            found.append(
                Effect(name, int(on.sum()), loss, loss + nats, nats, low[1], high[1], moved, max(low[2], 0.0),
                       min(high[2], 1.0), other, raised, lowered)
            )  # fmt: skip
        return found

    def _named(self, shifted: NDArray[np.float64]) -> tuple[dict[str, float], dict[str, float]]:
        order = np.argsort(shifted)
        up = {self.vocabulary[k]: float(shifted[k]) for k in order[::-1][:_NAMED].tolist() if shifted[k] > 0}
        return up, {self.vocabulary[k]: float(shifted[k]) for k in order[:_NAMED].tolist() if shifted[k] < 0}
