"""The verb compare_models(): several models on one text, what each costs, and where they err together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis.judging.closings import matched
from stateviz.analysis.judging.judgement import Text, read_sample
from stateviz.analysis.judging.oracles import ORACLES, Evidence, sort_errors
from stateviz.core.errors import InputError
from stateviz.core.noun import Noun
from stateviz.core.protocols import LanguageModel

_ERROR = 0.5  # the right symbol was less likely than this
_CHUNK = 1024  # tokens read at once
_BLOCKS = 20  # stretches of the text that an interval is made from
_EDGES = (1, 5, 10, 20, 50, 100, 200, 500, 1000)
LEAST_CASES = 10  # of closing brackets that a row needs

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class ModelComparison(Noun):
    """Several models on one text; ``compare_models`` makes it.

    An error is a token whose probability was under one half. The first token is read and not predicted.

    Parameters
    ----------
    names : tuple of str
        The models, as they were given.
    nats : float64, shape (models, tokens - 1)
        What each token after the first cost, -ln of its probability.
    intervals : float64, shape (models, 3)
        Mean nats a token, and its 95% interval: from the means of 20 stretches of the text, for tokens
        near one another are alike.
    differences : float64, shape (models, models, 3)
        Mean nats of one model less those of another, and the interval of that, from the same stretches.
    errors : bool, shape (models, tokens - 1)
        Where each model errs.
    overlap : float64, shape (models, models)
        Tokens at which both err, of those at which either does; NaN where neither ever errs.
    oracles : tuple of str
        What could have told the right token, in the order in which errors are given to them.
    sorted_errors : int, shape (models, oracles)
        Errors by the first oracle that would have known.
    closings : tuple of (int, int or None, int, tuple of float)
        Of closing brackets, by how many characters they lie from their opening: from, below (None: no end), cases, and
        the share that each model got right.

    Examples
    --------
    >>> import stateviz as sv
    >>> text = "the cat sat on the mat. " * 20
    >>> models = {"one": sv.ngram(text, order=1), "four": sv.ngram(text, order=4)}
    >>> found = sv.compare_models(models, text)
    >>> found.names, found.nats.shape, bool(found.intervals[0, 0] > found.intervals[1, 0])
    (('one', 'four'), (2, 479), True)
    """

    names: tuple[str, ...]
    nats: Floats
    intervals: Floats
    differences: Floats
    errors: NDArray[np.bool_]
    overlap: Floats
    oracles: tuple[str, ...]
    sorted_errors: NDArray[np.int64]
    closings: tuple[tuple[int, int | None, int, tuple[float, ...]], ...]

    def __repr__(self) -> str:
        costs = ", ".join(f"{name} {mean:.4f}" for name, (mean, *_) in zip(self.names, self.intervals, strict=True))
        return f"ModelComparison({self.nats.shape[1]:,} tokens, nats: {costs})"

    def to_text(self) -> str:
        """Tables for people."""
        width = max(6, *map(len, self.names)) + 2
        head = "".join(f"{name:>{width}}" for name in self.names)
        lines = [f"{'nats a token, with 95% interval':32}"]
        for name, (mean, low, high) in zip(self.names, self.intervals, strict=True):
            lines.append(f"  {name:30}{mean:.4f}  ({low:.4f} to {high:.4f})  {mean / np.log(2):.4f} bits")
        lines += ["", f"{'errors that both make, of either':32}{head}"]
        for name, row in zip(self.names, self.overlap, strict=True):
            lines.append(f"  {name:30}{''.join(f'{share:>{width}.1%}' for share in row)}")
        lines += ["", f"{'errors by what would have known':32}{head}"]
        for oracle, row in zip(self.oracles, self.sorted_errors.T, strict=True):
            lines.append(f"  {oracle:30}{''.join(f'{count:>{width},}' for count in row)}")
        lines.append(f"  {'all errors':30}{''.join(f'{count:>{width},}' for count in self.errors.sum(1))}")
        if self.closings:
            lines += ["", f"{'closing brackets right, by distance':32}{head}"]
            for low, high, cases, shares in self.closings:
                span = f"{low}+" if high is None else f"{low}-{high - 1}"
                lines.append(f"  {f'{span} ({cases:,})':30}{''.join(f'{share:>{width}.1%}' for share in shares)}")
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """All but what each token cost, as plain JSON values."""
        return {
            "models": list(self.names),
            "tokens": self.nats.shape[1],
            "nats": dict(zip(self.names, self.intervals.tolist(), strict=True)),
            "overlap": self.overlap.tolist(),
            "oracles": list(self.oracles),
            "errors": dict(zip(self.names, self.sorted_errors.tolist(), strict=True)),
            "closings": [[low, high, cases, list(shares)] for low, high, cases, shares in self.closings],
        }


def compare_models(
    models: Mapping[str, LanguageModel] | Sequence[LanguageModel],
    text: Text,
    *,
    against: Text | None = None,
    unknown: str | None = None,
    encoding: str = "utf-8",
) -> ModelComparison:
    """Read one text with several models, and compare what each predicted.

    Parameters
    ----------
    models : mapping of str to model, or sequence of models
        Networks and n-grams that read the same tokens; without names they are numbered from 1.
    text : str, pathlib.Path, or a list of paths
        What is read, from each model's start state in one pass. No model should have learned from it.
    against : str, pathlib.Path, or a list of paths, optional
        The text that they learned from: it tells which words are rare.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that a model never saw; by default they are refused.
    encoding : str
        Of the files, such as ``"latin-1"``.

    Returns
    -------
    ModelComparison
        Whose ``to_text()`` is what ``stateviz judge --models`` prints.

    Raises
    ------
    InputError
        When there is no model, the text has fewer than two tokens, or two models read it as other tokens.
    FileError
        When a text cannot be read.

    Examples
    --------
    >>> import stateviz as sv
    >>> text, _ = sv.language("parenthesis").generate(2000, seed=1)
    >>> found = sv.compare_models([sv.ngram(text, order=2), sv.ngram(text, order=6)], text[:600])
    >>> found.sorted_errors.sum(1).tolist() == found.errors.sum(1).tolist()
    True
    """
    named = dict(models) if isinstance(models, Mapping) else {str(k): one for k, one in enumerate(models, 1)}
    if not named:
        raise InputError("no model was given; name one or more")
    read = read_sample(text, "text", encoding)
    learned = None if against is None else read_sample(against, "training text", encoding)
    tokens: list[str] = []
    costs = []
    for name, model in named.items():
        if not isinstance(model, LanguageModel):
            raise InputError(f"model {name!r} is a {type(model).__name__}; give a character model or an n-gram model")
        found, ids = model.encode(read, unknown=unknown)
        if len(found) < 2:
            raise InputError("the text has one token, and the first is not predicted; give two or more")
        if tokens and found != tokens:
            raise InputError(
                f"model {name!r} reads the text as other tokens than the first; compare models of one kind"
            )
        tokens = found
        costs.append(_costs(model, ids))
    nats = np.stack(costs)
    errors = nats > -np.log(_ERROR)
    counting = np.array([getattr(model, "order", None) is not None for model in named.values()])
    evidence = Evidence(tuple(tokens), errors, counting, learned)
    either = (errors[:, None] | errors[None]).sum(-1)
    both = (errors[:, None] & errors[None]).sum(-1)
    result = ModelComparison(
        names=tuple(named),
        nats=nats,
        intervals=np.array([_interval(row) for row in nats]),
        differences=np.array([[_interval(one - other) for other in nats] for one in nats]),
        errors=errors,
        overlap=np.divide(both, either, out=np.full(both.shape, np.nan), where=either > 0),
        oracles=tuple(ORACLES),
        sorted_errors=sort_errors(evidence),
        closings=_closings("".join(tokens), errors) if all(len(one) == 1 for one in tokens) else (),
    )
    for name in ("nats", "intervals", "differences", "errors", "overlap", "sorted_errors"):
        getattr(result, name).flags.writeable = False
    return result


def _costs(model: LanguageModel, ids: Any) -> Floats:
    """Nats of each token after the first, read in one pass."""
    import torch

    found = []
    state = model.start(1)
    device = next((one.device for one in model.parameters()), None) if isinstance(model, torch.nn.Module) else None
    with torch.no_grad():
        for begin in range(0, len(ids) - 1, _CHUNK):
            inputs, targets = ids[begin : begin + _CHUNK], ids[begin + 1 : begin + _CHUNK + 1]
            logits, _, state = model.collect(inputs[: len(targets), None].to(device), state)
            logs = torch.log_softmax(logits[:, 0].double(), -1).cpu()
            found.append(-logs.gather(1, targets[:, None].cpu())[:, 0].numpy())
    return np.concatenate(found)


def _interval(values: Floats) -> tuple[float, float, float]:
    """Mean and its 95% interval from the means of consecutive stretches, by Student's t."""
    from scipy.stats import t

    means = np.array([part.mean() for part in np.array_split(values, min(_BLOCKS, len(values)))])
    mean = float(values.mean())
    if len(means) < 2:
        return mean, -np.inf, np.inf
    with np.errstate(invalid="ignore"):  # a token of no chance costs infinitely much
        half = float(t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means)))
    return mean, mean - half, mean + half


def _closings(text: str, errors: NDArray[np.bool_]) -> tuple[tuple[int, int | None, int, tuple[float, ...]], ...]:
    """Rows of closing brackets by distance; those with fewer than ten cases are left out."""
    pairs = matched(text)
    pairs = pairs[pairs[:, 1] > 0]
    distances, right = pairs[:, 1] - pairs[:, 0], ~errors[:, pairs[:, 1] - 1]
    rows: list[tuple[int, int | None, int, tuple[float, ...]]] = []
    for low, high in zip(_EDGES, (*_EDGES[1:], None), strict=True):
        here = (distances >= low) & (distances < (np.inf if high is None else high))
        if here.sum() >= LEAST_CASES:
            rows.append((low, high, int(here.sum()), tuple(right[:, here].mean(1).tolist())))
    return tuple(rows)
