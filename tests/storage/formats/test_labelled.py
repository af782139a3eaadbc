"""NetCDF, AnnData and MATLAB: files whose axes have names, and what those decide."""

import numpy as np
import pytest

from stateviz import order
from stateviz.core.errors import FileError, InputError, StatevizError, UnknownNameError
from stateviz.storage import load_states

VALUES = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)  # units x steps
UNITS, TOKENS = tuple("abcdef"), ("x", "y", "zz", "é", "q")


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py")


def netcdf4(h5py, path, values, names, coords=(), attributes=()):
    """A file as NetCDF-4 lays one out: an axis is a scale; one without values is a scale of its size alone."""
    text = h5py.string_dtype("utf-8")
    with h5py.File(path, "w") as file:
        for name, size in zip(names, values.shape, strict=True):
            if name not in dict(coords):
                file.create_dataset(name, (size,), ">f4").make_scale(
                    f"This is a netCDF dimension but not a netCDF variable.{size:10d}"
                )
        for name, (axis, labels) in dict(coords).items():
            kind = text if isinstance(labels[0], str) else None
            file.create_dataset(name, data=np.array(labels, object if kind else None), dtype=kind)
            if name == axis:
                file[name].make_scale(name)
        for name, (axis, _) in dict(coords).items():
            if name != axis:
                file[name].dims[0].attach_scale(file[axis])
        found = file.create_dataset("states", data=values)
        for axis, name in enumerate(names):
            found.dims[axis].attach_scale(file[name])
        found.attrs.update(dict(attributes))
    return path


