"""The view growth: of a recording, of an order, of a training; as a page, a picture and a film."""

from __future__ import annotations

import stat

import numpy as np
import pytest
from PIL import Image

import stateviz as sv
from stateviz.core.errors import FileError, InputError
from stateviz.storage.marks import is_our_picture
from stateviz.views.films import Film, chosen
from tests.views.test_page import header

STATES = sv.StateMatrix(np.random.default_rng(0).integers(0, 2, (12, 30)), tokens="In the beginning was the Word.")


def frames(path):
    with Image.open(path, formats=("GIF", "PNG")) as film:
        found = []
        for place in range(film.n_frames):
            film.seek(place)
            found.append(np.asarray(film.convert("RGB")))
    return found


def test_a_recording_grows_over_its_text(tmp_path):
    page = sv.view(STATES, kind="growth")
    assert header(page.document())["growth"] == {"mode": "text", "frames": [], "signs": None}
    shown = frames(page.save(tmp_path / "a.gif"))
    assert len(shown) == 30
    gone = [int((frame == (244, 244, 242)).all(axis=-1).sum()) for frame in shown]
    assert gone == sorted(gone, reverse=True) and gone[-1] < gone[0] / 20


def test_an_order_moves_through_its_trace(tmp_path):
    order = sv.order(STATES, method="identity,two-opt", trace=True)
    page = sv.view(STATES, kind="growth", ordering=order)
    growth = header(page.document())["growth"]
    assert growth["mode"] == "order"
    assert [one["rows"] for one in growth["frames"]] == [one.rows.tolist() for one in order.trace]
    assert len(frames(page.save(tmp_path / "a.apng"))) == len(order.trace)


def test_flips_of_the_order_stay_with_their_rows():
    states = np.random.default_rng(1).normal(size=(10, 40))
    order = sv.order(states, flip=True, method="identity,two-opt", trace=True)
    growth = header(sv.view(states, kind="growth", ordering=order).document())["growth"]
    assert [growth["signs"][row] for row in order.rows] == order.signs.tolist()


def test_a_training_shows_what_was_kept_on_the_way(tmp_path):
    (tmp_path / "text.txt").write_text("abc abd " * 60)
    out = tmp_path / "m.safetensors"
    options = {"cell": "gru", "width": 4, "blocks": 0, "steps": 4, "batch": 2, "length": 8, "hold_out": 0.2}
    sv.train(tmp_path / "text.txt", out=out, sample_at=[2], keep_every=2, check_every=2, **options)
    page = sv.view(out, kind="growth", text="abc abd")
    shown = header(page.document())
    growth = shown["growth"]
    assert growth["mode"] == "training" and [one["step"] for one in growth["frames"]] == [2, 4]
    assert growth["frames"][0]["sample"] and all(one["loss"] > 0 for one in growth["frames"])
    assert [one["name"] for one in shown["panels"]] == ["update 2", "update 4"]
    assert page.save(tmp_path / "a.svg").stat().st_size > 1000
    with pytest.raises(InputError, match="give text"):
        sv.view(out, kind="growth")


def test_states_of_several_models_are_shown_one_after_the_other():
    pair = [STATES, STATES.reorder(np.arange(12)[::-1])]
    assert [one["step"] for one in header(sv.view(pair, kind="growth").document())["growth"]["frames"]] == [0, 1]
    with pytest.raises(InputError, match="same units and the same text"):
        sv.view([STATES, STATES.select(slice(0, 5))], kind="growth")


@pytest.mark.parametrize("ending", [".gif", ".apng"])
def test_a_film_carries_the_mark_and_replaces_no_other_file(tmp_path, ending):
    page, path = sv.view(STATES, kind="growth"), tmp_path / f"a{ending}"
    path.write_bytes(b"mine")
    with pytest.raises(FileError, match="no picture of stateviz"):
        page.save(path)
    page.save(path, overwrite=True)
    assert is_our_picture(path)
    first = path.read_bytes()
    assert page.save(path).read_bytes() == first


def test_frames_that_are_alike_are_one(tmp_path):
    pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in (0, 0, 255)]
    path = tmp_path / "a.gif"
    Film(lambda: iter(pictures), 0.1).write(path, False)
    with Image.open(path, formats=("GIF",)) as film:
        assert film.n_frames == 2 and film.info["duration"] == 200


def test_without_ffmpeg_an_mp4_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="no.* is on PATH"):
        sv.view(STATES, kind="growth").save(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_frames_go_to_ffmpeg_as_raw_pixels_of_even_size(tmp_path, monkeypatch):
    tool = tmp_path / "ffmpeg"
    tool.write_text('#!/bin/sh\nfor last; do :; done\necho "$@" > ' + str(tmp_path / "words") + '\ncat > "$last"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    pictures = [np.full((3, 5, 3), shade, np.uint8) for shade in (1, 2)]
    Film(lambda: iter(pictures), 0.1).write(tmp_path / "a.mp4", False)
    assert (tmp_path / "a.mp4").stat().st_size == (2 + 16) * 4 * 6 * 3
    assert "-s 6x4" in (tmp_path / "words").read_text() and "comment=stateviz" in (tmp_path / "words").read_text()
    tool.write_text("#!/bin/sh\necho it broke >&2\nexit 1\n")
    with pytest.raises(FileError, match="it broke"):
        Film(lambda: iter(pictures), 0.1).write(tmp_path / "b.mp4", False)


def test_films_of_many_frames_take_some_of_them():
    assert chosen(1000)[0] == 0 and chosen(1000)[-1] == 999 and len(chosen(1000)) == 80
