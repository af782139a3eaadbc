"""judge: ten samples with planted faults, counted by hand, and the pieces it is made of."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import stateviz as sv
from stateviz.analysis.judging.closings import brackets, closings, environments, matched, quotes, tags
from stateviz.analysis.judging.indents import indents
from stateviz.analysis.judging.novelty import Stretches, distinct_grams, identifiers, loop, names, words
from stateviz.core.errors import FileError, InputError


def counts(kind: str, text: str) -> tuple[int, int, int, int, int]:
    one = sv.judge(text).closings[kind]
    return one.opened, one.in_order, one.crossed, one.stray, one.unclosed


# --- ten samples: (kind, text) -> opened, closed in order, crossed, stray, unclosed


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("brackets", "f(a[1], {b: (c)}) ", (4, 4, 0, 0, 0)),
        ("brackets", "f(a[1) + g] + (h", (3, 1, 1, 0, 1)),  # ( closes inside [, which then closes in order
        ("brackets", "a) + b] } c = '(' + ')'", (0, 0, 0, 3, 0)),  # characters of C do not count
        ("quotes", 'he said "yes" and "no\n\nthen "maybe" \\" not', (3, 2, 0, 0, 1)),  # a paragraph ends it
        ("quotes", "\u201cone \u00abtwo\u201d three\u00bb \u201d", (2, 1, 1, 1, 0)),
        ("tags", '<b>x <i class="y">z</b></i> <br> <img src="a"/> </u> <p>', (3, 1, 1, 1, 1)),
        ("tags", "#include <stdio.h>\nif (a<b && c>d) <em>fine</em>", (1, 1, 0, 0, 0)),
        ("environments", "\\begin{proof} a \\end{lemma} \\begin{align*} b \\end{align*}", (2, 1, 0, 1, 1)),
        ("environments", "\\begin{a}\\begin{b}\\begin{c}\\end{b}\\end{c}\\end{a}", (3, 2, 1, 0, 0)),
        ("brackets", "((((" + "))" + "]" + "))))", (4, 4, 0, 3, 0)),
    ],
)
def test_ten_samples_with_planted_faults_are_counted_as_by_hand(kind, text, expected):
    assert counts(kind, text) == expected


def test_distances_are_from_opening_to_closing():
    text = "(" + "x" * 8 + ")" + "[" + "y" * 40 + "{" + "]" + "}"
    found = closings(brackets(text))
    assert found.distances == ((9, True), (42, False), (2, True))
    assert found.by_distance() == [(1, 10, 2, 2), (30, 100, 1, 0)]
    assert found.share == pytest.approx(2 / 3)
    assert closings([]).share is None


def test_where_each_kind_opens_and_closes():
    assert list(brackets("a(b]")) == [(1, "(", True), (3, "[", False)]
    assert [(place, opens) for place, _, opens in quotes('"a" "b"')] == [(0, True), (2, False), (4, True), (6, False)]
    assert list(tags('<a href="x">y</a><br/>')) == [(0, "a", True), (13, "a", False)]
    assert list(environments("\\begin{x}\\end{y}")) == [(0, "x", True), (9, "y", False)]
    assert matched("(a[b)c])(d)").tolist() == [[2, 6], [8, 10]]


# --- indentation


@pytest.mark.parametrize(
    ("text", "style", "lines", "faults"),
    [
        ("int f(void)\n{\n\tif (a) {\n\t\tb();\n\t}\n\treturn 1;\n}\n", "braces", 7, 0),
        ("f() {\n\ta;\n\t\tb;\nc;\n}\n", "braces", 5, 2),
        ("f() {\n  a;\n  if (b) {\n    c;\n   }\n}\n", "braces", 6, 1),
        (
            "f() {\n\tg(a,\n\t    b);\n/* {{ */\nout:\n#if X\n\th = '{';\n}\n",
            "braces",
            4,
            0,
        ),  # the rest has its own place
        ("def f(a):\n    if a:\n        b\n    return c\nd\n", "colons", 5, 0),
        ("def f(a):\nb\n  c\nfor x in y:\n    d\n   e\n", "colons", 6, 3),  # b, c and e
    ],
)
def test_lines_are_judged_by_braces_or_colons(text, style, lines, faults):
    found = indents(text)
    assert (found.style, found.lines, found.faults) == (style, lines, faults)


def test_prose_is_not_indented():
    assert sv.judge("HAMLET:\nTo be: or not\n  to be\n").indentation is None


def test_what_the_languages_write_is_indented_and_closed():
    text, _ = sv.language("c").generate(20_000, seed=3)
    text = text[: text.rindex("\n}\n") + 3]
    found = sv.judge(text)
    assert found.indentation.faults == 0 and found.indentation.lines > 300
    assert found.closings["brackets"].share == 1


# --- known and new


def test_words_identifiers_lines_and_names_against_a_text():
    training = "Tom saw the raft.\nThe raft sank.\nint n_1 = 2;\n"
    found = sv.judge("the RAFT, Tom and Huck.\nThe raft sank.\n\nThe raft sank.\nn_1 N_1", against=training)
    # the raft tom / the raft sank x 2, n / N as words; and, huck are new
    assert (found.words.count, found.words.known) == (13, 11)
    assert (found.words.different, found.words.known_different) == (7, 5)
    assert (found.identifiers.count, found.identifiers.known) == (13, 9)  # RAFT, and, Huck, N_1
    assert (found.lines.count, found.lines.different, found.lines.known_different) == (4, 3, 1)
    assert found.lines.new == pytest.approx(2 / 3)
    assert found.lines_repeated == 1
    assert (found.names.count, found.names.known) == (2, 1)  # Tom is known, Huck is not
    assert found.recited == ".\nThe raft sank.\n"


def test_what_words_identifiers_and_names_are():
    assert words("It's n\u00e4\u00efve, l'\u00e9t\u00e9 2x") == ["it's", "n\u00e4\u00efve", "l'\u00e9t\u00e9", "x"]
    assert identifiers("_a b2 3c") == ["_a", "b2", "c"]
    assert names("Ann met Bob. Cy and Dee, Eve") == ["Bob", "Dee", "Eve"]


def test_without_a_training_text_nothing_is_said_of_it():
    found = sv.judge("some words")
    assert (found.words, found.lines, found.recited, found.recited_share) == (None, None, None, None)
    assert "known" not in found.to_text()


# --- recited


def longest_by_search(sample: str, other: str) -> int:
    return max(
        (b - a for a in range(len(sample)) for b in range(a + 1, len(sample) + 1) if sample[a:b] in other), default=0
    )


def test_the_longest_recited_stretch_is_that_of_a_plain_search():
    draw = random.Random(1)
    for _ in range(20):
        sample, other = ("".join(draw.choice("abc") for _ in range(n)) for n in (40, 60))
        start, length = Stretches(sample, other).longest()
        assert length == longest_by_search(sample, other)
        assert sample[start : start + length] in other
        covered = [any(sample[a : a + 4] in other for a in range(max(0, i - 3), min(i, 36) + 1)) for i in range(40)]
        assert Stretches(sample, other).covered(4) == pytest.approx(sum(covered) / 40)


def test_texts_that_share_nothing_and_short_ones():
    assert Stretches("abc", "xyz").longest() == (0, 0)
    assert Stretches("abc", "abcabc").longest() == (0, 3)
    assert Stretches("abcabc", "bc").covered(3) == 0


def test_a_planted_quotation_is_found_with_its_share():
    training, _ = sv.language("markup").generate(30_000, seed=1)
    quoted = training[5000:5200]
    other = "".join(random.Random(2).choice("qwxyz ") for _ in range(800))
    found = sv.judge(other[:400] + quoted + other[400:], against=training)
    assert quoted in found.recited and len(found.recited) < 210
    assert found.recited_share == pytest.approx(0.2, abs=0.01)


# --- loops


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcdefg", None),
        ("abab", None),  # twice is no loop
        ("xababab", (2, 1, 6)),
        ("start. " + "and so on, " * 6, (11, 6, 67)),  # the space before it is the one that ends each
        ("a" * 30, (1, 0, 30)),
    ],
)
def test_the_longest_loop(text, expected):
    found = loop(text)
    assert (None if found is None else (found.period, found.start, found.length)) == expected


def test_a_planted_loop_is_found_wherever_it_stands_and_whatever_its_period():
    draw = random.Random(4)
    for period in (1, 2, 7, 20, 99, 333):
        block = "".join(chr(0x100 + k) for k in range(period))
        before, after = ("".join(draw.choice("abcdefghij") for _ in range(draw.randrange(700, 900))) for _ in range(2))
        found = loop(before + block * 9 + block[: period // 2] + after)
        assert (found.period, found.start, found.length) == (period, len(before), 9 * period + period // 2)


def test_distinct_grams():
    assert distinct_grams("abcabc", 3) == pytest.approx(3 / 4)
    assert distinct_grams("abc", 4) is None


# --- the whole


def test_a_judgement_is_a_table_and_json_and_told_in_a_line():
    found = sv.judge(Path(__file__), against=Path(__file__))
    assert found.words.share == 1 and found.lines.new == 0
    assert found.recited_share == 1
    assert json.loads(json.dumps(found.to_json()))["closings"]["brackets"]["opened"] > 100
    assert "longest recited" in found.to_text()
    assert repr(found).startswith(f"Judgement({found.characters:,} characters, brackets ")


@pytest.mark.parametrize(
    ("sample", "options", "error", "message"),
    [
        ("", {}, InputError, "sample is empty"),
        ("a", {"against": " \n"}, InputError, "training text is empty"),
        ("a", {"stretch": 0}, InputError, "stretch is 0"),
        (3, {}, InputError, "sample is a int"),
        (Path("nowhere.txt"), {}, FileError, "nowhere.txt"),
    ],
)
def test_what_cannot_be_judged_is_named(sample, options, error, message):
    with pytest.raises(error, match=message):
        sv.judge(sample, **options)


def test_temperatures_are_rows():
    text, _ = sv.language("c").generate(20_000, seed=1)
    model = sv.ngram(text, order=5)
    found = sv.judge_temperatures(model, against=text, temperatures=[0.1, 1.0], length=400, seed=2)
    assert found.samples[1] == sv.sample(model, length=400, temperature=1.0, seed=2)
    assert found.judgements[1] == sv.judge(found.samples[1], against=text)
    assert found.rows()[0]["words known"] == found.judgements[0].words.share
    assert found.rows()[0]["loop"] > found.rows()[1]["loop"]
    assert len(found.to_text().splitlines()) == 3
    assert json.loads(json.dumps(found.to_json()))[1]["temperature"] == 1.0
    with pytest.raises(InputError, match="temperature is -1"):
        sv.judge_temperatures(model, temperatures=[-1])
    with pytest.raises(InputError, match="no temperature"):
        sv.judge_temperatures(model, temperatures=[])
