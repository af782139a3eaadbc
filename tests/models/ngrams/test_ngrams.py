"""n-gram models: counts, the formulas written out, files, and the verbs that take them."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.models.corpus import split
from stateviz.models.ngrams.counting import count
from stateviz.models.ngrams.smoothing import discounts


def made_up(characters: int, seed: int = 0, alphabet: str = "abcd ") -> str:
    draw = random.Random(seed)
    text = "ab"
    while len(text) < characters:
        text += draw.choice(alphabet if draw.random() < 0.3 else text[-40:])
    return text


# --- counts


def test_every_n_gram_is_counted_and_how_many_symbols_come_before_it():
    text, order = made_up(500), 5
    letters = sorted(set(text))
    levels = count(np.array([letters.index(c) for c in text]), len(letters), order)
    grams: list[list[str]] = [[""]]
    for length, level in enumerate(levels, 1):
        names = [grams[-1][owner] + letters[symbol] for owner, symbol in zip(level.owners, level.symbols, strict=True)]
        expected = Counter(text[i : i + length] for i in range(len(text) - length + 1))
        assert dict(zip(names, level.counts.tolist(), strict=True)) == expected
        before = defaultdict(set)
        for i in range(1, len(text) - length + 1):
            before[text[i : i + length]].add(text[i - 1])
        if length < order:
            assert dict(zip(names, level.continuations.tolist(), strict=True)) == {n: len(before[n]) for n in names}
        grams.append(names)


def test_contexts_lead_to_what_came_after_them():
    levels = count(np.array([0, 1, 0, 2, 0, 1]), 3, 3)
    second = levels[1]
    assert second.starts.tolist() == [0, 2, 3, 4]
    assert second.find(np.array([0, 0, 1, -1, 2]), np.array([1, 0, 0, 0, 0])).tolist() == [0, -1, 2, -1, 3]


# --- the formulas, written out


def by_hand(text: str, order: int, context: str, symbol: str, letters: list[str], kind: str) -> float:
    """The probability of ``symbol`` after ``context``, straight from the definitions."""
    if order == 0:
        return 1 / len(letters)
    context = context[len(context) - order + 1 :]
    grams = Counter(text[i : i + order] for i in range(len(text) - order + 1))
    if kind == "lower":
        before = defaultdict(set)
        for i in range(1, len(text) - order + 1):
            before[text[i : i + order]].add(text[i - 1])
        grams = Counter({gram: len(before[gram]) for gram in grams})
    after = {c: grams[context + c] for c in letters if context + c in grams}
    rest = by_hand(text, order - 1, context[1:], symbol, letters, "witten" if kind == "witten" else "lower")
    total = sum(after.values())
    if not total:
        return rest
    if kind == "witten":
        return (after.get(symbol, 0) + len(after) * rest) / (total + len(after))
    taken = discounts(np.array(list(grams.values())))
    left = sum(taken[min(n, 3)] for n in after.values()) / total
    own = after.get(symbol, 0)
    return (own - taken[min(own, 3)]) / total + left * rest


@pytest.mark.parametrize(("smoothing", "kind"), [("modified-kneser-ney", "highest"), ("witten-bell", "witten")])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_probabilities_are_those_of_the_formulas(smoothing, kind, order):
    text, other = made_up(400), made_up(60, seed=1)
    model = sv.ngram(text, order=order, smoothing=smoothing)
    found = np.exp(-model.nats(other))
    padded = " " * order + other  # contexts at the start are shorter: left out below
    for place in range(order, len(other)):
        context = padded[place : place + order]
        expected = by_hand(text, order, context, other[place], list(model.vocabulary), kind)
        assert found[place - 1] == pytest.approx(expected), place


def test_discounts_are_clipped_where_the_formula_gives_nonsense():
    assert discounts(np.repeat([1, 2, 3, 4], [1, 50, 1, 1000])).tolist() == pytest.approx(
        [0, 1 / 101, 2 - 3 / 101 / 50, 0]
    )
    assert discounts(np.array([1000])).tolist() == [0, 0.5, 1, 1.5]


def test_unsmoothed_shares_are_those_counted():
    model = sv.ngram("abacabad", order=2, smoothing="unsmoothed")
    _, ids = model.encode("a")
    logits, _ = model(ids[:, None])
    assert np.exp(logits[0, 0].numpy()) == pytest.approx([0, 0.5, 0.25, 0.25])
    assert math.isinf(model.evaluate("bb"))


@pytest.mark.parametrize("text", ["a", "aaaaaaaa", "ab" * 40, "abc"])
def test_the_smallest_alphabets_and_texts(text):
    for order in range(1, min(4, len(text)) + 1):
        for smoothing in sv.SMOOTHINGS:
            model = sv.ngram(text, order=order, smoothing=smoothing)
            logits, _ = model(model.encode(text)[1][:, None])
            assert np.exp(logits.numpy()).sum(-1) == pytest.approx(np.ones((len(text), 1)))


# --- orders, held-out text, files


def test_a_lower_order_is_that_model_counted_alone():
    text, other = made_up(2000), made_up(300, seed=2)
    whole = sv.ngram(text, order=6)
    for order in range(1, 7):
        assert whole.with_order(order).nats(other) == pytest.approx(sv.ngram(text, order=order).nats(other))
    assert whole.with_order(3).digest() == sv.ngram(text, order=3).digest()


def test_what_is_held_out_is_not_counted():
    text = made_up(3000)
    corpus = split(text, 0.2)
    model = sv.ngram(text, order=4, hold_out=0.2)
    alone = sv.ngram(corpus.training, order=4)
    assert model.digest() == alone.digest() == sv.ngram(corpus, order=4).digest()
    assert model.provenance["nats"] == alone.evaluate(corpus.validation)
    assert [order for order, _ in model.provenance["curve"]] == [1, 2, 3, 4]
    assert "curve" not in alone.provenance
    assert alone.digest() != sv.ngram(text, order=4).digest()


def test_an_order_of_a_bound_language_is_enough():
    """Bits of a pattern are certain once the context tells the place."""
    text, _ = sv.language("bits", pattern="110").generate(3000)
    model = sv.ngram(text, order=3)
    assert model.evaluate(text) < 0.01 < 0.4 < model.with_order(2).evaluate(text)


def test_a_file_is_not_replaced_unasked_and_damage_is_named(tmp_path):
    path = tmp_path / "m.safetensors"
    model = sv.ngram(made_up(300), order=3, out=path)
    with pytest.raises(FileError, match="overwrite=True"):
        model.save(path)
    data = path.read_bytes()
    for broken in (data[:-9], data[:40], b"", data.replace(b"order2.symbols", b"order2.symbolz")):
        path.write_bytes(broken)
        with pytest.raises(FileError, match="damaged|not a safetensors file"):
            sv.load_model(path)


def test_a_model_is_loaded_as_networks_are(cli, tmp_path):
    model = sv.ngram(made_up(300), order=3, out=tmp_path / "m.safetensors")
    assert sv.load_model("m.safetensors").digest() == model.digest()
    with pytest.raises(MismatchError, match="have no cell"):
        sv.load_model("m.safetensors", cell=sv.CELLS["gru"])
    assert cli("sample", "m.safetensors", "--prime", "ab", "--length", "9").out == (
        f"ab{sv.sample(model, prime='ab', length=9)}\n"
    )
    (tmp_path / "w.txt").write_text("abba")
    done = cli("record", "m.safetensors", "w.txt", "-o", "w.zarr")
    assert done.code == 0, done.err


def test_counts_that_do_not_fit_are_refused(tmp_path):
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "m.safetensors"
    sv.ngram(made_up(300), order=3, out=path)
    arrays = load_file(path)
    from safetensors import safe_open

    with safe_open(path, "numpy") as opened:
        metadata = opened.metadata()
    for name in arrays:
        wrong = dict(arrays)
        wrong[name] = arrays[name][:-1]
        save_file(wrong, path, metadata)
        with pytest.raises(FileError, match="damaged"):
            sv.load_model(path)


def test_it_is_recorded_with_its_surprisal_and_predictions():
    text = made_up(800)
    model = sv.ngram(text, order=4)
    recording = sv.record(model, text[100:160], predictions=2)
    assert recording.sites == ("context.h",)
    assert recording["context.h"].values.max() == 3
    assert recording.tracks["surprisal"][1:] == pytest.approx(model.nats(text[100:160]) / math.log(2), abs=1e-5)
    assert recording.tracks["top_ids"].shape == (60, 2)


# --- what is refused


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("abc" * 9, {"order": 0}, InputError, "order is 0"),
        ("abc" * 9, {"order": 21}, InputError, "1 to 20"),
        ("abc", {"order": 4}, InputError, "3 characters"),
        ("", {}, InputError, "empty"),
        ("abc" * 9, {"smoothing": "kneser"}, UnknownNameError, "unknown smoothing 'kneser'"),
        ("abc" * 9, {"hold_out": 1.5}, InputError, "between 0 and 1"),
        (Path("nowhere.txt"), {}, FileError, "nowhere.txt"),
        (3, {}, InputError, "int"),
    ],
)
def test_what_makes_no_sense_is_named(text, options, error, message):
    with pytest.raises(error, match=message):
        sv.ngram(text, **options)


def test_characters_never_seen_are_named():
    with pytest.raises(InputError, match="'z' x 2"):
        sv.ngram("abab", order=2).evaluate("zaz")
    with pytest.raises(InputError, match="two or more"):
        sv.ngram("abab", order=2).evaluate("a")
    with pytest.raises(InputError, match="counted up to 2"):
        sv.ngram("abab", order=2).with_order(3)
