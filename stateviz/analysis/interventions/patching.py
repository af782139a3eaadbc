"""patch(): the state after one text in place of that after another, and what is predicted then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.interventions.reading import observed
from stateviz.analysis.interventions.targets import Target, UnitsGiven, editable, target_of
from stateviz.analysis.tables import as_text
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.protocols import LanguageModel

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class Patch(Noun):
    """What is predicted after a text, with units as they were after another.

    Parameters
    ----------
    vocabulary : sequence of str
        The tokens.
    before, patched, source : array, shape (tokens,)
        Probabilities of the next token: after ``into`` as it is, with the units patched, and after ``source``.
    site : str
        Whose units.
    units : sequence of int
        Which.

    Examples
    --------
    >>> import numpy as np
    >>> found = Patch("ab", np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([0.0, 1.0]), "core.layer0.h", [1])
    >>> found.share
    0.5
    """

    vocabulary: Sequence[str]
    before: NDArray[np.float64]
    patched: NDArray[np.float64]
    source: NDArray[np.float64]
    site: str
    units: Sequence[int]

    def __post_init__(self) -> None:
        for name in ("before", "patched", "source"):
            getattr(self, name).flags.writeable = False
        self._hold(vocabulary=tuple(self.vocabulary), units=tuple(self.units))

    @property
    def share(self) -> float:
        """How far the prediction moves on the straight way from ``before`` to ``source``: 1 is all of it."""
        way = self.source - self.before
        length = float(way @ way)
        return float((self.patched - self.before) @ way / length) if length > 1e-18 else 0.0

    def to_rows(self, top: int = 10) -> list[dict[str, Any]]:
        """A mapping for each of the tokens whose probability the patch changes most.

        Parameters
        ----------
        top : int
            How many.
        """
        order = np.argsort(-np.abs(self.patched - self.before))[:top].tolist()
        return [
            {"token": self.vocabulary[k], "before": float(self.before[k]), "patched": float(self.patched[k]),
             "source": float(self.source[k])}
            for k in order
        ]  # fmt: skip

    def to_text(self, top: int = 10) -> str:
        """These rows as an aligned table.

        Parameters
        ----------
        top : int
            How many.
        """
        return as_text(self.to_rows(top))

    def __repr__(self) -> str:
        return f"Patch({len(self.units)} units of {self.site}: {self.share:.0%} of the way to the source's prediction)"


def patch(
    model: LanguageModel,
    source: str,
    into: str,
    *,
    units: UnitsGiven | None = None,
    site: str | None = None,
    unknown: str | None = None,
) -> Patch:
    """Read one text, with some units in the end as they were at the end of another, and see what is predicted.

    Parameters
    ----------
    model : Editable
        A CharModel, or ``sv.editable(module, encode=...)``.
    source : str
        Whose last state the units are taken from.
    into : str
        The text after which they are put in.
    units : int, sequence of int, or array of float, optional
        As ``intervene`` takes them; by default all units of the site.
    site : str, optional
        Whose; by default h of the topmost layer.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.

    Returns
    -------
    Patch

    Raises
    ------
    InputError
        When a text is empty, or there is no such unit.

    Examples
    --------
    >>> import stateviz as sv
    >>> found = sv.patch(sv.load_model("phone-case"), "the power of Go", "the salvation of every on")
    >>> round(found.share, 3)
    1.0
    """
    import torch

    model = editable(model)
    target = target_of(model, site, 0 if units is None else units)
    if units is None:
        target = Target(target.site, tuple(range(model.edit_sites()[target.site])))
    kept: list[Tensor] = []
    with torch.no_grad():
        watched = observed(model, target.site, kept)
        there = _last(watched, watched, source, unknown)
        held = target.read(kept[-1].reshape(-1, kept[-1].shape[-1])[-1:])
        before = _last(model, model, into, unknown)
        changed = model.edited({target.site: lambda values: _with(values, target, held)})
        patched = _last(model, changed, into, unknown)
    return Patch(tuple(model.vocabulary), before, patched, there, target.site, target.units)


def _with(values: Tensor, target: Target, held: Tensor) -> Tensor:
    """The values with the held ones at the last step that they are of: a module that reads again gives them all."""
    import torch

    flat = values.reshape(-1, values.shape[-1])
    return torch.cat([flat[:-1], target.written(flat[-1:], held.to(flat))]).reshape(values.shape)


def _last(first: LanguageModel, then: LanguageModel, text: str, unknown: str | None) -> NDArray[np.float64]:
    """Probabilities after a text, all but the last token of which one model reads, and that another."""
    import torch

    if not text:
        raise InputError("a text is empty; give one token or more")
    ids = torch.as_tensor(first.encode(text, unknown=unknown)[1]).to(getattr(first, "device", None))[:, None]
    state = first.start(1)
    if len(ids) > 1:
        state = first.collect(ids[:-1], state)[2]
    logits = then.collect(ids[-1:], state)[0]
    return np.asarray(logits[-1, 0].double().softmax(-1).cpu().numpy())
