"""Products of rows on the device that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError


@dataclass(frozen=True)
class Dots:
    """Dot products of rows, by NumPy or by torch on a device.

    Parameters
    ----------
    device : str, optional
        As torch names them: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``. None: NumPy.

    Raises
    ------
    InputError
        When torch knows no such device, or there is none here.

    Examples
    --------
    >>> Dots()(np.eye(2), np.ones((1, 2))).tolist()
    [[1.0], [1.0]]
    """

    device: str | None = None

    def __post_init__(self) -> None:
        if self.device is None:
            return
        import torch

        try:
            known = torch.device(self.device)
            torch.zeros(1, device=known).cpu()
        except (RuntimeError, AssertionError, NotImplementedError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0][:120]
            raise InputError(f"device {self.device!r} cannot be used here ({reason}); choose 'cpu'") from None

    def __call__(self, one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.floating]:
        """``one @ other.T``, of the dtype that came; shapes (rows, steps) and (others, steps).

        Parameters
        ----------
        one, other : array
        """
        if self.device is None:
            return np.asarray(one @ other.T)  # of the same array twice NumPy computes half and mirrors it
        first = self._moved(one)
        second = first if other is one else self._moved(other)
        return np.asarray((first @ second.T).cpu().numpy())

    def _moved(self, rows: NDArray[np.floating]) -> Any:
        import torch

        narrow = self.device is not None and self.device.startswith("mps")  # which has no float64
        return torch.tensor(rows.astype(np.float32) if narrow else rows, device=self.device)
