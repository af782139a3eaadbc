"""The report: its sentences are worked out from its numbers, and nothing in it runs."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest

import stateviz as sv
from stateviz.cli import main
from stateviz.core.errors import FileError, InputError, MismatchError

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
    assert main(["report", "-o", "a.docx"]) == 1


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The report as Markdown and as PDF, and its HTML."""
    folder = tmp_path_factory.mktemp("report")
    quick = sv.order(sv.shipped_recording(), method="greedy-chain")
    page = sv.report(sv.shipped_recording(), features=FEATURES, ordering=quick, shifts=19, title="Units *of* <h> | 1")
    page.save(folder / "a b.md")
    page.save(folder / "a.pdf")
    return folder, page


def test_markdown_says_what_the_page_says(saved):
    folder, page = saved
    text = (folder / "a b.md").read_text(encoding="utf-8")
    assert text.startswith("<!-- written by stateviz -->\n# Units \\*of\\* &lt;h&gt; \\| 1\n")
    shown = words(page.document())
    for line in re.findall(r"^- (.+)$", text, re.MULTILINE):
        assert line.replace("\\", "") in shown
    cells = [cell.strip() for row in re.findall(r"^\| (.+) \|$", text, re.MULTILINE) for cell in row.split(" | ")]
    numbers = [cell for cell in cells if re.fullmatch(r"−?[\d.]+", cell)]
    assert len(numbers) > 100 and all(number in shown for number in numbers)


def test_pictures_lie_beside_markdown(saved):
    folder, _ = saved
    named = re.findall(r"!\[.*?\]\(a%20b_files/(.+?)\)", (folder / "a b.md").read_text(encoding="utf-8"))
    there = sorted((folder / "a b_files").iterdir())
    assert sorted(named) == sorted(path.name for path in there) and len(there) > 7
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in there)


def test_a_pdf_holds_the_text_and_is_the_same_each_time(saved):
    import pypdfium2

    folder, page = saved
    with pypdfium2.PdfDocument(folder / "a.pdf") as document:
        shown = " ".join(words(f"<body>{one.get_textpage().get_text_range()}") for one in document)
    assert "Units *of* <h> | 1" in shown or "Units *of* | 1" in shown
    told = words(page.document())
    assert re.search(r"\d+ of 128 units follow something in the text", told).group() in shown
    page.save(folder / "b.pdf")
    assert (folder / "a.pdf").read_bytes() == (folder / "b.pdf").read_bytes()


def test_what_is_not_ours_is_kept(saved, tmp_path):
    _, page = saved
    (tmp_path / "mine.md").write_text("mine")
    (tmp_path / "b_files").mkdir()
    (tmp_path / "c.pdf").write_text("mine")
    for name in ("mine.md", "b.md", "c.pdf"):
        with pytest.raises(FileError, match="exists"):
            page.save(tmp_path / name)
    assert (tmp_path / "mine.md").read_text() == "mine" and not (tmp_path / "mine_files").exists()
    page.save(tmp_path / "mine.md", overwrite=True)
    page.save(tmp_path / "mine.md")  # ours now
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b_files", "c.pdf", "mine.md", "mine_files"]
