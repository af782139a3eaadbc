"""The report: its sentences are worked out from its numbers, and nothing in it runs."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest

import stateviz as sv
from stateviz.cli import main
from stateviz.core.errors import InputError, MismatchError

FEATURES = ["space", "vowel", "word-start"]


@pytest.fixture(scope="module")
def page():
    return sv.report(sv.shipped_recording(), features=FEATURES, model=sv.load_model("phone-case")).document()


def words(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.split("<body>")[1])))


def test_the_sentences_say_what_the_verbs_say(page):
    recording = sv.shipped_recording()
    found = sv.find(recording, features=FEATURES)
    alike = sv.correlate(recording).significant()
    told = words(page)
    assert f"{len({one.unit for one in found.significant})} of 128 units follow something in the text" in told
    assert f"{len(alike):,} of 8,128 pairs of units correlate" in told
    reach = sv.horizon(sv.load_model("phone-case"), "".join(recording.tokens), upto=64).reach
    assert f"more than the last {reach} tokens" in told
    assert "length 11,927 by hamming, proven optimal" in told


def test_effects_stand_with_their_intervals_and_units_without_are_named(page):
    found = sv.find(sv.shipped_recording(), features=FEATURES)
    strongest = max(found.significant, key=lambda one: abs(one.effect))
    shown = [f"{value:.3f}".replace("-", "−") for value in (strongest.effect, strongest.low, strongest.high)]
    assert " ".join(shown) in words(page)
    assert f"follows nothing: {found.unreadable().unit}" in words(page)


def test_nothing_runs_and_nothing_is_asked_of_a_network(page):
    assert "<script" not in page and "<a " not in page and "url(" not in page
    assert re.findall(r'src="(.{22})', page) == ["data:image/png;base64,"] * page.count("<img")
    assert "default-src 'none'" in page


def test_text_that_came_is_escaped():
    rng = np.random.default_rng(0)
    tokens = ["<img src=x onerror=alert(1)>", "</main>", "a", " "] * 100
    states = sv.StateMatrix(rng.normal(size=(4, 400)), units=["<b>", "u", "v", "w"], tokens=tokens, site="<i>")
    mine = {"<u>": rng.random(400) < 0.5}
    page = sv.report(states, features=mine, title="<script>alert(1)</script>").document()
    assert not re.search(r"<(img src=x|script|b>|i>|u>)", page)
    assert page.count("</main>") == 1


def test_a_text_too_short_for_findings_says_so():
    states = sv.StateMatrix([[0, 1] * 24, [1, 1, 0, 0] * 12], tokens="ab" * 24)
    assert "too short to tell" in words(sv.report(states).document())


def test_what_cannot_be_reported_is_told():
    with pytest.raises(InputError, match="carry none"):
        sv.report(np.random.default_rng(0).normal(size=(3, 50)))
    other = sv.CharModel("ab", cell="gru", width=3, blocks=0)
    with pytest.raises(MismatchError, match="recording is of model"):
        sv.report(sv.shipped_recording(), features=FEATURES, model=other)


def test_the_verb_writes_the_same_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--features", ",".join(FEATURES), "-o", "a.html"]) == 0
    assert (tmp_path / "a.html").read_text() == sv.report(sv.shipped_recording(), features=FEATURES).document()
    assert main(["report", "-o", "a.pdf"]) == 1
