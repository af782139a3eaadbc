"""Character models of stateviz: h by the model's own ``collect``, inner values that its cell declares by ``inside``, c
and gates of its torch layers by taps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.core.protocols import Recordable
from stateviz.recording.sources.base import Options, Part, Sites, Source
from stateviz.recording.sources.taps import RecurrentTap, is_stock
from stateviz.recording.texts import Opened, Text, encoded


class CharacterSource(Source):
    """A model that follows `Recordable`."""

    model: Recordable
    scores = encodes = True

    def __init__(self, model: Recordable, options: Options) -> None:
        super().__init__(model, options)
        for name in ("forward", "batch_first", "layout", "reach"):
            if getattr(options, name) is not None:
                raise InputError(
                    f"{name} means nothing to a {type(model).__name__}, which knows how it is run; leave it out"
                )
        self.vocabulary = tuple(model.vocabulary)
        inner = getattr(model, "inner_sites", None)
        self.inner: dict[str, int] = inner() if callable(inner) else {}
        self.taps: dict[str, tuple[RecurrentTap, str]] = {}
        if isinstance(model, nn.Module):
            _check_weights(model)
            layers = [m for m in model.modules() if isinstance(m, nn.RNNBase) and is_stock(m)]
            heads = [site.removesuffix(".h") for site in model.sites()]
            if len(layers) == len(heads):
                for head, layer in zip(heads, layers, strict=True):
                    tap = RecurrentTap(head, layer)
                    self.taps |= {f"{head}.{rest[7:]}": (tap, rest) for rest in tap.sites() if rest != "layer0.h"}

    def encode(self, name: str | None, text: Opened) -> Text:
        """By the model's vocabulary, unless the user says otherwise."""
        if self.options.encode is None:
            return encoded(name, text, lambda given: self.model.encode(given, unknown=self.options.unknown))
        if self.options.unknown is not None:
            raise InputError("unknown is for the model's own vocabulary, not with encode; leave one of them out")
        return super().encode(name, text)

    def binary(self, sites: Sequence[str]) -> frozenset[str]:
        """Those that the model says are."""
        return frozenset(sites) & self.model.binary_sites()

    def discover(self, inputs: Tensor | None) -> Sites:
        """What the model says, and c and gates of its torch layers."""
        known = dict(self.model.sites()) | self.inner
        return Sites(known | {site: tap.sites()[rest] for site, (tap, rest) in self.taps.items()})

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Taps on the layers of which more than h is wanted."""
        self.wanted = tuple(wanted)
        with ExitStack() as stack:
            for tap, _ in dict.fromkeys(self.taps[site] for site in wanted if site in self.taps):
                if "forward" not in tap.module.__dict__:
                    stack.callback(tap.module.__dict__.pop, "forward", None)
                    tap.module.forward = tap.forward
            yield

    def start(self, batch: int) -> Any:
        """The model's own."""
        return self.model.start(batch)

    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """One call of ``collect``."""
        for tap, _ in self.taps.values():
            tap.begin([], None)
            tap.wanted = (
                [self.taps[s][1] for s in self.wanted if s in self.taps and self.taps[s][0] is tap] if keep else ()
            )
        run = self.model.collect
        if keep and any(site in self.inner for site in self.wanted):
            run = self.model.inside  # type: ignore[attr-defined]
        logits, collected, state = run(inputs.clone(), state)
        values = {site: collected[site] for site in self.wanted if site in collected}
        if keep:
            values |= {s: self.taps[s][0].values[0][self.taps[s][1]] for s in self.wanted if s in self.taps}
        return Part(values, logits, state)

    def provenance(self) -> dict[str, object]:
        """The model's own digest."""
        return {"model": self.model.digest()}


def _check_weights(model: nn.Module) -> None:
    """Refuse a model whose training diverged: the sign of a number that is none would pass for a state."""
    for name, weights in model.named_parameters():
        if not bool(weights.isfinite().all()):
            raise InputError(
                f"weights of the {type(model).__name__} are not finite ({name}): its training diverged; train it anew"
            )
