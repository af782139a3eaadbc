"""Scripts of the pages under Node, and the pages themselves in Chromium; skipped where either is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import stateviz as sv

HERE = Path(__file__).parent
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MODULES = HERE / "node_modules"

needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed")
needs_browser = pytest.mark.skipif(
    NODE is None or CHROMIUM is None or not (MODULES / "playwright-core").is_dir(),
    reason="needs chromium, and `npm ci` in tests/browser",
)
needs_modules = pytest.mark.skipif(
    NODE is None or not (MODULES / "typescript").is_dir(), reason="needs `npm ci` in tests/browser"
)


def node(*words: str, **env: str) -> None:
    done = subprocess.run([NODE, *words], cwd=HERE, capture_output=True, text=True, env={**os.environ, **env})
    failed = [part for part in done.stdout.split("\n# Subtest: ") if "\nnot ok" in part]
    assert done.returncode == 0, "\n".join(failed) or done.stdout[-3000:] + done.stderr[-3000:]


@needs_node
def test_the_parts_that_need_no_browser():
    node("--test", "front.test.mjs")


@needs_modules
def test_the_scripts_are_typed_and_formatted():
    node(str(MODULES / "typescript" / "bin" / "tsc"), "-p", "tsconfig.json")
    front = sorted(map(str, (HERE / "../../stateviz/views/front").resolve().glob("*.js")))
    scripts = [*front, *map(str, sorted(HERE.glob("*.mjs")))]
    node(str(MODULES / "prettier" / "bin" / "prettier.cjs"), "--print-width", "160", "--check", *scripts)


@needs_browser
def test_every_interaction_in_chromium(tmp_path):
    model = sv.load_model("phone-case")
    text = "".join(sv.shipped_recording().tokens)
    recording = sv.record(model, text, predictions=5)
    found = sv.order(recording, method="greedy-insert")
    states = recording["core.layer0.h"]
    sv.view(recording, ordering=found).save(tmp_path / "heatmap.html")
    sv.view(recording, kind="predictions").save(tmp_path / "predictions.html")
    sv.view(recording, kind="text").save(tmp_path / "text.html")
    traced = sv.order(recording, method="identity,two-opt", trace=True)
    sv.view(recording, kind="growth", ordering=traced).save(tmp_path / "growth-order.html")
    sv.view(recording, kind="growth").save(tmp_path / "growth-text.html")
    pair = [sv.load_model("phone-case-untrained"), model]
    sv.view(pair, kind="growth", text=text[:60]).save(tmp_path / "growth-training.html")
    matched = recording.with_tracks({"third": np.arange(274) % 3.0})
    sv.view(matched, kind="match", span="faith").save(tmp_path / "match.html")
    rng = np.random.default_rng(0)
    waves = np.cumsum(rng.normal(size=(12, 300)), axis=1)
    sv.view(waves, kind="trace", units=[3, 5], text="ab" * 150).save(tmp_path / "trace.html")
    grouped = sv.StateMatrix(waves, row_breaks=(4, 8))
    sv.view(grouped).save(tmp_path / "groups.html")
    sv.view([sv.StateMatrix(waves[:, :100]), sv.StateMatrix(waves[:, 100:])]).save(tmp_path / "several.html")
    toys = [sv.CharModel("01", cell="rnn", width=3, blocks=0, embedding="one-hot") for _ in range(2)]
    sv.view(toys, kind="steps", text="10101").save(tmp_path / "steps.html")
    letters = np.array(list("abcdefg hij\n"))[rng.integers(0, 12, 1_000_000)]
    sv.view(rng.random((2, 1_000_000)) < 0.5, kind="text", text=letters.tolist()).save(tmp_path / "long.html")
    bad = [
        "</script><script>window.hacked=1</script>",
        "<img src=x onerror=hacked=1>",
        "\u202e",
        "\x00",
        "&amp;",
        "x" * 10**6,
    ]
    hostile = sv.StateMatrix(
        rng.normal(size=(3, 6)),
        units=["<img src=x onerror=hacked=1>", "</script>", "\u202ea"],
        tokens=bad,
        site="<b>&\"'",
    )
    for kind, name in (("heatmap", "hostile"), ("text", "hostile-text")):
        sv.view(hostile, kind=kind, title="<script>hacked=1</script>").save(tmp_path / f"{name}.html")
    colors = [list(color) for color in sv.PALETTES["navy"].colors]
    cells = [[int(u), int(t), colors[int(states.values[u, t] > 0)]] for u, t in rng.integers(0, (128, 274), (40, 2))]
    vocabulary, ids = recording.vocabulary, recording.tracks["top_ids"]
    places = {span: sv.match(recording, span, most=30).places for span in ("faith", "just")}
    off = sv.match(recording, "faith", off_before=True, off_after=True)
    truth = {
        "places": {span: [[p.start, p.stop, len(p.common), p.others] for p in at] for span, at in places.items()},
        "improvements": len(traced.trace),
        "first": traced.trace[0].rows.tolist(),
        "last": traced.rows.tolist(),
        "off": list(off.units),
        "cells": cells,
        "steps": 274,
        "rows": found.rows.tolist(),
        "text": text,
        "token34": text[34].replace(" ", "␣"),
        "faith": text.count("faith"),
        "guesses34": [vocabulary[i].replace(" ", "␣").replace("\n", "↵") for i in ids[33]],
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    node("--test", "pages.test.mjs", PAGES=str(tmp_path), CHROMIUM=str(CHROMIUM))
