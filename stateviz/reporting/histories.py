"""The verb history(): look back on a training by the checkpoints that it kept."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stateviz.analysis import Horizon, horizon
from stateviz.analysis.checkpoints import unit_changes, words_by_length
from stateviz.analysis.judging.judgement import Text, read_sample
from stateviz.analysis.judging.novelty import words
from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError, MismatchError
from stateviz.core.progress import Progress, Watch
from stateviz.core.recordings import Recording
from stateviz.reporting.training_history import History

if TYPE_CHECKING:
    from stateviz.models import CharModel

_PLACES = 500  # of the text, at which a memory is measured


def history(
    model: str | Path | Mapping[int, CharModel],
    text: str | Path,
    *,
    against: Text | None = None,
    length: int = 2000,
    number: int = 1,
    temperature: float = 1.0,
    seed: int = 0,
    upto: int = 16,
    unknown: str | None = None,
    encoding: str = "utf-8",
    watch: Watch | None = None,
) -> History:
    """Look back on a training: samples, states, losses and units at each checkpoint that it kept.

    Parameters
    ----------
    model : str, pathlib.Path, or mapping of int to CharModel
        Where the model lies, or will lie: the checkpoints beside it that ``train(keep_every=, sample_at=)`` kept, and
        the model itself where it is there. Or models of one training by the updates that they had.
    text : str or pathlib.Path
        What every checkpoint reads, or a file of it: some thousand characters, best held out.
    against : str, pathlib.Path, or a list of paths, optional
        The text whose words exist: the training text. By default ``text``.
    length : int
        Characters of each sample.
    number : int
        Texts of each sample, one a line: for models whose texts end with their line.
    temperature, seed
        Of the samples.
    upto : int
        The most tokens for which it is measured what a token costs where only the last k were read, from the start
        state; 0 leaves that out. The text has more than twice as many.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters that the model never saw.
    encoding : str
        Of the files, such as ``"latin-1"``.
    watch : callable, optional
        ``watch(Progress)`` is called after each checkpoint.

    Returns
    -------
    History
        With tables, the samples, and a recording of each checkpoint.

    Raises
    ------
    FileError
        When a file cannot be read.
    InputError
        When no checkpoint was kept, or the text is too short.
    MismatchError
        When the models are not of one training: of other vocabularies or shapes.

    Examples
    --------
    >>> import stateviz as sv
    >>> text = "the cat sat on the mat. " * 5_000
    >>> small = dict(recipe="quick", width=8, batch=2, length=16, hold_out=0.01, overwrite=True)
    >>> model = sv.train(text, sample_at=[2, 4], steps=6, out="cat.safetensors", **small)
    >>> found = sv.history("cat.safetensors", text[:300], length=50)
    >>> found.steps, [change.after for change in found.changes]
    ((2, 4, 6), [4, 6])
    """
    from stateviz.models import sample_many
    from stateviz.recording import record
    from stateviz.storage.text_files import given_text

    check_whole("upto", upto, 0)
    models = _models(model)
    read = given_text(text, encoding)
    exist = frozenset(words(read if against is None else read_sample(against, "training text", encoding)))
    samples, recordings, memory = list[str](), list[Recording](), list[Horizon]()
    for count, (step, one) in enumerate(models.items(), 1):
        drawn = sample_many(one, number, length=length, temperature=temperature, seed=seed)
        samples.append("\n".join(drawn))
        sites = [*one.sites(), *(site for site in one.inner_sites() if site.endswith(".pre"))]
        recordings.append(record(one, read, sites=sites, unknown=unknown))
        if upto:
            memory.append(horizon(one, read, upto=upto, places=_PLACES, changes=False, unknown=unknown))
        if watch is not None:
            watch(Progress("history", done=count / len(models), count=step, unit="updates"))
    changes = tuple(
        unit_changes(before[site], after[site], step, later)
        for (step, before), (later, after) in pairwise(zip(models, recordings, strict=True))
        for site in one.sites()
    )
    known = np.stack([words_by_length(sample, exist) for sample in samples])
    return History(tuple(models), tuple(samples), tuple(recordings), known, changes, tuple(memory))


def _models(model: str | Path | Mapping[int, CharModel]) -> dict[int, CharModel]:
    """Models of one training by their updates, in that order."""
    from stateviz.models import CharModel, load_model
    from stateviz.models.training.checkpoints import kept_steps

    if isinstance(model, Mapping):
        found: dict[int, Any] = {check_whole("step", step, 0): one for step, one in sorted(model.items())}
    else:
        found = {step: load_model(path) for step, path in kept_steps(model).items()}
        if found and Path(model).is_file():
            last = load_model(model)
            found[int(last.provenance["curve"][-1][0])] = last
    if not found:
        raise InputError(
            f"no checkpoint was kept beside {str(model)!r}; train with --keep-every or --sample-at (keep_every=, "
            "sample_at=)" if not isinstance(model, Mapping) else "no model was given; give models by their updates"
        )  # fmt: skip
    first = next(iter(found.values()))
    for step, one in found.items():
        if not isinstance(one, CharModel):
            raise InputError(f"what had {step:,} updates is a {type(one).__name__}; give models that train made")
        if (one.vocabulary, one.config) != (first.vocabulary, first.config):
            raise MismatchError(f"the model of {step:,} updates has another vocabulary or shape than the first one")
    return dict(sorted(found.items()))
