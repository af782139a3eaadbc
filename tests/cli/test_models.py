"""stateviz train, record, sample: a small model from text to recording, and what is refused."""

from __future__ import annotations

import json

import pytest

VERSES = "".join(
    f"{book} 1:{verse}\tin the beginning was the word {verse % 10}\n"
    for book in ("One", "Two")
    for verse in range(1, 30)
)
SMALL = ["--recipe", "quick", "--steps", "2", "--width", "8"]


@pytest.fixture
def model(cli, tmp_path):
    (tmp_path / "verses.txt").write_text(VERSES)
    result = cli("train", "verses.txt", *SMALL, "--hold-out", "Two", "-o", "model.safetensors")
    assert (result.code, result.out) == (0, "")
    return tmp_path / "model.safetensors"


def test_a_trained_model_is_recorded_and_ordered(cli, model, tmp_path):
    (tmp_path / "words.txt").write_text("the word\n")
    assert cli("record", "model.safetensors", "words.txt", "-o", "words.zarr").code == 0
    result = cli("order", "words.zarr")
    assert "8 units x 8 steps" in result.err  # the newline that ends the file is not read
    assert len(json.loads(result.out)["rows"]) == 8


def test_losses_are_written_while_a_training_goes_on(cli, tmp_path):
    (tmp_path / "verses.txt").write_text(VERSES)
    words = ["train", "verses.txt", *SMALL, "--check-every", "1", "-o", "m.safetensors"]
    curves = ["--curve", "c.csv", "--curve", "c.png"]
    assert cli(*words, *curves).code == 0
    lines = (tmp_path / "c.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["step", "1", "2"]
    assert (tmp_path / "c.png").read_bytes()[1:4] == b"PNG"
    again = cli(*words, *curves)
    assert again.code == 1 and "m.safetensors exists" in again.err
    (tmp_path / "m.safetensors").unlink()
    (tmp_path / "m.best.safetensors").unlink(missing_ok=True)
    again = cli(*words, *curves)
    assert again.code == 1 and "c.csv exists" in again.err
    assert cli(*words, "--curve", "m.safetensors").code == 1
    again = cli(*words, "--curve", "c.png", "--curve", "c.png")
    assert again.code == 1 and "name two files" in again.err
    again = cli(*words, "--curve", "c.txt")
    assert again.code == 1 and ".txt" in again.err


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_other_cells_run_through_the_same_commands(cli, tmp_path, cell):
    (tmp_path / "verses.txt").write_text(VERSES)
    words = ["--cell", cell, "--layers", "2", "-o", "m.safetensors"]
    assert cli("train", "verses.txt", *SMALL, *words).code == 0
    assert cli("record", "m.safetensors", "verses.txt", "--unknown", "skip", "-o", "r.zarr").code == 0
    listed = cli("list", "sites", "r.zarr").out.splitlines()
    assert len(listed) == 2
    assert all("8 units" in line and "real" in line for line in listed)
    site = listed[1].split()[0]
    assert cli("order", "r.zarr", "--site", site, "--steps", ":50").code == 0
    result = cli("order", "r.zarr")
    assert result.code == 1
    assert site in result.err


def test_a_sample_is_repeatable_by_seed(cli, model):
    words = ["sample", "model.safetensors", "--prime", "the ", "--length", "20", "--seed", "4"]
    first, second = cli(*words), cli(*words)
    assert first.code == 0
    assert first.out == second.out
    assert len(first.out.rstrip("\n")) >= 20


def test_a_sample_goes_to_a_file_and_a_loop_is_said(cli, model, tmp_path):
    done = cli("sample", "model.safetensors", "--temperature", "0", "--length", "400", "-o", "s.txt")
    assert done.code == 0 and done.out == ""
    assert "fallen into a loop of period" in done.err
    assert len((tmp_path / "s.txt").read_text()) == 401
    assert cli("sample", "model.safetensors", "-o", "s.txt").code == 1
    several = cli("sample", "model.safetensors", "--number", "3", "--length", "5", "--top-k", "4", "--top-p", "0.9")
    assert several.code == 0 and len(several.out) >= 3 * 5 + 2


def test_a_model_is_not_overwritten_without_force(cli, model, tmp_path):
    before = model.read_bytes()
    words = ["train", "verses.txt", *SMALL, "--seed", "9", "-o", "model.safetensors"]
    refused = cli(*words)
    assert refused.code == 1
    assert "--force" in refused.err
    assert model.read_bytes() == before
    assert cli(*words, "--force").code == 0
    assert model.read_bytes() != before


def test_a_recording_is_not_overwritten_without_force(cli, model, tmp_path):
    (tmp_path / "words.txt").write_text("the word")
    words = ["record", "model.safetensors", "words.txt", "-o", "r.zarr"]
    assert cli(*words).code == 0
    assert "--force" in cli(*words).err
    assert cli(*words, "--force").code == 0


def test_characters_never_seen_are_named_with_counts(cli, model, tmp_path):
    (tmp_path / "strange.txt").write_text("the w\u00f6rd @@", encoding="utf-8")
    result = cli("record", "model.safetensors", "strange.txt", "-o", "r.zarr")
    assert result.code == 1
    assert "'@' x 2" in result.err
    assert "--unknown" in result.err
    assert not (tmp_path / "r.zarr").exists()
    assert cli("record", "model.safetensors", "strange.txt", "--unknown", "skip", "-o", "r.zarr").code == 0


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", "empty"), (b"a\x00b" * 50, "binary"), (b"caf\xe9", "UTF-8"), (None, "text.txt")]
)
@pytest.mark.parametrize("verb", ["train", "record"])
def test_texts_that_are_none(cli, tmp_path, verb, content, expected):
    if content is not None:
        (tmp_path / "text.txt").write_bytes(content)
    result = cli(verb, "text.txt", "-o", "out.safetensors" if verb == "train" else "out.zarr")
    assert result.code == 1
    assert expected in result.err.splitlines()[-1]
    assert not any(path.name.startswith("out") for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--recipe", "quik"], "did you mean 'quick'?"),
        (["--cell", "grru"], "did you mean 'gru'?"),
        (["--hold-out", "Too"], "did you mean 'Two'?"),
        (["--hold-out", "1.5"], "1.5"),
        (["--steps", "0"], "steps"),
    ],
)
def test_wrong_choices_are_named(cli, tmp_path, words, expected):
    (tmp_path / "verses.txt").write_text(VERSES)
    result = cli("train", "verses.txt", *words, "-o", "m.safetensors")
    assert result.code == 1
    assert expected in result.err
    assert not any(path.name.startswith("m.") for path in tmp_path.iterdir())


def test_a_model_alone_is_no_text(cli, tmp_path):
    result = cli("record", "model.safetensors", "-o", "r.zarr")
    assert result.code == 1
    assert "name a text" in result.err


def test_a_model_file_that_is_none(cli, tmp_path):
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04K\x01.")
    result = cli("sample", "bad.safetensors")
    assert result.code == 1
    assert "bad.safetensors" in result.err