@pytest.mark.parametrize("ending", [".nc", ".h5", ".hdf5"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_labels_of_netcdf_4_say_which_axis_is_which(tmp_path, h5py, ending, turned):
    coords = {"neuron": ("neuron", UNITS), "token": ("time", TOKENS)}
    values, names = (VALUES.T, ("time", "neuron")) if turned else (VALUES, ("neuron", "time"))
    states = load_states(netcdf4(h5py, tmp_path / f"a{ending}", values, names, coords))
    assert np.array_equal(states.values, VALUES)
    assert (states.units, states.tokens, states.site) == (UNITS, TOKENS, "states")
    assert states.extent == "6 units x 5 steps, from neuron"


@pytest.mark.parametrize(
    ("names", "steps_first"),
    [
        (("unit", "step"), False),
        (("n_obs", "n_vars"), True),
        (("x", "time"), False),
        (("hidden", "y"), False),
        (("t", "c"), True),
        (("Neurons", "Timestep"), False),
        (("p", "q"), None),
        (("dim_0", "dim_1"), None),
    ],
)
def test_names_of_axes_tell_steps_from_units(tmp_path, h5py, names, steps_first):
    states = load_states(netcdf4(h5py, tmp_path / "a.nc", VALUES, names))
    expected = VALUES if steps_first is False else VALUES.T
    assert np.array_equal(states.values, expected)
    came = "columns" if steps_first is None else names[1 if steps_first else 0]
    assert states.extent.endswith(f"from {came}")


def test_labels_without_scales_are_read_too(tmp_path, h5py):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["h"] = VALUES
        file["h"].dims[0].label, file["h"].dims[1].label = "unit", "step"
    assert np.array_equal(load_states(tmp_path / "a.h5").values, VALUES)
    assert np.array_equal(load_states(tmp_path / "a.h5", transpose=True).values, VALUES.T)


def test_a_coordinate_of_numbers_names_units_where_it_does_not_count_them(tmp_path, h5py):
    coords = {"unit": ("unit", [7, 3, 5, 4, 2, 9]), "time": ("time", [0, 1, 2, 3, 4])}
    states = load_states(netcdf4(h5py, tmp_path / "a.nc", VALUES, ("unit", "time"), coords))
    assert (states.units, states.tokens) == ((7, 3, 5, 4, 2, 9), None)


def test_packed_numbers_are_unpacked_and_a_fill_value_is_a_gap(tmp_path, h5py):
    packed = np.array([[1, 2, -9], [4, 5, 6]], np.int16)
    attributes = {"scale_factor": np.float64(0.5), "add_offset": np.float64(1), "_FillValue": np.int16(-9)}
    path = netcdf4(h5py, tmp_path / "a.nc", packed, ("unit", "time"), (), attributes)
    with pytest.raises(FileError, match="a.nc: states has 1 empty cell; order and compare take"):
        load_states(path)
    assert order(path, missing="pairwise", metric="euclidean").rows.tolist() in ([0, 1], [1, 0])
    packed[0, 2] = 3
    whole = netcdf4(h5py, tmp_path / "b.nc", packed, ("unit", "time"), (), attributes)
    assert load_states(whole).values.tolist() == (packed * 0.5 + 1).tolist()


@pytest.mark.parametrize("turned", [False, True])
def test_classic_netcdf_of_xarray_is_read(tmp_path, turned):
    xarray = pytest.importorskip("xarray")
    coords = {"neuron": list(UNITS), "token": ("time", list(TOKENS))}
    found = xarray.Dataset({"states": (("neuron", "time"), VALUES), "on": (("neuron", "time"), VALUES > 0)}, coords)
    (found.transpose() if turned else found).to_netcdf(tmp_path / "a.nc", engine="scipy")
    assert (tmp_path / "a.nc").read_bytes().startswith(b"CDF")
    states = load_states(tmp_path / "a.nc", site="states")
    assert (states.units, states.tokens, states.binary) == (UNITS, TOKENS, False)
    assert np.array_equal(states.values, VALUES)
    assert load_states(tmp_path / "a.nc", site="on").off == 0
    with pytest.raises(UnknownNameError, match="holds 2 variables; name one as the site: states, on"):
        load_states(tmp_path / "a.nc")


def test_datasets_and_arrays_of_xarray_are_read_by_their_labels():
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(VALUES.T, dims=("time", "neuron"), coords={"neuron": list(UNITS)}, name="h")
    for given in (array, array.T, array.to_dataset()):
        states = load_states(given)
        assert np.array_equal(states.values, VALUES)
        assert (states.units, states.site, states.extent) == (UNITS, "h", "6 units x 5 steps, from neuron")
    assert load_states(xarray.DataArray(VALUES)).extent == "6 units x 5 steps, from rows"
    with pytest.raises(UnknownNameError, match="unknown site 'x'"):
        load_states(array, site="x")


def anndata(h5py, path, write, *, table="group"):
    """A file as AnnData writes one: tables of observations and of variables beside the matrix."""
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "anndata"
        for name, labels in (("obs", TOKENS), ("var", UNITS)):
            if table == "records":
                file[name] = np.array([(label.encode(),) for label in labels], [("index", "S4")])
                continue
            group = file.create_group(name)
            group.attrs["_index"] = "names"
            place = "names/values" if table == "nullable" else "names"
            group.create_dataset(place, data=np.array(labels, object), dtype=h5py.string_dtype())
            group["score"] = np.arange(float(len(labels)))
        write(file)
    return path


def sparse(kind, values):
    scipy_sparse = pytest.importorskip("scipy.sparse")

    def write(file):
        matrix = getattr(scipy_sparse, kind)(values)
        group = file.create_group("X")
        group.attrs["encoding-type"], group.attrs["shape"] = kind, values.shape
        group["data"], group["indices"], group["indptr"] = matrix.data, matrix.indices, matrix.indptr

    return write


@pytest.mark.parametrize("table", ["group", "nullable", "records"])
def test_anndata_has_a_row_a_step_and_names_of_both(tmp_path, h5py, table):
    def write(file):
        file["X"], file["layers/raw"] = VALUES.T, VALUES.T + 1

    path = anndata(h5py, tmp_path / "a.h5ad", write, table=table)
    states = load_states(path)
    assert (states.units, states.tokens, states.site) == (UNITS, TOKENS, "X")
    assert np.array_equal(states.values, VALUES)
    assert states.extent == "6 units x 5 steps, from var"
    assert np.array_equal(load_states(path, site="layers/raw").values, VALUES + 1)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix"])
def test_sparse_matrices_of_anndata_are_written_out(tmp_path, h5py, kind):
    values = np.where(VALUES.T > 0, VALUES.T, 0)
    assert np.array_equal(load_states(anndata(h5py, tmp_path / "a.h5ad", sparse(kind, values))).values, values.T)


def test_a_sparse_matrix_that_claims_too_much_is_refused(tmp_path, h5py):
    path = anndata(h5py, tmp_path / "a.h5ad", sparse("csr_matrix", VALUES.T))
    with h5py.File(path, "r+") as file:
        file["X"].attrs["shape"] = (10**6, 10**6)
    with pytest.raises(FileError, match="X would take 4,000,000,000,000 bytes"):
        load_states(path)


def matlab(h5py, path):
    """A file as MATLAB 7.3 writes one: 512 bytes of its own, columns first, text as numbers, cells as references."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file["h"] = VALUES.T
        file["h"].attrs["MATLAB_class"] = np.bytes_("single")
        file["on"] = (VALUES.T > 0).astype(np.uint8)
        file["on"].attrs["MATLAB_class"] = np.bytes_("logical")
        file["title"] = np.frombuffer("some text".encode("utf-16-le"), np.uint16).reshape(-1, 1)
        file["title"].attrs["MATLAB_class"] = np.bytes_("char")
        for name, labels in (("units", UNITS), ("tokens", TOKENS)):
            references = np.empty((1, len(labels)), h5py.ref_dtype)
            for i, label in enumerate(labels):
                text = file.create_dataset(
                    f"#refs#/{name}{i}", data=np.frombuffer(label.encode("utf-16-le"), np.uint16).reshape(-1, 1)
                )
                text.attrs["MATLAB_class"] = np.bytes_("char")
                references[0, i] = text.ref
            file.create_dataset(name, data=references, dtype=h5py.ref_dtype)
            file[name].attrs["MATLAB_class"] = np.bytes_("cell")
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(128))
    return path


def test_a_matrix_of_matlab_is_read_as_matlab_shows_it(tmp_path, h5py):
    path = matlab(h5py, tmp_path / "a.mat")
    states = load_states(path, site="h")
    assert np.array_equal(states.values, VALUES)
    assert (states.units, states.tokens, states.extent) == (UNITS, TOKENS, "6 units x 5 steps, from rows")
    assert np.array_equal(load_states(path, site="on").values, VALUES > 0)
    with pytest.raises(UnknownNameError, match="holds 2 matrices; name one as the site: h, on"):
        load_states(path)


def test_files_of_older_matlab_are_read_too(tmp_path):
    from scipy.io import savemat

    cells = {name: np.array(labels, object) for name, labels in (("units", UNITS), ("tokens", TOKENS))}
    savemat(tmp_path / "a.mat", {"h": VALUES, "text": "some text"} | cells, do_compression=True)
    states = load_states(tmp_path / "a.mat")
    assert np.array_equal(states.values, VALUES)
    assert (states.units, states.tokens, states.site) == (UNITS, TOKENS, "h")
    (tmp_path / "a.mat").write_bytes((tmp_path / "a.mat").read_bytes()[:200])
    with pytest.raises(FileError, match="a.mat"):
        load_states(tmp_path / "a.mat")


@pytest.mark.parametrize("ending", [".h5", ".mat", ".npy", ".npz", ".pt", ".old.mat"])
def test_complex_states_are_refused_by_name_and_no_half_is_lost(tmp_path, h5py, ending):
    torch = pytest.importorskip("torch")
    from scipy.io import savemat

    path, values = tmp_path / f"a{ending}", VALUES + 1j
    if ending in (".h5", ".mat"):
        with h5py.File(path, "w", userblock_size=512 if ending == ".mat" else 0) as file:
            pairs = np.rec.fromarrays([values.real, values.imag], names="real,imag")
            file["z"] = pairs if ending == ".mat" else values
    elif ending == ".old.mat":
        savemat(path, {"z": values})
    elif ending == ".pt":
        torch.save(torch.tensor(values), path)
    else:
        (np.save if ending == ".npy" else np.savez)(path, values)
    with pytest.raises((FileError, InputError), match="complex.*(imaginary|real numbers)"):
        load_states(path)


def test_damaged_files_of_matlab_end_in_a_line_and_not_the_process(tmp_path):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {"h": VALUES, "tokens": np.array(TOKENS, object)})
    content = (tmp_path / "a.mat").read_bytes()
    rng, told = np.random.default_rng(3), []
    for _ in range(12):
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[rng.integers(128, len(content), 8)] = rng.integers(0, 256, 8)
        (tmp_path / "a.mat").write_bytes(damaged.tobytes())
        try:
            load_states(tmp_path / "a.mat")
        except StatevizError as error:
            told.append(str(error))
    assert told
    assert not any("\n" in message for message in told)
