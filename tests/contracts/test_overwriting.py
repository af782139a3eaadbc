"""The one rule: what carries our mark of the same kind is replaced, all else only where that is asked for."""

import json
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest

import stateviz as sv
from stateviz.analysis.tables import write_table
from stateviz.core.errors import FileError
from stateviz.plotting.figures import FIGURE_FORMATS
from stateviz.printing import write_mockup
from stateviz.printing.layout import layout
from stateviz.printing.proofs.sheet import write_proof
from stateviz.rendering import WRITERS, rasterize
from stateviz.storage.marks import MARKS, carries

STATES = np.where(np.random.default_rng(0).random((6, 9)) < 0.5, -1, 1)


def _figure(path, overwrite):
    figure = plt.figure(figsize=(1, 1))
    return sv.save_figure(figure, path, overwrite=overwrite)


def _sheet():
    return layout(rasterize(STATES), "70x70mm", dpi=100)


MAKERS = {
    **{f"figure{ending}": ("picture", _figure) for ending in FIGURE_FORMATS},
    **{
        f"grid{ending}": ("picture", lambda path, overwrite: sv.write(rasterize(STATES), path, overwrite=overwrite))
        for ending in WRITERS
    },
    **{
        f"sheet{ending}": ("print", lambda path, overwrite: sv.write(_sheet(), path, overwrite=overwrite))
        for ending in WRITERS
    },
    "proof.png": ("picture", lambda path, overwrite: write_proof(_sheet(), path, overwrite=overwrite)),
    "mock-up.png": ("picture", lambda path, overwrite: write_mockup(_sheet(), path, size=400, overwrite=overwrite)),
    "page.html": ("page", lambda path, overwrite: sv.view(STATES).save(path, overwrite=overwrite)),
    "view.png": ("picture", lambda path, overwrite: sv.view(STATES).save(path, overwrite=overwrite)),
    "order.json": ("order", lambda path, overwrite: sv.write_order(_order(), path, overwrite=overwrite)),
    "table.json": (
        "stateviz_x",
        lambda path, overwrite: write_table([{"a": 1}], path, "stateviz_x", {}, "rows", overwrite=overwrite),
    ),
}
"""Name -> the kind of file, and what writes one."""


@cache
def _order():
    return sv.order(STATES, method="mean")


@pytest.mark.parametrize("name", MAKERS)
def test_one_of_ours_of_the_kind_is_replaced_and_nothing_else(tmp_path, name):
    kind, write = MAKERS[name]
    path = tmp_path / name
    write(path, False)
    assert carries(path, kind)
    assert [other for other in MARKS if carries(path, other)] == ([kind] if kind in MARKS else [])
    first = path.read_bytes()
    write(path, False)
    assert path.read_bytes() == first
    for content in (
        b"the user's own",
        json.dumps({"the": "user's"}).encode(),
        b"\x89PNG\r\n\x1a\n",
        first[:8],
        b"%PDF-",
    ):
        path.write_bytes(content)
        with pytest.raises(FileError, match=r"exists and is no .* --force \(overwrite=True\)"):
            write(path, False)
        assert path.read_bytes() == content
    write(path, True)
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_print_is_not_lost_to_a_picture_nor_findings_to_an_order(tmp_path):
    sv.write(_sheet(), tmp_path / "a.png")
    with pytest.raises(FileError, match="is no picture"):
        sv.view(STATES).save(tmp_path / "a.png")
    (tmp_path / "a.json").write_text('{"stateviz_findings": 1}')
    with pytest.raises(FileError, match="is no order"):
        sv.write_order(_order(), tmp_path / "a.json")


@pytest.mark.parametrize(
    "name", ["a.npy", "a.npz", "a.csv", "a.parquet", "a.safetensors", "a.hdf5", "a.zarr", "a.zarr.zip"]
)
def test_what_carries_no_mark_and_recordings_are_replaced_only_where_that_is_asked_for(tmp_path, name):
    path = sv.export_states(STATES, tmp_path / name)
    with pytest.raises(FileError, match="exists; choose another name"):
        sv.export_states(STATES, path)
    sv.export_states(STATES, path, overwrite=True)
    with pytest.raises(sv.InputError, match="read and written, too"):
        sv.export_states(path, path, overwrite=True)
