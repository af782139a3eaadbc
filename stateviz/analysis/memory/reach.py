"""horizon(): how far back what a model read still matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.jackknife import BLOCKS, jackknife
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.protocols import LanguageModel, Recordable

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]
_TOGETHER = 2**21  # numbers of logits a call may make


@dataclass(frozen=True, eq=False, repr=False)
class Horizon(Noun):
    """How far back what a model read still matters, with 95% intervals.

    Parameters
    ----------
    tokens : array of int, shape (n,)
        How many tokens were read, k.
    loss, low, high : array, shape (n,)
        Nats of the next token where only the last k tokens were read, from the start state; mean over the places,
        and its interval.
    excess, excess_low, excess_high : array, shape (n,)
        By how much that is more than with ``upto`` tokens at the same places: it varies less than the losses do.
    upto, places : int
        The most tokens that were read, and how many places of the text were looked at.
    changes : mapping of str to array, shape (upto,)
        ``flip state`` and ``flip prediction``: what is left of one flipped unit after 1, 2, 3, ... steps, in the state
        (the share of units that differ; of real states their distance over that between two places) and in the
        prediction (total variation). ``token state``, ``token prediction``: the same of one exchanged token.
        ``gradient``: the norm of d loss(t) / d h(t - k) for k = 1, 2, 3, ...; h(t) makes the prediction of which
        loss(t) is the cost. Empty where states are left alone.
    site : str
        Of the states that were changed.

    Examples
    --------
    >>> import stateviz as sv
    >>> sv.horizon(sv.load_model("phone-case"), "to the Jew first, and " * 20, upto=8, places=100).rows()[0]["tokens"]
    1
    """

    tokens: NDArray[np.int64]
    loss: Array
    low: Array
    high: Array
    excess: Array
    excess_low: Array
    excess_high: Array
    upto: int
    places: int
    changes: Mapping[str, Array]
    site: str

    def __post_init__(self) -> None:
        for name in ("tokens", "loss", "low", "high", "excess", "excess_low", "excess_high"):
            getattr(self, name).flags.writeable = False
        for values in self.changes.values():
            values.flags.writeable = False
        self._hold(changes=FrozenDict(self.changes))

    @property
    def reach(self) -> int:
        """The fewest tokens from which on reading more gains nothing that these places could tell.

        Examples
        --------
        >>> from stateviz.models import load_model
        >>> horizon(load_model("phone-case"), "to the Jew first, and also to the Greek. " * 30, upto=12).reach <= 12
        True
        """
        gains = np.flatnonzero(self.excess_low > 0)
        return int(self.tokens[gains[-1] + 1]) if len(gains) else int(self.tokens[0])

    def rows(self) -> list[dict[str, Any]]:
        """A mapping for each k, as ``stateviz horizon`` prints them."""
        names = ("tokens", "loss", "low", "high", "excess", "excess_low", "excess_high")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def __repr__(self) -> str:
        return f"Horizon({self.places:,} places, 1 to {self.upto} tokens: reading more than {self.reach} gains nothing)"


def horizon(
    model: LanguageModel,
    text: str | Path,
    *,
    upto: int = 64,
    places: int = 2000,
    site: str | None = None,
    changes: bool = True,
    seed: int = 0,
    unknown: str | None = None,
    encoding: str = "utf-8",
) -> Horizon:
    """How far back what a model read still matters.

    The loss of the next token is measured where only the last k tokens were read, anew from the start state, for k
    from 1 to ``upto``. Then one unit of h is flipped, or one token exchanged, and followed; then the loss is followed
    back by its gradient: through a binary state the relaxed one with which the model was trained.

    Parameters
    ----------
    model : LanguageModel
        Such as ``train`` and ``load_model`` give; for ``changes`` one with states, whose states can be set.
    text : str or pathlib.Path
        What it reads, or a file of it; more than twice ``upto`` tokens.
    upto : int
        The most tokens.
    places : int
        How many places of the text are looked at, evenly spaced; as many as fit where the text is short.
    site : str, optional
        Whose units are flipped: h of one layer; by default the topmost.
    changes : bool
        Whether states are changed, too.
    seed : int
        Of the units and tokens that are changed.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.
    encoding : str
        Of the file.

    Returns
    -------
    Horizon

    Raises
    ------
    InputError
        When the text is too short, or the model's states cannot be changed.

    Notes
    -----
    Intervals are those of a jackknife over ten parts of the text with Student's t of 9 degrees of freedom (Miller
    1974): neighbouring places share what they read, and parts of a text hardly do.

    Examples
    --------
    >>> from stateviz.models import load_model
    >>> found = horizon(load_model("phone-case"), "to the Jew first, and also to the Greek. " * 30, upto=12)
    >>> bool(found.loss[0] > found.loss[-1]), sorted(found.changes)[:2]
    (True, ['flip prediction', 'flip state'])
    """
    import torch

    from stateviz.storage.text_files import given_text

    check_whole("upto", upto, 1)
    check_whole("places", places, BLOCKS)
    tokens, ids = model.encode(given_text(text, encoding), unknown=unknown)
    room = len(tokens) - upto - 1
    if room < max(upto, BLOCKS):
        raise InputError(
            f"the text has {len(tokens)} tokens; give {2 * upto + BLOCKS} or more for upto={upto}, or a smaller upto"
        )
    ids = torch.as_tensor(ids).to(getattr(model, "device", None))
    ends = torch.from_numpy(np.linspace(upto, len(tokens) - 2, min(places, room)).astype(np.int64)).to(ids.device)
    counts = _counts(upto)
    losses = np.stack([_losses(model, ids, ends, count) for count in counts])
    loss, low, high = jackknife(losses)
    excess, excess_low, excess_high = jackknife(losses - losses[-1])
    found: dict[str, Array] = {}
    name = ""
    if changes:
        found, name = _changes(model, ids, ends, upto, site, seed)
    elif site is not None:
        raise InputError("site is that of changed states; leave it out, or changes=False")
    return Horizon(
        np.array(counts), loss, low, high, excess, excess_low, excess_high, upto, len(ends), found, name
    )  # fmt: skip


def _counts(upto: int) -> list[int]:
    """Every number to 16, then ever sparser ones, and the last.

    Examples
    --------
    >>> _counts(30)[-4:]
    [16, 20, 25, 30]
    """
    counts = list(range(1, min(upto, 16) + 1))
    while counts[-1] < upto:
        counts.append(min(upto, counts[-1] * 5 // 4))
    return counts


def _losses(model: LanguageModel, ids: Tensor, ends: Tensor, count: int) -> Array:
    """Nats of the token after each place, where only the last ``count`` tokens were read."""
    import torch

    back = torch.arange(count - 1, -1, -1, device=ids.device)[:, None]
    at_once = max(1, _TOGETHER // (count * len(model.vocabulary)))
    found = []
    with torch.no_grad():
        for part in torch.split(ends, at_once):
            logits, _, _ = model.collect(ids[part[None, :] - back], model.start(len(part)))
            chances = torch.as_tensor(logits)[-1].double().log_softmax(-1)
            found.append(-chances.gather(1, ids[part + 1][:, None].to(chances.device))[:, 0].cpu())
    return np.asarray(torch.cat(found).numpy())


def _changes(
    model: LanguageModel, ids: Tensor, ends: Tensor, upto: int, site: str | None, seed: int
) -> tuple[dict[str, Array], str]:
    """What is left of a flipped unit and of an exchanged token, and the gradient, after each number of steps."""
    import torch

    from stateviz.analysis.memory import perturbations as p
    from stateviz.core.errors import UnknownNameError
    from stateviz.core.table import unknown

    sites = model.sites() if isinstance(model, Recordable) else {}
    if not sites or not isinstance(model, Recordable):
        raise InputError(f"a {type(model).__name__} has no states to change; give changes=False")
    if site is not None and site not in sites:
        raise UnknownNameError(unknown("site", site, sites))
    name = site or list(sites)[-1]
    # Half of a window is read before the change, half after it; a few hundred places tell the means well.
    starts = ends[(ends + upto + 1 < len(ids)) & (ends >= upto)][:: max(1, len(ends) // 256)]
    if not len(starts):
        starts = ends[:1] * 0 + upto
    windows = ids[starts[None, :] + torch.arange(-upto + 1, upto + 2, device=ids.device)[:, None]]
    placed = p.place(model, windows, upto)
    generator = torch.Generator().manual_seed(seed)
    flips, tokens = p.after_flip(model, placed, name, generator), p.after_token(model, placed, name, generator)
    found = {
        "flip state": flips.state, "flip prediction": flips.prediction,
        "token state": tokens.state, "token prediction": tokens.prediction,
        "gradient": p.gradient_norms(model, placed, name),
    }  # fmt: skip
    return {key: np.asarray(value.detach().cpu().double().numpy()) for key, value in found.items()}, name
