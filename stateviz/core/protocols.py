"""What a model must offer to be sampled and recorded; wings meet here instead of importing one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class LanguageModel(Protocol):
    """A model that predicts the next token: a network, or one that counts.

    ``collect`` runs it over token ids of shape (steps, batch) from ``state`` and returns the logits
    (steps, batch, vocabulary), one array (steps, batch, units) a site, and the state to go on from.
    """

    @property
    def vocabulary(self) -> Sequence[str]:
        """The tokens it knows; an id is a place in it."""

    def start(self, batch: int) -> Any:
        """The state before the first token."""

    def encode(self, text: str, *, unknown: str | None = None) -> tuple[list[str], Any]:
        """The tokens of ``text`` and their ids."""

    def collect(self, tokens: Any, state: Any) -> tuple[Any, dict[str, Any], Any]:
        """Logits, states by site, and the state to go on from."""


@runtime_checkable
class Recordable(LanguageModel, Protocol):
    """A language model that can be run over tokens with its states in view."""

    def sites(self) -> dict[str, int]:
        """Units of each site, by name."""

    def binary_sites(self) -> frozenset[str]:
        """Those of its sites that hold -1 and +1 only."""

    def digest(self) -> str:
        """SHA-256 of the weights."""


@runtime_checkable
class Editable(LanguageModel, Protocol):
    """A language model whose states may be changed on the way."""

    def edit_sites(self) -> dict[str, int]:
        """Units of each site that can be changed, by name."""

    def edited(self, changes: Mapping[str, Callable[[Any], Any]]) -> LanguageModel:
        """The model with ``change(values)`` in place of the values (..., units) of each site, at every step.

        The model itself stays as it is.
        """
