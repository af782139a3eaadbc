"""Rows by how fast they change: the mean frequency of their spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.ordering.embedding import by_key
from stateviz.ordering.problem.arrays import Numbers
from stateviz.ordering.problem.problem import Problem, Rows
from stateviz.ordering.problem.stop import Stop


def solve(problem: Problem, *, start: Rows | None, rng: np.random.Generator, stop: Stop) -> Rows:
    """Slow rows first, fast rows last, by ``mean_frequency``; ties by row index.

    Raises
    ------
    InputError
        Without rows: distances say nothing about the course of a row.
    """
    if problem.states is None:
        raise InputError("frequency needs the rows, and only their distances are known; choose another method")
    return by_key(mean_frequency(problem.states))


def mean_frequency(states: Numbers) -> NDArray[np.float64]:
    """The power-weighted mean frequency of each row, in cycles a step.

    ``sum_k f_k |X_k|^2 / sum_k |X_k|^2`` over the discrete Fourier transform X of the row less its mean, for
    frequencies f_k from 0 to 1/2: the spectral centroid. This is our reading of the phone case's spectral weight, for
    which no formula was published. A constant row has no power, and frequency 0.

    Parameters
    ----------
    states : array, shape (n, steps)

    Returns
    -------
    array, shape (n,)
        From 0 to 0.5.

    Examples
    --------
    >>> mean_frequency(np.array([[1, -1, 1, -1], [1, 1, -1, -1], [1, 1, 1, 1]])).tolist()
    [0.5, 0.25, 0.0]
    """
    result = np.zeros(len(states))
    frequencies = np.fft.rfftfreq(states.shape[1])
    # An odd number of steps, or the highest frequency of an even one: each other bin stands for two, f and -f.
    weight = np.where((frequencies == 0) | (frequencies == 0.5), 1.0, 2.0)
    for begin in range(0, len(states), 256):  # the transform of a long recording need not be in memory at once
        values = states[begin : begin + 256].astype(np.float64)
        constant = np.all(values == values[:, :1], axis=1)
        values -= values.mean(axis=1, keepdims=True)
        largest = np.abs(values).max(axis=1, keepdims=True)
        power = np.abs(np.fft.rfft(values / np.where(largest > 0, largest, 1), axis=1)) ** 2 * weight
        total = power.sum(axis=1)
        centroid = power @ frequencies / np.where(total > 0, total, 1)
        result[begin : begin + 256] = np.where(constant, 0, centroid)
    return result
