"""Features say what the text says, at the right character, and know nothing of what is read next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import stateviz as sv
from stateviz.analysis.features import FEATURES, Feature, StepText, compute
from stateviz.analysis.features.code import marked
from stateviz.analysis.features.combine import combined
from stateviz.core.errors import InputError, UnknownNameError

PROSE = 'The "Cat" sat - on (the [mat]), well; “so it (did)”.\n\nAnd "then it\n\nleft? No! It\'s th-th 42 é.\nwww. ww\n'
MARKUP = "a [[Web page|page]] b [x] [[y\n]] <ref name='n'>c</ref> 1 < 2 http://www.a.org/b]c www.d.e ww wwww x[[z]]\n"
C = r"""#include <stdio.h>
#if (A)
int f(int a) { /* one "two" */ // three \
four
  if (a > (1)) /* c */ { puts("x\"y"); if (b) return '"'; else g('\''); }
  if (c) for (;;) { h(); } int d = a / 2; char *s = "open
  if (e) if (k) m(); n();
  /*/ not closed */ iff (q) r();
#endif
}
"""
PYTHON = (
    r'''"""Doc # no"""
def f(x):  # yes "no"
    if x in {1: 2, (3): 4} and x["a:b"]:
        y = 'it\'s' + ""
        # deep
        if z: return """two
  lines: if a:
"""

        w = 1
    elif v: pass
    else:
        u = x if 1 else 2
    return f"{x}:" '''
    + "''\n"
)
MIX = PROSE[:40] + C[30:90] + MARKUP[:50] + PYTHON
TEXTS = {"prose": PROSE, "markup": MARKUP, "c": C, "python": PYTHON, "mix": MIX}
FROM_TEXT = [name for name, row in FEATURES.items() if not row.needs]


def values(name: str, text: str, **tracks: object) -> np.ndarray:
    return np.asarray(FEATURES[name].values(list(text), tracks))


def shown(name: str, text: str) -> str:
    """The characters at which a feature is on, others as dots."""
    return "".join(char if on else "." for char, on in zip(text, values(name, text), strict=True))


@pytest.mark.parametrize("name", [name for name in FROM_TEXT if not FEATURES[name].looks_ahead])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_nothing_is_known_of_what_is_read_next(name, text):
    whole = values(name, text)
    assert len(whole) == len(text)
    for length in range(1, len(text), 1 if len(text) < 200 else 3):
        assert values(name, text[:length])[-1] == whole[length - 1], text[:length]


@pytest.mark.parametrize("name", [name for name in FROM_TEXT if FEATURES[name].looks_ahead])
def test_what_looks_ahead_says_so(name):
    assert FEATURES[name].description.startswith("looks ahead: ")
    assert (
        any(values(name, PROSE[:k])[-1] != values(name, PROSE)[k - 1] for k in range(1, len(PROSE))) or name == "next-4"
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("vowel", "an é B", "a..é.."),
        ("capital", "aB C", ".B.C"),
        ("th", "the hat", ".h....."),
        ("inside-word", "it's a-b", "it's.a.b"),
        ("word-start", "it's ab", "i....a."),
        ("capitalised-word", "Abc de F", "Abc....F"),
        ("after-comma", "a, b. c", "., b..."),
        ("inside-quotes", 'a "b" “c”', '.."b..“c.'),
        ("inside-parentheses", "a(b(c)d)e", ".(b(c)d.."),
        ("newline-may-follow", "f(g(x)) (y)", "......)...)"),
        ("url", "x http://a.b c", "......../a.b.."),
        ("xml-tag", "<a b>c</a>", "<a b..</a."),
        ("wiki-link", "a[[b]]c[d]", ".[[b]..[d."),
        ("wiki-link-second", "a[[b]]c", "..[b..."),
        ("wiki-link-one", "a[[b]]c", ".[..].."),
        ("after-first-w", "www a w", "w.....w"),
        ("comment-c", "a/*b*/c//d\ne", "..*b*.../d.."),
        ("string-c", 'a"b\\"c"d\'e\'', '."b\\"c..\'e.'),
        ("comment-python", "a # b\nc '# d'", "..# b........"),
        ("if-body-c", "if (a) { b; } c; if (d) e; f;", ".......{ b; ............e...."),
        ("if-body-python", "if a:\n  b\nc", "....:\n  b\n."),
        ("next-space", "ab c", ".b.."),
        ("first-half-of-line", "abcd\nef", "ab...e."),
    ],
)
def test_a_feature_is_on_where_it_says(name, text, expected):
    assert shown(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("position-in-line", "ab\ncd", [1, 2, 0, 1, 2]),
        ("position-in-word", "ab c", [1, 2, 0, 1]),
        ("words-in-line", "ab c\nd", [1, 1, 1, 2, 0, 1]),
        ("position-in-sentence", "a. b", [1, 0, 1, 2]),
        ("since-empty-line", "a\n\nb", [1, 2, 0, 1]),
        ("parentheses-depth", ")((a)", [0, 1, 2, 2, 1]),
        ("nesting-depth", "([{}", [1, 2, 3, 2]),
        ("wiki-link-ruler", "a[[bc]]", [0, 0, 1, 2, 3, 0, 0]),
        ("www-count", "www.w", [1, 2, 3, 0, 1]),
        ("indentation", "a\n \tb\nc", [0, 0, 1, 9, 9, 0, 0]),
    ],
)
def test_a_number_counts_what_it_says(name, text, expected):
    assert values(name, text).tolist() == expected


def test_bytes_and_word_pieces_are_read_at_their_last_whole_character():
    text = "Größe “a” b"
    whole = values("inside-quotes", text)
    data = text.encode()
    escapes = [data[k : k + 1].decode("utf-8", "surrogateescape") for k in range(len(data))]
    silent = [piece for char in text for piece in [""] * (len(char.encode()) - 1) + [char]]
    ends = [len(data[: k + 1].decode("utf-8", "ignore")) - 1 for k in range(len(data))]
    for tokens in (escapes, silent):
        found = FEATURES["inside-quotes"].values(tokens, {})
        assert found.tolist() == [bool(whole[end]) for end in ends]
    pieces = ["Grö", "ße", " “", "a”", " b"]
    assert FEATURES["inside-quotes"].values(pieces, {}).tolist() == [False, False, True, False, False]
    assert FEATURES["position-in-line"].values(pieces, {}).tolist() == [3, 5, 7, 9, 11]


def test_comments_and_strings_are_those_of_pygments():
    pygments = pytest.importorskip("pygments")
    from pygments.lexers import PythonLexer
    from pygments.token import Comment, String

    assert pygments.__version__
    text = "".join(path.read_text() for path in sorted(Path(sv.__file__).parent.glob("core/*.py")))
    comment, string = marked(text, "python")
    expected = np.zeros((2, len(text)), bool)
    for at, kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text):
        for row, family in enumerate((Comment, String)):
            expected[row, at : at + len(value)] |= kind in family and kind is not String.Affix
    assert (comment == expected[0]).mean() > 0.9999
    assert (string == expected[1]).mean() > 0.97  # f-strings are one string here, and the mark that closes is off


# --- combinations, arrays, tracks


def text_of(text: str, **tracks: np.ndarray) -> StepText:
    return StepText(list(text), tracks, [slice(0, len(text))])


def on(feature: str, text: str) -> str:
    found = compute(feature, text_of(text))[0][feature]
    return "".join(char if value else "." for char, value in zip(text, found, strict=True))


def test_features_are_combined():
    text = "a (B c) D"
    assert on("capital and not inside-parentheses", text) == "........D"
    assert on("not (letter or space)", text) == "..(...).."
    assert on("letter after space", text) == ".....c..D"
    assert on("capital or vowel and inside-parentheses", text) == "...B....D"
    counted = compute("position-in-line while capital", text_of(text))[0]["position-in-line while capital"]
    assert counted.tolist() == [0, 0, 0, 4, 0, 0, 0, 0, 9]
    assert combined("next-space and vowel", FEATURES.__getitem__).looks_ahead


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ("vowel and", "a name was expected, not the end"),
        ("(vowel", r"a \) is missing"),
        ("vowel space and", "'space' was not expected"),
        ("not position-in-line", "only features that are on or off"),
        ("and vowel", "a name was expected, not and"),
    ],
)
def test_what_is_no_combination_is_told(feature, message):
    with pytest.raises(InputError, match=message):
        compute(feature, text_of("a b"))


def test_features_begin_anew_in_each_text():
    text = StepText(list("ab(cd"), {}, [slice(0, 3), slice(3, 5)])
    found = compute(["position-in-line", "inside-parentheses"], text)[0]
    assert found["position-in-line"].tolist() == [1, 2, 3, 1, 2]
    assert found["inside-parentheses"].tolist() == [False, False, True, False, False]


def test_features_of_ones_own_are_arrays_callables_rows_and_tracks():
    text = text_of("abab", mine=np.array([1.0, 2, 3, 4]))
    row = Feature("b", "the letter b", lambda tokens, tracks: np.array([token == "b" for token in tokens]))
    given = {"array": [0, 1, 0, 1], "call": lambda tokens, tracks: tracks["mine"] * 2, "named": "mine", "row": row}
    found = compute(given, text)[0]
    assert found["call"].tolist() == [2, 4, 6, 8] and found["named"].tolist() == [1, 2, 3, 4]
    assert found["row"].tolist() == [False, True, False, True]
    assert compute([row, "mine", "letter"], text)[0].keys() == {"b", "mine", "letter"}
    assert compute({"a": [0, 1]}, StepText(None, {}, [slice(0, 2)]))[0]["a"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("vowl", UnknownNameError, "did you mean 'vowel'"),
        ("ngram", InputError, r"reads the track 'ngram', which is missing; .*recording.with_tracks"),
        ("surprisal", InputError, "stateviz record --predictions 1"),
        ({"a": [1, 2]}, InputError, r"feature 'a' has shape \(2,\); 4 steps want"),
        ({"a": [1, 2, np.nan, 3]}, InputError, "feature 'a' is nan at step 2"),
        ({"a": ["x"] * 4}, InputError, "holds <U1; give booleans or numbers"),
        ({"a": lambda tokens, tracks: [1]}, InputError, r"feature 'a' has shape \(1,\)"),
        ([], InputError, "no feature was named"),
        ([3], InputError, "a feature is 3"),
    ],
)
def test_what_is_no_feature_is_told_in_a_line(given, error, message):
    with pytest.raises(error, match=message):
        compute(given, text_of("abab"))


def test_states_without_text_have_no_features_of_text():
    with pytest.raises(InputError, match="the states hold none; give tokens, or arrays"):
        compute(["vowel"], StepText(None, {}, [slice(0, 4)]))


def test_unasked_all_are_tried_that_apply():
    found, left_out = compute(None, text_of(PROSE, surprisal=np.r_[np.nan, np.ones(len(PROSE) - 1)]))
    assert {"vowel", "position-in-line", "inside-quotes", "surprisal"} <= found.keys()
    assert np.isfinite(found["surprisal"]).all()
    assert left_out["next-space"] == "it looks ahead"
    assert left_out["comment-c"] == "the text is of another kind"
    assert left_out["ngram"] == "the track 'ngram' is missing"
    assert found.keys() | left_out.keys() == set(FEATURES)
    assert "comment-c" in compute(None, text_of(C))[0] and "if-body-python" in compute(None, text_of(PYTHON))[0]


def test_a_row_says_what_it_is():
    for name, row in FEATURES.items():
        assert row.name == name and row.description and not row.description.endswith(".")
        assert row.example or row.needs


def test_a_row_is_shown_on_a_line_of_text():
    assert FEATURES["inside-parentheses"].shown() == "f(a[i], {b: (c)});  .(a[i], {b: (c)}.."
    assert FEATURES["words-in-line"].shown().endswith("  1111222222333344444..11112222223333344444....11112222")
    assert FEATURES["surprisal"].shown() == ""
