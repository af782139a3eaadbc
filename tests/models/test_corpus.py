import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateviz.core.errors import FileError, InputError
from stateviz.models.corpus import encode, read_corpus, split

VERSES = "Ruth 1:1\tNow it came\nRuth 1:2\tto pass\nRomans 1:1\tPaul, a servant\nRomans 1:2\t(Which he had\n"


def test_a_named_book_is_held_out_and_verses_are_joined_by_newlines(tmp_path):
    (tmp_path / "verses.txt").write_text(VERSES)
    corpus = read_corpus([tmp_path / "verses.txt"], "Romans")
    assert corpus.training == "Now it came\nto pass"
    assert corpus.validation == "Paul, a servant\n(Which he had"


def test_an_unknown_book_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'Romans'"):
        split(VERSES.strip(), "Roman")


def test_a_book_needs_the_verse_format():
    with pytest.raises(InputError, match="not every line"):
        split("plain words", "Romans")


def test_a_share_is_held_out_from_the_end_of_many_files(tmp_path):
    (tmp_path / "a").write_text("abcde")
    (tmp_path / "b").write_text("fghi")
    corpus = read_corpus([tmp_path / "a", tmp_path / "b"], 0.2)
    assert (corpus.training, corpus.validation) == ("abcde\nfg", "hi")
    with pytest.raises(InputError, match="between 0 and 1"):
        split("abc", 1.5)


def test_bad_files_are_told_in_one_line(tmp_path):
    (tmp_path / "binary").write_bytes(b"ab\0cd")
    (tmp_path / "latin").write_bytes("café".encode("latin-1"))
    (tmp_path / "empty").write_text(" \n")
    for name, message in (("binary", "binary file"), ("latin", "not UTF-8.*0xe9"), ("gone", "cannot read")):
        with pytest.raises(FileError, match=message):
            read_corpus([tmp_path / name])
    with pytest.raises(InputError, match="empty"):
        read_corpus([tmp_path / "empty"])


def test_files_are_read_by_the_rules_of_every_text(tmp_path):
    (tmp_path / "t").write_bytes("\ufeffa\r\nb\n\n".encode())
    corpus = read_corpus([tmp_path / "t"])
    assert corpus.training + corpus.validation == "a\nb"
    (tmp_path / "l").write_bytes("café\n".encode("latin-1"))
    corpus = read_corpus([tmp_path / "l"], encoding="latin-1")
    assert corpus.training + corpus.validation == "café"


def test_unknown_characters_are_named_with_counts():
    with pytest.raises(InputError, match=r"'é' x 2, '😀' x 1"):
        encode("éaé😀", "abc")


def test_unknown_characters_are_folded_skipped_or_replaced():
    known = "aefi .\"'-\n"
    assert "".join(encode("“ﬁ” — é…", known, unknown="fold")[0]) == '"fi" - e...'
    assert "".join(encode("axf", known, unknown="skip")[0]) == "af"
    assert "".join(encode("axf", known, unknown="replace")[0]) == "a f"
    with pytest.raises(InputError, match="did you mean 'fold'"):
        encode("a", known, unknown="folds")


def test_quotes_and_dashes_fold_either_way():
    assert "".join(encode("don't", "dnot\u2019", unknown="fold")[0]) == "don\u2019t"
    assert "".join(encode("\u201cso\u201d - \u2018so\u2019", "so \u2019\u2013", unknown="fold")[0]) == (
        "\u2019so\u2019 \u2013 \u2019so\u2019"
    )


def test_folding_lets_combining_marks_go_and_reads_the_rest_as_spaces():
    assert "".join(encode("e\u0301a", "ae", unknown="fold")[0]) == "ea"
    with pytest.warns(UserWarning, match="3 characters without a known spelling read as spaces: '漢' x 2, '7' x 1"):
        assert "".join(encode("漢a漢7", "a ", unknown="fold")[0]) == " a  "
    with pytest.warns(UserWarning, match="1 character without a known spelling left out: '🙂' x 1"):
        assert encode("a🙂", "a", unknown="fold") == (["a"], [0])
    with pytest.raises(InputError, match=r"'漢' x 1; go on with unknown='fold', 'skip' or 'replace' \(--unknown"):
        encode("漢a", "a")
    with pytest.raises(InputError, match="nothing is left"):
        encode("漢", "a", unknown="skip")


@given(st.text("abc\n", min_size=1))
def test_ids_lead_back_to_the_text(text):
    tokens, ids = encode(text, "abc\n")
    assert "".join(tokens) == text == "".join("abc\n"[i] for i in ids)
