"""torch's layers by one compiled pass a step against torch's own, forward and backward."""

import pytest
import torch
from torch import nn

from stateviz.models.cells.layers import TorchLayer


def gradients(run, inputs, above):
    states, _ = run()
    return states.detach(), torch.autograd.grad(states, inputs, above)


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 3e-5)])
def test_states_and_gradients_are_torchs(kind, dtype, tolerance, learned):
    torch.manual_seed(2)
    layer = TorchLayer(kind, 5, 9, learned=learned).to(dtype)
    if learned:
        nn.init.normal_(layer.initial)
    table = torch.randn(6, 5, dtype=dtype, requires_grad=True)
    tokens, above = torch.randint(0, 6, (17, 3)), torch.randn(17, 3, 9, dtype=dtype)
    inputs = [table, *layer.parameters()]
    plain, expected = gradients(lambda: layer(table[tokens], layer.start(3)), inputs, above)
    for run in (
        lambda: layer.fast(table[tokens], layer.start(3)),
        lambda: layer.fast_tokens(tokens, table, layer.start(3)),
    ):
        states, found = gradients(run, inputs, above)
        assert torch.allclose(states, plain, atol=tolerance)
        for a, b in zip(found, expected, strict=True):
            assert torch.allclose(a, b, rtol=tolerance, atol=tolerance)
            assert bool(a.any())


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_the_state_after_the_last_step_goes_on(kind):
    layer, x = TorchLayer(kind, 3, 4).double(), torch.randn(8, 2, 3).double()
    whole, last = layer(x, layer.start(2))
    first, state = layer.fast(x[:5], layer.start(2))
    second, after = layer.fast(x[5:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-12)
    for a, b in zip(after if kind is nn.LSTM else [after], last if kind is nn.LSTM else [last], strict=True):
        assert a.shape == b.shape and torch.allclose(a, b, atol=1e-12)


def test_a_relu_layer_is_left_to_torch():
    layer = TorchLayer(lambda inputs, width: nn.RNN(inputs, width, nonlinearity="relu"), 3, 4)
    x = torch.randn(6, 2, 3)
    assert torch.equal(layer.fast(x, layer.start(2))[0], layer(x, layer.start(2))[0])
