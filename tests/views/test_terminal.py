"""States in a terminal."""

import re

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.errors import InputError


def test_half_blocks_in_two_colours_hold_every_state():
    states = np.random.default_rng(0).random((6, 30)) < 0.5
    lines = sv.view(states).to_terminal(80).splitlines()[1:]
    cells = [re.findall(r"\[38;2;([\d;]+)m\x1b\[48;2;([\d;]+)m▀", line) for line in lines]
    found = np.array([[half == "20;40;90" for half in pair] for row in cells for pair in row]).reshape(3, 30, 2)
    assert np.array_equal(found.transpose(0, 2, 1).reshape(6, 30), states)


def test_what_does_not_fit_is_averaged_and_said():
    text = sv.view(np.random.default_rng(0).normal(size=(300, 1000))).to_terminal(100, color=False)
    head, *rows = text.splitlines()
    assert "each cell the mean of 4.69 x 10" in head
    assert len(rows) == 64 and all(len(row) == 100 for row in rows)
    assert "\x1b" not in text


def test_text_on_a_units_colours_shows_no_control_character():
    states = sv.StateMatrix([[0.0, 1.0, 0.5, 0.2]], tokens=["a", "\x1b[31m", "\u202e", "日"])
    for color in (True, False):
        text = sv.view(states, kind="text").to_terminal(40, color=color)
        assert "\x1b[31m" not in text and "\u202e" not in text and "日" in text


def test_a_narrow_terminal_and_a_view_without_this_form_are_told():
    with pytest.raises(InputError, match="too narrow"):
        sv.view([[0, 1]]).to_terminal(10)
    with pytest.raises(InputError, match="no form for a terminal"):
        sv.view([[0, 1]], kind="trace").to_terminal(80)


def test_one_outlier_unit_leaves_the_others_their_tints_and_is_told():
    values = np.random.default_rng(0).uniform(-1, 1, (12, 40))
    values[3] *= 1000
    head, *rows = sv.view(values).to_terminal(80, color=False).splitlines()
    assert "(2% and 98% of 11 of the 12 units)" in head and "cells lie beyond" in head
    assert len(set("".join(rows[:3] + rows[4:]))) == 5
    assert "beyond" not in sv.view(values, limits=(-1000, 1000)).to_terminal(80, color=False)
