"""NGram: a counting model that reads, predicts and is sampled as the networks are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stateviz.core.checks import check_whole
from stateviz.core.errors import InputError
from stateviz.models.corpus import encode
from stateviz.models.ngrams.counting import Ints, Level
from stateviz.models.ngrams.files import write_levels
from stateviz.models.ngrams.smoothing import SMOOTHINGS, Floats, Smoothing

SITE = "context.h"
_BLOCK = 2**21  # probabilities computed at once


class NGram:
    """A character n-gram model; ``sv.ngram`` counts one.

    It predicts a character from the ``order - 1`` before it, and offers what networks offer: ``sv.sample``,
    ``sv.score`` and ``sv.record`` take it, whose one site, ``context.h``, tells how long a context it knows.

    Parameters
    ----------
    vocabulary : sequence of str
        The characters it knows.
    levels : sequence of Level
        The n-grams of orders 1 and up, as ``stateviz.models.ngrams.counting.count`` gives them.
    smoothing : str or Smoothing
        A name of SMOOTHINGS, or a row of one's own.
    order : int, optional
        The highest order that is used; by default all levels.
    provenance : mapping, optional
        Plain JSON values that travel with it.

    Raises
    ------
    InputError
        When ``order`` is more than was counted.
    UnknownNameError
        When SMOOTHINGS has no such name.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.ngram("abracadabra", order=3)
    >>> model
    NGram(order 3, modified-kneser-ney, 5 characters, 19 n-grams)
    >>> round(model.evaluate("abracadabra"), 3) < round(model.with_order(1).evaluate("abracadabra"), 3)
    True
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        levels: Sequence[Level],
        *,
        smoothing: str | Smoothing = "modified-kneser-ney",
        order: int | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self.vocabulary = tuple(vocabulary)
        self.levels = tuple(levels)
        self.smoothing = SMOOTHINGS[smoothing] if isinstance(smoothing, str) else smoothing
        self.order = len(self.levels) if order is None else check_whole("order", order)
        if self.order > len(self.levels):
            raise InputError(f"order is {order}, and n-grams were counted up to {len(self.levels)}; give at most that")
        self.provenance = dict(provenance or {})

    def __repr__(self) -> str:
        grams = sum(len(level.keys) for level in self.levels[: self.order])
        known = f"{len(self.vocabulary):,} characters, {grams:,} n-grams"
        return f"NGram(order {self.order}, {self.smoothing.name}, {known})"

    def with_order(self, order: int) -> NGram:
        """The model of a lower order, from the same count.

        Parameters
        ----------
        order : int
            Its highest order.
        """
        return NGram(self.vocabulary, self.levels, smoothing=self.smoothing, order=order, provenance=self.provenance)

    # --- what is asked of a model that is recorded

    def sites(self) -> dict[str, int]:
        """Its one site: how many characters of the context it knows."""
        return {SITE: 1}

    def binary_sites(self) -> frozenset[str]:
        """None is."""
        return frozenset()

    def start(self, batch: int = 1) -> Ints:
        """The state before the first character: the place of the longest n-gram of each length, int64 (batch, order).

        Parameters
        ----------
        batch : int
            Texts read side by side.
        """
        state = np.full((batch, self.order), -1, np.int64)
        state[:, 0] = 0  # the empty context, which is always known
        return state

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Tensor]:
        """Characters of a text and their ids, int64 (steps,).

        Parameters
        ----------
        text : str
            What is to be read, one character or more.
        unknown : {"fold", "skip", "replace"}, optional
            What becomes of characters that are not in the vocabulary; by default they are refused.
        """
        tokens, ids = encode(text, self.vocabulary, unknown=unknown)
        return tokens, torch.tensor(ids, dtype=torch.int64)

    def collect(self, tokens: Tensor, state: Ints) -> tuple[Tensor, dict[str, Tensor], Ints]:
        """Log-probabilities of the next character, the known length of the context, and the state to go on from.

        Parameters
        ----------
        tokens : Tensor of int64, shape (steps, batch)
            Ids of the characters.
        state : int64, shape (batch, order)
            From ``start``, or what was returned for the steps before.

        Returns
        -------
        tuple
            Logits (steps, batch, vocabulary), float64; a mapping of the site to (steps, batch, 1); the state after.
        """
        ids = tokens.detach().cpu().numpy()
        places = self._read(ids, state)
        contexts = places.reshape(-1, self.order)
        rows = max(1, _BLOCK // len(self.vocabulary))
        with np.errstate(divide="ignore"):
            logits = [np.log(self._spread(contexts[i : i + rows])) for i in range(0, len(contexts), rows)]
        known = (contexts >= 0).sum(-1).reshape(*ids.shape, 1) - 1
        found = torch.from_numpy(np.concatenate(logits).reshape(*ids.shape, -1)).to(tokens.device)
        return found, {SITE: torch.from_numpy(known.astype(np.float32)).to(tokens.device)}, places[-1]

    def __call__(self, tokens: Tensor, state: Ints | None = None) -> tuple[Tensor, Ints]:
        """Logits (steps, batch, vocabulary) and the state to go on from."""
        logits, _, after = self.collect(tokens, self.start(tokens.shape[1]) if state is None else state)
        return logits, after

    def digest(self) -> str:
        """SHA-256 of vocabulary, smoothing, order and counts."""
        total = hashlib.sha256(json.dumps([self.vocabulary, self.smoothing.name, self.order]).encode())
        for level in self.levels[: self.order]:
            total.update(level.keys.tobytes() + level.counts.tobytes())
        return total.hexdigest()

    # --- probabilities

    def evaluate(self, text: str, *, unknown: str | None = None) -> float:
        """Nats a character on a text, read in one pass; its first character is read and not predicted.

        Parameters
        ----------
        text : str
            Two characters or more.
        unknown : {"fold", "skip", "replace"}, optional
            What becomes of characters that it never saw; by default they are refused.

        Raises
        ------
        InputError
            When the text is shorter, or holds characters that it never saw.
        """
        return float(self.nats(text, unknown=unknown).mean())

    def nats(self, text: str, *, unknown: str | None = None) -> Floats:
        """What each character after the first costs, float64 (characters - 1,): -ln of its probability.

        Parameters
        ----------
        text : str
            Two characters or more.
        unknown : {"fold", "skip", "replace"}, optional
            What becomes of characters that it never saw; by default they are refused.
        """
        _, ids = encode(text, self.vocabulary, unknown=unknown)
        if len(ids) < 2:
            raise InputError("the text has one character, and the first is not predicted; give two or more")
        symbols = np.array(ids, np.int64)
        contexts = self._read(symbols[:-1, None], self.start())[:, 0]
        chances = np.full(len(symbols) - 1, 1 / len(self.vocabulary))
        for k, (level, (own, left)) in enumerate(self._terms):
            known = contexts[:, k] >= 0
            places = level.find(contexts[:, k], symbols[1:])
            chances *= np.where(known, left[contexts[:, k]], 1.0)
            chances += np.where(places >= 0, own[places], 0.0)
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(chances))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write counts, vocabulary, smoothing and provenance as one safetensors file, which ``load_model`` reads.

        Parameters
        ----------
        path : str or Path
            Where.
        overwrite : bool
            Replace a file that is there.

        Raises
        ------
        FileError
            When the file is there, or cannot be written.
        """
        facts = {"smoothing": self.smoothing.name, "provenance": self.provenance}
        return write_levels(path, self.vocabulary, self.levels[: self.order], facts, overwrite=overwrite)

    @cached_property
    def _terms(self) -> list[tuple[Level, tuple[Floats, Floats]]]:
        """Of each order, what its n-grams have of their own and what its contexts leave to the order below."""
        found = []
        for length, level in enumerate(self.levels[: self.order], 1):
            below = self.smoothing.continuation and length < self.order
            counts = level.continuations if below else level.counts
            found.append((level, self.smoothing.terms(counts, level.owners, level.contexts)))
        return found

    def _read(self, ids: Ints, state: Ints) -> Ints:
        """The place of the n-gram of each length that ends at each character: int64 (steps, batch, order)."""
        places = np.full((*ids.shape, self.order), -1, np.int64)
        places[..., 0] = 0
        for length, level in enumerate(self.levels[: self.order - 1], 1):
            before = np.concatenate([state[None, :, length - 1], places[:-1, :, length - 1]])
            places[..., length] = level.find(before, ids)
        return places

    def _spread(self, contexts: Ints) -> Floats:
        """Probabilities of every character after contexts (steps, order): float64 (steps, vocabulary)."""
        chances = np.full((len(contexts), len(self.vocabulary)), 1 / len(self.vocabulary))
        for k, (level, (own, left)) in enumerate(self._terms):
            known = np.flatnonzero(contexts[:, k] >= 0)
            nodes = contexts[known, k]
            first, lengths = level.starts[nodes], level.starts[nodes + 1] - level.starts[nodes]
            chances[known] *= left[nodes, None]
            grams = np.arange(lengths.sum()) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)
            chances[np.repeat(known, lengths), level.symbols[grams]] += own[grams]
        return chances
