"""What every row of MODELS promises."""

from __future__ import annotations

import shlex

import pytest

from stateviz.cli import parser_of
from stateviz.core.errors import FileError
from stateviz.models import MODELS, load_model, sample, shipped
from stateviz.models.shipped import shipped_file


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_row_says_what_it_is_and_how_it_was_made(name, package):
    row = MODELS[name]
    assert row.description and not row.description.endswith(".")
    card = (package / "data" / row.card).read_text()
    assert name in card and row.command in card
    program, verb, *words = shlex.split(row.command)
    assert (program, verb) == ("stateviz", "train")
    parser_of(verb).parse_args(words)


def test_it_loads_by_its_name_and_writes(name):
    model = load_model(name)
    assert model.provenance["recipe"] and model.provenance["curve"]
    assert set(sample(model, length=20)) <= set(model.vocabulary)


def test_a_file_that_is_another_is_refused(name, tmp_path, monkeypatch):
    (tmp_path / f"{name}.safetensors").write_bytes(shipped_file(name).read_bytes() + b" ")
    monkeypatch.setattr(shipped, "_DATA", tmp_path)
    with pytest.raises(FileError, match="not the .* that ships"):
        load_model(name)


def test_all_of_them_are_small(package):
    assert sum(shipped_file(name).stat().st_size for name in MODELS) < 10 * 2**20


def test_a_name_that_is_none_lists_those_there_are():
    with pytest.raises(FileError, match="one of phone-case"):
        load_model("phone-cases")


@pytest.mark.parametrize("ending", ["", "-untrained"])
def test_commands_take_it_by_its_name(cli, name, ending, tmp_path):
    (tmp_path / "text.txt").write_text("".join(load_model(name).vocabulary[-2:]) * 4)
    assert cli("record", f"{name}{ending}", "text.txt", "-o", "text.zarr").code == 0
    assert cli("sample", f"{name}{ending}", "--length", "5").code == 0
    assert f"{name}" in cli("list", "models").out
