"""A disk that fills up while something is written: one line, and nothing is half written."""

from contextlib import contextmanager

import numpy as np
import pytest

from stateviz import EXPORTERS, export_states, heatmap, save_figure
from stateviz.core.errors import FileError
from stateviz.core.states import StateMatrix

resource = pytest.importorskip("resource")
STATES = StateMatrix(np.random.default_rng(0).normal(size=(40, 300)))


@contextmanager
def largest_file(size):
    """No file of this process grows beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ending", EXPORTERS)
def test_an_export_ends_in_one_line(tmp_path, ending):
    pytest.importorskip({".parquet": "pyarrow", ".hdf5": "h5py", ".h5": "h5py"}.get(ending, "numpy"))
    path = tmp_path / f"a{ending}"
    with largest_file(8000), pytest.raises(FileError, match="cannot write"):
        export_states(STATES, path)
    assert list(tmp_path.iterdir()) == []
    assert export_states(STATES, path).exists()


@pytest.mark.parametrize("ending", [".pdf", ".png", ".svg"])
def test_a_figure_ends_in_one_line(tmp_path, ending):
    axes = heatmap(STATES)
    with largest_file(2000), pytest.raises(FileError, match="cannot write"):
        save_figure(axes, tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []
