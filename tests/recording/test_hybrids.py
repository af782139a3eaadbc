"""Hugging Face models of mixed kinds: hybrids with a recurrent state, encoders, encoders with a decoder."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from stateviz.core.errors import InputError
from stateviz.recording import record, sites
from stateviz.recording.sources.huggingface import recurrent_states

transformers = pytest.importorskip("transformers")

SMALL = {"vocab_size": 64, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
WIDE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 8, "mamba_n_groups": 1, "mamba_d_state": 4, "num_key_value_heads": 1}
HYBRIDS = {
    "bamba": {**WIDE, **MAMBA, "attn_layer_indices": [1]},
    "minimax": {
        **WIDE, "num_key_value_heads": 1, "head_dim": 8, "num_local_experts": 2, "block_size": 8,
        "layer_types": ["linear_attention", "full_attention"],
    },
    "falcon_h1": {**WIDE, **MAMBA, "mamba_d_ssm": 32},
    "mamba2": {"hidden_size": 16, "num_hidden_layers": 2, "num_heads": 4, "head_dim": 8,
               "n_groups": 1, "state_size": 4},
}  # fmt: skip
IDS = torch.randint(1, 64, (40,), generator=torch.Generator().manual_seed(1))


def make(name, kind="AutoModelForCausalLM", **config):
    torch.manual_seed(0)
    try:
        config = transformers.AutoConfig.for_model(name, **SMALL, **config)
        model = getattr(transformers, kind).from_config(config).eval()
    except (ValueError, KeyError, AttributeError) as error:  # a version of transformers that has it not
        pytest.skip(f"{name}: {error}")
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)
    return model


@pytest.mark.parametrize("name", HYBRIDS)
def test_recurrent_states_and_what_is_recorded_beside_them_are_those_of_one_pass(name):
    model = make(name, **HYBRIDS[name])
    states = [site for site in sites(model, IDS) if site.rpartition(".")[2].startswith("state")]
    assert states
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        recording = record(model, IDS, sites=[*states, "layers.1.residual"], predictions=1, chunk=9)
    with torch.no_grad():
        whole = model(input_ids=IDS[None], use_cache=True)
    cache = getattr(whole, "past_key_values", None) or whole.cache_params
    for site, expected in zip(states, recurrent_states(cache).values(), strict=True):
        largest = float(expected.abs().max())
        assert np.allclose(recording[site].values[:, -1], expected.flatten().numpy(), atol=1e-4 * largest), site
    surprisal = -torch.log_softmax(whole.logits[0, :-1].double(), -1).gather(1, IDS[1:, None])[:, 0] / np.log(2)
    assert np.allclose(recording.tracks["surprisal"][1:], surprisal.numpy(), atol=1e-3)
    plain = record(model, IDS, sites="layers.1.residual")["layers.1.residual"].values
    assert np.allclose(recording["layers.1.residual"].values, plain, atol=1e-4 * np.abs(plain).max())


def test_states_that_one_token_at_a_time_does_not_give_are_refused(monkeypatch):
    from stateviz.recording.sources import huggingface

    monkeypatch.setattr(huggingface.HuggingFaceSource, "_counts_from_0", lambda self, inputs: False)
    with pytest.raises(InputError, match=r"layers\.0\.state is read one token at a time, and so Bamba.* other numbers"):
        record(make("bamba", **HYBRIDS["bamba"]), IDS, sites="layers.0.state")


@pytest.mark.parametrize("steps", [2, 7, 40])
def test_an_encoder_says_that_it_looks_ahead_whatever_the_length(steps):
    model = make("bert", "AutoModel", **WIDE)
    with pytest.warns(UserWarning, match=r"BertModel is not causal: column t of layers\.0\.residual, layers\.1\.res"):
        recording = record(model, IDS[:steps])
    assert recording.source["not_causal"] == ["layers.0.residual", "layers.1.residual"]


def test_an_encoder_and_a_decoder_have_names_of_their_own():
    model = make(
        "bart", "AutoModelForSeq2SeqLM", d_model=16, encoder_layers=2, decoder_layers=3, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="BartForConditionalGeneration is not causal"):
        recording = record(model, IDS)
    names = [f"{half}.layers.{k}.residual" for half, n in (("encoder", 2), ("decoder", 3)) for k in range(n)]
    assert list(recording.sites) == names
    with torch.no_grad():
        whole = model(input_ids=IDS[None], decoder_input_ids=IDS[None], output_hidden_states=True)
    hidden = [*whole.encoder_hidden_states[1:], *whole.decoder_hidden_states[1:]]
    for name, expected in zip(names, hidden, strict=True):
        assert np.allclose(recording[name].values, expected[0].numpy().T, atol=1e-4), name


def test_patterns_of_a_language_model_and_its_attention_as_it_was():
    model = make("llama", **WIDE)
    before = model.config._attn_implementation
    recording = record(model, IDS, sites=["layers.*.attention.head*", "layers.1.residual"], reach=40, chunk=9)
    assert model.config._attn_implementation == before
    model.set_attn_implementation("eager")
    with torch.no_grad():
        weights = model(input_ids=IDS[None], output_attentions=True).attentions
    for layer in (0, 1):
        for head in (0, 1):
            found = recording[f"layers.{layer}.attention.head{head}"].values
            for step in (0, 5, 39):
                expected = weights[layer][0, head, step, : step + 1].flip(0).numpy()
                assert np.allclose(found[: step + 1, step], expected, atol=1e-5)
    with pytest.raises(InputError, match=r"attends to later tokens"):
        record(make("bert", "AutoModel", **WIDE), IDS, sites="encoder.layer.0.attention.self.head0")


def test_positions_of_models_that_count_otherwise_are_left_to_them():
    model = make("roberta", is_decoder=True, max_position_embeddings=64, **WIDE)
    parts = record(model, IDS, chunk=9)["layers.1.residual"].values
    whole = record(model, IDS)["layers.1.residual"].values
    assert np.allclose(parts, whole, atol=1e-4)


def test_a_language_model_writes():
    model = make("llama", **WIDE)
    recording = record(model, IDS, generate=12)
    with torch.no_grad():
        expected = model.generate(
            IDS[None], max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0
        )  # fmt: skip
    assert recording.tokens == tuple(map(str, expected[0].tolist()))
    limited = make("gpt2", n_embd=16, n_layer=2, n_head=2, n_positions=48)
    with pytest.raises(InputError, match="the text has 52 tokens, and GPT2LMHeadModel has 48 positions"):
        record(limited, IDS, generate=12)
