"""A checkpoint is believed only where all of it fits together, and one run at a time writes to a name."""

import json
import random

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import stateviz as sv
from stateviz.models import train
from stateviz.models.training.checkpoints import _digest, checkpoint_path, load_checkpoint
from stateviz.storage.locks import Claim

pytestmark = pytest.mark.filterwarnings("ignore:the training text has")
TEXT = "abcd " * 200
SETTINGS = {
    "recipe": "quick", "width": 4, "blocks": 0, "batch": 2, "length": 8, "check_every": 3, "steps": 12,
    "threads": 1,
}  # fmt: skip


def interrupted(tmp_path, step=7):
    """A run that was stopped at a step; where its model would be."""

    def stop(progress):
        if progress.count == step:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        train(TEXT, out=tmp_path / "m.safetensors", watch=stop, **SETTINGS)
    return tmp_path / "m.safetensors"


def rewritten(path, change):
    """The checkpoint with another progress, its digest made anew: what only one who means it does."""
    with safe_open(path, "pt") as opened:
        metadata, tensors = opened.metadata(), {name: opened.get_tensor(name) for name in opened.keys()}
    progress = json.loads(metadata["progress"])
    change(progress)
    metadata["progress"] = json.dumps(progress)
    del metadata["digest"]
    save_file(tensors, path, metadata | {"digest": _digest(tensors, metadata)})


def test_one_flipped_bit_is_damage_wherever_it_is(tmp_path):
    out = interrupted(tmp_path)
    path = checkpoint_path(out)
    data = path.read_bytes()
    with safe_open(path, "pt") as opened:
        metadata = opened.metadata()
    asked = {name: metadata[name] for name in metadata if name not in ("progress", "digest")}
    model = sv.CharModel("abcd ", cell="binary", width=4, blocks=0)
    draws = random.Random(0)
    for place in [len(data) - 1, *(draws.randrange(8, len(data)) for _ in range(40))]:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << draws.randrange(8)]) + data[place + 1 :])
        with pytest.raises((sv.FileError, sv.MismatchError)):
            load_checkpoint(out, model, torch.optim.Adam(model.parameters()), asked)
    path.write_bytes(data)
    assert train(TEXT, out=out, resume=True, **SETTINGS).digest() == train(TEXT, **SETTINGS).digest()


@pytest.mark.parametrize(
    "change",
    [
        lambda progress: progress.update(step=10_000_000),
        lambda progress: progress.update(step=12),
        lambda progress: progress.update(step=-1, losses=[]),
        lambda progress: progress["curve"].append([9, 1.0, None]),
        lambda progress: progress.update(curve=[[6, 1.0, None], [3, 1.0, None]]),
        lambda progress: progress.update(step="6"),
    ],
)
def test_progress_that_the_rest_belies_is_not_believed(tmp_path, change):
    out = interrupted(tmp_path)
    rewritten(checkpoint_path(out), change)
    with pytest.raises(sv.FileError, match="is damaged"):
        train(TEXT, out=out, resume=True, **SETTINGS)
    assert not out.exists()


def test_two_trainings_to_one_name_do_not_meet(tmp_path):
    out = tmp_path / "m.safetensors"
    claim = Claim(out)
    with pytest.raises(sv.FileError, match="is being written by"):
        train(TEXT, out=out, **SETTINGS)
    claim.release()
    train(TEXT, out=out, **SETTINGS)
    assert [file.name for file in tmp_path.iterdir()] == ["m.safetensors"]


def test_a_model_that_no_memory_holds_is_refused_before_any_is_taken(tmp_path):
    for change in ({"width": 10_000_000}, {"hidden": 10**10, "blocks": 1}, {"width": 10**7, "cell": "lstm"}):
        with pytest.raises(sv.InputError, match=r"weights\) needs .* GB of memory, and .* GB are free; give a smaller"):
            train(TEXT, **(SETTINGS | change))


def test_the_text_that_is_read_is_not_written_over(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_text(TEXT)
    for read in (path, [path]):
        with pytest.raises(sv.InputError, match="read and written, too"):
            train(read, out=path, overwrite=True, **SETTINGS)
    with pytest.raises(sv.InputError, match="read and written, too"):
        sv.ngram(path, out=path, order=2, overwrite=True)
    assert path.read_text() == TEXT
