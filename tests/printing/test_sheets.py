import numpy as np
import pytest

from stateviz.core.errors import InputError, MismatchError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order
from stateviz.printing import make_caption
from stateviz.printing.layout import layout
from stateviz.printing.sheets import print_sheet
from stateviz.rendering import rasterize


@pytest.fixture
def states():
    values = np.random.default_rng(0).random((12, 40)) < 0.5
    return StateMatrix(values, tokens="in the beginning was the word, and the w")


def same(one, other):
    return one.plan == other.plan and np.array_equal(one.grid.indices, other.grid.indices)


def test_the_rows_are_ordered_and_captioned_and_laid_out(states):
    found = order(states)
    ordered = found.apply(states)
    caption = make_caption(ordered, found, title="John 1", legend={"model": "mine"}, font="sans")
    by_hand = layout(rasterize(ordered, palette="forest"), "a5", dpi=200, time="right", bands=2, caption=caption)
    sheet = print_sheet(
        states, "a5", palette="forest", dpi=200, time="right", bands=2,
        caption="all", title="John 1", legend={"model": "mine"}, font="sans",
    )  # fmt: skip
    assert same(sheet, by_hand)


def test_an_order_found_before_a_method_and_a_function_give_the_same_sheet(states):
    found = order(states, method="two-opt")
    sheets = [
        print_sheet(states, "a6", ordering=ordering)
        for ordering in (found, "two-opt", lambda given: order(given, method="two-opt"))
    ]
    assert same(sheets[0], sheets[1])
    assert same(sheets[0], sheets[2])
    assert not np.array_equal(sheets[0].grid.indices, print_sheet(states, "a6", ordering=None).grid.indices)


def test_a_dry_run_looks_for_no_order_and_has_the_sizes_of_the_sheet(states):
    def never(given):
        raise AssertionError("an order was looked for")

    dry = print_sheet(states, "a6", ordering=never, dry_run=True, caption="all")
    sheet = print_sheet(states, "a6", caption="all")
    assert dry.plan["cell_px"] == sheet.plan["cell_px"]
    assert any("its gap to the shortest" in text.text for text in dry.texts)


def test_what_does_not_fit_is_told_before_an_order_is_looked_for():
    def never(given):
        raise AssertionError("an order was looked for")

    with pytest.raises(InputError, match="do not fit"):
        print_sheet(np.ones((3000, 3), np.int8), "a6", ordering=never, dpi=40)


def test_steps_and_site_select_what_is_printed(states):
    sheet = print_sheet(states, "a6", steps="10:30", ordering=None)
    assert sheet.grid.shape in ((12, 20), (20, 12))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"legend": {"model": "x"}}, InputError, "are for a caption"),
        ({"font": "sans"}, InputError, "are for a caption"),
        ({"caption": "txt"}, UnknownNameError, "text"),
        ({"ordering": 7}, InputError, "ordering must be"),
        ({"halftone": "dots"}, UnknownNameError, "dot"),
        ({"ordering": "grdy"}, UnknownNameError, "method"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(states, options, error, message):
    with pytest.raises(error, match=message):
        print_sheet(states, "a6", **options)


def test_an_order_of_other_units_is_refused(states):
    other = order(StateMatrix(states.values, units=[f"u{i}" for i in range(12)]))
    with pytest.raises(MismatchError):
        print_sheet(states, "a6", ordering=other)
