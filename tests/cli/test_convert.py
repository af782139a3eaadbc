import numpy as np
import pytest

from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import EXPORTERS, load_states, open_recording, save_recording

VALUES = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


@pytest.fixture
def recording(tmp_path):
    states = {site: StateMatrix(VALUES + k, tokens="abcd", site=site) for k, site in enumerate(("h", "c"))}
    return str(save_recording(Recording("abcd", states), tmp_path / "rec.zarr"))


@pytest.mark.parametrize("ending", list(EXPORTERS))
def test_a_site_is_written_in_every_format(cli, recording, ending, tmp_path):
    done = cli("convert", recording, "--site", "c", "--steps", "1:3", "-o", f"out{ending}")
    assert done.code == 0, done.err
    assert f"wrote out{ending}" in done.err
    assert np.array_equal(load_states(tmp_path / f"out{ending}").values, VALUES[:, 1:3] + 1)


def test_a_whole_recording_is_written_with_all_its_sites(cli, recording, tmp_path):
    assert cli("convert", recording, "-o", "out.zarr.zip").code == 0
    assert open_recording(tmp_path / "out.zarr.zip").sites == ("h", "c")
    again = cli("convert", recording, "-o", "out.zarr.zip")
    assert again.code == 1
    assert "--force" in again.err
    assert cli("convert", recording, "--site", "h", "-o", "out.zarr.zip", "--force").code == 0
    assert open_recording(tmp_path / "out.zarr.zip").sites == ("h",)


def test_a_matrix_becomes_a_recording(cli, matrix, tmp_path):
    assert cli("convert", str(matrix), "--transpose", "-o", "out.zarr").code == 0
    assert open_recording(tmp_path / "out.zarr").shape() == (40, 12)


def test_what_cannot_be_converted_is_said_in_one_line(cli, recording):
    assert "name one of h, c" in cli("convert", recording, "-o", "out.csv").err
    assert "unknown file format '.doc'" in cli("convert", recording, "--site", "h", "-o", "out.doc").err
