"""The languages: what is written is what the grammar says, and the truth is what a reader finds."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.models import language
from stateviz.models.languages.brackets import KINDS
from stateviz.models.languages.lexicon import make_lexicon


def depths(text: str, opening: str, closing: str) -> np.ndarray:
    return np.cumsum([(c in opening) - (c in closing) for c in text])


# --- parenthesis


@pytest.mark.parametrize(("zero", "entropy"), [(True, 0.486927), (False, 0.469742)])
def test_the_entropy_of_the_parenthesis_language_is_exact(zero, entropy):
    made = language("parenthesis", zero=zero)
    assert made.entropy == pytest.approx(entropy, abs=5e-7)
    _, truth = made.generate(400_000, seed=1)
    assert -np.log(truth["probability"]).mean() == pytest.approx(entropy, abs=0.002)
    assert truth["entropy"].mean() == pytest.approx(entropy, abs=0.002)


def test_its_depths_are_as_frequent_as_they_have_symbols():
    text, truth = language("parenthesis").generate(400_000, seed=2)
    found = np.bincount(truth["depth"][1::2]) / (len(text) / 2)
    assert found == pytest.approx(np.array([2, 3, 3, 3, 2]) / 13, abs=0.01)


def test_a_digit_names_its_depth_and_brackets_balance():
    for zero in (True, False):
        text, truth = language("parenthesis", zero=zero).generate(20_000, seed=3)
        found = depths(text, "(", ")")
        assert np.array_equal(truth["depth"], found)
        assert (found.min(), found.max()) == (0, 4)
        assert all(int(c) == found[i] for i, c in enumerate(text) if c.isdigit())
        assert ("0" in text) is zero
        assert set(text[1::2]) == {" "}
        assert np.array_equal(truth["expected"] == 1, [c == " " for c in text])


def test_its_probabilities_are_those_of_the_symbols_allowed():
    text, truth = language("parenthesis", zero=False, depth=2).generate(2000, seed=4)
    before = np.concatenate([[0], truth["depth"][:-1]])
    allowed = {0: 1, 1: 3, 2: 2}
    expected = [1.0 if c == " " else 1 / allowed[int(d)] for c, d in zip(text, before, strict=True)]
    assert truth["probability"] == pytest.approx(expected)
    assert Counter(text[::2])["("] > 100


# --- dyck


@pytest.mark.parametrize("options", [{}, {"kinds": 1, "depth": 1}, {"kinds": 8, "depth": 3, "opening": 0.3}])
def test_brackets_of_every_kind_close_in_order(options):
    made = language("dyck", **options)
    text, truth = made.generate(50_000, seed=1)
    opened, pairs = [], dict(KINDS)
    for place, character in enumerate(text):
        if character in pairs:
            opened.append((character, place))
            assert truth["closes"][place] == 0
        else:
            kind, since = opened.pop()
            assert pairs[kind] == character
            assert truth["closes"][place] == place - since
        assert truth["depth"][place] == len(opened) <= made.options["depth"]
    assert -np.log(truth["probability"]).mean() == pytest.approx(made.entropy, abs=0.02)
    assert truth["entropy"].mean() == pytest.approx(made.entropy, abs=0.02)


def test_one_kind_one_deep_is_certain():
    assert language("dyck", kinds=1, depth=1).entropy == 0
    assert language("dyck", kinds=4, depth=1).entropy == pytest.approx(math.log(4) / 2)


# --- bits


def test_the_bits_are_the_pattern():
    assert language("bits").generate(5)[0] == "10101"
    text, truth = language("bits", pattern=110).generate(7)
    assert text == "1101101"
    assert truth["place"].tolist() == [0, 1, 2, 0, 1, 2, 0]


# --- markup


@pytest.fixture(scope="module")
def markup():
    return language("markup").generate(300_000, seed=7)


def test_links_are_known_from_the_second_bracket_on(markup):
    text, truth = markup
    spans = [match.span() for match in re.finditer(r"\[\[[^\[\]]*\]\]", text)]
    assert len(spans) > 1000
    inside = np.zeros(len(text), bool)
    for start, end in spans:
        inside[start + 1 : end - 1] = True
        assert truth["brackets_open"][start : start + 2].tolist() == [1, 2]
        assert truth["brackets_open"][end - 2 : end].tolist() == [1, 0]
        assert truth["link_position"][start + 1 : end - 1].tolist() == list(range(1, end - start - 1))
    end = spans[-1][1]
    assert np.array_equal(truth["link"][:end] > 0, inside[:end])


def test_urls_end_where_they_end_and_many_begin_with_www(markup):
    text, truth = markup
    on = np.flatnonzero(np.diff(np.concatenate([[0], truth["url"] > 0, [0]])))
    urls = [text[a:b] for a, b in zip(on[::2], on[1::2], strict=True)]
    assert len(urls) > 500
    assert all(re.fullmatch(r"(https?://)?(www\.)?[a-z.-]+(/[a-z0-9]+)*(/|\.html|\?id=\d+)?", url) for url in urls[:-1])
    assert 0.5 < np.mean(["www." in url for url in urls]) < 0.9
    assert Counter(text[i] for i in np.flatnonzero(truth["www"])) == {"w": 3 * sum("www." in url for url in urls)}


def test_elements_close_in_order(markup):
    text, truth = markup
    opened = []
    for match in re.finditer(r"<(/?)([a-z]+)[^<>!]*>", text):
        name = match[2]
        if match[1]:
            assert opened.pop() == name
        else:
            opened.append(name)
        assert truth["elements"][match.end() - 1] == len(opened)
        assert truth["tag"][match.start() : match.end()].tolist() == [1] * (match.end() - match.start() - 1) + [0]
    assert truth["elements"].max() >= 3


def test_everything_of_a_wiki_is_there_and_paired(markup):
    text, _ = markup
    whole = text[: text.rindex("\n\n{{Infobox")]
    for opening, closing in (("[[", "]]"), ("{|", "|}"), ("{{", "}}"), ("<!--", "-->"), ("(", ")")):
        assert whole.count(opening) == whole.count(closing) > 25
    assert all(re.fullmatch(r"(=+) .+ \1", line) for line in whole.split("\n") if line.startswith("="))
    assert len(re.findall(r"^== .+ ==$", whole, re.MULTILINE)) > 100
    assert whole.count("'''") % 2 == 0


def test_texts_of_other_seeds_share_the_lexicon_and_another_lexicon_does_not(markup):
    def words(text):
        return re.findall(r"\b[a-z]{4,}\b", text)

    other, _ = language("markup").generate(300_000, seed=8)
    strange, _ = language("markup", lexicon=1).generate(300_000, seed=8)
    known = set(words(markup[0]))
    assert np.mean([word in known for word in words(other)]) > 0.9
    assert np.mean([word in known for word in words(strange)]) < 0.5
    assert len(known) > 1000


def test_a_lexicon_has_the_words_asked_each_once():
    lexicon = make_lexicon(3000, 1)
    words = [word for part in (lexicon.nouns, lexicon.verbs, lexicon.adjectives, lexicon.names) for word in part]
    assert len(words) == len({word.lower() for word in words}) == 3000
    assert np.mean([len(w) for w in lexicon.nouns[:100]]) < np.mean([len(w) for w in lexicon.nouns[-100:]])


# --- c


def test_c_braces_and_indents_agree_and_brackets_of_strings_do_not_count():
    text, truth = language("c").generate(200_000, seed=9)
    bare = re.sub(r"'(\\.|.)'|\"(\\.|[^\"\\])*\"|/\*.*?\*/", lambda m: "." * len(m[0]), text, flags=re.DOTALL)
    for name, pair in (("braces", "{}"), ("parentheses", "()"), ("brackets", "[]")):
        found = depths(bare, *pair)
        assert np.array_equal(truth[name], found), name
    masked = np.array([a != b for a, b in zip(bare, text, strict=True)])
    inside = (truth["string"] > 0) | (truth["comment"] > 0)
    assert (inside | ~masked | np.isin(list(text), list("\"'*/"))).all()
    end = text.rindex("\n}\n")
    for line, start in ((m[0], m.start()) for m in re.finditer(r"^.+$", text[:end], re.MULTILINE)):
        tabs = len(line) - len(line.lstrip("\t"))
        assert truth["indent"][start] == tabs
        if tabs and not line.lstrip("\t").startswith("}"):
            assert truth["braces"][start] == tabs


def test_c_functions_use_names_that_were_declared():
    text, _ = language("c").generate(100_000, seed=1)
    for body in re.findall(r"^\w[^\n;]*\)\n\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)[:-1]:
        assert "\treturn " in body
    called = set(re.findall(r"\b([a-z]\w*)\(", re.sub(r"'.'", "", text)))
    defined = set(re.findall(r"^\w[^\n;]*?(\w+)\([^\n]*\)\n\{", text, re.MULTILINE))
    assert len(called - defined - {"printk", "printf"}) <= 3  # what a file knows before its first function


# --- latex


def test_latex_environments_close_in_order():
    text, truth = language("latex").generate(200_000, seed=2)
    opened = []
    for match in re.finditer(r"\\(begin|end)\{([a-z*]+)\}", text):
        if match[1] == "begin":
            opened.append(match[2])
        else:
            assert opened.pop() == match[2]
        assert truth["environments"][match.end() - 1] == len(opened)
    labels = set(re.findall(r"\\label\{([^}]+)\}", text))
    used = set(re.findall(r"\\ref\{([^}]+)\}", text))
    assert used <= labels | {"equation-main"}


def test_latex_formulas_and_braces():
    text, truth = language("latex").generate(200_000, seed=3)
    plain = re.sub(r"\\[{}]|\\(begin|end)\{[a-z*]+\}|\\mathcal\{F\}|\\mathbb\{R\}", lambda m: "." * len(m[0]), text)
    assert np.array_equal(truth["braces"], depths(plain, "{", "}"))
    spans = [match.span() for match in re.finditer(r"\$[^$]+\$", text)]
    assert len(spans) > 500
    assert all(truth["math"][a : b - 1].all() and truth["math"][b - 1] == 0 for a, b in spans)


# --- what is refused


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("parenthesis", {"depth": 0}, "depth is 0"),
        ("parenthesis", {"depth": 10}, "at most 9"),
        ("parenthesis", {"zero": "no"}, "zero is 'no'"),
        ("dyck", {"kinds": 9}, "there are 8"),
        ("dyck", {"opening": 1}, "opening is 1"),
        ("dyck", {"opening": 0}, "opening is 0"),
        ("bits", {"pattern": ""}, "pattern is empty"),
        ("markup", {"words": 100}, "words is 100"),
        ("markup", {"lexicon": -1}, "seed is -1"),
        ("latex", {"word": 300}, "did you mean 'words'?"),
    ],
)
def test_options_that_make_no_sense_are_named(name, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        language(name, **options).generate(10)


def test_a_language_that_is_none():
    with pytest.raises(UnknownNameError, match="did you mean 'parenthesis'?"):
        language("parentheses")
