"""Measure training: the result on held-out text, the speed of a step, and of the recurrent core.

    python benchmarks/training.py [--data DIR] [--model NAME=FILE ...] [--repeats 7]

Needs stateviz alone for the speeds, measured on made-up text; for the results a text, and the models to compare with,
which `stateviz train` makes. About two minutes.

Writes benchmarks/results/speed.md (a training step against the plain per-step loop, and the core against torch's GRU:
medians, alternating in one run) and, with a text, training.md (each model's bits a character; given models named
``published`` and ``highway``, the share of the way from sign to tanh that the shipped one closes).
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable

import tables
import torch
from tables import alternate
from torch import Tensor, nn
from torch.nn import functional as F

from stateviz.models import RECIPES, CharModel, Recipe, evaluate, load_model
from stateviz.models.corpus import Corpus, read_corpus, split
from stateviz.models.training.batches import Batch, Batches
from stateviz.models.training.updates import update

SHIPPED = "phone-case (shipped)"


def plain_update(
    model: CharModel, optimizer: torch.optim.Optimizer, batch: Batch, recipe: Recipe, rate: float
) -> tuple[float, Tensor]:
    """``update`` as one would first write it: the cell called step by step, autograd for all of it."""
    inputs, targets, _ = batch
    optimizer.zero_grad(set_to_none=True)
    layer, states = model.core.layers[0], []
    h = layer.start(inputs.shape[1])
    for x in model.embedding(inputs):
        h = layer.cell(x, h)
        states.append(h)
    loss = F.cross_entropy(model.readout(torch.stack(states)).flatten(0, 1), targets.flatten())
    loss.backward()
    if recipe.clip is not None:
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return loss.item(), h


def loss_curves(batches: Batches, vocabulary: tuple[str, ...], recipe: Recipe, steps: int) -> tuple[float, float]:
    """Mean and largest difference of the losses of the first steps, ours against the plain loop's."""
    curves = []
    for run in (update, plain_update):
        torch.manual_seed(0)
        model = CharModel(vocabulary)
        optimizer = torch.optim.Adam(model.parameters(), fused=True)
        curves.append([run(model, optimizer, batches.at(k), recipe, recipe.rate_at(k))[0] for k in range(steps)])
    apart = [abs(a - b) for a, b in zip(*curves, strict=True)]
    return statistics.mean(apart), max(apart)


def speed(corpus: Corpus, repeats: int, *, quick: bool) -> str:
    """The table of speeds."""
    recipe = RECIPES["published"]
    if quick:
        recipe = Recipe(**(vars(recipe) | {"batch": 2, "length": 32}))
    model = CharModel(corpus.vocabulary)
    data = model.encode(corpus.training)[1]
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    batches = Batches(data.numpy(), recipe, 0)
    batch = batches.at(0)
    half = Recipe(**(vars(recipe) | {"precision": "bfloat16"}))
    ours, low, plain = alternate(
        repeats,
        lambda: update(model, optimizer, batch, recipe, recipe.rate),
        lambda: update(model, optimizer, batch, half, recipe.rate),
        lambda: plain_update(model, optimizer, batch, recipe, recipe.rate),
    )
    core, gru = alternate(repeats, *_cores(model, batch[0]))
    steps = 2 if quick else 20
    mean, worst = loss_curves(batches, corpus.vocabulary, recipe, steps)
    rows = [
        ("training step, plain per-step autograd", plain, 1.0),
        ("training step, stateviz, float32", ours, plain / ours),
        (f"training step, stateviz, products in bfloat16{_bfloat16_note()}", low, plain / low),
        ("recurrent core forward + backward, torch's nn.GRU", gru, 1.0),
        ("recurrent core forward + backward, stateviz highway", core, gru / core),
    ]
    lines = [f"| what (batch {recipe.batch} x {recipe.length}, 128 units) | ms | speed |", "|---|---:|---:|"]
    lines += [f"| {name} | {1e3 * seconds:.0f} | {ratio:.2f} |" for name, seconds, ratio in rows]
    note = (
        f"Losses of the first {steps} steps, ours against the plain loop's: {mean:.4f} nats apart on average, "
        f"{worst:.4f} at most. {torch.get_num_threads()} threads; medians of {repeats}."
    )
    return "\n".join(lines) + f"\n\n{note}\n"


def _cores(model: CharModel, tokens: Tensor) -> tuple[Callable[[], object], Callable[[], object]]:
    gru = nn.GRU(128, 128)
    x = torch.randn(*tokens.shape, 128, requires_grad=True)
    above = torch.randn(*tokens.shape, 128)

    def ours() -> None:
        model.core.fast_tokens(tokens, model.embedding.weight, model.start(tokens.shape[1]))[0].backward(above)

    return ours, lambda: gru(x)[0].backward(above)


def _bfloat16_note() -> str:
    return "" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else " (not in this processor: emulated)"


def results(corpus: Corpus, models: dict[str, CharModel]) -> str:
    """The table of results on the held-out text."""
    bits = {}
    lines = [
        "| model | steps | nats a character | bits a character | bits, one pass |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, model in models.items():
        ids = model.encode(corpus.validation)[1]
        nats, once = evaluate(model, ids), evaluate(model, ids, None)
        steps = model.provenance["recipe"]["steps"]
        bits[name] = nats / math.log(2)
        lines.append(f"| {name} | {steps:,} | {nats:.3f} | {bits[name]:.3f} | {once / math.log(2):.3f} |")
    lines.append("| published (2021), its own figure | 10,000 | 1.30 | 1.876 | - |")
    note = f"Held-out text: {len(corpus.validation):,} characters; sha256 {corpus.digest[:16]}."
    if {"published", "highway"} <= set(bits):
        share = (bits["published"] - bits[SHIPPED]) / (bits["published"] - bits["highway"])
        note += (
            f" Of the way from the published network to the one with tanh (highway) the shipped one goes {share:.0%}."
        )
    return "\n".join(lines) + f"\n\n{note}\n"


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with kjv.txt, to measure results on a held-out book of it")
    options.add_argument("--text", metavar="FILE", help="another text than kjv.txt of --data")
    options.add_argument("--hold-out", default="Romans", help="book that was held out (default: Romans)")
    options.add_argument("--model", action="append", default=[], metavar="NAME=FILE", help="further models to measure")
    options.add_argument("--repeats", type=int, default=7, help="timed repeats (default: 7)")
    return options


def main() -> None:
    """Write the tables."""
    args = parser().parse_args()
    text = args.text or (tables.text_file(args.data) if args.data else None)
    corpus = read_corpus([text], args.hold_out) if text else split("the quick brown fox. " * 5000)
    if text:
        models = {SHIPPED: load_model()}
        models |= {name: load_model(file) for name, file in (word.split("=", 1) for word in args.model)}
        tables.publish("training", results(corpus, models), args)
    tables.publish("speed", speed(corpus, 1 if args.quick else args.repeats, quick=args.quick), args)
    print(tables.closing({} if text else {"results on held-out text": "no --data"}, "give --data DIR"))


if __name__ == "__main__":
    main()
