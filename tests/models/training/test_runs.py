"""Long runs: windows, what is kept on the way, resuming, stopping."""

import signal

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.models import CharModel, Recipe, load_model, train
from stateviz.models.training.batches import NOTHING, Batches
from stateviz.models.training.checkpoints import checkpoint_path, kept_path
from stateviz.models.training.evaluation import evaluate_as
from stateviz.models.training.pace import Pace

TEXT = "the cat sat on the mat and the rat sat on the cat. " * 60
TINY = {"recipe": "quick", "width": 6, "blocks": 0, "batch": 3, "length": 8, "threads": 1}


def interrupt_at(step):
    def watch(progress):
        if progress.count == step:
            signal.raise_signal(signal.SIGINT)

    return watch


@pytest.mark.parametrize("settings", [
    {"windows": "consecutive", "cell": "lstm"},
    {"windows": "consecutive", "cell": "binary", "dropout": 0.2},
    {"windows": "lines", "cell": "gru"},
    {"optimizer": "rmsprop", "schedule": "decay", "after": 0, "clip_value": 0.1, "start": "learned", "cell": "rnn"},
    {"tied": True, "cell": "highway"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("at", [1, 5, 10, 13])
def test_an_interrupted_run_resumed_gives_the_same_bytes(tmp_path, settings, at):
    text, out = TEXT.replace(". ", ".\n"), tmp_path / "m.safetensors"
    options = TINY | settings | {"steps": 14, "check_every": 5}
    whole = train(text, **options)
    with pytest.raises(KeyboardInterrupt):
        train(text, out=out, watch=interrupt_at(at), **options)
    resumed = train(text, out=out, resume=True, **options)
    assert resumed.digest() == whole.digest() == load_model(out).digest()
    assert resumed.provenance["curve"] == whole.provenance["curve"]
    assert not checkpoint_path(out).exists()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers that interrupt")
def test_twenty_interruptions_at_random_moments_change_no_byte(tmp_path):
    rng, out = np.random.default_rng(7), tmp_path / "m.safetensors"
    options = TINY | {"windows": "consecutive", "cell": "lstm", "dropout": 0.2, "steps": 400, "check_every": 37}
    options["hold_out"] = 0.2
    whole = train(TEXT, **options)
    interruptions = 0

    def watch(progress):
        nonlocal wait
        wait -= 1
        if wait == 0:  # the timer ends in the middle of a later update, a validation or a checkpoint
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 4e-3))

    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        while interruptions < 20:
            wait = int(rng.integers(1, 4))
            with pytest.raises(KeyboardInterrupt):
                train(TEXT, out=out, resume=checkpoint_path(out).exists(), watch=watch, **options)
            interruptions += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    resumed = train(TEXT, out=out, resume=True, **options)
    assert 20 <= resumed.provenance["resumed_at"] < 400
    assert resumed.digest() == whole.digest() == load_model(out).digest()
    assert resumed.provenance["curve"] == whole.provenance["curve"]


def test_the_curve_until_then_is_told_at_every_look():
    seen = []
    model = train(TEXT, steps=7, check_every=3, watch=seen.append, **TINY)
    assert [progress.count for progress in seen if progress.curve is not None] == [3, 6, 7]
    assert [point[0] for point in seen[5].curve] == [3, 6]
    assert [list(point) for point in seen[-1].curve] == model.provenance["curve"]
    nothing = []
    train(TEXT, steps=2, hold_out=0, watch=nothing.append, **TINY)
    assert nothing[-1].curve[0][0] == 2 and nothing[-1].curve[0][2] is None


def test_the_time_left_is_that_of_the_latest_updates_and_of_the_looks_to_come(monkeypatch):
    now = 0.0

    def pass_(seconds):
        nonlocal now
        now += seconds

    monkeypatch.setattr("stateviz.models.training.pace.time.perf_counter", lambda: now)
    pace = Pace()
    for seconds in (100.0, 2.0):  # the first compiles
        with pace.update():
            pass_(seconds)
    with pace.look():
        pass_(5.0)
    assert pace.each == 2.0 and pace.left(10, 3) == 35.0
    quick = Pace()
    for k in range(6):
        assert quick.left(1, 0) is None
        with quick.update():
            pass_(100.0 if k == 0 else 0.125)
    assert quick.left(8, 0) == 1.0
    for _ in range(40):  # a machine that becomes busy
        with quick.update():
            pass_(0.5)
    assert quick.each == 0.5


def test_consecutive_windows_carry_the_state_of_their_stream():
    data = np.arange(41).astype(np.uint8)
    batches = Batches(data, Recipe("", batch=2, length=5, windows="consecutive"), 0)
    assert batches.per_epoch == 4
    assert [batches.at(k).fresh for k in range(5)] == [True, False, False, False, True]
    assert batches.at(1).inputs.T.tolist() == [[5, 6, 7, 8, 9], [25, 26, 27, 28, 29]]
    assert torch.equal(batches.at(1).targets, batches.at(1).inputs + 1)


def test_lines_are_items_that_begin_and_end_with_a_newline():
    data = np.array([1, 2, 0, 0, 3, 0, 4, 5, 6], np.uint8)  # 12, nothing, 3, 456
    batches = Batches(data, Recipe("", batch=40, length=9, windows="lines"), 0, newline=0)
    inputs, targets, fresh = batches.at(0)
    read = {
        tuple(i[: (t != NOTHING).sum()].tolist()): tuple(t[t != NOTHING].tolist())
        for i, t in zip(inputs.T, targets.T, strict=True)
    }
    assert fresh and read == {(0, 1, 2): (1, 2, 0), (0, 3): (3, 0), (0, 4, 5, 6): (4, 5, 6, 0)}


def test_a_text_is_judged_as_it_is_read():
    torch.manual_seed(0)
    model, ids = CharModel("\nab", cell="gru", width=5, blocks=0), np.array([1, 2, 1, 0, 2, 2, 0, 1], np.uint8)
    logits, _ = model(torch.from_numpy(ids[:-1].astype(np.int64))[:, None])
    whole = F.cross_entropy(logits[:, 0], torch.from_numpy(ids[1:].astype(np.int64))).item()
    assert evaluate_as(Recipe("", windows="consecutive"), model, ids) == pytest.approx(whole, rel=1e-5)
    costs = []
    for line in ([1, 2, 1], [2, 2], [1]):
        logits, _ = model(torch.tensor([0, *line])[:, None])
        costs += F.cross_entropy(logits[:, 0], torch.tensor([*line, 0]), reduction="none").tolist()
    assert evaluate_as(Recipe("", windows="lines"), model, ids) == pytest.approx(np.mean(costs), rel=1e-5)


def test_models_and_samples_are_kept_on_request(tmp_path):
    out = tmp_path / "m.safetensors"
    train(TEXT, out=out, steps=6, keep_every=3, sample_at=[2], check_every=2, **TINY)
    names = {path.name for path in tmp_path.iterdir()} - {"m.best.safetensors"}
    assert names == {"m.safetensors", *(f"m.step-00000{k}.safetensors" for k in (2, 3, 6)), "m.step-000002.txt"}
    assert len((tmp_path / "m.step-000002.txt").read_text()) == 301
    assert load_model(tmp_path / "m.step-000006.safetensors").digest() == load_model(out).digest()
    assert load_model(tmp_path / "m.step-000003.safetensors").digest() == train(TEXT, steps=3, **TINY).digest()
    with pytest.raises(InputError, match="keep_every and sample_at need out"):
        train(TEXT, steps=2, keep_every=1, **TINY)
    (tmp_path / "m.safetensors").unlink()
    with pytest.raises(FileError, match="of an earlier training is there"):
        train(TEXT, out=out, steps=6, **TINY)


def test_the_best_model_is_kept_and_given_where_patience_ends(tmp_path):
    out = tmp_path / "m.safetensors"
    settings = TINY | {"hold_out": 0.2, "check_every": 4, "rate": 0.05, "warmup": 0, "schedule": "constant"}
    text = "abcd" * 300 + "dcba" * 75  # what is learned misleads
    model = train(text, out=out, steps=400, patience=3, **settings)
    curve = model.provenance["curve"]
    assert model.provenance["stopped_early_at"] == curve[-1][0] < 400
    best = min(curve[:-1], key=lambda point: point[2])
    assert model.provenance["best_step"] == best[0] == curve[-1][0] - 12
    assert model.provenance["nats"] == pytest.approx(best[2], abs=1e-3)
    assert not kept_path(out, "best").exists()
    longer = train(text, out=tmp_path / "n.safetensors", steps=curve[-1][0], **settings)
    assert load_model(tmp_path / "n.best.safetensors").digest() == model.digest() != longer.digest()


def test_a_training_that_diverges_keeps_the_last_good_checkpoint(tmp_path):
    out = tmp_path / "m.safetensors"
    recipe = Recipe(
        "", cell="rnn", width=6, blocks=0, batch=3, length=8, schedule="decay", factor=1e25, after=2, rate=1e-3
    )
    with pytest.raises(
        InputError, match=r"diverged: .*checkpoint before it is kept, and the best model .*m.best.safetensors"
    ):
        train("abba ab baab " * 6, out=out, recipe=recipe, steps=40, check_every=2, threads=1)
    assert checkpoint_path(out).exists() and not out.exists()
    assert load_model(kept_path(out, "best")).broken_weights() is None


def test_epochs_are_passes_over_the_text():
    model = train(TEXT, epochs=2, **(TINY | {"windows": "consecutive"}))
    characters = model.provenance["training_characters"] - 1
    assert model.provenance["recipe"]["steps"] == 2 * (characters // 3 // 8)
    with pytest.raises(InputError, match="give one of them"):
        train(TEXT, epochs=2, steps=3, **TINY)


def test_a_test_text_is_read_once_in_the_end():
    model = train(TEXT, steps=4, hold_out=0.1, test=0.2, **TINY)
    assert model.provenance["test_characters"] == round(0.2 * len(TEXT))
    assert 0 < model.provenance["test_nats"] < 4
    nothing = train(TEXT, steps=4, hold_out=0, **TINY)
    assert nothing.provenance["nats"] is None and nothing.provenance["training_characters"] == len(TEXT)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("abcdefgh", {"length": 8, "hold_out": 0}, "has 8 characters, and a sequence of 8 needs one more"),
        ("abcdefgh", {"length": 4}, "the held-out text has one character, and at least 2"),
        ("abc", {}, "has 2 characters, and a sequence of 8 needs one more"),
        ("aaaa" * 50, {}, "one symbol, 'a', over and over"),
        ("abab" * 50, {"windows": "lines"}, "this one has no newline"),
        (TEXT, {"windows": "linse"}, "unknown windows 'linse'.*did you mean 'lines'"),
        (TEXT, {"optimizer": "rmsprop", "decay": 0.1}, "decay is of adam"),
        (TEXT, {"threads": 0}, "threads is 0"),
        (TEXT, {"patience": 0}, "patience is 0"),
    ],
)
def test_what_makes_no_sense_is_told(text, settings, message):
    from stateviz.core.errors import StatevizError

    with pytest.raises(StatevizError, match=message):
        train(text, steps=2, **(TINY | settings))


def test_a_checkpoint_of_another_kind_names_what_differs(tmp_path):
    out = tmp_path / "m.safetensors"
    settings = TINY | {"steps": 6, "out": out}
    with pytest.raises(KeyboardInterrupt):
        train(TEXT, watch=interrupt_at(3), **settings)
    for change, what in (({"rate": 0.1}, "recipe"), ({"seed": 3}, "seed"), ({"hold_out": 0.3}, "text")):
        with pytest.raises(MismatchError, match=f"made with another {what}"):
            train(TEXT, resume=True, **(settings | change))


def test_bytes_are_learned_and_written_as_text(tmp_path):
    (tmp_path / "a.bin").write_bytes("h\u00e9 ".encode() * 80 + b"\xff")
    model = train(tmp_path / "a.bin", bytes=True, steps=3, **TINY)
    tokens, ids = model.encode("h\u00e9!")
    assert tokens == ["h", "", "\u00e9", "!"] and ids.tolist() == [104, 195, 169, 33]
