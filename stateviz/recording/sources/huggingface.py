"""Hugging Face models, given as objects: residual stream, attention, MLP neurons, and recurrent states.

Beside the names of all modules: ``layers.K.residual`` (what layer K gives), ``layers.K.attention`` or ``.mixer``,
``layers.K.neurons`` (what the last product of the MLP reads), and ``layers.K.state`` (the recurrent state of
state-space and linear-recurrent layers, flattened; an RWKV layer has five, ``state0`` to ``state4``).
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stateviz.core.errors import InputError
from stateviz.recording.sources.base import Options, Part, Sites
from stateviz.recording.sources.modules import ModuleSource
from stateviz.recording.sources.outputs import OutputHook, Place
from stateviz.recording.texts import Opened, Text

_CACHES = ("past_key_values", "cache_params", "state")
_STATES = ("ssm_states", "linear_cache", "rnn_state")  # of caches that are not lists of layers; of xLSTM three each
_INPUT = " (input)"  # marks the name of a module whose input is watched
_LIMITS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")


class HuggingFaceSource(ModuleSource):
    """A transformers model; the text through its tokenizer (``encode=tokenizer``).

    Chunks go on from the model's own cache. A model whose cache takes one token at a time (Mamba) is run so where it
    must be: for recurrent states, and for texts longer than a chunk.
    """

    told_by_texts = False  # its layout is known

    def __init__(self, model: nn.Module, options: Options) -> None:
        super().__init__(model, options)
        self.batch_first = True
        accepted = inspect.signature(model.forward).parameters
        self.cache = next((name for name in _CACHES if name in accepted), None)
        self.one_by_one = False
        config: Any = getattr(model, "config", None)
        self.limit = next((int(n) for n in (getattr(config, key, None) for key in _LIMITS) if n), None)
        self.layers = _layers(model, getattr(config, "num_hidden_layers", None))
        self.states: dict[str, tuple[int, int]] = {}

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
        most = self.options.window or len(result.tokens)
        if self.limit is not None and most > self.limit:
            what = f"window {most}" if self.options.window else f"the text has {most} tokens, and"
            raise InputError(
                f"{what} {type(self.model).__name__} has {self.limit} positions; give window={self.limit} or less"
            )
        return result

    def default(self, known: Sequence[str]) -> list[str]:
        """The residual stream after every layer."""
        return [name for name in known if name.startswith("layers.") and name.endswith(".residual")]

    def hook(self, name: str) -> OutputHook:
        """Also on what a module reads."""
        plain = name.removesuffix(_INPUT)
        return OutputHook(plain, copy=name in self.copied, reads_input=plain != name, tried=not self.wanted)

    def discover(self, inputs: Tensor | None) -> Sites:
        """The modules, under their own and the common names, and the recurrent states of a step."""
        if inputs is None:
            raise InputError("the sites of a model are found by running it; give inputs")
        neurons = {
            k: _last_product(part) for k, layer in enumerate(self.layers) for part in [_part(layer[1], "mlp")] if part
        }
        names = {id(module): name for name, module in self.model.named_modules()}
        watched = {
            f"layers.{k}.neurons": names[id(module)] + _INPUT for k, module in neurons.items() if module is not None
        }
        self.others |= dict.fromkeys(watched.values(), self.model)
        raw = super().discover(inputs)
        known: dict[str, int] = {}
        for k, (name, layer) in enumerate(self.layers):
            kind = "attention" if _part(layer, "attention") is not None else "mixer"
            inner = names.get(id(_part(layer, kind)), "")
            for label, module in ((f"layers.{k}.residual", name), (f"layers.{k}.{kind}", inner)):
                if module in raw.known:
                    known[label], self.places[label] = raw.known[module], self.places[module]
            label = f"layers.{k}.neurons"
            if watched.get(label, "") in self.found_inputs:
                known[label], self.places[label] = self.found_inputs[watched[label]]
        return Sites(known | self._recurrent(inputs) | raw.known, raw.why)

    def _found(self, steps: int) -> Sites:
        """Inputs that are watched have names of their own, and are no sites of that name."""
        self.found_inputs = {}
        for key, hook in self.hooks.items():
            if hook.reads_input and hook.passes and hook.passes[0].get("") is not None:
                tensor = hook.passes[0][""]
                if tuple(tensor.shape[:2]) == (1, steps):
                    self.found_inputs[key] = (tensor[0, 0].numel(), Place(key, 0, "", "bt"))
        return super()._found(steps)

    def _recurrent(self, inputs: Tensor) -> dict[str, int]:
        """Sites of recurrent states, from two steps of one token each."""
        if self.cache is None:
            return {}
        state = None
        for t in range(min(2, len(inputs))):
            _, state = self.call(inputs[t : t + 1, None], state)
        found = recurrent_states(state)
        self.states = {_state_name(found, key): key for key in found}
        return {name: found[key][0].numel() for name, key in self.states.items()}

    def stepwise(self, on: bool) -> bool:
        """One token at a time, where there is a cache."""
        self.one_by_one = on and self.cache is not None
        return self.one_by_one

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """The model on (batch, steps) ids, or on embeddings, from its cache."""
        if self.options.forward is not None:
            return super().call(inputs, state)
        words = {"input_ids" if not inputs.is_floating_point() else "inputs_embeds": inputs.transpose(0, 1).clone()}
        if self.cache is None:
            return self.model(**words), None
        outputs = self.model(**words, **{self.cache: state}, use_cache=True)
        return outputs, getattr(outputs, self.cache, None)

    def run(self, inputs: Tensor, state: Any, *, lengths: Sequence[int] | None = None, keep: bool = True) -> Part:
        """One call, or one a token where that is needed."""
        wanted = [site for site in self.wanted if site in self.states]
        if not (wanted or (self.one_by_one and self.wanted)):
            return super().run(inputs, state, lengths=lengths, keep=keep)
        every, self.wanted = self.wanted, tuple(site for site in self.wanted if site not in self.states)
        parts = []
        try:
            for t in range(len(inputs)):
                part = super().run(inputs[t : t + 1], state, keep=keep)
                state = part.state
                found = recurrent_states(state["model"])
                # A cache is written to in place: what is kept is a copy.
                part.values |= {site: found[self.states[site]].flatten(1)[None].clone() for site in wanted}
                parts.append(part)
        finally:
            self.wanted = every
        if not keep:
            return Part({}, None, state)
        values = {site: torch.cat([part.values[site] for part in parts]) for site in every}
        logits = None if parts[0].logits is None else torch.cat([part.logits for part in parts])  # type: ignore[misc]
        return Part(values, logits, state)


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


def _layers(model: nn.Module, count: int | None) -> list[tuple[str, nn.Module]]:
    """The layers with their names: the first list of as many modules as the configuration says."""
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return [(f"{name}.{k}", layer) for k, layer in enumerate(module)]
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
