"""What every row of VIEWS promises."""

import numpy as np
import pytest
from PIL import Image

import stateviz as sv
from stateviz.core.errors import InputError


@pytest.fixture(scope="module")
def recording():
    return sv.record(sv.load_model("phone-case"), "For I am not ashamed of the gospel", predictions=3)


OF_STATES = [name for name, row in sv.VIEWS.items() if not row.of_models]


@pytest.mark.parametrize("kind", OF_STATES)
def test_a_view_is_a_page_and_a_picture_and_the_same_bytes_each_time(tmp_path, recording, kind):
    page = sv.view(recording, kind=kind, units=[3] if "units" in sv.VIEWS[kind].takes else None)
    for ending in (".html", ".png", ".svg", ".pdf"):
        first, second = (page.save(tmp_path / f"{name}{ending}") for name in "ab")
        assert first.read_bytes() == second.read_bytes()
    assert page.kind == kind and "Page(" in repr(page)
    assert np.asarray(Image.open(tmp_path / "a.png")).std() > 0


@pytest.mark.parametrize("kind", OF_STATES)
def test_a_view_says_what_it_lacks(kind):
    row, bare = sv.VIEWS[kind], sv.StateMatrix([[0.0, 1.0, 2.0]])
    assert row.name == kind and row.description
    if row.needs_text:
        with pytest.raises(InputError, match="no text"):
            sv.view(bare, kind=kind)
    else:
        assert "Page" in repr(sv.view(bare, kind=kind))
    if row.needs_predictions:
        with pytest.raises(InputError, match=r"--predictions 5"):
            sv.view(bare, kind=kind, text="abc")


@pytest.mark.parametrize("kind", sorted(set(sv.VIEWS) - set(OF_STATES)))
def test_a_view_of_models_is_the_same_page_each_time_and_says_what_it_needs(tmp_path, kind):
    toy = sv.CharModel("ehlo", cell="rnn", width=3, blocks=0, embedding="one-hot")
    page = sv.view(toy, kind=kind, text="hello")
    assert page.save(tmp_path / "a.html").read_bytes() == page.save(tmp_path / "b.html").read_bytes()
    with pytest.raises(InputError, match="give text"):
        sv.view(toy, kind=kind)
    with pytest.raises(InputError, match="units is for the views heatmap"):
        sv.view(toy, kind=kind, text="hello", units=[1])
    with pytest.raises(InputError, match="CharModel"):
        sv.view([[0, 1]], kind=kind, text="ab")


@pytest.mark.parametrize("kind", sv.VIEWS)
def test_an_option_that_says_nothing_to_a_view_is_refused_by_name(kind):
    options = {"threshold": 0.5, "rate": 0.2, "size": "column", "scale": 2, "gap": 1, "bits": 4, "units": [0]}
    for name in sorted(set(options) - set(sv.VIEWS[kind].takes)):
        with pytest.raises(InputError, match=f"{name} is for the view.*not for {kind}; leave it out"):
            sv.view([[0.5, 1.0, 2.0]], kind=kind, **{name: options[name]})
