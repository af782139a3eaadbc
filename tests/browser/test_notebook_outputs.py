"""Outputs of a notebook, and the widget, in Chromium; skipped where it is missing."""

from __future__ import annotations

import json

import numpy as np

import stateviz as sv
from stateviz.views import notebooks
from stateviz.views.document import FRONT
from tests.browser.test_pages import CHROMIUM, needs_browser, node

# What of anywidget's model the script of the widget uses.
MODEL = """
const heard = {};
const model = {
  state: STATE, saved: 0,
  get: (name) => model.state[name],
  set: (name, value) => { model.state[name] = value; },
  save_changes: () => { model.saved++; },
  on: (name, act) => { heard[name] = act; },
  off: (name) => { delete heard[name]; },
  choose: (change) => { Object.assign(model.state, change); for (const name in change) heard["change:" + name](); },
};
window.model = model;
"""


@needs_browser
def test_outputs_and_the_widget_in_chromium(tmp_path, monkeypatch):
    states = sv.StateMatrix(
        np.random.default_rng(0).normal(size=(3, 20)), units=["a", "b", "c"], tokens=["</script>"] * 20
    )
    monkeypatch.setattr(notebooks, "_given", {})
    monkeypatch.setattr(notebooks, "_cell", iter("123").__next__)
    bad = "<script>window.hacked=1</script>"
    outputs = [sv.view(states, kind=kind, title=bad)._repr_mimebundle_() for kind in ("heatmap", "text", "trace")]
    # The one with the script comes last, as where a front end draws outputs in another order.
    body = "".join(output["text/html"] for output in reversed(outputs))
    (tmp_path / "notebook.html").write_text(f'<!doctype html><meta charset="utf-8"><body>{body}</body>')
    state = dict.fromkeys(("site", "unit", "step", "steps", "order", "rows"))
    state |= {"title": "a title", "_document": sv.view(states).document()}
    script = (FRONT / "widget.js").read_text().replace("export default { render };", "")
    model = MODEL.replace("STATE", json.dumps(state).replace("<", "\\u003c"))
    start = "render({ model, el: document.body });"
    (tmp_path / "widget.html").write_text(
        f'<!doctype html><meta charset="utf-8"><body><script type="module">{model}{script}{start}</script></body>'
    )
    node("--test", "notebooks.test.mjs", PAGES=str(tmp_path), CHROMIUM=str(CHROMIUM))
