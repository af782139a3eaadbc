"""Hugging Face models, given as objects: residual stream, attention, MLP neurons, and recurrent states.

Beside the names of all modules: ``layers.K.residual`` (what layer K gives), ``layers.K.attention`` or ``.mixer``,
``layers.K.neurons`` (what the last product of the MLP reads), and ``layers.K.state`` (the recurrent state of
state-space and linear-recurrent layers, flattened; an RWKV layer has five, ``state0`` to ``state4``).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.recording.failures import FAILURES
from stateviz.recording.sources.base import Options, Sites
from stateviz.recording.sources.modules import ModuleSource
from stateviz.recording.sources.outputs import leaves
from stateviz.recording.texts import Opened, Text

_CACHES = ("past_key_values", "cache_params", "state")
_STATES = ("ssm_states", "linear_cache", "rnn_state")  # of caches that are not lists of layers; of xLSTM three each
_LIMITS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")


class HuggingFaceSource(ModuleSource):
    """A transformers model; the text through its tokenizer (``encode=tokenizer``).

    Chunks go on from the model's own cache. A model whose cache takes one token at a time (Mamba) is run so where it
    must be: for recurrent states, and for texts longer than a chunk.
    """

    told_by_texts = may_reach_far = False  # its layout is known, and so is its cache

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        if self.said and options.forward is None:
            raise InputError(f"how a {type(model).__name__} is called is known; leave layout= and batch_first= out")
        self.order = self.said or "nlc"
        accepted = inspect.signature(model.forward).parameters
        self.cache = next((name for name in _CACHES if name in accepted), None)
        self.numbered = "position_ids" in accepted
        config: Any = getattr(model, "config", None)
        self.limit = next((int(n) for n in (getattr(config, key, None) for key in _LIMITS) if n and n > 0), None)
        self.both = bool(getattr(config, "is_encoder_decoder", False))
        self.stacks = _stacks(model, getattr(config, "num_hidden_layers", None), self.both)
        if self.both:  # the encoder reads a text from both its ends, and the decoder attends to all of that
            self.cache = None

    @staticmethod
    def accepts(model: object) -> bool:
        """Whether ``model`` is a model of the transformers package."""
        return isinstance(model, nn.Module) and any(
            kind.__name__ == "PreTrainedModel" and kind.__module__.startswith("transformers.")
            for kind in type(model).__mro__
        )

    def encode(self, name: str | None, text: Opened) -> Text:
        """By the tokenizer; a text that the model has no positions for needs a window."""
        if isinstance(text, str) and self.options.encode is None:
            raise InputError(f"a {type(self.model).__name__} reads tokens; give its tokenizer as encode=")
        result = super().encode(name, text)
        self.check_length(self.options.window or len(result.tokens))
        return result

    def default(self, known: Sequence[str]) -> list[str]:
        """The residual stream after every layer."""
        return [f"{head}layers.{k}.residual" for head, stack in self.stacks.items() for k in range(len(stack))
                if f"{head}layers.{k}.residual" in known]  # fmt: skip

    def discover(self, inputs: Tensor | None) -> Sites:
        """The modules, under their own and the common names, and the recurrent states of a step."""
        if inputs is None:
            raise InputError("the sites of a model are found by running it; give inputs")
        self.numbered = self.numbered and self._counts_from_0(inputs)
        raw = super().discover(inputs)
        known: dict[str, int] = {}
        for label, site in self._common_names().items():
            heads = label.endswith((".attention", ".mixer"))
            for name in [one for one in raw.known if one == site or (heads and one.startswith(f"{site}.head"))]:
                other = label + name.removeprefix(site)
                known[other], self.places[other] = raw.known[name], self.places[name]
                raw.asked |= {other} if other != label else set()
                self.reads.copy(name, other)
        return Sites(known | raw.known, raw.why, raw.asked)

    def _common_names(self) -> dict[str, str]:
        """Names that models of every kind share, and the sites they stand for."""
        names = {id(module): name for name, module in self.model.named_modules()}
        found = {}
        for head, stack in self.stacks.items():
            for k, (name, layer) in enumerate(stack):
                kind = "attention" if _part(layer, "attention") is not None else "mixer"
                part, mlp = _part(layer, kind), _part(layer, "mlp")
                product = None if mlp is None else _last_product(mlp)
                found[f"{head}layers.{k}.residual"] = name
                if part is not None:
                    found[f"{head}layers.{k}.{kind}"] = names[id(part)]
                if product is not None:
                    found[f"{head}layers.{k}.neurons"] = f"{names[id(product)]}.in"
        return found

    def _carried_sites(self, inputs: Tensor, sites: Sites) -> dict[str, int]:
        """Sites of recurrent states, from two steps of one token each."""
        if self.options.forward is not None:
            return super()._carried_sites(inputs, sites)
        if self.cache is None:
            return {}
        state = None
        for t in range(min(2, len(inputs))):
            _, state = self.call(inputs[t : t + 1, None], state)
        found = recurrent_states(state and state[0])
        self.carried = {_state_name(found, key): key for key in found}
        return {name: found[key][0].numel() for name, key in self.carried.items()}

    def states_in(self, state: Any) -> Mapping[str, Tensor]:
        """The recurrent states in a cache."""
        if self.options.forward is not None:
            return super().states_in(state)
        found = recurrent_states(state and state[0])
        return {site: found[key] for site, key in self.carried.items() if key in found}

    def _counts_from_0(self, inputs: Tensor) -> bool:
        """Whether the positions 0, 1, 2, ... are those that the model takes where none are given."""
        if self.cache is None or self.options.forward is not None:
            return False
        try:
            given, plain = (self.call(inputs[:, None], None, numbered)[0] for numbered in (True, False))
        except FAILURES:
            return False
        return all(
            bool(a.isclose(b, rtol=1e-4, atol=1e-6).all())
            for (_, a), (_, b) in zip(leaves(given), leaves(plain), strict=True)
            if a.shape == b.shape
        )

    @contextmanager
    def _showing_weights(self, wanted: Sequence[str] | None = None) -> Iterator[None]:
        """Attention that gives its weights, where they are wanted; fused kernels do not."""
        config: Any = getattr(self.model, "config", None)
        before = getattr(config, "_attn_implementation", None)
        change = getattr(self.model, "set_attn_implementation", None)
        patterns = wanted is None or self.patterns(wanted)
        if not (patterns and callable(change) and isinstance(before, str) and before != "eager"):
            yield
            return
        try:
            change("eager")
            yield
        finally:
            change(before)

    def _watch(self, inputs: Tensor) -> None:
        with self._showing_weights():
            super()._watch(inputs)

    @contextmanager
    def attached(self, wanted: Sequence[str]) -> Iterator[None]:
        """Hooks on what is wanted; attention gives its weights if patterns are."""
        with self._showing_weights(wanted), super().attached(wanted):
            yield

    def stepwise(self, on: bool) -> bool:
        """One token at a time, where there is a cache."""
        self.one_by_one = on and self.cache is not None
        return self.one_by_one

    def call(self, inputs: Tensor, state: Any, numbered: bool | None = None) -> tuple[Any, Any]:
        """The model on (batch, steps) ids, or on embeddings, from its cache and how many tokens are in it."""
        if self.options.forward is not None:
            return super().call(inputs, state)
        x = inputs.transpose(0, 1).clone()
        words = {"inputs_embeds" if inputs.is_floating_point() else "input_ids": x}
        if self.both:
            words |= {f"decoder_{name}": value.clone() for name, value in words.items()}
        if self.cache is None:
            return self.model(**words), None
        cache, read = state or (None, 0)
        if self.numbered if numbered is None else numbered:
            # Hybrids of attention and a recurrent state count wrongly by themselves what is in their cache.
            places = torch.arange(read, read + len(inputs), device=inputs.device)
            words["position_ids"] = places[None].expand(len(x), -1)
        outputs = self.model(**words, **{self.cache: cache}, use_cache=True)
        after = getattr(outputs, self.cache, None)
        return outputs, None if after is None else (after, read + len(inputs))


def recurrent_states(cache: object) -> dict[tuple[int, int], Tensor]:
    """(batch, ...) by layer and number, from whichever kind of cache transformers gave."""
    if isinstance(cache, (list, tuple)) and cache and all(isinstance(s, Tensor) and s.dim() == 3 for s in cache):
        return {(k, i): s[:, :, k] for k in range(cache[0].shape[2]) for i, s in enumerate(cache)}
    found: dict[tuple[int, int], Tensor] = {}
    for k, layer in enumerate(getattr(cache, "layers", ())):
        states = getattr(layer, "recurrent_states", None)
        each = states.items() if isinstance(states, dict) else enumerate([states])
        found |= {(k, int(i)): s for i, s in each if isinstance(s, Tensor)}
    for name in _STATES:
        other = None if found else getattr(cache, name, None)
        pairs = other.items() if isinstance(other, dict) else enumerate(other or ())
        for k, states in pairs:
            each = enumerate(states if isinstance(states, (tuple, list)) else [states])
            found |= {(int(k), i): s for i, s in each if isinstance(s, Tensor)}
    return found


def _state_name(found: dict[tuple[int, int], Tensor], key: tuple[int, int]) -> str:
    many = sum(k == key[0] for k, _ in found) > 1
    return f"layers.{key[0]}.state{key[1] if many else ''}"


Stack: TypeAlias = list[tuple[str, nn.Module]]
"""Layers with their names."""


def _stacks(model: Any, count: int | None, both: bool) -> dict[str, Stack]:
    """The layers by what their common names begin with: of an encoder and a decoder each has its own."""
    names = {id(module): name for name, module in model.named_modules()}
    if not both:
        return {"": _stack(names, model, count)}
    halves = {"encoder.": model.get_encoder(), "decoder.": model.get_decoder()}
    return {head: _stack(names, half, None) for head, half in halves.items() if isinstance(half, nn.Module)}


def _stack(names: Mapping[int, str], model: nn.Module, count: int | None) -> Stack:
    """The first list of as many modules as the configuration says, or the first there is."""
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and (len(module) == count or (count is None and len(module))):
            return [(f"{names[id(module)]}.{k}", layer) for k, layer in enumerate(module)]
    return []


_WORDS = {
    "mlp": ("mlp", "ffn", "feed_forward", "ff"),
    "attention": ("attn", "attention"),
    "mixer": ("mixer", "ssm", "mamba", "mlstm", "temporal_block"),
}


def _part(layer: nn.Module, kind: str) -> nn.Module | None:
    """The part of a layer that is of a kind, by its name; dropouts and norms named after it are none."""
    children = [(name.lower(), child) for name, child in layer.named_children()]
    for name, child in children:
        if (
            any(word in name for word in _WORDS[kind])
            and "norm" not in name
            and next(child.parameters(), None) is not None
        ):
            return child
    return None


def _last_product(mlp: nn.Module) -> nn.Module | None:
    """The last linear map inside an MLP, whose input is its neurons."""
    found = [m for m in mlp.modules() if isinstance(m, nn.Linear) or type(m).__name__ == "Conv1D"]
    return found[-1] if found else None
