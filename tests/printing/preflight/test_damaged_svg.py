"""SVGs of ours, damaged one way each: none is ready, and what is wrong is named."""

import re

import numpy as np
import pytest

from stateviz.core.errors import FileError
from stateviz.core.inputs import coerce_states
from stateviz.printing.layout import layout
from stateviz.printing.preflight import preflight
from stateviz.rendering import rasterize, write

pytest.importorskip("resvg_py")

MEDIUM = "40x50mm"
STATES = coerce_states(np.random.default_rng(5).integers(0, 2, (9, 13)))
LIGHT, DARK = "#faf5eb", "#14285a"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write(layout(rasterize(STATES), MEDIUM, cell=24), tmp_path_factory.mktemp("svg") / "good.svg").read_text()


def on_top(shape):
    return lambda text: text.replace("</svg>", f"{shape}</svg>")


def on_root(attributes):
    return lambda text: text.replace("<svg ", f"<svg {attributes} ", 1)


def in_group(attributes):
    return lambda text: re.sub(r"(</metadata>)(.*)(</svg>)", rf"\1<g {attributes}>\2</g>\3", text, flags=re.DOTALL)


DAMAGES = {
    # name: (what is done, the check that says so, words of what it says)
    "a shape on top": (on_top('<rect x="200" y="200" width="90" height="90" fill="#000"/>'), "cells", "altered"),
    "a shape of the ground's colour": (on_top(f'<path fill="{LIGHT}" d="M200 200h90v90h-90z"/>'), "cells", "altered"),
    "a circle": (on_top('<circle cx="250" cy="300" r="40" fill="red"/>'), "cells", "altered"),
    "a line": (on_top('<path stroke="#000" stroke-width="4" d="M0 300h500"/>'), "cells", "altered"),
    "a shape that is half seen through": (on_top('<path opacity=".3" d="M200 200h90v90h-90z"/>'), "cells", "altered"),
    "opacity": (on_root('opacity="0.5"'), "cells", ""),
    "opacity of the cells": (in_group('opacity="0.8"'), "cells", "altered"),
    "opacity by a style": (on_root('style="opacity:.4"'), "cells", ""),
    "a rule of style": (on_top(f"<style>path{{fill:{DARK}}}</style>"), "cells", ""),
    "mirrored": (in_group('transform="translate(544 0) scale(-1 1)"'), "cells", "mirrored left to right"),
    "mirrored with its plan": (
        lambda text: re.sub(r"(<svg [^>]*>)", r'\1<g transform="translate(544 0) scale(-1 1)">', text).replace(
            "</svg>", "</g></svg>"), "cells", "mirrored left to right",
    ),
    "turned": (in_group('transform="rotate(180 272 331.5)"'), "cells", "turned by 180 degrees"),
    "moved": (in_group('transform="translate(24 0)"'), "cells", ""),
    "scaled": (in_group('transform="scale(1.1)"'), "cells", ""),
    "skewed": (in_group('transform="skewX(3)"'), "cells", "altered"),
    "not seen": (in_group('visibility="hidden"'), "cells", "altered"),
    "cut": (
        lambda text: in_group('clip-path="url(#c)"')(text).replace("</metadata>", '</metadata><clipPath id="c">'
        '<path d="M100 100h99v99h-99z"/></clipPath>'), "cells", "altered",
    ),
    "other units": (lambda text: re.sub(r'width="[\d.]+mm"', 'width="46.05in"', text, count=1), "dpi", "not square"),
    "other units both ways": (lambda text: text.replace("mm\"", "cm\""), "size", ""),
    "units left out": (lambda text: text.replace("mm\"", "\""), "size", ""),
    "another view": (lambda text: text.replace('viewBox="0 0', 'viewBox="24 0'), "cells", ""),
    "the colours exchanged": (
        lambda text: text.replace(LIGHT, "#x").replace(DARK, LIGHT).replace("#x", DARK),
        "cells", "in exchanged colours",
    ),
    "other colours": (lambda text: text.replace(DARK, "#7a8496"), "cells", "altered"),
    "a cell more": (on_top(f'<path fill="{DARK}" d="M__h24v24h-24z"/>'), "cells", "not those that were laid out"),
    "a program": (on_top("<script>1</script>"), "page", "<script>"),
    "an animation": (on_top('<animate attributeName="fill" to="red" dur="1s"/>'), "page", "<animate>"),
    "letters": (on_top('<text x="9" y="30">x</text>'), "page", "<text>"),
    "a picture elsewhere": (on_top('<image href="/etc/hostname" width="9" height="9"/>'), "page", "/etc/hostname"),
    "a page": (on_top("<foreignObject/>"), "page", "<foreignObject>"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_drawing_is_not_ready_and_says_why(tmp_path, good, damage):
    change, check, words = DAMAGES[damage]
    text = change(good)
    if "M__" in text:  # a whole cell that was light
        x, y = map(int, re.search(r"translate\((\d+) (\d+)\)", good).groups())
        row, column = np.argwhere((STATES.values.T if '"time": "down"' in good else STATES.values) == 0)[0]
        text = text.replace("M__", f"M{x + 24 * column} {y + 24 * row}")
    assert text != good
    (tmp_path / "a.svg").write_text(text)
    report = preflight(tmp_path / "a.svg", MEDIUM)
    said = [result.text for result in report.failures if result.check == check]
    assert said, f"{check} says nothing: {report}"
    assert any(words in each for each in said), said


def test_what_is_the_same_picture_is_ready(tmp_path, good):
    same = good.replace(
        "<svg ", '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n<svg '
    )
    same = same.replace("</svg>", "<!-- a comment --><g><rect width='0' height='9'/></g></svg>")
    (tmp_path / "a.svg").write_text(same)
    assert preflight(tmp_path / "a.svg", MEDIUM, against=STATES).ready


def test_a_drawing_without_a_plan_is_rendered_and_its_cells_are_found(tmp_path, good):
    (tmp_path / "a.svg").write_text(re.sub("<metadata>.*</metadata>", "", good))
    report = preflight(tmp_path / "a.svg", MEDIUM, against=STATES)
    assert [result.status for result in report.results if result.check in ("cells", "against")] == ["ok", "ok"]


def test_a_drawing_of_another_program_gets_a_report(tmp_path):
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="50mm"><circle cx="9" cy="9" r="9"/></svg>'
    )
    assert "bleed" in [failure.check for failure in preflight(tmp_path / "a.svg", MEDIUM).failures]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "declares entities"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e11 1e11"/>', "viewBox"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 999999 999999"/>', "more than can be rendered"),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="50mm" viewBox="0 0 x 9"/>', "damaged"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "neither its size nor its viewBox"),
    ],
)
def test_what_cannot_be_rendered_is_refused_by_name(tmp_path, text, message):
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(FileError, match=message):
        preflight(tmp_path / "a.svg", MEDIUM)


def test_copies_of_copies_are_not_drawn(tmp_path, good):
    levels = "".join(f'<g id="g{n}"><use href="#g{n + 1}"/><use href="#g{n + 1}"/></g>' for n in range(60))
    (tmp_path / "a.svg").write_text(on_top(f'{levels}<g id="g60"><path d="M0 0h1v1z"/></g>')(good))
    assert any("<use>" in failure.text for failure in preflight(tmp_path / "a.svg", MEDIUM).failures)


def test_a_cut_line_has_to_be_there_and_where_it_was_laid_out(tmp_path):
    path = write(layout(rasterize(STATES), "sticker-100", dpi=300), tmp_path / "a.svg")
    assert preflight(path, "sticker-100").ready
    whole = path.read_text()
    gone = re.sub(r'<path id="CutContour".*?/>', "", whole)
    moved = re.sub(r'(id="CutContour".*? d="M)(\d+)', lambda m: f"{m[1]}{int(m[2]) + 60}", whole)
    for text, said in ((gone, "no line CutContour"), (moved, "mm off the outline")):
        (tmp_path / "b.svg").write_text(text)
        (failure,) = preflight(tmp_path / "b.svg", "sticker-100").failures
        assert (failure.check, said in failure.text) == ("contour", True)
