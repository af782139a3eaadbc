import math
import re
import signal

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.models import CELLS, RECIPES, CharModel, Recipe, evaluate, load_model, sample, train
from stateviz.models.training.batches import Batch
from stateviz.models.training.checkpoints import checkpoint_path
from stateviz.models.training.updates import update
from stateviz.recording import record

TEXT = "the cat sat on the mat and the rat sat on the cat. " * 60
TINY = {"recipe": "quick", "width": 12, "batch": 4, "length": 24}


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns(cell):
    model = train(TEXT, steps=60, cell=cell, **TINY)
    uniform = math.log(len(model.vocabulary))
    assert model.provenance["nats"] < 0.8 * uniform
    assert not model.training


def test_an_update_equals_plain_autograd():
    torch.manual_seed(0)
    recipe = Recipe("", steps=1, rate=1e-3)
    fast, plain = (CharModel("abcd", width=8, hidden=16, cell="highway").double() for _ in range(2))
    plain.load_state_dict(fast.state_dict())
    inputs, targets = torch.randint(0, 4, (30, 100)), torch.randint(0, 4, (30, 100))  # more than one chunk
    optimizer = torch.optim.SGD(fast.parameters(), lr=0.0)
    loss, _ = update(fast, optimizer, Batch(inputs, targets), recipe, 0.0)
    expected = F.cross_entropy(plain(inputs)[0].flatten(0, 1), targets.flatten())
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    for (name, p), q in zip(fast.named_parameters(), plain.parameters(), strict=True):
        assert torch.allclose(p.grad, q.grad, rtol=1e-5, atol=1e-8), name


def test_same_seed_same_weights_other_seed_others():
    a, b, c = (train(TEXT, steps=3, seed=seed, **TINY) for seed in (1, 1, 2))
    assert a.digest() == b.digest() != c.digest()


def test_a_resumed_run_ends_as_one_that_was_never_interrupted(tmp_path):
    class Interrupt(Exception):
        pass

    def stop(progress):
        if progress.count == 260:
            raise Interrupt

    settings = TINY | {"width": 4, "batch": 2, "length": 8, "steps": 300, "seed": 5}
    whole = train(TEXT, **settings)
    out = tmp_path / "m.safetensors"
    with pytest.raises(Interrupt):
        train(TEXT, out=out, watch=stop, **settings)
    assert checkpoint_path(out).exists() and not out.exists()
    with pytest.raises(MismatchError, match="another recipe"):
        train(TEXT, out=out, resume=True, **(settings | {"batch": 3}))
    resumed = train(TEXT, out=out, resume=True, **settings)
    assert resumed.digest() == whole.digest() == load_model(out).digest()
    assert resumed.provenance["curve"] == whole.provenance["curve"]
    assert resumed.provenance["resumed_at"] == 250
    assert not checkpoint_path(out).exists()


def test_evaluation_counts_every_character_once():
    torch.manual_seed(0)
    model = CharModel("ab", width=4, hidden=8).eval()
    ids = torch.randint(0, 2, (53,))
    pieces = []
    for first in range(0, 52, 10):
        logits, _ = model(ids[first : min(first + 10, 52), None])
        pieces.append(F.cross_entropy(logits[:, 0], ids[first + 1 : first + 1 + len(logits)], reduction="sum").item())
    assert evaluate(model, ids, 10) == pytest.approx(sum(pieces) / 52, rel=1e-5)
    logits, _ = model(ids[:-1, None])
    assert evaluate(model, ids, None) == pytest.approx(F.cross_entropy(logits[:, 0], ids[1:]).item(), rel=1e-5)


def test_the_rate_rises_then_falls_to_zero():
    recipe = RECIPES["phone-case"]
    rates = np.array([recipe.rate_at(step) for step in range(recipe.steps)])
    assert rates.argmax() in (recipe.warmup - 1, recipe.warmup)
    assert rates.max() == recipe.rate and rates[-1] < 1e-3 * recipe.rate
    assert RECIPES["published"].rate_at(0) == RECIPES["published"].rate_at(9_999) == 1e-3


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("windows", ["random", "consecutive"])
def test_bfloat16_training_follows_float32(cell, windows):
    settings = TINY | {"cell": cell, "windows": windows, "layers": 2, "steps": 30}
    a = train(TEXT, **settings)
    b = train(TEXT, precision="bfloat16", **settings)
    assert 0 < abs(a.provenance["nats"] - b.provenance["nats"]) < 0.2
    assert {weight.dtype for weight in b.state_dict().values()} == {torch.float32}


