"""shift_counter(): whether a unit that counts is what the model counts by: moved by one, does what it predicts move?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.interventions.reading import PartedText, placed, reading_of, values_at
from stateviz.analysis.interventions.run import read_text
from stateviz.analysis.interventions.targets import UnitsGiven, editable, target_of
from stateviz.analysis.jackknife import BLOCKS, jackknife
from stateviz.analysis.tables import as_text
from stateviz.core.checks import check_real, check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.protocols import LanguageModel

if TYPE_CHECKING:
    from torch import Tensor

_CONTEXT = 64
_LEAST_SHARE = 0.05  # of the probability: less than that on all names, and nothing is predicted of the count
_LEAST_PLACES = 20
_INCREMENTS = 20_000  # tokens over which increments are measured


@dataclass(frozen=True, eq=False, repr=False)
class CounterShift(Noun):
    """By how much the count that a model predicts moves when its units are moved by one count.

    Parameters
    ----------
    rows : sequence of dict
        ``steps`` since the shift, ``count`` that was predicted without it (``None``: all), ``places``, the count
        predicted ``before`` and ``after`` the shift, by how much it ``moved`` with its interval ``low`` to ``high``.
    site : str
        Whose units were moved.
    units : sequence of int
        Which.
    symbol : str
        What adds one to the count.
    by : float
        How many counts the units were moved by.
    increment : array, shape (units,)
        The mean change of each unit at that symbol.

    Examples
    --------
    >>> CounterShift([], "core.layer0.h", [1], "(", 1.0, np.ones(1)).rows
    ()
    """

    rows: Sequence[Mapping[str, Any]]
    site: str
    units: Sequence[int]
    symbol: str
    by: float
    increment: NDArray[np.float64]

    def __post_init__(self) -> None:
        self.increment.flags.writeable = False
        self._hold(rows=tuple(FrozenDict(row) for row in self.rows), units=tuple(self.units))

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.site, len(self.rows)))

    def to_text(self) -> str:
        """The rows as an aligned table."""
        return as_text(self.rows)

    def __repr__(self) -> str:
        first = next((row for row in self.rows if row["count"] is None), None)
        told = f"{first['moved']:+.2f} ({first['low']:+.2f} to {first['high']:+.2f})" if first else "nothing"
        return (
            f"CounterShift({len(self.units)} units of {self.site} by {self.by:g} counts: the prediction moves {told})"
        )


def shift_counter(
    model: LanguageModel,
    text: str | Path,
    *,
    symbol: str,
    names: Mapping[str, float] | None = None,
    units: UnitsGiven | None = None,
    site: str | None = None,
    by: float = 1,
    steps: Sequence[int] = (0, 1, 2, 4, 8),
    places: int = 2000,
    device: Any = None,
    unknown: str | None = None,
    encoding: str = "utf-8",
) -> CounterShift:
    """Move units by one count, once, and see by how much the count moves that the model predicts, then and later.

    One count is the mean change of the units at the symbol that adds to it. The predicted count is the mean of what the
    ``names`` stand for, by the probabilities that the model gives them; places where it gives them less than a
    twentieth in all say nothing. A unit that merely follows the count moves nothing.

    Parameters
    ----------
    model : Editable
        A CharModel, or ``sv.editable(module, encode=...)``.
    text : str or pathlib.Path
        What it reads, or a file of it.
    symbol : str
        What adds one to the count, such as ``"("``.
    names : mapping of str to float, optional
        Tokens that name the count, and what they stand for; by default the digits of the vocabulary.
    units : int, sequence of int, or array of float, optional
        As ``intervene`` takes them; by default all units of the site.
    site : str, optional
        Whose; by default h of the topmost layer. A counter of an LSTM is to be found in c.
    by : float
        How many counts; negative ones take away.
    steps : sequence of int
        Tokens after the shift at which the prediction is looked at; 0: at once.
    places : int
        How many places of the text are looked at, evenly spaced.
    device : str or torch.device, optional
        Where to run; by default where the model is.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.
    encoding : str
        Of the file.

    Returns
    -------
    CounterShift
        With 95% intervals by a jackknife over ten parts of the text.

    Raises
    ------
    InputError
        When the symbol or the names are none of the model's tokens, or the count is never predicted.

    Examples
    --------
    >>> import stateviz as sv
    >>> text, _ = sv.language("parenthesis").generate(6000, seed=1)
    >>> found = sv.shift_counter(sv.load_model("parenthesis"), text, symbol="(", places=500)
    >>> bool(found.rows[0]["moved"] > 0)
    True
    """
    import torch

    check_real("by", abs(by) if isinstance(by, int | float) else by)
    counted = {check_whole("steps", step, 0) for step in steps}
    vocabulary = list(model.vocabulary)
    named = {name: float(name) for name in vocabulary if name.isdigit()} if names is None else dict(names)
    for name in (symbol, *named):
        if name not in vocabulary:
            raise InputError(f"{name!r} is none of the model's {len(vocabulary)} tokens")
    if len(set(named.values())) < 2:
        raise InputError("two tokens or more have to name counts; give names={token: count}")
    target = target_of(editable(model), site, _all(model, site) if units is None else units)
    whole = read_text(model, text, 1, unknown, encoding)
    with torch.no_grad(), placed(model, device) as place:
        ids = whole.ids[:, 0].to(place)
        increment = _increment(model, target, whole, ids, vocabulary.index(symbol))
        starts = _starts(len(ids), max(counted), places)
        windows = ids[torch.from_numpy(starts[None, :] + np.arange(_CONTEXT + max(counted))[:, None]).to(ids.device)]

        def shift(values: Tensor) -> Tensor:
            return target.written(values, target.read(values) + by * increment.to(values))

        one, two = (_predicted(model, windows, change, target.site) for change in (None, shift))
    rows = [row for step in sorted(counted) for row in _rows(step, one[step], two[step], named, vocabulary)]
    return CounterShift(rows, target.site, target.units, symbol, float(by), np.asarray(increment.double().numpy()))


def _all(model: LanguageModel, site: str | None) -> range:
    """All units of a site."""
    name = target_of(editable(model), site, 0).site
    return range(editable(model).edit_sites()[name])


def _increment(model: LanguageModel, target: Any, whole: PartedText, ids: Tensor, symbol: int) -> Tensor:
    """The mean change of the target at the steps that read the symbol."""
    import torch

    some = reading_of(whole.tokens[: len(ids)][:_INCREMENTS], ids[:_INCREMENTS], 1)
    held = torch.cat([target.read(values[:, 0]) for _, values in values_at(editable(model), target.site, some)])
    at = (some.ids[1:, 0] == symbol).nonzero()[:, 0] + 1
    if len(at) < _LEAST_PLACES:
        raise InputError(f"the symbol is read {len(at)} times, and {_LEAST_PLACES} are needed; give a longer text")
    found: Tensor = (held[at] - held[at - 1]).mean(0).cpu()
    return found


def _starts(tokens: int, after: int, places: int) -> NDArray[np.int64]:
    room = tokens - _CONTEXT - after
    if room < BLOCKS:
        raise InputError(f"the text has {tokens + 1} tokens; give {_CONTEXT + after + BLOCKS + 1} or more")
    return np.linspace(0, room - 1, min(check_whole("places", places, BLOCKS), room)).astype(np.int64)


def _predicted(
    model: LanguageModel, windows: Tensor, change: Callable[[Tensor], Tensor] | None, site: str
) -> dict[int, Tensor]:
    """Probabilities (places, tokens) after each number of steps since the last token of the context was read."""
    _, _, state = model.collect(windows[: _CONTEXT - 1], model.start(windows.shape[1]))
    shifted = model if change is None else editable(model).edited({site: change})
    logits, _, state = shifted.collect(windows[_CONTEXT - 1 : _CONTEXT], state)
    found = {0: logits[0].float().softmax(-1)}
    if len(windows) > _CONTEXT:
        for step, later in enumerate(model.collect(windows[_CONTEXT:], state)[0], 1):
            found[step] = later.float().softmax(-1)
    return found


def _rows(
    step: int, one: Tensor, two: Tensor, named: Mapping[str, float], vocabulary: Sequence[str]
) -> list[dict[str, Any]]:
    """What moved in all, and by the count that was predicted without the shift."""
    chosen = [vocabulary.index(name) for name in named]
    counts = np.array(list(named.values()))
    shares = [probabilities[:, chosen].cpu().double().numpy() for probabilities in (one, two)]
    sure = (shares[0].sum(axis=1) >= _LEAST_SHARE) & (shares[1].sum(axis=1) >= _LEAST_SHARE)
    before, after = (part @ counts / np.maximum(part.sum(axis=1), 1e-300) for part in shares)
    rows = []
    for count in (None, *sorted(set(counts.tolist()))):
        on = sure if count is None else sure & (np.round(before) == count)
        if on.sum() < _LEAST_PLACES:
            continue
        mean, low, high = (part.tolist() for part in jackknife(np.stack([before, after, after - before]), on))
        rows.append({"steps": step, "count": count, "places": int(on.sum()), "before": mean[0], "after": mean[1],
                     "moved": mean[2], "low": low[2], "high": high[2]})  # fmt: skip
    return rows
