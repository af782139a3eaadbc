"""Words that help: what was probably meant, and what to do."""

from __future__ import annotations

import json

import numpy as np
import pytest

import stateviz as sv
from stateviz.storage.recordings.leftovers import PROGRESS


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["order", "--tiem", "5"], 2, "unrecognized arguments: --tiem (did you mean '--time'?)"),
        (["order", "--time", "5s"], 2, "argument --time: expected a number, such as 10; got '5s'"),
        (["order", "--seed", "x"], 2, "argument --seed: expected a whole number, such as 10; got 'x'"),
        (["print", "--medium", "a6", "--time", "dwon", "-o", "p.png"], 2, "(did you mean 'down'?)"),
        (["order", "--option", "tiem=5"], 1, "unknown option 'tiem'; did you mean 'time' (--time)?"),
        (["order", "--first", "999"], 1, "unknown unit '999'; the 128 units are 0 to 127"),
        (["order", "--grouping", "joint"], 1, "give groups=N (--groups N)"),
        (["order", "{matrix}", "--site", "x"], 1, "holds one matrix and no sites to choose from; leave site 'x' out"),
        (["view", "--kind", "pixels", "--palette", "#fff,#FFFFFF", "-o", "p.png"], 1, "has one colour, #ffffff"),
        (["sites", "a.zarr"], 1, "a.zarr holds states and is no model; its sites: stateviz list sites a.zarr"),
        (["sites", "{matrix}"], 1, "holds states and is no model"),
        (["record", "a.zarr", "-o", "b.zarr"], 1, "a.zarr is a recording, and a text was expected"),
    ],
)
def test_what_was_meant_is_said(cli, matrix, words, code, said):
    result = cli(*(word.format(matrix=matrix) for word in words))
    assert (result.code, said in result.err) == (code, True), result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("verb", ["record", "demo"])
def test_a_text_of_another_encoding_names_the_option_that_takes_it(cli, tmp_path, verb):
    (tmp_path / "a.txt").write_bytes("caf\xe9 and more".encode("latin-1"))
    words = (
        ["record", "a.txt", "-o", "a.zarr", "--unknown", "fold"] if verb == "record" else ["demo", "--text", "a.txt"]
    )
    words += [] if verb == "record" else ["--medium", "a6", "--method", "mean", "-o", "made"]
    refused = cli(*words)
    assert refused.code == 1
    assert "name the encoding it is in by --encoding (encoding=), such as latin-1 or cp1252" in refused.err
    assert cli(*words, "--encoding", "latin-1").code == 0


def test_a_recording_that_was_interrupted_is_said_with_the_way_on(cli, tmp_path, monkeypatch):
    sv.save_recording(sv.shipped_recording(), tmp_path / "a.zarr")
    (tmp_path / "a.zarr").rename(tmp_path / "a.zarr.partial")
    (tmp_path / "a.zarr.partial" / PROGRESS).write_text(json.dumps({"written": 4096}))
    said = "a.zarr.partial: it was interrupted after 4,096 steps; give the same command with --resume"
    assert f"there is no file a.zarr, but {said}" in cli("order", "a.zarr").err
    with pytest.raises(
        sv.FileError, match=r"there is no recording at .*a.zarr, but a.zarr.partial: it was interrupted"
    ):
        sv.open_recording(tmp_path / "a.zarr")
    assert "is a recording that was interrupted" in cli("order", "a.zarr.partial").err

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / "words.txt").write_text("In the beginning")
    monkeypatch.setattr("stateviz.recording.record", interrupt)
    result = cli("record", "words.txt", "-o", "a.zarr")
    assert result.code == 130
    assert f"a.zarr is not there, but {said}" in result.err
    assert "b.zarr is not there; nothing of it was written yet" in cli("record", "words.txt", "-o", "b.zarr").err


def test_sites_of_files_of_other_tools_are_listed(cli, tmp_path):
    np.savez(tmp_path / "a.npz", h=np.ones((2, 3)))
    assert cli("list", "sites", "a.npz").out == "h  2 units x 3 steps, binary\n"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (0.0123, "at most 1.2% from optimal"),
        (0.99, "at most 99% from optimal"),
        (1.0, "at most 2.0 times the optimum"),
        (23.0, "at most 24 times the optimum"),
        (1e9, "over a million times the optimum for all that is known"),
    ],
)
def test_gaps_are_told_in_percent_or_in_times(gap, words):
    found = sv.Ordering([0, 1], [1, 1], 1 + gap, 1.0, False, False, "m", "hamming", units=(0, 1))
    assert words in repr(found)
    assert "e+" not in repr(found)
