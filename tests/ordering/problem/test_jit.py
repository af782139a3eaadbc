"""Compiled kernels: what was kept and is damaged is compiled anew, and a full disk stops nothing."""

import numba.core.caching
import pytest

from stateviz.ordering.problem.jit import kernel

SOURCE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a kernel of one source, as every process does anew."""
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "source.py"
    file.write_text(SOURCE)

    def make():
        names = {"__name__": "source"}
        exec(compile(SOURCE, str(file), "exec"), names)
        return kernel()(names["double"])

    return make


@pytest.mark.parametrize("kept", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize("length", [0, 3, 100])
def test_a_file_that_was_cut_short_is_compiled_anew(made, tmp_path, kept, length):
    assert made()(3) == 6
    (file,) = (tmp_path / "cache").rglob(kept)
    file.write_bytes(file.read_bytes()[:length])
    assert made()(3) == 6
    again = made()
    assert again(3) == 6 and sum(again.stats.cache_hits.values()) == 1  # it was kept anew


def test_a_full_disk_keeps_nothing_and_stops_nothing(made, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "_save_index", full)
    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "_save_data", full)
    assert made()(3) == 6
