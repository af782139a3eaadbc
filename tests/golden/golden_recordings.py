"""Recordings, statistics, models, and states in the formats of other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import golden_dumps as dumps
import numpy as np
from golden_runs import REAL, WORDS, Content, order_text, run

import stateviz as sv


def recordings() -> Content:
    """What the shipped network and a small LSTM of fixed weights record, and statistics in place of states."""
    Path("words.txt").write_text(WORDS, encoding="utf-8")
    run("record", "words.txt", "--predictions", "2", "-o", "a.zarr.zip")
    run("record", "words.txt", "--keep", "statistics", "-o", "a.stats.npz")
    run("order", "a.stats.npz", "--method", "greedy-insert,two-opt", "-o", "order.json")
    two = {"one": "abba cab", "other": "cabba"}
    sv.record(_lstm(), two, encode=_encode, sites="rnn.*", predictions=2, chunk=3, out="lstm.zarr.zip")
    sv.record_steps(_step, [0.0, 1.0], [1.0, 2.0, 4.0], out="steps.zarr.zip")
    with np.load("a.stats.npz") as file:
        arrays = {name: file[name] for name in sorted(file.files)}
    header = json.loads(arrays.pop("header").tobytes())
    return {
        "shipped.txt": dumps.zarr_text(Path("a.zarr.zip")),
        "lstm.txt": dumps.zarr_text(Path("lstm.zarr.zip")),
        "steps.txt": dumps.zarr_text(Path("steps.zarr.zip")),
        "statistics.txt": dumps.json_text(header) + "".join(dumps.array_text(*item) for item in arrays.items()),
        "statistics-order.json": order_text(),
        "sites.txt": run("sites"),
    }


def _step(x: float, h: Any) -> Any:
    return 0.5 * h + x


def _lstm() -> Any:
    """A module whose weights are plain fractions: no generator's numbers, the same in every version of torch."""
    import torch
    from torch import nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.rnn, self.head = nn.Embedding(4, 3), nn.LSTM(3, 4, num_layers=2), nn.Linear(4, 4)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.head(self.rnn(self.embed(ids))[0])

    model = Reader().eval()
    with torch.no_grad():
        for number, weights in enumerate(model.parameters()):
            places = torch.arange(weights.numel()) * 37 + number * 11
            weights.copy_((places % 64 / 32 - 1).reshape(weights.shape))
    return model


def _encode(text: str) -> tuple[list[str], Any]:
    import torch

    return list(text), torch.tensor(["abc ".index(letter) for letter in text])


def models() -> Content:
    """The text that the shipped network writes, and the parts of a model file."""
    from safetensors import safe_open

    Path("text.txt").write_text("the cat sat on the mat and the dog sat on the cat. " * 20, encoding="utf-8")
    words = ("--cell", "gru", "--width", "8", "--steps", "3", "--seed", "1")
    run("train", "text.txt", *words, "-o", "gru.safetensors")
    with safe_open("gru.safetensors", "np") as file:
        shapes = [f"{name} {file.get_slice(name).get_shape()}" for name in sorted(file.keys())]
        known = file.metadata()
    provenance = json.loads(known.pop("provenance"))
    lines = [*(f"{name}: {known[name]}" for name in sorted(known)), "provenance: " + " ".join(sorted(provenance))]
    lines += [*shapes, f"nats {provenance['nats']:.4f}"]
    return {"sample.txt": run("sample", "--prime", "In the ", "--seed", "3"), "model.txt": "\n".join(lines) + "\n"}


def _values(name: str, member: Any) -> str:
    values = np.asarray(member[()]) if hasattr(member, "dtype") else np.zeros(0)
    return dumps.array_text(name, values) if values.dtype.kind in "biuf" else f"{name}: {values.tolist()}\n"


def conversions() -> Content:
    """The same states in every format of other tools: text as it is, arrays as they are read back."""
    import h5py
    import pandas as pd

    kept: dict[str, str | bytes] = {}
    for ending in ("csv", "tsv", "npy", "npz", "parquet", "safetensors", "hdf5", "zarr.zip"):
        run("convert", REAL, "--steps", "0:9", "-o", f"states.{ending}")
    run("convert", "--steps", "0:6", "-o", "shipped.csv")
    for name in ("states.csv", "states.tsv", "shipped.csv"):
        kept[name] = Path(name).read_text(encoding="utf-8")
    for name in ("states.npy", "states.safetensors"):
        kept[name] = Path(name).read_bytes()
    with np.load("states.npz") as file:
        kept["npz.txt"] = "".join(dumps.array_text(name, file[name]) for name in file.files)
    table = pd.read_parquet("states.parquet")
    kept["parquet.txt"] = "".join(dumps.array_text(str(name), table[name].to_numpy()) for name in table.columns)
    lines: list[str] = []
    with h5py.File("states.hdf5") as file:
        file.visititems(
            lambda name, member: lines.append(f"{name} {dumps.json_text(sorted(member.attrs))}{_values(name, member)}")
        )
    return kept | {"hdf5.txt": "".join(lines), "zarr.txt": dumps.zarr_text(Path("states.zarr.zip"))}