def test_bad_settings_are_told(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'published'"):
        train(TEXT, recipe="publishd")
    with pytest.raises(InputError, match="unknown option 'widht'"):
        train(TEXT, widht=3)
    with pytest.raises(UnknownNameError, match="unknown precision 'float8'"):
        train(TEXT, precision="float8")
    with pytest.raises(InputError, match="1 or more"):
        train(TEXT, steps=0)
    with pytest.raises(InputError, match="empty"):
        train("  ")
    (tmp_path / "novel.txt").write_text(TEXT)
    with pytest.raises(InputError, match="give pathlib.Path"):
        train(str(tmp_path / "novel.txt"))
    with pytest.raises(FileError, match="no checkpoint"):
        train(TEXT, out=tmp_path / "m.safetensors", resume=True, **TINY)
    (tmp_path / "there").write_text("x")
    with pytest.raises(FileError, match="exists"):
        train(TEXT, out=tmp_path / "there", **TINY)
    with pytest.raises(FileError, match="does not exist"):
        train(TEXT, out=tmp_path / "no" / "m.safetensors", **TINY)


def test_sampling_is_repeatable_and_greedy_at_zero():
    torch.manual_seed(0)
    model = CharModel("ab\n", width=6, hidden=8).eval()
    assert sample(model, length=40, seed=3) == sample(model, length=40, seed=3)
    assert sample(model, length=40, seed=3) != sample(model, length=40, seed=4)
    greedy = sample(model, length=5, temperature=0, prime="ab")
    assert greedy == sample(model, length=5, temperature=1e-6, prime="ab")
    assert greedy == sample(model, length=5, temperature=1e-300, prime="ab")
    logits, _ = model(model.encode("ab")[1][:, None])
    assert greedy[0] == model.vocabulary[int(logits[-1, 0].argmax())]
    for bad in ({"length": 0}, {"temperature": -1}, {"temperature": float("nan")}, {"seed": -1}, {"prime": "z"}):
        with pytest.raises(InputError):
            sample(model, **bad)


def test_a_checkpoint_of_another_text_is_refused(tmp_path):
    out = tmp_path / "m.safetensors"
    settings = {"recipe": "quick", "width": 4, "batch": 2, "length": 8, "out": out}

    def stop(progress):
        if progress.count == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train("abcd " * 60, steps=6, watch=stop, **settings)
    assert checkpoint_path(out).exists()
    with pytest.raises(MismatchError, match="made with another text"):
        train("abcd " * 61, steps=6, resume=True, **settings)
    with pytest.raises(FileError, match="resume to go on from it, or overwrite to begin anew"):
        train("abcd " * 60, steps=6, **settings)
    resumed = train("abcd " * 60, steps=6, resume=True, **settings)
    whole = train("abcd " * 60, steps=6, **(settings | {"out": None}))
    assert resumed.digest() == whole.digest()
    assert resumed.provenance["curve"] == whole.provenance["curve"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"steps": "1"}, "steps is '1'; give a whole number, 1 or more"),
        ({"rate": float("nan")}, "rate is nan; give a number above 0"),
        ({"seed": -1}, "seed is -1"),
        ({"device": "cuda:7"}, "device 'cuda:7' cannot be used here"),
        ({"device": "abacus"}, "device 'abacus' cannot be used here"),
    ],
)
def test_settings_that_make_no_sense_are_named(setting, message):
    with pytest.raises(InputError, match=re.escape(message)):
        train("abcd " * 60, recipe="quick", width=4, batch=2, length=8, **({"steps": 1} | setting))


def test_dropout_and_decay_change_the_weights_and_repeat():
    plain, thinned, again, decayed = (
        train(TEXT, steps=3, **TINY, **extra) for extra in ({}, {"dropout": 0.3}, {"dropout": 0.3}, {"decay": 0.5})
    )
    assert thinned.digest() == again.digest()
    assert len({plain.digest(), thinned.digest(), decayed.digest()}) == 3
    with pytest.raises(InputError, match="dropout is 1"):
        train(TEXT, steps=1, dropout=1.0, **TINY)


def test_a_resumed_training_drops_the_same_units(tmp_path):
    out = tmp_path / "m.safetensors"

    def stop(progress):
        if progress.count == 2:
            signal.raise_signal(signal.SIGINT)

    settings = {"steps": 4, "dropout": 0.3, **TINY}
    with pytest.raises(KeyboardInterrupt):
        train(TEXT, out=out, watch=stop, **settings)
    assert train(TEXT, out=out, resume=True, **settings).digest() == train(TEXT, **settings).digest()


def test_who_watches_is_told_of_every_step_and_nobody_else_of_any(capfd):
    told = []
    train(TEXT, steps=3, watch=told.append, **TINY)
    assert [(one.stage, one.count, one.total, one.unit) for one in told] == [
        ("train", k, 3, "steps") for k in (1, 2, 3)
    ]
    assert all(one.loss > 0 for one in told)
    assert [one.validation is not None for one in told] == [False, False, True]
    train(TEXT, steps=1, **TINY)
    assert capfd.readouterr() == ("", "")


def test_a_text_in_another_encoding(tmp_path):
    (tmp_path / "t.txt").write_bytes("caf\u00e9 \r\n".encode("latin-1") * 60)
    model = train(tmp_path / "t.txt", encoding="latin-1", steps=1, **TINY)
    assert "".join(model.vocabulary) == "\n acf\u00e9"
    with pytest.raises(FileError, match="not UTF-8"):
        train(tmp_path / "t.txt", steps=1, **TINY)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_a_diverged_training_writes_nothing(tmp_path, cell, steps):
    out = tmp_path / "m.safetensors"
    with pytest.raises(InputError, match=r"the training diverged: a.* step \d.*rate"):
        train(TEXT, out=out, cell=cell, rate=1e30, steps=steps, warmup=0, schedule="constant", clip=None, **TINY)
    assert not list(tmp_path.iterdir())


def test_weights_that_are_no_numbers_are_refused_at_every_door(tmp_path):
    model = CharModel("ab\n", width=4)
    with torch.no_grad():
        model.core.layers[0].recurrent.weight[0, 0] = float("nan")  # the sign of what it gives is -1
    assert model.broken_weights() == "core.layers.0.recurrent.weight"
    with pytest.raises(InputError, match="not finite .*recurrent.weight.*diverged"):
        sample(model)
    with pytest.raises(InputError, match="not finite .*recurrent.weight.*diverged"):
        record(model, "ab")
    with pytest.raises(FileError, match="not finite .*recurrent.weight.*diverged"):
        load_model(model.save(tmp_path / "m.safetensors"))
