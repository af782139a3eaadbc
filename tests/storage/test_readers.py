import pickle
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stateviz.core.errors import FileError, InputError, StatevizError, UnknownNameError
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.storage import READERS, load_array, load_states, parse_steps, save_recording

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


def written(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return path


# --- arrays


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "f8", "i2", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_npy_file_holds_units_by_steps(tmp_path, dtype, order):
    values = np.asarray(MATRIX > 2 if dtype == "?" else MATRIX, dtype=dtype, order=order)
    np.save(tmp_path / "a.npy", values)
    assert np.array_equal(load_states(tmp_path / "a.npy").values, StateMatrix(values).values)
    assert load_states(str(tmp_path / "a.npy"), transpose=True).shape == (3, 2)


def test_an_npz_file_of_one_array_needs_no_name_and_of_several_does(tmp_path):
    np.savez(tmp_path / "one.npz", h=MATRIX)
    np.savez_compressed(tmp_path / "two.npz", h=MATRIX, cell=MATRIX + 1)
    assert load_states(tmp_path / "one.npz").site == "h"
    assert load_states(tmp_path / "two.npz", site="cell").values[0, 0] == 1
    with pytest.raises(UnknownNameError, match="holds 2 arrays; name one as the site: h, cell"):
        load_states(tmp_path / "two.npz")
    with pytest.raises(UnknownNameError, match=r"unknown site 'cel'; .*did you mean 'cell'"):
        load_states(tmp_path / "two.npz", site="cel")


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


@pytest.mark.parametrize("ending", [".npy", ".npz", ".csv", ".zarr", ".zarr.zip"])
def test_a_pickle_in_disguise_is_refused_unopened(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(FileError) as caught:
        load_states(path)
    assert "\n" not in str(caught.value)
    if ending in (".npy", ".npz"):
        assert "is a pickle, which stateviz never opens" in str(caught.value)


def test_an_array_of_pickled_objects_is_refused_unopened(tmp_path):
    objects = np.array([[Trap()]], dtype=object)
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "a.npz", h=objects)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(FileError, match="holds pickled Python objects, which stateviz never opens"):
            load_states(tmp_path / name)


def npy_with_header(header):
    header = header.ljust(117) + "\n"
    return np.lib.format.MAGIC_PREFIX + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode() + b"\0" * 24


@pytest.mark.parametrize("shape", ["(1000000, 1000000)", "(10**9, 10**9)", f"({10**30}, 1)", "(-1, -6)", "(2, 4)"])
def test_a_header_that_claims_more_than_the_file_has_is_refused(tmp_path, shape):
    content = npy_with_header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("h.npy", content)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(FileError, match="is damaged"):
            load_states(tmp_path / name)


@pytest.mark.parametrize(
    ("descr", "shape"), [("'<c8'", "(1, 3)"), ("'<U2'", "(1, 3)"), ("'V0'", "(9, 9)"), ("[('a', '<f4')]", "(2, 3)")]
)
def test_arrays_of_anything_but_real_numbers_are_refused(tmp_path, descr, shape):
    path = tmp_path / "a.npy"
    path.write_bytes(npy_with_header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"))
    with pytest.raises(FileError, match="numbers were expected"):
        load_states(path)


@pytest.mark.parametrize("kept", [0, 3, 7, 9, 40, 127, 130, 151])
def test_an_array_cut_off_is_refused(tmp_path, kept):
    np.save(tmp_path / "a.npy", MATRIX)
    (tmp_path / "b.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:kept])
    with pytest.raises(FileError, match=r"b\.npy is (damaged|cut off|not a NumPy array|an \.npy file of version)"):
        load_states(tmp_path / "b.npy")


def test_files_under_each_others_names_are_told(tmp_path):
    np.save(tmp_path / "a.npy", MATRIX)
    np.savez(tmp_path / "b.npz", h=MATRIX)
    (tmp_path / "a.npy").rename(tmp_path / "c.npz")
    (tmp_path / "b.npz").rename(tmp_path / "c.npy")
    with pytest.raises(FileError, match=r"an \.npy file by its content"):
        load_states(tmp_path / "c.npz")
    with pytest.raises(FileError, match="zip archive"):
        load_states(tmp_path / "c.npy")


def test_numbers_that_cannot_be_states_are_refused_with_the_path(tmp_path):
    np.save(tmp_path / "a.npy", np.full((2, 3), np.nan))
    with pytest.raises(InputError, match=r"a\.npy: 6 values are not finite .* unit 0, step 0"):
        load_states(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.zeros((0, 3)))
    with pytest.raises(InputError, match=r"b\.npy: the matrix is empty: 0 units x 3 steps"):
        load_states(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.zeros((2, 3, 4)))
    with pytest.raises(InputError, match=r"c\.npy: expected a matrix of units x steps, got 3 dimensions"):
        load_states(tmp_path / "c.npy")


# --- tables


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_header_of_unit_names_means_one_row_a_step(tmp_path, separator, newline):
    text = newline.join(separator.join(row) for row in (("u", "v"), ("0.5", "1"), ("2", "3"), ("4", "5"))) + newline
    states = load_states(written(tmp_path / ("a.csv" if separator == "," else "a.tsv"), text))
    assert states.units == ("u", "v")
    assert states.tokens is None
    assert states.values.tolist() == [[0.5, 2, 4], [1, 3, 5]]


def test_no_header_means_one_row_a_unit(tmp_path):
    states = load_states(written(tmp_path / "a.csv", "0.5,2,4\n1,3,5\n"))
    assert states.units == (0, 1)
    assert states.values.tolist() == [[0.5, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("0,1,2\n0.5,2,4\n1,3,5\n", (3, 2)),  # DataFrame(values).to_csv(index=False)
        ("0,1,2\n0,1,1\n1,0,0\n", (3, 2)),
        ("0,1,2\n-1,1,1\n1,-1,1\n", (3, 2)),
        ("0,1,2\n3,4,5\n", (2, 3)),  # counts all the way down are a matrix
        ("0,1\n1,0\n1,1\n", (3, 2)),  # two bits are no count
        ("0,1,2\n", (1, 3)),
    ],
)
def test_a_first_row_that_counts_is_a_header_where_the_others_do_not(tmp_path, text, shape):
    assert load_states(written(tmp_path / "a.csv", text)).shape == shape


def test_a_bare_table_may_begin_with_the_names_of_its_units(tmp_path):
    states = load_states(written(tmp_path / "a.csv", "u,2,4\nv,3,5\n"))
    assert states.units == ("u", "v")
    assert states.shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "tokens", "units"),
    [
        ("token,u,v\na,1,2\n\"\n\",3,4\n", ("a", "\n"), ("u", "v")),
        ("token,0,1\n7,1,2\n8,3,4\n", ("7", "8"), (0, 1)),
        ("word,u,v\n\"a,b\",1,2\n\"\"\"\",3,4\n", ("a,b", '"'), ("u", "v")),
        (",u,v\n0,1,2\n1,3,4\n", None, ("u", "v")),
        (",0,1\nx,1,2\ny,3,4\n", ("x", "y"), (0, 1)),
        ("step,0,1\n10,1,2\n11,3,4\n", None, (0, 1)),
        ("\ufefftoken,u,v\na,1,2\nb,3,4\n", ("a", "b"), ("u", "v")),
    ],
)  # fmt: skip
def test_a_first_column_may_hold_tokens_or_count_steps(tmp_path, text, tokens, units):
    states = load_states(written(tmp_path / "a.csv", text))
    assert (states.tokens, states.units) == (tokens, units)
    assert states.values.tolist() == [[1, 3], [2, 4]]


def test_a_transposed_table_exchanges_units_and_steps(tmp_path):
    bare = load_states(written(tmp_path / "a.csv", "0.5,2,4\n1,3,5\n"), transpose=True)
    assert bare.shape == (3, 2)
    framed = load_states(written(tmp_path / "b.csv", "name,t0,t1\nu,0.5,2\nv,4,5\nw,6,7\n"), transpose=True)
    assert (framed.units, framed.tokens) == (("u", "v", "w"), ("t0", "t1"))
    assert framed.values.tolist() == [[0.5, 2], [4, 5], [6, 7]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("u,v\n", "holds a header and no numbers"),
        ("1,2\n3\n", "line 2: 1 cells, and the first row has 2"),
        ("1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
        ("u,v\n1,2\n3,\n", "line 3, column 2: an empty cell is not a number"),
        ("0.5,abc,0.3\n1,2,3\n", "line 1: 'abc' stands among numbers"),
        ("0.5,,0.3\n1,2,3\n", "line 1, column 2: an empty cell is not a number"),
        ("u,,w\n1,2,3\n", "line 1: an empty cell stands among names"),
        ('a,"b\n1,2\n', "is not a table"),
        ("u,u\n0.5,2\n", "two rows have the same unit name"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(StatevizError, match=message) as caught:
        load_states(written(tmp_path / "a.csv", text))
    assert "a.csv" in str(caught.value)


def test_text_of_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes("ü,v\n1,2\n".encode("utf-16"))
    with pytest.raises(FileError, match="not text in UTF-8"):
        load_states(tmp_path / "a.csv")


# --- steps, names, what is in memory


@pytest.mark.parametrize(
    ("text", "expected"), [("1:3", slice(1, 3)), (":3", slice(None, 3)), ("2:", slice(2, None)), (":", slice(None))]
)
def test_steps_are_a_to_b(text, expected):
    assert parse_steps(text) == expected


@pytest.mark.parametrize("text", ["", "5", "a:b", "-1:3", "1:2:3", "1.5:2", "3:3", "4:3", ":0", "٣:٤", "1-3"])
def test_steps_of_another_form_are_refused_before_the_file_is_opened(text):
    with pytest.raises(InputError, match="steps"):
        load_states("there-is-no-such-file.npy", steps=text)


def test_steps_past_the_end_are_refused_rather_than_cut():
    assert load_states(MATRIX, steps="1:3").shape == (2, 2)
    for steps in ("1:4", "4:", "9:12"):
        with pytest.raises(InputError, match="reach past the end: there are 3 steps"):
            load_states(MATRIX, steps=steps)
    assert load_states(MATRIX, steps=slice(1, 99)).shape == (2, 2)


def test_an_unknown_ending_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match=r"unknown file format '\.cvs'; .*did you mean '\.csv'"):
        load_states(written(tmp_path / "a.cvs", "x"))


def test_a_missing_file_is_answered_with_one_of_a_similar_name(tmp_path):
    np.save(tmp_path / "states.npy", MATRIX)
    with pytest.raises(FileError, match=r"there is no file .*state\.npy \(did you mean 'states\.npy'\?\)"):
        load_states(tmp_path / "state.npy")
    with pytest.raises(FileError, match=r"there is no file .*a\.npy$"):
        load_states(tmp_path / "no" / "a.npy")


def test_an_order_is_not_taken_for_states(tmp_path):
    with pytest.raises(FileError, match="given with --order"):
        load_states(written(tmp_path / "order.json", "{}"))


def test_a_folder_is_only_read_when_it_is_a_recording(tmp_path):
    with pytest.raises(FileError, match="is a folder, but not a recording"):
        load_states(tmp_path)


def test_a_site_of_a_recording_is_read_and_never_transposed(tmp_path):
    both = {site: StateMatrix(MATRIX, tokens="abc", site=site) for site in ("h", "c")}
    path = save_recording(Recording(tuple("abc"), both), tmp_path / "a.zarr")
    assert load_states(path, site="c", steps="1:").tokens == ("b", "c")
    path.rename(tmp_path / "renamed")
    assert load_states(tmp_path / "renamed", site="h").shape == (2, 3)
    with pytest.raises(InputError, match="2 sites; name one of h, c"):
        load_states(tmp_path / "renamed")
    with pytest.raises(UnknownNameError, match="unknown site 'x'"):
        load_states(tmp_path / "renamed", site="x")
    with pytest.raises(InputError, match="leave transpose out"):
        load_states(tmp_path / "renamed", site="h", transpose=True)
    with pytest.raises(InputError, match="leave transpose out"):
        load_states(both["h"], transpose=True)


def test_distances_keep_every_digit(tmp_path):
    square = np.random.default_rng(0).random((4, 4))
    np.save(tmp_path / "d.npy", square)
    assert np.array_equal(load_array(tmp_path / "d.npy"), square)
    assert np.array_equal(load_array(tmp_path / "d.npy", transpose=True), square.T)
    assert load_array(tmp_path / "d.npy").dtype == np.float64
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(InputError, match="a matrix of numbers was expected"):
        load_array(tmp_path / "cube.npy")
    path = save_recording(Recording(("a",), {"h": StateMatrix([[0.5]])}), tmp_path / "a.zarr")
    with pytest.raises(InputError, match="plain matrix was expected"):
        load_array(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ending=st.sampled_from(sorted(READERS)), content=st.binary(max_size=200))
@example(ending=".npz", content=b"PK\x05\x06" + b"\0" * 18)
@example(ending=".npy", content=b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16)
@example(ending=".npy", content=b"\x93NUMPY\x09\x00")
def test_any_bytes_are_read_or_refused_but_never_crash(tmp_path, ending, content):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    try:
        states = load_states(path)
    except StatevizError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert isinstance(states, StateMatrix)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), values=hnp.arrays(np.float32, (3, 4), elements=st.floats(-9, 9, width=32)))
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_changed_bytes_of_an_array_file_are_read_or_refused_but_never_crash(tmp_path, ending, data, values):
    path = tmp_path / f"a{ending}"
    np.save(path, values) if ending == ".npy" else np.savez_compressed(path, h=values)
    content = bytearray(path.read_bytes())
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        load_states(path)
    except StatevizError as error:
        assert "\n" not in str(error)  # noqa: PT017
