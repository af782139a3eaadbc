"""Where recordings go: stores that grow and are resumed, half precision, running statistics."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.models import CharModel
from stateviz.recording import Unrolled, characters, record, record_statistics, record_steps
from stateviz.storage import RecordingWriter
from stateviz.storage.recordings import schema

TEXT = "abba ab baab " * 20
ENCODE = characters("ab ")


def network():
    torch.manual_seed(1)
    rnn = nn.Sequential(nn.Embedding(3, 4), nn.LSTM(4, 5))

    def forward(model, ids, state):
        outputs, state = model[1](model[0](ids), state)
        return outputs, state

    return rnn, forward


def run(**options):
    model, forward = network()
    return record(model, TEXT, encode=ENCODE, forward=forward, sites="1.*", **{"predictions": 2, **options})


def test_a_store_holds_what_memory_holds(tmp_path):
    kept, stored = run(chunk=50), run(chunk=50, out=tmp_path / "a.zarr")
    assert stored.tokens == kept.tokens and stored.sites == kept.sites
    for site in kept.sites:
        assert np.array_equal(stored[site].values, kept[site].values)
    assert np.array_equal(stored.tracks["surprisal"], kept.tracks["surprisal"], equal_nan=True)
    assert np.array_equal(stored.tracks["top_ids"], kept.tracks["top_ids"])
    assert stored.source == kept.source
    with pytest.raises(FileError, match="force"):
        run(out=tmp_path / "a.zarr")


def test_an_interrupted_recording_resumes_to_the_same_bytes(tmp_path, monkeypatch):
    texts = [TEXT, "ab", "ba", TEXT[:100]]
    model, forward = network()
    options = {"encode": ENCODE, "forward": forward, "predictions": 1, "chunk": 40, "sites": "1.*"}
    whole = record(model, texts, **options, out=tmp_path / "whole.zarr")
    append, left = RecordingWriter.append, [5]

    def failing(self, *args, **kwargs):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        append(self, *args, **kwargs)
        self._flush()

    monkeypatch.setattr(RecordingWriter, "append", failing)
    with pytest.raises(KeyboardInterrupt):
        record(model, texts, **options, out=tmp_path / "parts.zarr")
    monkeypatch.setattr(RecordingWriter, "append", append)
    assert not (tmp_path / "parts.zarr").exists()
    parts = record(model, texts, **options, out=tmp_path / "parts.zarr", resume=True)
    assert parts.tokens == whole.tokens
    for site in whole.sites:
        assert parts[site].values.tobytes() == whole[site].values.tobytes()
    assert parts.tracks["surprisal"].tobytes() == whole.tracks["surprisal"].tobytes()
    assert parts.tracks["top_ids"].tobytes() == whole.tracks["top_ids"].tobytes()


def test_binary_states_are_stored_as_such(tmp_path):
    stored = record(CharModel("ab ", cell="binary", width=6, hidden=8), TEXT, out=tmp_path / "a.zarr")
    assert stored["core.layer0.h"].binary
    assert stored.layout["core.layer0.h"].dtype == "int8"


def test_half_precision_is_close_and_its_overflow_an_error(tmp_path):
    kept, half = run(), run(out=tmp_path / "a.zarr", dtype="float16")
    assert half.layout["1.layer0.c"].dtype == "float16"
    assert np.allclose(half["1.layer0.c"].values, kept["1.layer0.c"].values, atol=1e-3)
    with pytest.raises(InputError, match="does not fit into float16"):
        record(nn.Identity(), torch.full((3, 2), 1e6), sites="output", out=tmp_path / "b.zarr", dtype="float16")
    assert not list(tmp_path.glob("b.zarr*"))


def test_statistics_in_one_pass():
    kept = run()
    model, forward = network()
    found = record_statistics(model, TEXT, encode=ENCODE, forward=forward, sites="1.*", chunk=33)
    assert tuple(found) == kept.sites
    for site, statistics in found.items():
        assert statistics.count == len(TEXT) and statistics.site == site
        assert np.allclose(statistics.mean, kept[site].values.mean(1), atol=1e-5)
        assert np.allclose(statistics.covariance, np.cov(kept[site].values, bias=True), atol=1e-5)
    (one,) = record_statistics(CharModel("ab ", cell="gru", width=4), TEXT).values()
    assert one.count == len(TEXT)


def test_who_watches_is_told_of_every_step_and_nobody_else_of_any(capfd):
    told = []
    run(chunk=50, watch=told.append)
    assert (told[-1].stage, told[-1].count, told[-1].total, told[-1].unit) == ("record", len(TEXT), len(TEXT), "steps")
    assert [one.count for one in told] == sorted(one.count for one in told)
    told.clear()
    record_statistics(CharModel("ab ", cell="gru", width=4), TEXT, chunk=20, watch=told.append)
    assert told[-1].done == 1
    run(chunk=50)
    assert capfd.readouterr() == ("", "")


def test_recorded_matrices_share_their_memory_and_nobody_can_write_to_it():
    values = run()["1.layer0.h"].values
    assert not values.flags.writeable and values.base is not None and not values.base.flags.writeable


@contextmanager
def interrupted():
    """Recordings in the block are interrupted once a step of them is on disk."""
    append = RecordingWriter.append

    def failing(self, *args, **kwargs):
        if self.written:
            raise KeyboardInterrupt
        append(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordingWriter, "append", failing)
        patch.setattr(schema, "block_steps", lambda columns, steps: 1)  # whole blocks alone are gone on from
        yield


def _scaled(by):
    return lambda model, x, state: (model(by * x)[0], None)


class _Step:
    def __init__(self, by):
        self.by = by

    def __call__(self, x, h):
        return h + self.by * x


def _unrolled(by):
    return Unrolled(lambda x, h: h + by * x, start=2)


X = torch.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((nn.GRU(2, 2), X, {}), (None, X + 1, {})),
        ((nn.GRU(2, 2), X, {}), (None, X.double(), {"batch_first": False})),
        ((nn.GRU(2, 2), X, {"forward": _scaled(1)}), (None, X, {"forward": _scaled(2)})),
        ((nn.GRU(2, 2), X, {"forward": _scaled(1)}), (None, X, {})),
        (
            (nn.GRU(2, 2), "abc", {"encode": lambda text: (list(text), X)}),
            (None, "abc", {"encode": lambda text: (list(text), 2 * X)}),
        ),
        ((CharModel("abc", width=2), "abc", {}), (None, "abc", {"encode": characters("bca")})),
        ((_unrolled(1), X, {}), (_unrolled(2), X, {})),
    ],
)
def test_other_inputs_or_functions_under_the_same_tokens_are_not_resumed(tmp_path, one, other):
    out = tmp_path / "r.zarr"
    model, text, options = one
    with interrupted(), pytest.raises(KeyboardInterrupt):
        record(model, [text, text], out=out, chunk=1, **options)
    partial = next(tmp_path.iterdir())
    with pytest.raises(MismatchError, match="another"):
        record(other[0] or model, [other[1]] * 2, out=out, chunk=1, resume=True, **other[2])
    assert partial.exists()
    again = record(model, [text, text], out=out, chunk=1, resume=True, **options)
    assert again.steps == 6


def test_steps_of_another_function_start_or_input_are_not_resumed(tmp_path):
    out, step = tmp_path / "r.zarr", _Step(1.0)
    rows = [1.0, 2.0, 4.0]

    for given in ((_Step(2.0), [0.0], rows), (_Step(1.0), [1.0], rows), (_Step(1.0), [0.0], [1.0, 2.0, 5.0])):
        with interrupted(), pytest.raises(KeyboardInterrupt):
            record_steps(step, [0.0], rows, tokens="abc", chunk=1, out=out, overwrite=True)
        with pytest.raises(MismatchError, match="another"):
            record_steps(*given, tokens="abc", chunk=1, out=out, resume=True)
    assert record_steps(_Step(1.0), [0.0], rows, tokens="abc", chunk=1, out=out, resume=True).steps == 3


def test_the_source_says_what_was_given():
    given = record(nn.GRU(2, 2), X, forward=_scaled(1), batch_first=False).source
    assert given["forward"]["name"] == "_scaled.<locals>.<lambda>" and given["batch_first"] is False
    assert len(given["inputs_sha256"]) == len(given["forward"]["sha256"]) == 64
    assert "inputs_sha256" not in record(CharModel("abc", width=2), "abc").source
    assert record(CharModel("abc", width=2), np.array([0, 1])).source["inputs_sha256"]
