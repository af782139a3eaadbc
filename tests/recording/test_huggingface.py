"""Hugging Face models given as objects, tiny and untrained: against the states they give out themselves."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from stateviz.core.errors import InputError
from stateviz.recording import record, sites

transformers = pytest.importorskip("transformers")
TEXT = "hello world, this is read byte by byte"
SMALL = {"vocab_size": 256, "hidden_size": 16, "num_hidden_layers": 2, "bos_token_id": 0, "eos_token_id": 0}
NAMES = ["gpt2", "llama", "gpt_neox", "mamba", "rwkv"]


def make(name):
    torch.manual_seed(1)
    heads = {"num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 48}
    wide = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 48}
    more = {
        "gpt2": wide,
        "llama": heads,
        "gpt_neox": heads,
        "mamba": {"state_size": 4},
        "rwkv": {"attention_hidden_size": 16},
    }[name]
    small = {key: value for key, value in SMALL.items() if name != "gpt2" or not key.startswith(("hidden", "num"))}
    config = transformers.AutoConfig.for_model(name, **small, **more)
    return transformers.AutoModelForCausalLM.from_config(config).eval()


@pytest.fixture(params=NAMES)
def model(request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(request.param)


def run(model, **options):
    return record(model, TEXT, encode="bytes", **options)


def named(model):
    return [site for site in sites(model) if site.startswith("layers.") and site.count(".") == 2]


def test_the_residual_stream_is_what_the_model_calls_its_hidden_states(model):
    recording = run(model)
    assert recording.sites == ("layers.0.residual", "layers.1.residual")
    with torch.no_grad():
        hidden = model(torch.tensor([list(TEXT.encode())]), output_hidden_states=True).hidden_states
    found = [np.abs(recording["layers.0.residual"].values.T - h[0].numpy()).max() for h in hidden]
    assert min(found) < 1e-5


def test_chunks_go_on_from_the_cache(model):
    wanted = named(model)
    assert {"layers.0.residual", "layers.1.residual"} < set(wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = run(model, sites=wanted, chunk=9, predictions=2)
    whole = run(model, sites=wanted, predictions=2)
    for site in wanted:
        assert np.allclose(parts[site].values, whole[site].values, atol=1e-4), site
    assert np.allclose(parts.tracks["surprisal"], whole.tracks["surprisal"], atol=1e-3, equal_nan=True)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gpt_neox"])
def test_attention_and_neurons_add_up(name):
    model = make(name)
    recording = run(model, sites=["layers.*.attention", "layers.*.neurons", "layers.*.residual"])
    layer = sites(model)
    assert layer["layers.1.neurons"] == (64 if name == "gpt2" else 24)
    last = next(
        module
        for path, module in model.named_modules()
        if path.endswith(("h.1.mlp.c_proj", "layers.1.mlp.down_proj", "layers.1.mlp.dense_4h_to_h"))
    )
    with torch.no_grad():
        mlp = last(torch.tensor(recording["layers.1.neurons"].values.T)).numpy().T
    total = recording["layers.0.residual"].values + recording["layers.1.attention"].values + mlp
    assert np.allclose(total, recording["layers.1.residual"].values, atol=1e-5)


@pytest.mark.parametrize(("name", "site"), [("mamba", "layers.1.state"), ("rwkv", "layers.1.state2")])
def test_a_recurrent_state_is_that_after_each_token(name, site):
    model = make(name)
    recording = run(model, sites=[site], chunk=11)
    ids = torch.tensor([list(TEXT.encode())])
    for t in (0, 1, 20):
        with torch.no_grad():
            outputs = model(ids[:, : t + 1], use_cache=True)
        if name == "mamba":
            expected = outputs.cache_params.layers[1].recurrent_states[0]
        else:
            expected = outputs.state[2][:, :, 1]
        assert np.allclose(recording[site].values[:, t], expected.flatten().numpy(), atol=1e-4)


def test_a_text_beyond_the_positions_needs_a_window():
    model = make("gpt2")
    with pytest.raises(InputError, match="114 tokens, and GPT2LMHeadModel has 48 positions; give window=48"):
        record(model, TEXT * 3, encode="bytes")
    recording = record(model, TEXT * 3, encode="bytes", window=20)
    assert recording.source["window"] == {"tokens": 20, "overlap": 10}
    ids = list((TEXT * 3).encode())
    with torch.no_grad():
        window = record(model, torch.tensor(ids[50:70]))
    assert np.allclose(
        recording["layers.1.residual"].values[:, 60:70], window["layers.1.residual"].values[:, 10:], atol=1e-5
    )
    with pytest.raises(InputError, match="window 99"):
        record(model, TEXT, encode="bytes", window=99)


def test_many_texts_side_by_side():
    model = make("llama")
    texts = ["hello", "you", "there is more"]
    together = record(model, texts, encode="bytes")
    joined = np.concatenate([record(model, t, encode="bytes")["layers.1.residual"].values for t in texts], 1)
    assert np.allclose(together["layers.1.residual"].values, joined, atol=1e-5)


def test_a_model_without_its_tokenizer():
    with pytest.raises(InputError, match="give its tokenizer as encode="):
        record(make("gpt2"), "hello")


@pytest.mark.parametrize("name", ["bert", "recurrent_gemma"])
def test_a_model_that_gives_no_cache_back_is_read_in_one_pass(name):
    torch.manual_seed(2)
    more = {"lru_width": 16, "attention_window_size": 8, "num_hidden_layers": 3} if name == "recurrent_gemma" else {}
    config = transformers.AutoConfig.for_model(
        name, **SMALL | {"num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 48} | more
    )
    model = transformers.AutoModel.from_config(config)
    with pytest.warns(UserWarning, match="one pass"):
        parts = run(model, chunk=9)
    texts = [TEXT, TEXT[::-1], "abc"]
    whole = [record(model, text, encode="bytes")["layers.1.residual"].values for text in texts]
    assert np.array_equal(parts["layers.1.residual"].values, whole[0])
    together = record(model, texts, encode="bytes")["layers.1.residual"].values
    assert np.allclose(together, np.concatenate(whole, 1), atol=1e-5)


def test_windows_of_texts_of_one_length():
    model, texts = make("gpt2"), [TEXT, TEXT[::-1]]
    together = record(model, texts, encode="bytes", window=10)["layers.1.residual"].values
    alone = [record(model, text, encode="bytes", window=10)["layers.1.residual"].values for text in texts]
    assert np.allclose(together, np.concatenate(alone, 1), atol=1e-5)


def test_states_of_caches_of_other_kinds():
    from types import SimpleNamespace

    from stateviz.recording.sources.huggingface import recurrent_states

    one, two = torch.zeros(1, 2), torch.ones(1, 3)
    assert recurrent_states(SimpleNamespace(linear_cache=[one, []])) == {(0, 0): one}  # MiniMax
    assert recurrent_states(SimpleNamespace(rnn_state={1: (one, two)})) == {(1, 0): one, (1, 1): two}  # xLSTM
