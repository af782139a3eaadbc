"""stateviz judge: samples, temperatures and models, as the library gives them."""

from __future__ import annotations

import json

import pytest

import stateviz as sv


@pytest.fixture
def text(tmp_path):
    text, _ = sv.language("c").generate(6000, seed=1)
    (tmp_path / "train.txt").write_text(text)
    (tmp_path / "sample.txt").write_text("if (a) {\n\tb(c;\n}\n")
    for order in (2, 4):
        sv.ngram(text, order=order, out=tmp_path / f"order{order}.safetensors")
    return text


def test_a_model_at_temperatures(cli, text):
    words = ["judge", "--model", "order4.safetensors", "--against", "train.txt", "--temperatures", "0.2,1"]
    done = cli(*words, "--length", "300", "--seed", "3")
    model = sv.load_model("order4.safetensors")
    found = sv.judge_temperatures(model, against=text, temperatures=[0.2, 1], length=300, seed=3)
    assert done.out == found.to_text()


def test_models_on_a_text(cli, text):
    done = cli("judge", "train.txt", "--models", "order2.safetensors", "order4.safetensors", "--json")
    models = {f"order{n}": sv.load_model(f"order{n}.safetensors") for n in (2, 4)}
    assert json.loads(done.out) == json.loads(json.dumps(sv.compare_models(models, text).to_json()))


def test_models_of_one_name_are_told_apart(cli, text, tmp_path):
    (tmp_path / "b").mkdir()
    sv.ngram(text, order=3, out=tmp_path / "b" / "order2.safetensors")
    done = cli("judge", "train.txt", "--models", "order2.safetensors", "b/order2.safetensors", "--json")
    assert json.loads(done.out)["models"] == ["order2.safetensors", "b/order2.safetensors"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "give a SAMPLE"),
        (["sample.txt", "--model", "order2.safetensors"], "give a SAMPLE"),
        (["--models", "order2.safetensors"], "on the text SAMPLE"),
        (["sample.txt", "--length", "9"], "--length is for --model"),
        (["sample.txt", "--temperatures", "1"], "--temperatures is for --model"),
        (["sample.txt", "--unknown", "skip"], "--unknown is for --models"),
        (["train.txt", "--models", "order2.safetensors", "--stretch", "9"], "--stretch is for a sample"),
        (["--model", "order2.safetensors", "--temperatures", "warm"], "numbers with commas"),
        (["nowhere.txt"], "nowhere.txt"),
        (["train.txt", "--models", "order2.safetensors", "order2.safetensors"], "comes twice"),
    ],
)
def test_what_makes_no_sense_is_named(cli, text, words, expected):
    done = cli("judge", *words)
    assert done.code == 1
    assert expected in done.err
