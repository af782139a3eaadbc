"""editable(): any torch module whose parts can be recorded as a language model whose states can be changed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.protocols import Editable
from stateviz.core.table import unknown as unknown_name
from stateviz.recording.chunks import settle
from stateviz.recording.session import opened
from stateviz.recording.sources import Options
from stateviz.recording.sources.base import Forward, Source, reading_mode
from stateviz.recording.sources.edited import editing
from stateviz.recording.sources.layers import Change
from stateviz.recording.sources.turns import alone
from stateviz.recording.sources.watched import WatchedSource
from stateviz.recording.sources.wrapped import uncompiled, unwrapped
from stateviz.recording.texts import Text
from stateviz.recording.trial_pass import discovered, first_steps

_TRIED = 64
"""Tokens that are read at once where a model's state is carried on."""


def editable(
    model: Any,
    text: str,
    *,
    encode: object = None,
    forward: Forward | None = None,
    batch_first: bool | None = None,
    layout: str | None = None,
) -> Editable:
    """A torch module as a language model whose states can be changed: for ``intervene``, ``edited`` and ``sample``.

    What can be changed is what ``record`` can record of it: gates and states of torch's recurrent layers and cells,
    and what any other part gives or reads. Hooks are there only while the model runs, and are gone after it.

    Parameters
    ----------
    model
        A torch module, or a Hugging Face model, that gives logits over tokens; a CharModel is given back as it is.
    text : str
        A few words to find its parts with, and to try out whether it reads in chunks.
    encode : callable, ``"bytes"`` or tokenizer, optional
        How it reads text, as ``record`` takes it; to token ids.
    forward, batch_first, layout
        How it is called, as ``record`` takes them.

    Returns
    -------
    Editable
        ``edit_sites()`` lists what can be changed.

    Raises
    ------
    InputError
        When the model cannot be run on the text, reads no token ids, or gives no logits.

    Examples
    --------
    >>> from stateviz.recording import characters
    >>> model = torch.nn.Sequential(torch.nn.Embedding(2, 3), torch.nn.RNN(3, 4, batch_first=True))
    >>> found = editable(model, "abba" * 10, encode=characters("ab"))
    >>> found.edit_sites()["1.layer0.h"]
    4
    """
    if isinstance(model, Editable):
        return model
    model = unwrapped(model)
    source = opened(model, Options(encode=encode, forward=forward, batch_first=batch_first, layout=layout))
    if not isinstance(source, WatchedSource):
        raise InputError(f"the states of a {type(model).__name__} cannot be changed; give a torch module")
    with alone(model), uncompiled(), torch.no_grad(), reading_mode(model):
        given = source.encode(None, text)
        if given.inputs.is_floating_point() or given.inputs.dim() != 1:
            raise InputError("the model reads no token ids, so that nothing says what comes next; encode text as ids")
        found = discovered(source, first_steps([given], None))
        known = {
            site: units
            for site, units in found.known.items()
            if site not in source.carried and site not in (source.reads.ahead | source.reads.turned)
        }
        whole = _reads_whole(source, given)
    return EditableModule(source, known, {}, whole)


def _reads_whole(source: WatchedSource, text: Text) -> bool:
    """Whether the model forgets what it read in an earlier call."""
    if len(text.tokens) <= _TRIED // 2:
        raise InputError(f"the text has {len(text.tokens)} tokens; give {_TRIED // 2 + 1} or more to try the model on")
    chunk = len(text.tokens) // 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that memory follows the text: here it follows a part of it
        return settle(source, [text], [], chunk, text.inputs.device, scores=True) > chunk


class EditableModule:
    """A watched module as a LanguageModel, with changes to some of its sites; made by `editable`.

    Parameters
    ----------
    source
        The module, as the recorder sees it, its sites known.
    sites
        Units of each site that can be changed.
    changes
        By site.
    reads_whole
        Its state is all that was read: each call reads it again.
    """

    def __init__(
        self, source: WatchedSource, sites: Mapping[str, int], changes: Mapping[str, Change], reads_whole: bool
    ) -> None:
        self._source, self._sites, self.changes, self.reads_whole = source, dict(sites), dict(changes), reads_whole

    @property
    def vocabulary(self) -> Sequence[str]:
        """The tokens it knows; their numbers where nobody says."""
        known = self._source.vocabulary
        return [str(k) for k in range(self._size())] if known is None else known

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        weights = next(self._source.model.parameters(), None)
        return torch.device("cpu") if weights is None else weights.device

    def to(self, device: Any) -> None:
        """Move the module."""
        self._source.model.to(device)

    def start(self, batch: int) -> Any:
        """The state before the first token."""
        return None if self.reads_whole else self._source.start(batch)

    @property
    def limit(self) -> int | None:
        """The most tokens that it reads."""
        return self._source.limit

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Tensor]:
        """Tokens and ids, by what ``encode`` was given; a text may be longer than the model reads at once."""
        if unknown is not None:
            raise InputError("unknown is for the vocabulary of a CharModel; this one reads by encode")
        given = Source.encode(self._source, None, text)
        return list(given.tokens), given.inputs

    def edit_sites(self) -> dict[str, int]:
        """Units of each site that can be changed."""
        return dict(self._sites)

    def edited(self, changes: Mapping[str, Change]) -> EditableModule:
        """The module with more changes; of a site that is changed already, one after the other."""
        for site in changes:
            if site not in self._sites:
                raise UnknownNameError(unknown_name("site", site, self._sites))
        every = dict(self.changes)
        for site, change in changes.items():
            every[site] = _both(every.get(site), change)
        return EditableModule(self._source, self._sites, every, self.reads_whole)

    def collect(self, tokens: Tensor, state: Any) -> tuple[Tensor, dict[str, Tensor], Any]:
        """Logits (steps, batch, vocabulary), no sites, and the state to go on from."""
        before = state if self.reads_whole and state is not None else None
        read = tokens if before is None else torch.cat([before, tokens])
        with self._running():
            part = self._source.run(read, None if self.reads_whole else state)
        if part.logits is None:
            raise InputError(
                "the model gives no logits (steps, vocabulary), so that nothing is predicted; give forward=, a "
                "function (model, inputs, state) -> (logits, state)"
            )
        return part.logits[len(read) - len(tokens) :], {}, read if self.reads_whole else part.state

    @contextmanager
    def _running(self) -> Iterator[None]:
        model, source = self._source.model, self._source
        # Some site is wanted, so that a run is taken for no trial.
        wanted = tuple(self.changes) or tuple(self._sites)[:1]
        with (
            alone(model),
            uncompiled(),
            torch.no_grad(),
            reading_mode(model),
            editing(source, self.changes),
            source.attached(wanted),  # the last, so that it sees what is changed
        ):
            yield

    def _size(self) -> int:
        logits, _, _ = self.collect(torch.zeros(1, 1, dtype=torch.int64, device=self.device), self.start(1))
        return int(logits.shape[-1])


def _both(first: Change | None, then: Change) -> Change:
    return then if first is None else lambda values: then(first(values))
