"""Pictures replace pictures of stateviz, and nothing else unasked."""

import numpy as np
import pytest
from PIL import Image

import stateviz as sv
from stateviz.core.errors import FileError
from stateviz.printing.proofs.sheet import write_picture
from stateviz.storage.marks import is_our_picture

STATES = [[0, 1, 1], [1, 0, 1]]


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf", ".tif", ".tiff"])
def test_a_figure_and_exact_pixels_carry_the_mark_and_replace_each_other(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    for _ in range(2):
        sv.save_figure(sv.heatmap(STATES), path)
        assert is_our_picture(path)
        sv.write(sv.rasterize(STATES), path)
        assert is_our_picture(path)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_file_of_the_users_stays_unless_it_is_said(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    if ending != ".svg":
        Image.new("RGB", (8, 8)).save(path)
    else:
        path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    before = path.read_bytes()
    writers = (
        lambda **more: sv.save_figure(sv.heatmap(STATES), path, **more),
        lambda **more: sv.write(sv.rasterize(STATES), path, **more),
        lambda **more: sv.view(STATES).save(path, **more),
    )
    for write in writers:
        with pytest.raises(FileError, match="no picture of stateviz"):
            write()
        assert path.read_bytes() == before
    for write in writers:
        write(overwrite=True)
        assert is_our_picture(path)
        path.write_bytes(before)


def test_proofs_and_mock_ups_carry_it(tmp_path):
    assert is_our_picture(write_picture(np.zeros((4, 4, 3), np.uint8), tmp_path / "a.png"))
