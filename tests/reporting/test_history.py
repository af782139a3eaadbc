"""A training looked back on: what each table says is what the models, counted by hand, say."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.analysis.checkpoints import LONGEST, loss_by_distance, loss_by_place, unit_changes
from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.core.recordings import Recording

TEXT = "the cat (a big cat) sat on the mat, and 'the dog' lay there. " * 40
TINY = {"recipe": "quick", "width": 6, "blocks": 0, "batch": 3, "length": 8, "threads": 1, "hold_out": 0.1}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "m.safetensors"
    sv.train(TEXT, out=out, steps=9, sample_at=[2], keep_every=4, **TINY)
    return out


@pytest.fixture(scope="module")
def found(trained):
    return sv.history(trained, TEXT[:400], against=TEXT, length=120, seed=3, upto=8)


def test_every_checkpoint_and_the_model_itself_are_there(trained, found):
    assert found.steps == (2, 4, 8, 9)
    models = [sv.load_model(trained.with_name(f"m.step-00000{k}.safetensors")) for k in (2, 4, 8)]
    models.append(sv.load_model(trained))
    for model, sample, recording, row in zip(models, found.samples, found.recordings, found.checkpoints(), strict=True):
        assert sample == sv.sample(model, length=120, seed=3)
        alone = sv.record(model, TEXT[:400], sites=recording.sites)
        assert recording == alone
        assert row["bits"] == pytest.approx(sv.score(model, TEXT[:400]).mean() / math.log(2), abs=1e-4)
        pre = alone["core.layer0.pre"].values
        assert row["near_zero"] == pytest.approx((np.abs(pre) <= 1).mean())


def test_a_training_that_still_goes_on_is_looked_at_too(trained, found, tmp_path):
    for path in trained.parent.glob("m.step-*.safetensors"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "m2.step-000001.safetensors").write_bytes(trained.read_bytes())  # of another training
    early = sv.history(tmp_path / "m.safetensors", TEXT[:400], length=20, upto=0)
    assert early.steps == (2, 4, 8) and early.memory == () and early.reach() == []


def test_units_are_matched_with_their_signs(found):
    rng = np.random.default_rng(0)
    before = np.sign(rng.normal(size=(5, 400)))
    order, signs = np.array([3, 0, 4, 1, 2]), np.array([1, -1, 1, 1, -1])
    after = before[order] * signs[:, None]
    after[0, :40] *= -1
    after[2] = 1  # a unit that does not vary is left with the partner that nobody else takes
    tokens, site = "a" * 400, "core.h"
    changes = unit_changes(*(sv.StateMatrix(one, tokens=tokens, site=site) for one in (before, after)), 1, 2)
    assert changes.partner.tolist() == order.tolist()
    assert changes.with_partner.round(6)[[1, 3, 4]].tolist() == [-1, 1, -1] and changes.with_partner[2] == 0
    assert changes.with_partner[0] == pytest.approx(np.corrcoef(after[0], before[3])[0, 1])
    assert changes.itself[1] == pytest.approx(np.corrcoef(after[1], before[1])[0, 1])
    assert changes.flips.tolist() == (after != before).mean(axis=1).tolist()
    row = found.checkpoints()[1]
    one, other = (recording["core.layer0.h"].values > 0 for recording in found.recordings[:2])
    assert row["flipped"] == pytest.approx((one != other).mean())
    assert row["turned"] == ((one != other).mean(axis=1) > 0.5).sum()
    assert [unit["unit"] for unit in found.units()] == [*range(6)] * 3


def test_words_that_exist_are_counted_by_length():
    models = {0: sv.ngram(TEXT, order=2)}
    with pytest.raises(InputError, match="is a NGram"):
        sv.history(models, TEXT[:200])
    torch.manual_seed(0)
    model = sv.CharModel("abx ", cell="gru", width=4, blocks=0)
    found = sv.history({0: model}, "ab x bax", against="a b xx", length=400, upto=0)
    words = sv.sample(model, length=400).split()
    row = found.checkpoints()[0]
    assert row["flipped"] is None and row["near_zero"] is None and row["words"] == len(words)
    exist = [word for word in words if word in ("a", "b", "xx")]
    assert 0 < len(exist) < len(words)
    assert row["known"] == len(exist) / len(words)
    assert row["letters"] == pytest.approx(np.mean([len(word) for word in exist]))
    shown = {one["letters"]: (one["words"], one["known"]) for one in found.words()}
    for length in (1, 2, 3):
        some = [word for word in words if len(word) == length]
        assert shown[length] == (len(some), sum(word in exist for word in some) / len(some))


def _recording(text, bits):
    states = {"h": sv.StateMatrix(np.zeros((1, len(bits))), tokens=text, site="h")}
    return Recording(text, states, tracks={"surprisal": bits})


def test_losses_are_told_by_place_and_by_distance():
    text = "(ab [c]) " + "x" * 20
    bits = np.arange(len(text), dtype=float)
    bits[0] = np.nan
    places = {row["place"]: row for row in loss_by_place(_recording(text, bits))}
    assert places[1]["bits"] == np.mean([1, 5, 9]) and places[2]["bits"] == np.mean([2, 10])
    assert places[0]["tokens"] == 5  # but for the first, of which nothing is known
    assert places[LONGEST]["tokens"] == 9
    closed = loss_by_distance(_recording(text, bits))
    assert closed == [{"from": 1, "below": 10, "closings": 2, "bits": 6.5}]
    split = _recording(["(", "", "\u00e9", ")"], np.array([np.nan, 1.0, 2.0, 3.0]))  # bytes
    assert loss_by_distance(split)[0]["bits"] == 3.0
    assert loss_by_place(split)[1] == {"place": 1, "tokens": 2, "bits": 1.5}


def test_distances_are_those_of_horizon(trained, found):
    alone = sv.horizon(sv.load_model(trained), TEXT[:400], upto=8, places=500, changes=False)
    assert [row["bits"] for row in found.reach()[-8:]] == (alone.loss / math.log(2)).tolist()
    assert found.table("memory") == found.reach()
    with pytest.raises(UnknownNameError, match="did you mean 'places'"):
        found.table("place")


def test_a_folder_holds_tables_samples_and_recordings(found, tmp_path):
    folder = found.save(tmp_path / "history")
    names = {path.name for path in folder.iterdir()}
    tables = {f"{name}.csv" for name in ("checkpoints", "words", "places", "closings", "memory", "units")}
    assert names == tables | {"history.json"} | {
        f"step-00000{k}{end}" for k in (2, 4, 8, 9) for end in (".txt", ".zarr")
    }
    rows = list(csv.DictReader((folder / "checkpoints.csv").open()))
    assert [float(row["bits"]) for row in rows] == [row["bits"] for row in found.checkpoints()]
    assert sv.open_recording(folder / "step-000004.zarr")["core.layer0.h"] == found.recordings[1]["core.layer0.h"]
    with pytest.raises(FileError, match="exists; choose another name"):
        found.save(folder)
    found.save(folder, overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(FileError, match="no folder of a history"):
        found.save(tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_what_is_no_training_is_refused(tmp_path, trained):
    with pytest.raises(InputError, match="no checkpoint was kept beside .*--keep-every or --sample-at"):
        sv.history(tmp_path / "x.safetensors", TEXT)
    with pytest.raises(InputError, match="no model was given"):
        sv.history({}, TEXT)
    with pytest.raises(MismatchError, match="another vocabulary or shape"):
        sv.history({1: sv.load_model(trained), 2: sv.CharModel("ab", width=6)}, TEXT)


def test_the_command_prints_and_writes_the_same(cli, trained, tmp_path):
    (tmp_path / "read.txt").write_text(TEXT[:400])
    words = ["history", str(trained), "read.txt", "--length", "60", "--upto", "0"]
    done = cli(*words)
    assert done.code == 0 and done.out.splitlines()[0].split()[:3] == ["step", "bits", "words"]
    assert len(done.out.splitlines()) == 5
    assert cli(*words, "--table", "memory").err.endswith("the table memory is empty for this text\n")
    assert cli(*words, "--table", "plces").code == 1
    assert cli(*words, "-o", "h").code == 0
    assert "memory.csv" not in {path.name for path in (tmp_path / "h").iterdir()}
    assert cli(*words, "-o", "h").code == 1
    assert cli(*words, "-o", "h", "--force").code == 0
