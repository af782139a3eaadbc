import subprocess
import sys

import pytest

from stateviz.core.errors import FileError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import save_recording, shipped_recording
from stateviz.storage.recordings import shipped


def test_the_shipped_recording_is_read_from_the_data_of_the_package(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path)
    with pytest.raises(FileError, match=r"this installation lacks stateviz/data/romans\.zarr\.zip"):
        shipped_recording()
    recording = Recording(tuple("abc"), {"core.h": StateMatrix([[0, 1, 1]], site="core.h")})
    save_recording(recording, tmp_path / shipped.SHIPPED)
    assert shipped_recording().tokens == ("a", "b", "c")


def test_storage_loads_neither_zarr_nor_torch_until_a_recording_is_opened():
    code = "import sys, stateviz.storage; sys.exit(any(m in sys.modules for m in ('zarr', 'torch', 'pandas', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
