"""Folders in Chromium: read by ranges, or whole from a host that has none; skipped where it is missing."""

from __future__ import annotations

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import stateviz as sv
from stateviz.views import FolderServer
from tests.browser.test_pages import CHROMIUM, needs_browser, node

STEPS = 90_000
NEEDLES = (40_000, 81_917)  # the second over the border between two chunks of text


class _Plain(SimpleHTTPRequestHandler):
    """A host of the standard library, which has no ranges."""

    def log_message(self, format, *args):
        pass


@pytest.fixture
def served(tmp_path):
    rng = np.random.default_rng(0)
    states = np.tanh(rng.normal(size=(40, STEPS)).cumsum(axis=1) / 40).astype(np.float32)
    text = rng.choice(list("abcdefg hij\n"), STEPS)
    for place in NEEDLES:
        text[place : place + 6] = list("needle")
    path = sv.view(sv.StateMatrix(states, tokens=text.tolist())).save(tmp_path / "page")
    hosts = [FolderServer(path), ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Plain, directory=str(path)))]
    for host in hosts:
        threading.Thread(target=host.serve_forever, daemon=True).start()
    yield text, path, [f"http://127.0.0.1:{host.server_address[1]}/" for host in hosts]
    for host in hosts:
        host.shutdown()
        host.server_close()


@needs_browser
def test_a_folder_in_chromium(served, tmp_path):
    text, path, (ranged, whole) = served
    import zarr

    group = zarr.open_group(path / "states.zarr", mode="r")["panel0/site0"]
    cells = group["0"][:]
    value = cells[5, 70003] * group["0"].attrs["scale_factor"] + group["0"].attrs["add_offset"]
    truth = {
        "bytes": cells[5, 70000:70012].tolist(),
        "token": str(text[70003]).replace("\n", "↵"),
        "value": f"{value:.3g}".replace("-", "−"),
        "needles": NEEDLES,
        "size": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
    } | {kind: group[f"{kind}/2"][3, 64:164].tolist() for kind in ("mean", "minimum", "maximum")}
    (tmp_path / "truth.json").write_text(
        json.dumps({"ranged": ranged, "whole": whole, "folder": str(path), "truth": truth})
    )
    node("--test", "folders.test.mjs", TRUTH=str(tmp_path / "truth.json"), CHROMIUM=str(CHROMIUM))
