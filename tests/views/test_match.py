"""The view match: what its page is asked first, what stands below the text, what it refuses."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import InputError, UnknownNameError

STATES = sv.StateMatrix([[0, 1, 1, 0, 1, 1], [1, 1, 1, 0, 1, 0]], tokens="ab cab")


def block(page, name):
    return zlib.decompress(base64.b64decode(re.search(f'id="{name}">([^<]*)<', page).group(1)), -15)


def header(page):
    return json.loads(block(page.document(), "header"))


def test_a_phrase_is_found_by_its_text_and_by_its_steps():
    recording = sv.shipped_recording()
    found = [header(sv.view(recording, kind="match", span=span))["asked"] for span in ("faith", (212, 217))]
    assert found[0] == found[1] == {"span": [212, 217], "threshold": 0.0, "before": False, "after": False}


def test_without_a_phrase_it_is_the_first_word_over_which_a_unit_stays_on():
    assert header(sv.view(STATES, kind="match"))["asked"]["span"] == [0, 2]
    assert header(sv.view(STATES, kind="match"))["asked"]["threshold"] == 0.5
    silent = sv.StateMatrix([[0, 0, 0, 1]], tokens="ab c")
    assert header(sv.view(silent, kind="match"))["asked"]["span"] == [3, 4]


def test_tracks_of_the_users_stand_below_and_features_that_are_named():
    recording = sv.shipped_recording()
    depth = np.arange(274) % 3.0
    own = recording.with_tracks({"depth": depth})
    page = sv.view(own, kind="match")
    panel = header(page)["panels"][0]
    assert panel["marks"] == [{"name": "depth", "low": 0.0, "high": 2.0}]
    words = np.frombuffer(block(page.document(), panel["tracks"]["mark depth"]), "<u2")
    assert np.array_equal(words / panel["scales"]["mark depth"] * 2, depth)
    named = header(sv.view(own, kind="match", features=["vowel", "space"]))["panels"][0]["marks"]
    assert [one["name"] for one in named] == ["vowel", "space"]


def test_the_figure_shows_the_places_of_match(tmp_path):
    recording = sv.shipped_recording()
    sv.view(recording, kind="match", span="faith", title="a").save(tmp_path / "a.svg")
    places = sv.match(recording, "faith", most=16).places
    from stateviz.views.look import Look
    from stateviz.views.phrases import Phrase, match_sheet, settle_phrase
    from stateviz.views.scene import Scene

    scene = Scene(recording, "")
    look = settle_phrase([scene], Look(phrase=Phrase("faith")))
    texts = [text.get_text() for text in match_sheet(scene, scene.part("core.layer0.h", 0, 274), look).axes[0].texts]
    told = [text for text in texts if re.fullmatch(r"\d+ of \d+", text)]
    assert told == [f"{len(one.common)} of 20" for one in places]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"span": "nowhere"}, InputError, "nowhere in the text"),
        ({"span": (4, 99)}, InputError, "not within 6 steps"),
        ({"features": ["vowell"]}, UnknownNameError, "vowel"),
        ({"size": "column"}, InputError, "not for match"),
    ],
)
def test_what_is_not_there_is_told(options, error, words):
    with pytest.raises(error, match=words):
        sv.view(STATES, kind="match", **options)


def test_one_recording_at_a_time():
    with pytest.raises(InputError, match="one by one"):
        sv.view([STATES, STATES], kind="match")


def test_pages_of_other_views_do_not_carry_its_script():
    page = sv.view(STATES).document()
    assert "placesOf" not in block(page, "code").decode()
    assert "placesOf" in block(sv.view(STATES, kind="match").document(), "code").decode()
