"""What every row of READERS and EXPORTERS owes."""

import numpy as np
import pytest

from stateviz.core.errors import FileError, StatevizError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import EXPORTERS, READERS, export_states, load_states, save_recording

TOKENS = ("a", "\n", '"', ",", "\t", " ", "", "é", "🎉", "7")
RNG = np.random.default_rng(0)
KINDS = {"binary": RNG.integers(0, 2, (5, 10)), "real": RNG.normal(size=(5, 10)).astype(np.float32)}


WRITTEN = [name for name in READERS if name in EXPORTERS or name.startswith(".zarr")]
"""Formats that are written here too; the others are those of other tools, and tested beside their readers."""


@pytest.fixture(params=list(KINDS))
def states(request):
    return StateMatrix(KINDS[request.param], units=("u0", "u1", "ü", "4", "x y"), tokens=TOKENS, site="core.h")


def write(states, path, name):
    if name in EXPORTERS:
        return export_states(states, path)
    return save_recording(Recording(states.tokens, {states.site: states}), path)


def test_whatever_is_exported_is_read_back():
    assert set(EXPORTERS) <= set(READERS)


@pytest.mark.parametrize("name", list(READERS))
def test_every_row_says_what_it_is(name):
    assert READERS[name].name == name
    assert name.startswith(".")
    assert len(READERS[name].description) > 10


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format_gives_the_numbers_back_exactly(tmp_path, states, name):
    again = load_states(write(states, tmp_path / f"a{name}", name))
    assert again.binary == states.binary
    assert np.array_equal(again.values, states.values)


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in (".npy", ".npz")])
def test_formats_with_names_give_units_and_tokens_back_exactly(tmp_path, states, name):
    again = load_states(write(states, tmp_path / f"a{name}", name))
    assert again.units == states.units
    assert again.tokens == states.tokens


@pytest.mark.parametrize("name", [".csv", ".tsv", ".parquet", ".hdf5", ".safetensors"])
def test_a_table_without_tokens_gives_whole_numbers_back_as_names(tmp_path, name):
    again = load_states(export_states(StateMatrix([[0.5, 2], [3, 4]]), tmp_path / f"a{name}"))
    assert again.units == (0, 1)
    assert again.tokens is None


@pytest.mark.parametrize("name", WRITTEN)
def test_endings_are_read_in_capitals_too(tmp_path, states, name):
    assert load_states(write(states, tmp_path / f"A{name.upper()}", name)).shape == states.shape


@pytest.mark.parametrize("name", WRITTEN)
def test_steps_are_cut_the_same_way_from_every_format(tmp_path, states, name):
    part = load_states(write(states, tmp_path / f"a{name}", name), steps="2:5")
    assert np.array_equal(part.values, states.values[:, 2:5])


@pytest.mark.parametrize("name", list(READERS))
@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95.", b"\x89PNG\r\n\x1a\n\x00", b"\x93NUMPY", b"PK\x03\x04"])
def test_every_format_refuses_other_files_in_one_line_that_names_them(tmp_path, name, content):
    path = tmp_path / f"a{name}"
    path.write_bytes(content)
    with pytest.raises(StatevizError) as caught:
        load_states(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", list(READERS))
def test_every_format_says_when_there_is_no_file(tmp_path, name):
    with pytest.raises(FileError, match="there is no file"):
        load_states(tmp_path / f"a{name}")


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_every_exporter_gives_the_same_bytes_and_keeps_what_is_there(tmp_path, states, name):
    one, two = (export_states(states, tmp_path / f"{stem}{name}") for stem in "ab")
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(FileError, match="exists"):
        export_states(states, one, overwrite=False)


def test_an_unknown_ending_to_export_to_is_answered_with_the_nearest(tmp_path, states):
    with pytest.raises(UnknownNameError, match=r"unknown file format '\.cvs'; .*did you mean '\.csv'"):
        export_states(states, tmp_path / "a.cvs")
