import math

import numpy as np
import pytest
import torch

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.models import CELLS, CharModel
from stateviz.recording import record

TEXT = "abba\nab"


def _model(cell="binary", **options):
    torch.manual_seed(7)
    return CharModel("ab\n", cell=cell, width=6, hidden=8, **options).eval()


def test_binary_states_equal_a_step_by_step_run_bit_for_bit():
    model = _model()
    layer = model.core.layers[0]
    h, columns = layer.start(1), []
    for character in TEXT:
        x = model.embedding.weight[model.vocabulary.index(character)][None]
        h = layer.cell(x, h)
        columns.append(h[0].detach().numpy())
    states = record(model, TEXT)["core.layer0.h"]
    assert states.binary and states.tokens == tuple(TEXT)
    assert np.array_equal(states.values, np.array(columns).T)


@pytest.mark.parametrize("cell", CELLS)
def test_every_layer_of_every_cell_is_recorded(cell):
    model = _model(cell, layers=2)
    recording = record(model, TEXT)
    assert recording.sites == ("core.layer0.h", "core.layer1.h")
    assert all(states.shape == (6, len(TEXT)) for states in recording.states.values())
    top = torch.from_numpy(recording["core.layer1.h"].values.T.astype(np.float32))
    with torch.no_grad():
        logits, _ = model(model.encode(TEXT)[1][:, None])
        assert torch.allclose(model.readout(top), logits[:, 0], atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_chunks_do_not_change_the_numbers(chunk):
    whole, parts = record(_model("gru"), TEXT), record(_model("gru"), TEXT, chunk=chunk)
    assert np.allclose(parts["core.layer0.h"].values, whole["core.layer0.h"].values, atol=1e-6)
    assert np.allclose(parts.tracks["surprisal"], whole.tracks["surprisal"], atol=1e-5, equal_nan=True)
    assert np.allclose(parts.tracks["entropy"], whole.tracks["entropy"], atol=1e-5)


def test_surprisal_and_entropy_are_in_bits_and_aligned():
    model = _model("lstm")
    recording = record(model, TEXT)
    with torch.no_grad():
        logits, _ = model(model.encode(TEXT)[1][:, None])
    p = torch.softmax(logits[:, 0].double(), -1).numpy()
    assert math.isnan(recording.tracks["surprisal"][0])
    for t in range(1, len(TEXT)):
        expected = -math.log2(p[t - 1, model.vocabulary.index(TEXT[t])])
        assert recording.tracks["surprisal"][t] == pytest.approx(expected, rel=1e-4)
    assert np.allclose(recording.tracks["entropy"], -(p * np.log2(p)).sum(1), rtol=1e-4)


def test_a_recording_of_one_site_is_an_array():
    recording = record(_model("gru"), TEXT)
    assert np.array_equal(np.asarray(recording), recording["core.layer0.h"].values)
    with pytest.raises(InputError, match="name one of core.layer0.h, core.layer1.h"):
        np.asarray(record(_model("gru", layers=2), TEXT))


def test_training_mode_is_put_back():
    model = _model().train()
    record(model, TEXT)
    assert model.training


def test_provenance_names_model_and_text():
    a, b = record(_model(), "ab"), record(_model(), "ba")
    assert a.source["model"] == b.source["model"] == _model().digest()
    assert a.source["text_sha256"] != b.source["text_sha256"]


def test_bad_input_is_told():
    with pytest.raises(InputError, match="empty"):
        record(_model(), "")
    with pytest.raises(InputError, match="'z' x 1"):
        record(_model(), "az")
    assert record(_model(), "az", unknown="skip").tokens == ("a",)
    with pytest.raises(UnknownNameError, match="did you mean 'core.layer0.h'"):
        record(_model(), "ab", sites=["core.layer0"])
    with pytest.raises(InputError, match="no site"):
        record(_model(), "ab", sites=[])
    with pytest.raises(InputError, match="chunk is 0"):
        record(_model(), "ab", chunk=0)
    with pytest.raises(InputError, match="cannot record a list"):
        record([1], "ab")
    with pytest.raises(InputError, match="Linear read text"):
        record(torch.nn.Linear(1, 1), "ab")
