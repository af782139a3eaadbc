"""A character LSTM in plain torch, trained by a seed and resumed exactly, whose states the benchmarks order.

It does not use stateviz to train, so that the rows stay what they are when stateviz changes.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import tables
import torch
from instances import Array, Network
from torch import Tensor, nn
from torch.nn import functional as F

import stateviz as sv

BATCH, LENGTH, EMBEDDING, CLIP = 16, 64, 64, 1.0
KEEP_EVERY = 25
THREADS = {False: 1, True: 2}  # by whether it is large; the last bits of a sum depend on it
MADE_UP = 60_000
_VERSE = re.compile(r"(.+) \d+:\d+\t(.*)")

Watch = Callable[[int, float, float], None]


@dataclass(frozen=True)
class Corpus:
    """What a network is trained on, and what it reads while its states are taken."""

    name: str
    training: str
    reading: str

    @property
    def digest(self) -> str:
        """SHA-256 of both parts."""
        return hashlib.sha256(f"{self.training}\0{self.reading}".encode()).hexdigest()

    def ids(self) -> tuple[Tensor, Tensor, int]:
        """Both parts as ids, and the number of symbols."""
        symbols = sorted(set(self.training) | set(self.reading))
        index = {symbol: k for k, symbol in enumerate(symbols)}
        parts = (torch.tensor([index[c] for c in part]) for part in (self.training, self.reading))
        return *parts, len(symbols)  # type: ignore[return-value]


def corpus(data: Path | None, steps: int) -> Corpus:
    """Trained on every book but Romans, reading the beginning of Romans; without a folder, made-up text.

    The made-up text is drawn by a seed: each character is one that follows the two before it somewhere in the two
    verses that ship with stateviz.
    """
    if data is None:
        text = made_up(MADE_UP + steps)
        return Corpus("made-up", text[:-steps], text[-steps:])
    lines = tables.text_file(data).read_text(encoding="utf-8").splitlines()
    verses = [match.groups() for match in map(_VERSE.fullmatch, lines) if match]
    romans = "\n".join(verse for book, verse in verses if book == "Romans")
    if len(romans) < steps:
        raise SystemExit(f"{data / 'kjv.txt'} has no {steps:,} characters of Romans in lines 'Romans 1:1<TAB>text'")
    others = "\n".join(verse for book, verse in verses if book != "Romans")
    return Corpus("kjv", others, romans[:steps])


def made_up(characters: int) -> str:
    """Text that a second-order Markov chain of the two shipped verses makes."""
    verses = files("stateviz").joinpath("data", "romans.txt").read_text(encoding="utf-8").rstrip("\n") + "\n"
    around = verses + verses[:2]  # as a ring, so that every pair is followed by something
    follows: dict[str, list[str]] = {}
    for k in range(len(verses)):
        follows.setdefault(around[k : k + 2], []).append(around[k + 2])
    text = list(verses[:2])
    for draw in np.random.default_rng(0).random(characters - 2):
        choices = follows[text[-2] + text[-1]]
        text.append(choices[int(draw * len(choices))])
    return "".join(text)


class Net(nn.Module):
    """An embedding under one LSTM layer under a linear readout."""

    def __init__(self, symbols: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(symbols, EMBEDDING)
        self.rnn = nn.LSTM(EMBEDDING, width)
        self.head = nn.Linear(width, symbols)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (steps, batch, symbols)."""
        logits: Tensor = self.head(self.rnn(self.embed(ids))[0])
        return logits


def train(text: Corpus, network: Network, checkpoint: Path, watch: Watch) -> Net:
    """Train, or go on from the checkpoint; every update is a function of its number, so that both end alike.

    Parameters
    ----------
    checkpoint
        Written every 25 updates and at an interrupt.
    watch
        Called after every update with its number, its loss in nats a character, and its seconds.
    """
    ids, _, symbols = text.ids()
    torch.set_num_threads(THREADS[network.width > 256])
    torch.manual_seed(0)
    net = Net(symbols, network.width)
    optimizer = torch.optim.Adam(net.parameters(), lr=network.rate, fused=True)
    identity = json.dumps([asdict(network), text.digest, BATCH, LENGTH])
    done = _resume(checkpoint, net, optimizer, identity)
    try:
        while done < network.updates:
            begun = time.perf_counter()
            loss = _update(net, optimizer, ids, done)
            done += 1
            if done % KEEP_EVERY == 0:
                _keep(checkpoint, net, optimizer, identity, done)
            watch(done, loss, time.perf_counter() - begun)
    except KeyboardInterrupt:
        _keep(checkpoint, net, optimizer, identity, done)
        raise
    _keep(checkpoint, net, optimizer, identity, done)
    return net.eval()


def _update(net: Net, optimizer: torch.optim.Optimizer, ids: Tensor, number: int) -> float:
    starts = np.random.default_rng([0, number]).integers(0, len(ids) - LENGTH - 1, BATCH)
    batch = torch.stack([ids[k : k + LENGTH + 1] for k in starts.tolist()], 1)
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(net(batch[:-1]).flatten(0, 1), batch[1:].flatten())
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), CLIP)
    optimizer.step()
    return loss.item()


def _keep(path: Path, net: Net, optimizer: torch.optim.Optimizer, identity: str, done: int) -> None:
    beside = path.with_name(path.name + ".partial")
    torch.save(
        {"identity": identity, "done": done, "net": net.state_dict(), "optimizer": optimizer.state_dict()}, beside
    )
    beside.replace(path)


def _resume(path: Path, net: Net, optimizer: torch.optim.Optimizer, identity: str) -> int:
    if not path.is_file():
        return 0
    kept = torch.load(path, weights_only=True)
    if kept["identity"] != identity:
        raise SystemExit(f"{path} is of another text or network; remove it, or choose another folder")
    net.load_state_dict(kept["net"])
    optimizer.load_state_dict(kept["optimizer"])
    done: int = kept["done"]
    return done


def states(net: Net, text: Corpus) -> tuple[Array, Array, float]:
    """h and c, float32 (units, steps), while it reads; and the nats a character that it needs for the text."""
    _, ids, _ = text.ids()
    recording = sv.record(net, ids, sites=["rnn.layer0.h", "rnn.layer0.c"])
    with torch.no_grad():
        nats = F.cross_entropy(net(ids[:-1, None])[:, 0], ids[1:]).item()
    return recording["rnn.layer0.h"].values, recording["rnn.layer0.c"].values, nats
