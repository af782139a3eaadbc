"""Phrases and where else their units are on, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest

import stateviz as sv
from stateviz.analysis import PhraseIndex
from stateviz.cli import main
from stateviz.core.errors import InputError


def plain(values, span):
    """(start, units in common, others) of every place that keeps apart, best first."""
    first, last = span
    length = last - first
    chosen = values[:, first:last].all(axis=1)
    ranked = []
    for start in range(values.shape[1] - length + 1):
        on = values[:, start : start + length].all(axis=1)
        if (start <= first - length or start >= last) and (on & chosen).any():
            ranked.append((-int((on & chosen).sum()), int((on & ~chosen).sum()), start))
    taken, found = np.zeros(values.shape[1], bool), []
    for common, others, start in sorted(ranked):
        if not taken[start]:
            found.append((start, -common, others))
            taken[max(0, start - length + 1) : start + length] = True
    return found


@pytest.mark.parametrize("seed", range(40))
def test_places_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    units, steps, length = int(rng.integers(2, 150)), int(rng.integers(20, 200)), int(rng.integers(1, 5))
    values = rng.random((units, steps)) < rng.choice([0.3, 0.6, 0.9])
    first = int(rng.integers(0, steps - length))
    states = sv.StateMatrix(values.astype(np.int8), binary=True, off=0)
    if not values[:, first : first + length].all(axis=1).any():
        with pytest.raises(InputError, match="stays on"):
            sv.match(states, (first, first + length))
        return
    found = sv.match(states, (first, first + length), most=6)
    assert found.units == tuple(np.flatnonzero(values[:, first : first + length].all(axis=1)).tolist())
    places = sorted((one.start, len(one.common), one.others) for one in found.places)
    assert places == sorted(plain(values, (first, first + length))[:6])
    for one in found.places:
        assert values[list(one.common), one.start : one.stop].all()
        assert one.stop == steps or not values[list(one.common), one.stop].all()


def test_real_states_are_on_above_a_threshold():
    states = sv.StateMatrix([[0.1, 0.9, 0.1, 0.8], [0.6, 0.6, 0.6, 0.4]])
    assert sv.match(states, (1, 2), threshold=0.5).units == (0, 1)
    assert sv.match(states, (1, 2), threshold=0.7).places[0].start == 3


def test_only_units_that_are_off_around_it():
    states = sv.StateMatrix([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [0, 1, 0, 0, 0]])
    assert sv.match(states, (1, 2)).units == (0, 1, 2)
    assert sv.match(states, (1, 2), off_before=True).units == (1, 2)
    assert sv.match(states, (1, 2), off_before=True, off_after=True).units == (2,)


def test_no_place_reaches_over_the_border_of_two_texts():
    states = sv.StateMatrix([[1, 1, 0, 1, 1, 1]], column_breaks=(4,))
    assert [(one.start, one.stop) for one in sv.match(states, (0, 2)).places] == [(4, 6)]


def test_a_recording_on_disk_and_an_index_give_the_same():
    recording = sv.shipped_recording()
    index = PhraseIndex.of(recording, 0.0)
    found = sv.match(recording, "faith")
    assert found == sv.match(recording["core.layer0.h"], "faith") == sv.match(recording, "faith", index=index)
    assert "".join(recording.tokens[slice(*found.span)]) == "faith"
    with pytest.raises(InputError, match="index is of threshold 0"):
        sv.match(recording, "faith", threshold=0.5, index=index)


@pytest.mark.parametrize(
    ("span", "words"),
    [("zebra", "nowhere in the text"), ("", "a phrase"), ((5, 5), "not within 274"), ((270, 280), "not within")],
)
def test_a_phrase_that_is_not_there_is_told(span, words):
    with pytest.raises(InputError, match=words):
        sv.match(sv.shipped_recording(), span)


def test_the_verb(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["match", "--phrase", "faith", "--top", "3"]) == 0
    out = capsys.readouterr()
    assert len(out.out.splitlines()) == 4 and "stay on over steps 212:217" in out.err
    assert main(["match", "--span", "212:217", "-o", "a.json"]) == 0
    assert '"stateviz_matches"' in (tmp_path / "a.json").read_text()
    assert main(["match"]) == 1
