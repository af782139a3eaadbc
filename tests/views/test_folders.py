"""Pages that are folders: what Zarr reads in them, what is refused, and what the server gives."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import numpy as np
import pytest
import zarr

import stateviz as sv
from stateviz.core.errors import FileError, InputError
from stateviz.views import FolderServer, is_page
from stateviz.views.document import FRONT, script_of
from stateviz.views.folders import shards
from stateviz.views.folders.pyramid import SUMMARIES
from stateviz.views.folders.shards import Tiling
from tests.views.test_page import header

STEPS = 9000


@pytest.fixture
def states():
    waves = np.random.default_rng(0).normal(size=(7, STEPS)).cumsum(axis=1) / 50
    return sv.StateMatrix(np.tanh(waves), tokens=["é", "a", "\n", "</script>"] * (STEPS // 4), column_breaks=(5000,))


@pytest.fixture
def page(states, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "CHUNK", 2**12)
    monkeypatch.setattr(shards, "SHARD", 2**14)
    path = sv.view(states, title="a folder").save(tmp_path / "page")
    return path, zarr.open_group(path / "states.zarr", mode="r")


def test_any_reader_of_zarr_finds_the_states_within_what_the_page_says(page, states):
    cells = page[1]["panel0/site0/0"]
    values = cells[:] * cells.attrs["scale_factor"] + cells.attrs["add_offset"]
    error = header((page[0] / "index.html").read_text())["panels"][0]["sites"][0]["error"]
    assert np.abs(values - states.values).max() <= error * 1.001 <= np.ptp(states.values) / 255
    assert len(list((page[0] / "states.zarr/panel0/site0/0/c/0").iterdir())) > 1


def test_each_level_has_mean_minimum_and_maximum_over_eight_columns_of_the_one_before(page):
    site = page[1]["panel0/site0"]
    cells = site["0"][:]
    for level in (1, 2):
        edges = np.arange(0, STEPS, 8**level)
        counts = np.diff(np.append(edges, STEPS))
        assert np.array_equal(site[f"minimum/{level}"][:], np.minimum.reduceat(cells, edges, axis=1))
        assert np.array_equal(site[f"maximum/{level}"][:], np.maximum.reduceat(cells, edges, axis=1))
        means = np.add.reduceat(cells.astype(float), edges, axis=1) / counts
        assert np.abs(site[f"mean/{level}"][:] - means).max() <= 0.5 + 1e-4
    assert [one["name"] for one in site.attrs["ome"]["multiscales"]] == list(SUMMARIES)
    assert [one["path"] for one in site.attrs["ome"]["multiscales"][0]["datasets"]] == ["0", "mean/1", "mean/2"]


def test_text_and_changes_lie_beside_the_states(page, states):
    assert tuple(page[1]["panel0/tokens"][:]) == states.tokens
    changes = page[1]["panel0/site0-changes/0"][0]
    expected = np.abs(np.diff(states.values, axis=1)).mean(axis=0) / np.ptp(states.values) * 65534
    expected[4999] = 0
    assert changes[0] == changes[5000] == 0
    assert np.abs(changes[1:] - expected).max() <= 0.51


def test_binary_states_are_exact_and_flips_and_orders_come_along(tmp_path):
    states = sv.StateMatrix(np.random.default_rng(1).random((5, 3000)) < 0.3)
    order = sv.order(states, flip=True, method="greedy-insert")
    path = sv.view(states, ordering=order).save(tmp_path / "page")
    cells = zarr.open_group(path / "states.zarr", mode="r")["panel0/site0/0"]
    assert np.array_equal(cells[:] * cells.attrs["scale_factor"] + cells.attrs["add_offset"], states.values)
    assert header((path / "index.html").read_text())["panels"][0]["orders"][0]["rows"] == order.rows.tolist()


def test_predictions_become_words(tmp_path):
    recording = sv.record(sv.load_model("phone-case"), "abc def", predictions=3)
    path = sv.view(recording, kind="predictions").save(tmp_path / "page")
    group = zarr.open_group(path / "states.zarr", mode="r")["panel0"]
    assert np.array_equal(group["top_ids"][:].T, recording.tracks["top_ids"])
    surprisal = group["surprisal"][0] * group["surprisal"].attrs["scale_factor"]
    known = np.isfinite(recording.tracks["surprisal"])
    assert np.abs(surprisal - recording.tracks["surprisal"])[known].max() < 0.002
    assert set(group["surprisal"][0][~known]) <= {65535}


@pytest.mark.parametrize("steps", [1, 7, 1024, 1025, 8193])
def test_any_number_of_steps(steps, tmp_path):
    values = np.arange(steps * 2, dtype=float).reshape(2, steps)
    path = sv.view(values).save(tmp_path / "page")
    cells = zarr.open_group(path / "states.zarr", mode="r")["panel0/site0/0"]
    assert np.abs(cells[:] * cells.attrs["scale_factor"] + cells.attrs["add_offset"] - values).max() <= steps * 2 / 255


def test_a_level_has_fewer_files_than_five_thousand():
    for rows, steps in ((1024, 10**7), (1, 10**10), (65536, 10**8)):
        tiling = Tiling.of(rows, steps)
        assert -(-steps // tiling.shard) < 5000
        assert tiling.shard % tiling.chunk[1] == 0


def test_only_a_page_of_ours_is_replaced(page, tmp_path):
    sv.view([[0, 1]]).save(page[0])
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(FileError, match="no page of stateviz"):
            sv.view([[0, 1]]).save(mine, overwrite=overwrite)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileError, match="is a file"):
        sv.view([[0, 1]]).save(tmp_path / "file", overwrite=True)
    assert (mine / "kept.txt").read_text() == "mine" and is_page(page[0]) and not is_page(mine)


def test_nothing_is_left_of_a_folder_that_failed(tmp_path, monkeypatch):
    monkeypatch.setattr("stateviz.views.picture.document", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sv.view([[0, 1]]).save(tmp_path / "page")
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_one_file_that_grows_too_large_is_refused_and_not_left(tmp_path, monkeypatch):
    monkeypatch.setattr("stateviz.views.document.LARGEST", 20_000)
    with pytest.raises(InputError, match="save a folder"):
        sv.view([[0, 1]]).save(tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_a_large_page_says_so(monkeypatch):
    monkeypatch.setattr("stateviz.views.page.MOST", 3)
    page = sv.view([[0, 1], [1, 0]])
    assert page.large and "too large" in page._repr_html_()


def test_progress_is_told(tmp_path):
    seen = []
    sv.view(np.zeros((2, 5000)), watch=seen.append).save(tmp_path / "page")
    assert [one.count for one in seen][-1] == seen[-1].total == 5000


def test_a_page_may_read_what_lies_beside_it_and_nothing_else(page):
    text = (page[0] / "index.html").read_text()
    assert "connect-src 'self'" in text and "connect-src" not in sv.view([[0, 1]]).document()
    assert (FRONT / "store.js").is_file() and "fetch(" not in script_of(
        tuple(sorted(p.stem for p in FRONT.glob("[a-e]*.js")))
    )


@pytest.fixture
def server(page):
    with FolderServer(page[0]) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def asked(server, path="/", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer


def test_files_come_whole_and_by_ranges(server, page):
    index = (page[0] / "index.html").read_bytes()
    status, body, answer = asked(server)
    assert (status, body) == (200, index) and answer.getheader("Content-Type") == "text/html; charset=utf-8"
    shard = "/states.zarr/panel0/site0/0/c/0/0"
    data = (page[0] / shard[1:]).read_bytes()
    for words, part in (("bytes=2-9", data[2:10]), ("bytes=-5", data[-5:]), ("bytes=7-", data[7:])):
        status, body, answer = asked(server, shard, Range=words)
        assert (status, body) == (206, part)
    assert answer.getheader("Content-Range") == f"bytes 7-{len(data) - 1}/{len(data)}"
    assert asked(server, shard, Range="bytes=999999999-")[0] == 416
    assert asked(server, shard, "HEAD")[1] == b""


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/states.zarr", "/nothing", "/%00", "//etc/passwd"])
def test_what_lies_outside_the_folder_is_not_there(server, page, path):
    (page[0].parent / "secret").write_text("secret")
    assert asked(server, path)[0] == 404


def test_a_link_that_leads_out_of_the_folder_is_not_followed(server, page):
    (page[0].parent / "secret").write_text("secret")
    (page[0] / "link").symlink_to(page[0].parent / "secret")
    assert asked(server, "/link")[0] == 404


def test_only_this_machine_is_answered(server):
    assert server.server_address[0] == "127.0.0.1"
    assert asked(server, Host="evil.example")[0] == 403


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} cannot be used .*leave it out"):
            FolderServer(tmp_path, port)
    with pytest.raises(InputError, match="1 to 65535"):
        FolderServer(tmp_path, 70000)


def test_a_header_is_plain_json(page):
    known = header((page[0] / "index.html").read_text())
    assert json.loads(json.dumps(known)) == known
    assert known["panels"][0]["sites"][0]["store"]["levels"][0]["mean"]["path"] == "0"
