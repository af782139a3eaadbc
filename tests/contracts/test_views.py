"""What every row of VIEWS promises."""

import numpy as np
import pytest
from PIL import Image

import stateviz as sv
from stateviz.core.errors import InputError


@pytest.fixture(scope="module")
def recording():
    return sv.record(sv.load_model("phone-case"), "For I am not ashamed of the gospel", predictions=3)


@pytest.mark.parametrize("kind", sv.VIEWS)
def test_a_view_is_a_page_and_a_picture_and_the_same_bytes_each_time(tmp_path, recording, kind):
    page = sv.view(recording, kind=kind, units=[3])
    for ending in (".html", ".png", ".svg", ".pdf"):
        first, second = (page.save(tmp_path / f"{name}{ending}") for name in "ab")
        assert first.read_bytes() == second.read_bytes()
    assert page.kind == kind and "Page(" in repr(page)
    assert np.asarray(Image.open(tmp_path / "a.png")).std() > 0


@pytest.mark.parametrize("kind", sv.VIEWS)
def test_a_view_says_what_it_lacks(kind):
    row, bare = sv.VIEWS[kind], sv.StateMatrix([[0.0, 1.0, 2.0]])
    assert row.name == kind and row.description
    if row.needs_text:
        with pytest.raises(InputError, match="no text"):
            sv.view(bare, kind=kind)
    else:
        sv.view(bare, kind=kind)
    if row.needs_predictions:
        with pytest.raises(InputError, match=r"--predictions 5"):
            sv.view(bare, kind=kind, text="abc")
