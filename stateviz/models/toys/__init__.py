"""Networks to follow by hand: in plain NumPy, cell by cell beside torch's, and one update in all its numbers."""

from stateviz.models.toys.plain import NumpyRNN, one_hot, softmax
from stateviz.models.toys.scratch import ScratchGRU, ScratchLSTM, ScratchRNN
from stateviz.models.toys.updates import Update, one_update

__all__ = ["NumpyRNN", "ScratchGRU", "ScratchLSTM", "ScratchRNN", "Update", "one_hot", "one_update", "softmax"]
