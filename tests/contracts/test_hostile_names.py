"""Names and tokens that mean something to matplotlib, XML or a terminal are drawn, and files stay what they are."""

import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

import stateviz as sv
from stateviz.plotting import side_by_side
from stateviz.views import VIEWS

MATH = r"$\frac{$"
BROKEN = "a\x1b[31m\ufffe\uffff\x08<&>--"
VALUES = {
    "binary": np.where(np.random.default_rng(0).random((5, 50)) < 0.5, -1, 1),
    "real": np.random.default_rng(0).normal(size=(5, 50)),
}


def states(name, kind):
    """Five units over 50 steps, all of whose names are ``name``."""
    units = tuple(f"{name}{row}" for row in range(5))
    return sv.StateMatrix(VALUES[kind], units=units, tokens=(name,) * 50, site=name)


def recording(name, kind):
    """The same, with guesses."""
    tracks = {
        "surprisal": np.ones(50), "entropy": np.ones(50), "top_ids": np.zeros((50, 2), int),
        "top_probabilities": np.full((50, 2), 0.4),
    }  # fmt: skip
    return sv.Recording((name,) * 50, {name: states(name, kind)}, {}, tracks)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", [MATH, "$x_1$"])
def test_no_text_that_is_drawn_is_mathtext(kind, name):
    given = states(name, kind)
    figures = [
        sv.heatmap(given, title=name),
        sv.heatmap(sv.correlate(given), title=name),
        side_by_side(given, given, title=name, names=(name, name)),
    ]
    for picture in figures:
        figure = picture.get_figure(root=True) if hasattr(picture, "imshow") else picture
        figure.canvas.draw()
        drawn = [text for text in figure.findobj(Text) if "$" in text.get_text()]
        assert drawn
        assert not [text.get_text() for text in drawn if text.get_parse_math()]
        plt.close(figure)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [MATH, BROKEN])
@pytest.mark.parametrize("view", [name for name, row in VIEWS.items() if not row.of_models])
def test_every_view_is_an_svg_that_is_xml(tmp_path, view, name):
    path = sv.view(recording(name, "real" if view != "pixels" else "binary"), kind=view, title=None).save(
        tmp_path / "a.svg"
    )
    ET.parse(path)


@pytest.mark.filterwarnings("ignore")
def test_sheets_and_figures_are_xml_and_keep_the_plan(tmp_path):
    sheet = sv.print_sheet(
        states(BROKEN, "binary"), "a5", ordering="mean", title=BROKEN, caption="all", legend={"a": BROKEN}
    )
    root = ET.parse(sv.write(sheet, tmp_path / "a.svg")).getroot()
    assert root.tag.endswith("svg")
    ET.parse(sv.save_figure(sv.heatmap(states(BROKEN, "real"), title=BROKEN), tmp_path / "b.svg"))
    assert sv.preflight(tmp_path / "a.svg", "a5") is not None
