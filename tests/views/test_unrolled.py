"""The view unrolled: the numbers of both passes, and the colours of right and wrong letters."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import stateviz as sv
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.models.toys.stepping import step_through
from stateviz.plotting.scales import number
from stateviz.plotting.unrolled import GREEN, RED
from stateviz.storage.marks import is_our_picture
from stateviz.views.unrolled import _UnrolledPage


@pytest.fixture
def toy():
    return sv.CharModel("ehlo", cell="rnn", width=3, blocks=0, embedding="one-hot")


def test_each_pass_shows_its_own_numbers_and_the_right_letter_is_green(toy):
    found = step_through(toy, "hello")
    before, after = _UnrolledPage(found, "t").drawings()
    for drawing, phase in ((before, "forward"), (after, "after")):
        shown = [word.text for word in drawing.words]
        for stage in found.stages:
            if stage.phase == phase and stage.name in ("x", "h", "y"):
                assert {number(float(value)) for value in stage.value} <= set(shown)
        green = [word for word in drawing.words if word.color == GREEN]
        assert [word.text for word in green if word.text in "helo"] == ["e", "l", "l", "o"]
        assert len([word for word in drawing.words if word.color == RED]) == 4 * 3
    losses = [one.words[1].text for one in (before, after)]
    assert losses == [f"loss {loss:.4g} nats over all steps" for loss in (found.loss, found.loss_after)]
    assert found.loss_after < found.loss


def test_it_is_a_page_without_a_script_a_picture_and_a_film(toy, tmp_path):
    page = sv.view(toy, kind="unrolled", text="hello", title="<b>")
    document = page.document()
    assert document.count("<svg") == 2 and "<script" not in document and "<b>" not in document
    assert sv.view(toy, kind="unrolled", text="hello", rate=None).document().count("<svg") == 1
    for ending in (".png", ".svg", ".pdf", ".gif"):
        assert is_our_picture(page.save(tmp_path / f"a{ending}"))
    with Image.open(tmp_path / "a.gif", formats=("GIF",)) as film:
        assert film.n_frames == 2
    assert np.asarray(Image.open(tmp_path / "a.png", formats=("PNG",))).std() > 0


def test_what_is_too_large_for_a_column_is_refused_by_number():
    wide = sv.CharModel("ab", cell="rnn", width=20, blocks=0, embedding="one-hot")
    with pytest.raises(InputError, match="20 units and 2 symbols are more than the 16"):
        sv.view(wide, kind="unrolled", text="abab")
    with pytest.raises(UnknownNameError, match="ending"):
        sv.view([[0, 1]]).save("x.gif")
