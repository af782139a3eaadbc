"""Pages: what they hold, what they refuse, how they are written."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import re
import zlib

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.views.document import FRONT, script_of
from stateviz.views.packing import Levels, pack
from stateviz.views.picture import SCRIPTS
from stateviz.views.steps import SCRIPTS as STEPS


def block(page, name):
    """The bytes of a block of a page, as its script unpacks them."""
    text = re.search(f'id="{name}">([^<]*)<', page).group(1)
    return zlib.decompress(base64.b64decode(text), -15)


def header(page):
    return json.loads(block(page, "header"))


@pytest.mark.parametrize("bits", [2, 4, 6, 8])
@pytest.mark.parametrize(("low", "high"), [(-1, 1), (-0.01, 1), (0, 5), (-3, -1), (-1e-9, 1e9)])
def test_levels_hold_zero_and_are_off_by_no_more_than_they_say(bits, low, high):
    levels = Levels.over(low, high, bits)
    values = np.linspace(low, high, 1001)
    shown = levels.low + levels.of(values) * levels.step
    assert np.abs(shown - values).max() <= levels.error * (1 + 1e-6) <= (high - low) / ((1 << bits) - 2)
    if low < 0 < high:
        assert abs(levels.low / levels.step - round(levels.low / levels.step)) < 1e-6


def test_six_bits_are_off_by_less_than_a_63rd_of_the_range():
    assert Levels.over(-0.3, 1, 6).error <= 1.3 / 63
    assert Levels.over(-0.3, 1, 4).error <= 1.3 / 15


def test_a_page_holds_every_binary_state_exactly():
    states = np.random.default_rng(0).random((5, 5000)) < 0.4
    page = sv.view(states).document()
    site = header(page)["panels"][0]["sites"][0]
    assert site["tiles"] == ["t1", "t2"] and site["error"] == 0
    found = [
        np.unpackbits(np.frombuffer(block(page, name), np.uint8).reshape(5, -1), axis=1)[:, :columns]
        for name, columns in (("t1", 4096), ("t2", 904))
    ]
    assert np.array_equal(np.hstack(found), states)


def test_real_states_are_within_what_the_page_says():
    states = np.random.default_rng(0).normal(size=(7, 300))
    page = sv.view(states).document()
    site = header(page)["panels"][0]["sites"][0]
    levels = np.frombuffer(block(page, "t1"), np.uint8).reshape(7, 300)
    assert np.abs(site["low"] + levels * site["step"] - states).max() <= site["error"] * 1.001


def test_long_recordings_have_an_overview_of_means():
    states = np.random.default_rng(0).normal(size=(300, 4100))
    page = sv.view(states).document()
    site = header(page)["panels"][0]["sites"][0]
    far = np.frombuffer(block(page, site["overview"]), np.uint8).reshape(300, site["buckets"])
    edges = np.searchsorted(np.arange(4100) * site["buckets"] // 4100, np.arange(site["buckets"] + 1))
    means = np.add.reduceat(states, edges[:-1], axis=1) / np.diff(edges)
    shown = site["low"] + far / 255 * site["step"] * (site["levels"] - 1)
    assert np.abs(shown - means).max() <= site["step"] * (site["levels"] - 1) / 255
    assert page.index(f'id="{site["overview"]}"') < page.index("<script>") < page.index('id="t1"')


def test_the_strip_counts_switches_and_leaves_out_those_between_texts():
    states = sv.StateMatrix([[0, 1, 1, 0], [0, 0, 1, 1]], column_breaks=(2,))
    page = sv.view(states).document()
    panel = header(page)["panels"][0]
    strip = np.frombuffer(block(page, panel["tracks"]["switches0"]), "<u2") / panel["scales"]["switches0"]
    assert strip.round(6).tolist() == [0, 0.5, 0, 0.5]


def test_the_shipped_recording_fits_into_36_kilobytes():
    recording = sv.shipped_recording()
    assert len(sv.view(recording, ordering=sv.order(recording, method="greedy-insert")).document()) <= 36 * 1024


def test_real_states_of_that_shape_fit_into_64_kilobytes():
    walk = np.random.default_rng(0).normal(size=(128, 274)).cumsum(axis=1)
    assert len(sv.view(np.tanh(walk / 8), text="a" * 274).document()) <= 64 * 1024


def test_sites_of_one_name_share_a_scale_and_a_palette_is_shown_first():
    low, high = sv.StateMatrix([[-1.0, 0.5]]), sv.StateMatrix([[0.2, 3.0]])
    shown = header(sv.view([low, high], palette="balance").document())
    assert [panel["sites"][0]["limits"] for panel in shown["panels"]] == [[-3, 3], [-3, 3]]
    assert next(iter(shown["palettes"]["signed"])) == "balance"


def test_limits_are_those_that_are_given():
    shown = header(sv.view([[-1.0, 0.5]], limits=(-2, 2)).document())
    assert shown["panels"][0]["sites"][0]["limits"] == [-2, 2]


def test_colours_end_where_those_of_a_heatmap_do_and_the_page_says_so():
    states = np.random.default_rng(0).normal(size=(30, 400))
    states[3] *= 1000
    site = header(sv.view(states).document())["panels"][0]["sites"][0]
    bar = sv.heatmap(states).images[0]
    assert site["limits"] == pytest.approx(bar.get_clim(), rel=1e-6)
    assert site["beyond"] and site["limits"][1] < 10


def test_only_the_steps_that_are_asked_for():
    recording = sv.shipped_recording()
    page = sv.view(recording, steps="10:20").document()
    shown = header(page)["panels"][0]
    assert shown["steps"] == 10
    assert json.loads(block(page, shown["tokens"])) == list(recording.tokens[10:20])


def test_a_page_is_a_noun():
    page = sv.view([[0, 1], [1, 0]], text="ab")
    assert pickle.loads(pickle.dumps(page)).document() == copy.deepcopy(page).document() == page.document()  # noqa: S301
    assert "sandbox" in page._repr_html_() and "<script" not in page._repr_html_()


def test_nothing_that_came_as_text_stands_in_a_page_as_it_is():
    bad = "</script><img src=x onerror=alert(1)>"
    states = sv.StateMatrix([[0.5, 1.0]], units=[bad], tokens=[bad, "b"], site=bad)
    page = sv.view(states, title=bad).document()
    assert bad not in page and "<img" not in page


def test_a_file_of_the_users_is_not_replaced_and_a_page_is(tmp_path):
    page, path = sv.view([[0, 1]]), tmp_path / "x.html"
    path.write_text("mine")
    with pytest.raises(FileError, match="no page of stateviz"):
        page.save(path)
    assert path.read_text() == "mine"
    page.save(path, overwrite=True)
    page.save(path)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kind": "heatmp"}, UnknownNameError, "did you mean 'heatmap'"),
        ({"units": [7]}, UnknownNameError, "unknown unit '7'"),
        ({"units": []}, InputError, "units is empty"),
        ({"bits": 9}, InputError, "2 to 8"),
        ({"threshold": 1.0}, InputError, "trace"),
        ({"limits": (1, 0)}, InputError, "lower one first"),
        ({"site": "c"}, UnknownNameError, "site"),
        ({"text": "toolong"}, InputError, "one token a step"),
        ({"ordering": sv.order([[0, 1, 1], [1, 0, 1], [1, 1, 0]])}, MismatchError, "units"),
    ],
)
def test_bad_input_ends_in_one_line(options, error, words):
    with pytest.raises(error, match=words):
        sv.view(sv.StateMatrix([[0.5, 1.0], [1.5, 2.0]], site="array"), **options)


def test_an_ending_that_is_no_page_is_told():
    with pytest.raises(UnknownNameError, match="ending"):
        sv.view([[0, 1]]).save("x.gif")
    toy = sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot")
    with pytest.raises(InputError, match="no ending"):
        sv.view(toy, kind="steps", text="10").save("x")


def test_more_cells_than_a_page_holds_are_refused_by_number(monkeypatch):
    monkeypatch.setattr("stateviz.views.scene.MOST", 10)
    with pytest.raises(InputError, match="12 cells are more than the 10"):
        sv.view(np.zeros((3, 4)) + 0.5).document()


def test_the_step_through_page_of_two_toys_fits_into_40_kilobytes():
    toys = [sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot") for _ in range(2)]
    assert len(sv.view(toys, kind="steps", text="10101").document()) <= 40 * 1024


def test_networks_side_by_side_have_one_shape():
    toys = [sv.CharModel("01", cell=cell, width=3, blocks=0, embedding="one-hot") for cell in ("rnn", "gru")]
    with pytest.raises(InputError, match="one by one"):
        sv.view(toys, kind="steps", text="10101")


@pytest.mark.parametrize("SCRIPTS", [SCRIPTS, (*SCRIPTS[:-1], *sv.VIEWS["match"].scripts, SCRIPTS[-1]), STEPS])
def test_names_of_the_scripts_differ_and_none_imports_what_is_not_joined(SCRIPTS):
    pattern = re.compile(r"^(?:export )?(?:async )?(?:const|function|class) (\w+)", re.MULTILINE)
    names = [name for file in SCRIPTS for name in pattern.findall((FRONT / f"{file}.js").read_text())]
    assert sorted(names) == sorted(set(names))
    assert not re.search(r"^(import|export) ", script_of(SCRIPTS), re.MULTILINE)


@pytest.mark.parametrize(("bits", "width"), [(1, 1), (4, 3), (6, 5)])
def test_packed_rows_begin_bytes(bits, width):
    assert len(pack(np.ones((3, 5), np.uint8), bits)) == 3 * width
