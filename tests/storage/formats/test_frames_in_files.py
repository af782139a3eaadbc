"""Tables that pandas wrote, or a spreadsheet did: what their index, cells and separators are taken for."""

import numpy as np
import pytest

from stateviz.core.errors import FileError
from stateviz.storage import load_array, load_states

ROWS = [[1.5, 2.0], [3.0, 4.25], [0.5, 0.0]]


@pytest.fixture(params=[".parquet", ".csv"])
def written(request, tmp_path):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")

    def write(index, names=None):
        frame = pandas.DataFrame(ROWS, columns=["a", "b"], index=index)
        frame.index.names = names or [None] * frame.index.nlevels
        path = tmp_path / f"a{request.param}"
        frame.to_parquet(path) if request.param == ".parquet" else frame.to_csv(path)
        return path

    return write


@pytest.mark.parametrize(
    ("index", "tokens"),
    [
        (None, None),
        (["x", "y", "z"], ("x", "y", "z")),
        ([10, 20, 30], ("10", "20", "30")),
        ([[0, 0, 1], ["x", "y", "z"]], ("0, x", "0, y", "1, z")),
    ],
)
def test_the_index_of_a_frame_is_no_unit(written, index, tokens):
    states = load_states(written(index))
    assert (states.units, states.tokens) == (("a", "b"), tokens)
    assert states.values.T.tolist() == ROWS
    assert states.extent == "2 units x 3 steps, from columns"


def test_an_index_with_a_name_is_told_by_the_metadata_of_pandas(tmp_path):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    index = pandas.Index([3, 5, 9], name="when")
    pandas.DataFrame(ROWS, columns=["a", "b"], index=index).to_parquet(tmp_path / "a.parquet")
    states = load_states(tmp_path / "a.parquet")
    assert (states.units, states.tokens) == (("a", "b"), ("3", "5", "9"))


@pytest.mark.parametrize("name", ["index", "Unnamed: 0", "level_0"])
def test_a_column_that_pandas_names_for_an_index_is_no_unit(tmp_path, name):
    (tmp_path / "a.csv").write_text(f"{name},a,b\n7,1.5,2\n8,3,4.25\n")
    assert load_states(tmp_path / "a.csv").units == ("a", "b")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "a;b\n1;2\n3;4\n", "semicolons part its cells, and .csv has commas"),
        ("a.csv", "1,5;2,5\n3,0;4,25\n", "semicolons part its cells"),
        ("a.csv", "1\t2\n3\t4\n", "tabs part its cells"),
        ("a.csv", "1|2\n3|4\n", "bars part its cells"),
        ("a.tsv", "1,2\n3,4\n", "commas part its cells, and .tsv has tabs"),
    ],
)
def test_other_separators_are_named(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(FileError, match=words):
        load_states(tmp_path / name)


def test_tokens_may_be_the_signs_that_separate(tmp_path):
    (tmp_path / "a.csv").write_text("token,a\n;,1.5\n|,2.5\n\t,3.5\n")
    assert load_states(tmp_path / "a.csv").tokens == (";", "|", "\t")
    (tmp_path / "a.tsv").write_text("token\ta\n;\t1.5\n,\t2.5\n")
    assert load_states(tmp_path / "a.tsv").tokens == (";", ",")


def test_another_encoding_is_named_with_what_to_do(tmp_path):
    (tmp_path / "a.csv").write_bytes("token,a\né,1\n".encode("latin-1"))
    with pytest.raises(FileError, match="not text in UTF-8.*save it as UTF-8"):
        load_states(tmp_path / "a.csv")


def test_empty_cells_name_the_option_that_takes_them(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n,4\n")
    with pytest.raises(FileError, match=r"line 3, column 1: an empty cell.*--missing pairwise \(missing='pairwise'\)"):
        load_states(tmp_path / "a.csv")


LONG = 2**53 + 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_whole_numbers_beyond_what_floats_hold_are_kept_or_warned_of(tmp_path, kind):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")

    def write(frame):
        path = tmp_path / f"a.{kind}"
        frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
        return path

    with pytest.warns(UserWarning, match=f"1 of 4 numbers have more digits.*the first: {LONG} at"):
        load_states(write(pandas.DataFrame({"a": [LONG, 0], "b": [0.5, 1.0]})))
    whole = write(pandas.DataFrame({"a": [LONG, 0], "b": [2**60, 1]}))
    with pytest.warns(UserWarning, match=f"the first: {LONG} at unit 0, step 0"):
        load_states(whole)
    with pytest.warns(UserWarning, match=f"the first: {LONG} at unit 0, step 0"):
        load_array(whole)
    np.testing.assert_array_equal(load_states(write(pandas.DataFrame({"a": [2**60, 0]}))).values, [[2.0**60, 0]])
