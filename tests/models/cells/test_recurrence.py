"""The compiled recurrence against the plain cell run through autograd."""

import pytest
import torch

from stateviz.models.cells import HighwayLayer


def _layer(binary, width=10, inputs=7, dtype=torch.float64):
    torch.manual_seed(3)
    layer = HighwayLayer(inputs, width, binary=binary).to(dtype)
    with torch.no_grad():
        layer.initial.copy_(torch.randn(width))
        layer.recurrent.weight.mul_(3)  # so that states change and gates leave the middle
    return layer


def _gradients(layer, run, weights):
    layer.zero_grad()
    states, _ = run()
    (states * weights).sum().backward()
    return states.detach(), {name: p.grad.clone() for name, p in layer.named_parameters()}


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("batch", [1, 5])
def test_gradients_equal_plain_autograd_in_float64(binary, batch):
    layer = _layer(binary)
    x = torch.randn(23, batch, 7, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(23, batch, 10, dtype=torch.float64)
    plain, expected = _gradients(layer, lambda: layer(x, layer.start(batch)), weights)
    by_input, x.grad = x.grad, None
    fast, found = _gradients(layer, lambda: layer.fast(x, layer.start(batch)), weights)
    assert torch.allclose(fast, plain, atol=1e-12)
    assert torch.allclose(x.grad, by_input, atol=1e-10)
    for name, value in expected.items():
        assert value.abs().max() > 0, name
        assert torch.allclose(found[name], value, rtol=1e-9, atol=1e-10), name


@pytest.mark.parametrize("binary", [True, False])
def test_a_table_of_symbols_gives_the_gradients_of_the_embedding(binary):
    layer = _layer(binary)
    embedding = torch.randn(6, 7, dtype=torch.float64, requires_grad=True)
    tokens = torch.randint(0, 6, (19, 4))
    weights = torch.randn(19, 4, 10, dtype=torch.float64)
    plain, expected = _gradients(layer, lambda: layer(embedding[tokens], layer.start(4)), weights)
    by_embedding, embedding.grad = embedding.grad, None
    fast, found = _gradients(layer, lambda: layer.fast_tokens(tokens, embedding, layer.start(4)), weights)
    assert torch.equal(fast, plain) if binary else torch.allclose(fast, plain, atol=1e-12)
    assert torch.allclose(embedding.grad, by_embedding, atol=1e-10)
    assert all(torch.allclose(found[name], expected[name], atol=1e-10) for name in expected)


@pytest.mark.parametrize("binary", [True, False])
def test_the_operation_for_other_devices_is_the_same(binary, monkeypatch):
    from stateviz.models.cells import recurrence

    layer = _layer(binary)
    embedding = torch.randn(6, 7, dtype=torch.float64, requires_grad=True)
    tokens = torch.randint(0, 6, (19, 4))
    weights = torch.randn(19, 4, 10, dtype=torch.float64)
    plain, expected = _gradients(layer, lambda: layer(embedding[tokens], layer.start(4)), weights)
    by_embedding, embedding.grad = embedding.grad, None
    monkeypatch.setattr(recurrence, "_Compiled", recurrence._Batched)
    fast, found = _gradients(layer, lambda: layer.fast_tokens(tokens, embedding, layer.start(4)), weights)
    assert torch.allclose(fast, plain, atol=1e-12)
    assert torch.allclose(embedding.grad, by_embedding, atol=1e-10)
    assert all(torch.allclose(found[name], expected[name], atol=1e-10) for name in expected)


def test_float32_gates_stay_within_the_stated_error():
    import numpy as np

    from stateviz.models.cells.kernels import highway_forward

    x = np.linspace(-40, 40, 4001, dtype=np.float32)
    table = np.stack([x, x, np.zeros_like(x)], axis=1)
    tokens = np.arange(len(x))[None, :]
    states, gates = np.empty((1, len(x), 1), np.float32), np.empty((1, len(x), 3), np.float32)
    highway_forward(tokens, table, np.zeros((1, 3), np.float32), np.ones((len(x), 1), np.float32), True, states, gates)
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(gates[0, :, 0] - exact).max() < 2e-6


def test_a_binary_state_is_never_zero():
    layer = HighwayLayer(3, 4)
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)
    states, _ = layer(torch.zeros(5, 2, 3), layer.start(2))
    fast, _ = layer.fast(torch.zeros(5, 2, 3), layer.start(2))
    assert (states == 1).all() and (fast == 1).all()


def test_threads_do_not_change_the_states():
    layer = _layer(True)
    x = torch.randn(9, 6, 7, dtype=torch.float64)
    threads = torch.get_num_threads()
    try:
        results = []
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            results.append(layer.fast(x, layer.start(6))[0])
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(results[0], results[1]) and torch.equal(results[0], results[2])
