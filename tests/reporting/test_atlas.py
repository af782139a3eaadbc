"""The atlas: a page a unit, whose numbers are those of the verbs; an index that is sorted and searched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.views import script_of

FEATURES = ["space", "vowel"]


def words(path):
    page = path.read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.split("<body>")[1])))


def number(value):
    return f"{value:.3f}".replace("-", "−")


@pytest.fixture(scope="module")
def states():
    return sv.load_states(sv.shipped_recording()).select(units=[30, 53, 65])


@pytest.fixture(scope="module")
def folder(states, tmp_path_factory):
    out = tmp_path_factory.mktemp("atlas") / "atlas"
    sv.atlas(states, out, features=FEATURES, shifts=19)
    return out


def test_there_is_a_page_for_each_unit_and_each_link_leads_somewhere(folder):
    pages = sorted(path.name for path in folder.iterdir())
    assert pages == ["explore.html", "index.html", "unit-0.html", "unit-1.html", "unit-2.html"]
    for page in pages:
        links = re.findall(r'href="(.+?)"', (folder / page).read_text(encoding="utf-8"))
        assert all((folder / link).is_file() for link in links)
        assert page == "explore.html" or len(links) >= 2


def test_numbers_are_those_of_the_verbs(folder, states):
    told = words(folder / "unit-0.html")
    best = max(
        (one for one in sv.find(states, features=FEATURES).significant if one.unit == 30), key=lambda o: abs(o.effect)
    )
    assert " ".join([best.feature, *map(number, (best.effect, best.low, best.high))]) in told
    found = sv.correlate(states)
    (pair,) = found.with_intervals([{"unit": 30, "other": 65}])
    level = found.threshold(shifts=19)[0, 2]
    assert (
        " ".join(["65", *(number(pair[name]) for name in ("correlation", "low", "high", "z")), number(level)]) in told
    )
    tokens, on = np.array(states.tokens), states.values[0] > 0
    share = (tokens[1:][on[:-1]] == " ").mean()
    assert f"' ' {number(share)}" in told
    assert f"on {on.sum()} {number(on.mean())}" in told


def test_ten_groups_hold_as_many_steps_each_and_show_places_of_them(tmp_path):
    rng = np.random.default_rng(0)
    text = "".join(rng.choice(list("abc <"), 400))
    real = sv.StateMatrix(np.stack([np.arange(400.0), rng.normal(size=400)]), tokens=text)
    sv.atlas(real, tmp_path / "a", features={"a": [token == "a" for token in text]}, shifts=19)
    told = words(tmp_path / "a" / "unit-0.html")
    assert "tenth 10 of 10: 360 to 399" in told and "tenth 1 of 10: 0 to 39" in told
    assert len(re.findall(r"tenth \d+ of 10:", told)) == 10
    page = (tmp_path / "a" / "unit-0.html").read_text(encoding="utf-8")
    assert page.count("<rect") == 40 and "the highest bar is 10 of 400 steps" in page
    places = re.findall(r"<div><span>(.*?)</span><b>(.*?)</b><span>(.*?)</span></div>", page)
    assert len(places) == 30
    for before, token, after in places:
        assert "".join(map(unescape, (before, token, after))).strip() in text


def test_what_ablating_costs_is_told_with_a_model(tmp_path):
    model = sv.load_model("parenthesis")
    text, _ = sv.language("parenthesis").generate(1500, seed=1)
    recording = sv.record(model, text)
    sv.atlas(recording, tmp_path / "a", model=model, features=["space"], shifts=19)
    cost = sv.intervene(model, "".join(recording.tokens), units=[9], site=recording.sites[0])[0]
    told = words(tmp_path / "a" / "unit-9.html")
    assert " ".join(["nats more a token", *map(number, (cost.change, cost.low, cost.high))]) in told
    assert "nats lost without it" in words(tmp_path / "a" / "index.html")
    with pytest.raises(MismatchError, match="recording is of model"):
        sv.atlas(recording, tmp_path / "b", model=sv.untrained(model), features=["space"])
    assert not (tmp_path / "b").exists()


def test_text_that_came_is_escaped(tmp_path):
    tokens = ["<b>x", "</main>", "a", "\u202e"] * 100
    rng = np.random.default_rng(0)
    bad = sv.StateMatrix(rng.normal(size=(2, 400)), units=["<i>", "../../x"], tokens=tokens, site="<u>")
    sv.atlas(bad, tmp_path / "a", features={"<s>": rng.random(400) < 0.5}, shifts=19)
    for path in (tmp_path / "a").glob("[iu]*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<(i|u|s|b>x)>", page) and page.count("</main>") == 1 and "\u202e" not in page
    assert len(list((tmp_path / "a").iterdir())) == 4 and len(list(tmp_path.iterdir())) == 1


def test_only_an_atlas_is_replaced(folder, states, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.txt").write_text("mine")
    with pytest.raises(FileError, match="is no atlas"):
        sv.atlas(states, tmp_path / "mine", features=FEATURES)
    assert (tmp_path / "mine" / "kept.txt").read_text() == "mine"
    before = (folder / "unit-0.html").read_bytes()
    sv.atlas(states, folder, features=FEATURES, shifts=19)
    assert (folder / "unit-0.html").read_bytes() == before
    with pytest.raises(InputError, match="carry none"):
        sv.atlas(np.random.default_rng(0).normal(size=(3, 50)), tmp_path / "b")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_columns_are_sorted_as_numbers_or_words_and_empty_cells_come_last():
    code = script_of(("atlas",)).removeprefix("(() => {").rsplit("boot();", 1)[0]
    cells = ["−0.5", "12", "–", "1,234", "9%"]
    code += f"""
    const sorted = (cells, down) => [...cells].sort((a, b) => compareCells(a, b, down));
    console.log(JSON.stringify([sorted({json.dumps(cells)}, false), sorted({json.dumps(cells)}, true),
      sorted(["vowel", "–", "Space"], false), holds("30 Space", "spa 3"), holds("30 space", "vowel")]));"""
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [
        ["−0.5", "9%", "12", "1,234", "–"], ["1,234", "12", "9%", "−0.5", "–"], ["Space", "vowel", "–"], True, False,
    ]  # fmt: skip
