"""small_multiples(): every panel is cell for cell, of one size and scale, and named."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import InputError
from stateviz.plotting import small_multiples


def panels(count: int, shape: tuple[int, int] = (6, 20)) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.choice((-1, 1), shape) for _ in range(count)]


def test_each_panel_holds_its_states_under_its_name():
    drawn = panels(5)
    figure = small_multiples(drawn, list("abcde"), notes=list("vwxyz"), marked=[3], title="Five", subtitle="of them")
    images = [ax.images[0].get_array() for ax in figure.axes]
    assert all(np.array_equal(image, states) for image, states in zip(images, drawn, strict=True))
    texts = {text.get_text(): text for text in figure.texts}
    assert {*"abcdevwxyz", "Five", "of them"} <= set(texts)
    assert [name for name in "abcde" if texts[name].get_fontweight() == "bold"] == ["d"]


def test_cells_are_whole_pixels_and_panels_do_not_overlap():
    figure = small_multiples(panels(7), list("abcdefg"))
    size = figure.get_size_inches() * figure.dpi
    boxes = [ax.get_position().bounds * np.tile(size, 2) for ax in figure.axes]
    for box in boxes:
        assert np.allclose(box, np.rint(box), atol=1e-6)
        assert np.rint(box[2]) % 20 == 0 and np.rint(box[3]) % 6 == 0
        assert box[0] >= 0 and box[1] >= 0 and box[0] + box[2] <= size[0] and box[1] + box[3] <= size[1]
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] + a[2] < b[0] or b[0] + b[2] < a[0] or a[1] + a[3] < b[1] or b[1] + b[3] < a[1]


def test_names_and_notes_do_not_meet():
    name, note = "python-tsp-record-to-record", "1,234,567  +12.3%"
    figure = small_multiples(panels(2), [name, name], notes=[note, note])
    figure.draw_without_rendering()
    left, right = (
        next(text for text in figure.texts if text.get_text() == what).get_window_extent() for what in (name, note)
    )
    assert left.x1 < right.x0


def test_a_long_recording_is_drawn_from_its_start():
    figure = small_multiples(panels(1, (3, 2000)), ["a"])
    assert figure.axes[0].images[0].get_array().shape == (3, 1600)
    assert any("the first 1,600 of 2,000 steps" in text.get_text() for text in figure.texts)


def test_the_scale_is_that_of_all_panels():
    values = np.random.default_rng(0).uniform(0.5, 1, (3, 7)).astype(np.float32)
    figure = small_multiples([values, -values], ["one", "flipped"])
    scales = {ax.images[0].get_clim() for ax in figure.axes if ax.images}
    assert scales == {(-values.max(), values.max())}


@pytest.mark.parametrize(
    ("drawn", "names", "message"),
    [
        ([], [], "nothing to draw"),
        (panels(2), ["a"], "2 panels came with 1 names"),
        ([np.eye(3), np.eye(4)], ["a", "b"], "different shapes"),
    ],
)
def test_what_does_not_fit_is_refused(drawn, names, message):
    with pytest.raises(InputError, match=message):
        small_multiples(drawn, names)


@pytest.mark.parametrize("values", [np.eye(4, 9, dtype=int), np.random.default_rng(0).normal(size=(9, 12))])
def test_nothing_of_a_small_sheet_is_clipped_or_overlaps(values):
    figure = small_multiples([values], ["one"], title="A title longer than the panel is wide", subtitle="and so on")
    figure.draw_without_rendering()
    tight = figure.get_tightbbox()
    assert tight.x0 >= 0 and tight.x1 <= figure.get_figwidth()
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
