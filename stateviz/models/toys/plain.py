"""A recurrent network in plain NumPy, to be read: forward, backward, learning and sampling, in a hundred lines.

It is the network of the toys, written out: ``h = tanh(U x + W h + b)``, ``y = V h + c``. Nothing here is fast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NAMES = ("U", "W", "b", "V", "c")


class NumpyRNN:
    """A tanh layer and a linear readout.

    Parameters
    ----------
    inputs, width, outputs : int
        Numbers it reads, remembers and gives at each step.
    seed : int
        Of the weights: normal, with deviation 0.01.

    Examples
    --------
    A step reads x and remembers; two networks are stacked by calling one on what the other gives.

    >>> rnn = NumpyRNN(inputs=2, width=3, outputs=2)
    >>> y = rnn.step(np.array([1.0, 0.0]))
    >>> upper = NumpyRNN(inputs=2, width=3, outputs=2, seed=1)
    >>> upper.step(rnn.step(np.array([0.0, 1.0]))).shape
    (2,)

    It learns 1, 0, 1, 0, ...: after a 1 comes a 0.

    >>> rnn = NumpyRNN(inputs=2, width=3, outputs=2)
    >>> for _ in range(300):
    ...     loss = rnn.learn([1, 0, 1, 0], [0, 1, 0, 1], rate=0.3)
    >>> rnn.reset()
    >>> bool(softmax(rnn.step(one_hot(1, 2)))[0] > 0.99)
    True
    """

    def __init__(self, inputs: int, width: int, outputs: int, *, seed: int = 0) -> None:
        draw = np.random.default_rng(seed).normal
        self.U = draw(0, 0.01, (width, inputs))  # from the input to the hidden state
        self.W = draw(0, 0.01, (width, width))  # from the hidden state before to the one after
        self.b = np.zeros(width)
        self.V = draw(0, 0.01, (outputs, width))  # from the hidden state to the output
        self.c = np.zeros(outputs)
        self.memory = {name: np.zeros_like(getattr(self, name)) for name in NAMES}  # of Adagrad
        self.reset()

    def reset(self) -> None:
        """Forget what was read."""
        self.h = np.zeros(len(self.b))

    def step(self, x: Array) -> Array:
        """Read one input, and give one output."""
        self.h = np.tanh(self.U @ x + self.W @ self.h + self.b)
        return np.asarray(self.V @ self.h + self.c)

    def gradients(self, inputs: list[int], targets: list[int]) -> tuple[float, dict[str, Array]]:
        """The mean loss over a sequence of symbols, in nats, and how it changes with each weight."""
        xs, hs, ps, loss = [], [self.h], [], 0.0
        for symbol, target in zip(inputs, targets, strict=True):  # forward, keeping what backward needs
            xs.append(one_hot(symbol, self.U.shape[1]))
            ps.append(softmax(self.step(xs[-1])))
            hs.append(self.h)
            loss -= float(np.log(ps[-1][target])) / len(inputs)
        grads = {name: np.zeros_like(getattr(self, name)) for name in NAMES}
        later = np.zeros_like(self.h)  # what the steps after this one say about its state
        for t in reversed(range(len(inputs))):
            dy = (ps[t] - one_hot(targets[t], len(self.c))) / len(inputs)
            grads["V"] += np.outer(dy, hs[t + 1])
            grads["c"] += dy
            dh = self.V.T @ dy + later
            dz = dh * (1 - hs[t + 1] ** 2)  # through the tanh
            grads["U"] += np.outer(dz, xs[t])
            grads["W"] += np.outer(dz, hs[t])
            grads["b"] += dz
            later = self.W.T @ dz
        return loss, grads

    def learn(self, inputs: list[int], targets: list[int], *, rate: float = 0.1) -> float:
        """One update by Adagrad, the sequence read from the start; the loss before it."""
        self.reset()
        loss, grads = self.gradients(inputs, targets)
        for name, gradient in grads.items():
            self.memory[name] += gradient**2
            weights = getattr(self, name)
            weights -= rate * gradient / np.sqrt(self.memory[name] + 1e-8)
        return loss

    def sample(self, symbol: int, length: int, rng: np.random.Generator) -> list[int]:
        """Symbols drawn one after the other, the first after ``symbol``."""
        drawn = [symbol]
        for _ in range(length):
            chances = softmax(self.step(one_hot(drawn[-1], self.U.shape[1])))
            drawn.append(int(rng.choice(len(chances), p=chances)))
        return drawn[1:]


def one_hot(symbol: int, size: int) -> Array:
    """1 at one place, 0 at all others."""
    return np.asarray(np.eye(size)[symbol])


def softmax(y: Array) -> Array:
    """Numbers as probabilities."""
    powers = np.exp(y - y.max())
    return np.asarray(powers / powers.sum())
