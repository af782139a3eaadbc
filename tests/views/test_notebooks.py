"""What an output of a notebook holds, and the widget."""

from __future__ import annotations

import html
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import InputError
from stateviz.views import notebooks


@pytest.fixture
def page():
    return sv.view(np.random.default_rng(0).normal(size=(4, 30)), text="ab<cde&" * 4 + "'\"", title='<b>&"')


@pytest.fixture
def cell(monkeypatch):
    """A notebook whose running cell has the name that is set."""
    parent = {"metadata": {"cellId": "first"}, "content": {"code": ""}}
    monkeypatch.setattr(notebooks, "_given", {})
    shell = SimpleNamespace(get_parent=lambda: parent)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return parent


def held(output):
    """The document in an output, put together as its script does it, and whether the code came with it."""
    text = output["text/html"]
    code = re.search('data-stateviz-code="([^"]*)"', text)
    page = html.unescape(re.search('data-stateviz-page="([^"]*)"', text)[1])
    return page, code and code[1]


def test_an_output_holds_the_whole_page_and_a_picture(page):
    output = page._repr_mimebundle_()
    whole, code = held(output)
    assert whole.replace("<!--code-->", code) == page.document()
    assert output["text/plain"] == repr(page)
    assert f"base64,{output['image/png']}" in output["text/html"]
    assert output["image/png"].startswith("iVBOR") and len(output["image/png"]) < 40_000


def test_the_script_stands_once_in_a_notebook_and_again_in_its_own_cell(page, cell):
    assert held(page._repr_mimebundle_())[1] is not None
    for name in ("second", "third"):
        cell["metadata"]["cellId"] = name
        assert held(page._repr_mimebundle_())[1] is None
    cell["metadata"]["cellId"] = "first"
    assert held(page._repr_mimebundle_())[1] is not None


def test_cells_without_names_are_told_apart_by_their_code(page, cell):
    cell["metadata"] = {}
    for code, first in (("a", True), ("b", False), ("a", True)):
        cell["content"]["code"] = code
        assert (held(page._repr_mimebundle_())[1] is not None) == first


def test_where_every_output_has_a_document_of_its_own_each_holds_the_script(page, cell, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    assert all(held(page._repr_mimebundle_())[1] is not None for _ in range(2))


def test_the_script_is_at_most_25_kilobytes(page):
    assert len(held(page._repr_mimebundle_())[1]) <= 25 * 1024


def test_nothing_that_came_as_text_stands_in_an_output_as_it_is(page):
    output = page._repr_mimebundle_()["text/html"]
    assert "<b>" not in output and output.count("<script") == 1


def test_pictures_of_long_recordings_are_of_their_beginning():
    long = sv.view(np.zeros((2, 100_000)) + 0.5, kind="text", text="a" * 100_000)
    assert len(long._repr_mimebundle_()["image/png"]) < 200_000


def test_a_page_of_a_model_has_no_picture_and_is_shown():
    toy = sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    assert set(sv.view(toy, kind="steps", text="10")._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_a_widget_without_anywidget_says_how_to_get_it(monkeypatch):
    from stateviz.views import widgets

    widgets._widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(InputError, match=r"pip install 'stateviz\[notebook\]'"):
        sv.widget([[0, 1]])


def test_a_widget_holds_the_page_and_the_choice():
    pytest.importorskip("anywidget")
    shown = sv.widget([[0, 1, 1], [1, 0, 1]], title="a title")
    assert shown.title == "a title" and shown._document.startswith("<!doctype html>")
    assert shown.unit is shown.step is shown.order is None
    shown.unit = 1
    assert shown.get_state()["unit"] == 1 and "render" in shown._esm


def test_a_widget_of_a_model_or_of_too_much_is_refused(monkeypatch):
    toy = sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    with pytest.raises(InputError, match="shows a model"):
        sv.widget(toy, kind="steps", text="10")
    monkeypatch.setattr("stateviz.views.page.MOST", 3)
    with pytest.raises(InputError, match="too large for a notebook"):
        sv.widget([[0, 1], [1, 0]])
