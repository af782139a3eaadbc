"""How far back memory reaches: a planted delay line, and the shipped network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stateviz as sv
from stateviz.analysis.jackknife import jackknife
from stateviz.analysis.memory.reach import _losses
from stateviz.cli import main
from stateviz.core.errors import InputError, UnknownNameError

DELAY = 5
ROMANS = "".join(sv.shipped_recording().tokens)


class DelayLine:
    """A model whose unit hands the token on that was read DELAY tokens ago, counting the last: it is the next one."""

    vocabulary = tuple("abcdefgh")

    def start(self, batch):
        return [torch.full((batch, DELAY), -1.0)]

    def encode(self, text, *, unknown=None):
        return list(text), torch.tensor([self.vocabulary.index(letter) for letter in text])

    def collect(self, tokens, state):
        (line,) = state
        logits, states = [], []
        for read in tokens:
            line = torch.cat([line[:, 1:], read[:, None].float()], 1)
            place = torch.arange(8.0)[None, :]
            logits.append(-8 * (place - line[:, :1]).abs().clamp(max=1) * (line[:, :1] >= 0))
            states.append(line)
        return torch.stack(logits), {"core.layer0.h": torch.stack(states)}, [line]

    def sites(self):
        return {"core.layer0.h": DELAY}

    def binary_sites(self):
        return frozenset()

    def digest(self):
        return "0"


@pytest.fixture(scope="module")
def delayed():
    period = "".join(np.random.default_rng(0).choice(list("abcdefgh"), DELAY))
    return sv.horizon(DelayLine(), period * 60, upto=12, places=200)


def test_a_planted_delay_line_is_found(delayed):
    assert delayed.reach == DELAY
    assert np.allclose(delayed.loss[: DELAY - 1], np.log(8), atol=1e-6)
    assert np.all(delayed.loss[DELAY - 1 :] < 0.01)


def test_what_is_changed_in_it_is_gone_when_it_has_left_the_line(delayed):
    assert np.all(delayed.changes["token state"][: DELAY - 1] > 0)
    assert np.all(delayed.changes["token state"][DELAY - 1 :] == 0)
    assert np.all(delayed.changes["flip state"][DELAY - 1 :] == 0)
    # The last of the line, which makes the prediction, came in DELAY - 1 steps before.
    assert delayed.changes["gradient"].shape == (12,)
    assert np.all(delayed.changes["gradient"][DELAY - 1 :] == 0)


@pytest.fixture(scope="module")
def shipped():
    return sv.horizon(sv.load_model("phone-case"), ROMANS, upto=16, places=200)


def test_the_losses_are_those_of_the_model_read_anew(shipped):
    model = sv.load_model("phone-case")
    ends = np.linspace(16, len(ROMANS) - 2, shipped.places).astype(int)
    for place, count in ((0, 1), (4, 5), (15, 16)):
        anew = [sv.score(model, ROMANS[end + 1 - count : end + 2])[-1] for end in ends[:40]]
        ours = _losses(model, model.encode(ROMANS)[1], torch.tensor(ends[:40]), count)
        assert np.allclose(ours, anew, atol=1e-5)
        assert shipped.tokens[place] == count


def test_more_is_better_and_the_last_excess_is_nothing(shipped):
    assert shipped.loss[0] > shipped.loss[4] > shipped.loss[-1]
    assert shipped.excess[-1] == shipped.excess_low[-1] == shipped.excess_high[-1] == 0
    assert np.all(shipped.low <= shipped.loss) and np.all(shipped.loss <= shipped.high)
    assert shipped.reach <= 16 and "tokens" in repr(shipped)


def test_the_gradient_is_that_of_torch(shipped):
    model = sv.CharModel("ab", cell="rnn", width=3, blocks=0)
    found = sv.horizon(model, "abbaab" * 20, upto=6, places=20)
    assert np.all(found.changes["gradient"] > 0)
    assert np.all(np.diff(found.changes["gradient"]) < 0)  # small random weights: it shrinks with every step


def test_the_interval_is_that_of_ten_parts_left_out_in_turn():
    values = np.random.default_rng(0).normal(size=(1, 1000))
    mean, low, high = jackknife(values)
    parts = values.reshape(10, 100).mean(axis=1)
    expected = 2.262 * parts.std(ddof=1) / np.sqrt(10)
    assert mean[0] == pytest.approx(values.mean())
    assert (high - low)[0] / 2 == pytest.approx(expected, rel=1e-6)


def test_intervals_of_noise_hold_the_mean_they_say():
    rng = np.random.default_rng(1)
    _, low, high = jackknife(rng.normal(size=(2000, 200)))
    assert 0.93 < ((low < 0) & (high > 0)).mean() < 0.97


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"upto": 200}, InputError, "the text has 274 tokens; give 410"),
        ({"upto": 0}, InputError, "upto"),
        ({"places": 3}, InputError, "places"),
        ({"site": "core.layer7.h"}, UnknownNameError, "site"),
        ({"site": "core.layer0.h", "changes": False}, InputError, "leave it out"),
    ],
)
def test_bad_input_ends_in_one_line(options, error, words):
    with pytest.raises(error, match=words):
        sv.horizon(sv.load_model("phone-case"), ROMANS, **options)


def test_a_model_without_states_has_losses_alone():
    counts = sv.ngram(ROMANS * 3, order=3)
    with pytest.raises(InputError, match="changes=False"):
        sv.horizon(counts, ROMANS, upto=8)
    found = sv.horizon(counts, ROMANS, upto=8, changes=False)
    assert found.reach <= 2 and not found.changes


def test_the_verb_prints_a_table_and_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.txt").write_text(ROMANS)
    words = ["horizon", "phone-case", "words.txt", "--upto", "8", "--places", "50"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "1"
    assert main([*words, "-o", "a.json", "--picture", "a.png"]) == 0
    assert '"reach"' in (tmp_path / "a.json").read_text()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main([*words, "-o", "a.json"]) == 0  # carries our mark, so it is replaced
    (tmp_path / "b.json").write_text("{}")
    assert main([*words, "-o", "b.json"]) == 1
