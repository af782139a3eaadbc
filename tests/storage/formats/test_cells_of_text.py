"""What only Python reads as a number is a name; every token comes back from a table."""

from __future__ import annotations

import pytest

from stateviz.core.errors import FileError
from stateviz.core.states import StateMatrix
from stateviz.storage import export_states, load_states

ENDINGS = [(".csv", ","), (".tsv", "\t")]


@pytest.mark.parametrize(("ending", "separator"), ENDINGS)
@pytest.mark.parametrize("names", [("0_0", "0_1"), ("\u0661", "\u0662"), ("\uff11", "\uff12"), ("\u0967", "\u0968")])
def test_names_that_python_alone_reads_as_numbers_are_a_header(tmp_path, ending, separator, names):
    path = tmp_path / f"a{ending}"
    path.write_text("\n".join(separator.join(row) for row in (names, ("0.5", "1"), ("2", "3"))), encoding="utf-8")
    states = load_states(path)
    assert states.units == names and states.values.tolist() == [[0.5, 2], [1, 3]]


@pytest.mark.parametrize(("ending", "separator"), ENDINGS)
@pytest.mark.parametrize("cell", ["0_2", "1_000", "\u0662", "\uff12.5"])
def test_a_cell_that_python_alone_reads_as_a_number_is_named(tmp_path, ending, separator, cell):
    path = tmp_path / f"a{ending}"
    rows = (("step", "a", "b"), ("0", "0.5", "1"), ("1", "2", cell))
    path.write_text("\n".join(map(separator.join, rows)), encoding="utf-8")
    with pytest.raises(FileError, match=f"line 3, column 3: '{cell}' is not a number"):
        load_states(path)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".safetensors", ".hdf5", ".zarr"])
def test_carriage_returns_are_tokens_like_others(tmp_path, ending):
    tokens = ("a", "\r", "\r\n", "\n", "b\rc", '"\r"', ",", "\t", " ", "\r")
    states = StateMatrix([[float(i) for i in range(10)], [0.5] * 10], tokens=tokens, units=("u\r", "v"))
    again = load_states(export_states(states, tmp_path / f"a{ending}"))
    assert again.tokens == tokens and again.units == states.units
    assert again.values.tolist() == states.values.tolist()
