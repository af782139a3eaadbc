"""sufficiency(): how much of what a model gains some units alone account for, all others held at their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.interventions.kinds import INTERVENTIONS, Usual
from stateviz.analysis.interventions.reading import PartedText, passes, placed, usual_of
from stateviz.analysis.interventions.run import read_text
from stateviz.analysis.interventions.targets import Target, change_of, editable, target_of
from stateviz.analysis.jackknife import jackknife_ratio
from stateviz.analysis.tables import as_text, write_table
from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.protocols import LanguageModel
from stateviz.storage.atomic import AnyPath

MARK = "stateviz_sufficiency"


@dataclass(frozen=True, eq=False, repr=False)
class Sufficiency(Noun):
    """What some units alone account for, beside others.

    Parameters
    ----------
    rows : sequence of dict
        ``units`` (what they are called), ``number`` of them, ``loss`` in nats where all others hold their means, the
        ``share`` of the gain over a unigram model, and its interval ``low`` to ``high``; of ``random`` sets their mean,
        least and most.
    site : str
        Whose units.
    loss, unigram : float
        Nats of the model as it is, and of the frequencies of the text's own tokens.

    Examples
    --------
    >>> Sufficiency([], "core.layer0.h", 1.2, 2.9)
    Sufficiency(core.layer0.h: 1.200 nats, 2.900 by frequencies alone)
    """

    rows: Sequence[Mapping[str, Any]]
    site: str
    loss: float
    unigram: float

    def __post_init__(self) -> None:
        self._hold(rows=tuple(FrozenDict(row) for row in self.rows))

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.site, len(self.rows)))

    def to_text(self) -> str:
        """The rows as an aligned table."""
        return as_text(self.rows)

    def save(self, path: AnyPath, *, overwrite: bool = False) -> Path:
        """Write the rows as .csv, or everything as .json.

        Parameters
        ----------
        path : str or pathlib.Path
            Where.
        overwrite : bool
            Replace a .csv that is there; a .json of this kind is replaced in any case.
        """
        head = {"site": self.site, "loss": self.loss, "unigram": self.unigram}
        return write_table(list(self.rows), path, MARK, head, "units", overwrite=overwrite)

    def __repr__(self) -> str:
        first = f"; {self.rows[1]['share']:.0%} by {self.rows[1]['number']} units" if len(self.rows) > 1 else ""
        return f"Sufficiency({self.site}: {self.loss:.3f} nats, {self.unigram:.3f} by frequencies alone{first})"


def sufficiency(
    model: LanguageModel,
    text: str | Path,
    units: Sequence[int],
    *,
    site: str | None = None,
    beside: Mapping[str, Sequence[int]] | None = None,
    random: int = 5,
    parts: int | None = None,
    device: Any = None,
    seed: int = 0,
    unknown: str | None = None,
    encoding: str = "utf-8",
) -> Sufficiency:
    """How much of what a model gains over letter frequencies some units alone account for.

    All other units of the site hold their means over the text, at every step. The share is
    (unigram - loss) / (unigram - loss of the whole model): 1 where nothing is lost, 0 where no more is known than how
    frequent each token is, and less where the rest misleads.

    Parameters
    ----------
    model : Editable
        A CharModel, or ``sv.editable(module, encode=...)``.
    text : str or pathlib.Path
        What it reads, or a file of it.
    units : sequence of int
        Those that keep their values, such as the confirmed ones of ``find``.
    site : str, optional
        Whose; by default h of the topmost layer.
    beside : mapping of str to sequence of int, optional
        Other units to compare with, such as the best of a sparse probe.
    random : int
        So many sets of as many random units stand beside.
    parts, device
        As ``intervene`` takes them.
    seed : int
        Of the random sets.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.
    encoding : str
        Of the file.

    Returns
    -------
    Sufficiency
        With 95% intervals by a jackknife over ten parts of the text.

    Raises
    ------
    InputError
        As ``intervene`` does, or where the model gains nothing over the frequencies.

    Examples
    --------
    >>> import stateviz as sv
    >>> text = "".join(sv.shipped_recording().tokens)
    >>> found = sv.sufficiency(sv.load_model("phone-case"), text, range(64), random=2)
    >>> [row["units"] for row in found.rows], round(found.rows[0]["share"], 6)
    (['all', 'these', 'random'], 1.0)
    """
    import torch

    check_seed(seed), check_whole("random", random, 0)
    chosen = target_of(editable(model), site, units)
    size = editable(model).edit_sites()[chosen.site]
    if chosen.directions is not None:
        raise InputError("units are whole numbers here; directions have no others that could be held")
    others = {name: target_of(editable(model), chosen.site, given).units for name, given in (beside or {}).items()}
    rng = np.random.default_rng(seed)
    drawn = [tuple(map(int, rng.choice(size, len(chosen.units), replace=False))) for _ in range(random)]
    reading = read_text(model, text, parts, unknown, encoding)
    with torch.no_grad(), placed(model, device) as place:
        moved = PartedText(reading.tokens, reading.ids.to(place), reading.places, reading.following.to(place))
        every = Target(chosen.site, tuple(range(size)))
        usual = usual_of(editable(model), every, moved, seed)
        whole = _losses(model, moved)
        unigram = _unigram(model, moved)
        if unigram.mean() <= whole.mean():
            raise InputError(
                f"the model costs {whole.mean():.3f} nats and the frequencies alone {unigram.mean():.3f}: there is no "
                "gain to share"
            )

        def alone(kept: Sequence[int]) -> NDArray[np.float64]:
            rest = tuple(unit for unit in range(size) if unit not in set(kept))
            if not rest:
                return whole
            held = Usual(usual.mean[list(rest)], usual.drawn[:, list(rest)], usual.generator)
            change = change_of(Target(chosen.site, rest), INTERVENTIONS["mean"], torch.zeros(()), held)
            return _losses(editable(model).edited({chosen.site: change}), moved)

        rows = [_row(name, kept, alone(kept), whole, unigram)
                for name, kept in {"all": range(size), "these": chosen.units, **others}.items()]  # fmt: skip
        if drawn:
            rows.append(_random([_row("random", kept, alone(kept), whole, unigram) for kept in drawn]))
    return Sufficiency(rows, chosen.site, float(whole.mean()), float(unigram.mean()))


def _losses(model: LanguageModel, reading: PartedText) -> NDArray[np.float64]:
    """Nats of the next token at each step that counts, in the order of the text."""
    found = np.full(len(reading.tokens), np.nan)
    for steps, logits, _ in passes(model, reading):
        where, following = reading.places[steps], reading.following[steps][..., None]
        nats = -logits.float().log_softmax(-1).gather(-1, following)[..., 0].cpu().double().numpy()
        found[where[where >= 0]] = nats[where >= 0]
    return np.asarray(found[np.isfinite(found)])


def _unigram(model: LanguageModel, reading: PartedText) -> NDArray[np.float64]:
    """Nats of the same tokens by their frequencies among them."""
    counts = reading.places >= 0
    order = np.argsort(reading.places[counts])
    ids = reading.following.cpu().numpy()[counts][order]
    frequencies = np.bincount(ids, minlength=len(model.vocabulary)) / len(ids)
    return np.asarray(-np.log(frequencies[ids]))


def _row(
    name: str,
    kept: Sequence[int],
    alone: NDArray[np.float64],
    whole: NDArray[np.float64],
    unigram: NDArray[np.float64],
) -> dict[str, Any]:
    share, low, high = jackknife_ratio(unigram - alone, unigram - whole)
    return {"units": name, "number": len(kept), "loss": float(alone.mean()), "share": share, "low": low, "high": high}


def _random(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shares = [row["share"] for row in rows]
    return {"units": "random", "number": rows[0]["number"], "loss": float(np.mean([row["loss"] for row in rows])),
            "share": float(np.mean(shares)), "low": min(shares), "high": max(shares)}  # fmt: skip
