"""Measure recording: all states and gates of an LSTM against a loop over cells and the bare fused pass; hooks; stores.

    python benchmarks/recording.py [--characters 100000] [--units 512 128] [--repeats 3] [--device cpu]

Needs stateviz alone; the text is made up of random characters. About twenty minutes.

Writes benchmarks/results/recording.md. Medians of runs that take turns in one process, so that a slow moment hits all.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import tables
import torch
from tables import alternate
from torch import Tensor, nn

from stateviz import record

SYMBOLS = 96


class Net(nn.Module):
    """A character model's body: an embedding under a 2-layer LSTM."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, units)
        self.rnn = nn.LSTM(units, units, num_layers=2)

    def forward(self, ids: Tensor) -> Tensor:
        """Top-layer states (steps, batch, units)."""
        output: Tensor = self.rnn(self.embed(ids))[0]
        return output


def settled(device: str) -> Callable[[], object]:
    """What waits until ``device`` has done all it was given."""
    return torch.cuda.synchronize if device != "cpu" else lambda: None


@torch.no_grad()
def cell_loop(net: Net, cells: list[nn.LSTMCell], ids: Tensor) -> dict[str, Tensor]:
    """h, c and four gates of both layers by a loop over cells, as one writes it by hand.

    nn.LSTMCell gives no gates, so its formula is written out; the products of a step are made once.
    """
    kept: dict[str, list[Tensor]] = {name: [] for name in ("h", "c", "i", "f", "g", "o")}
    x = net.embed(ids)
    states = [(x.new_zeros(1, x.shape[1]), x.new_zeros(1, x.shape[1])) for _ in cells]
    linear = nn.functional.linear
    for row in x.split(1):
        for k, cell in enumerate(cells):
            h, c = states[k]
            products = linear(row, cell.weight_ih, cell.bias_ih) + linear(h, cell.weight_hh, cell.bias_hh)
            i, f, g, o = products.chunk(4, 1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            row = o * c.tanh()
            states[k] = row, c
            for values, value in zip(kept.values(), (row, c, i, f, g, o), strict=True):
                values.append(value)
    return {name: torch.cat(values).view(len(x), 2, -1).transpose(0, 1) for name, values in kept.items()}


def cells_of(net: Net) -> list[nn.LSTMCell]:
    """The layers of ``net`` as cells, of the same weights."""
    cells = []
    for k in range(2):
        cell = nn.LSTMCell(net.rnn.hidden_size, net.rnn.hidden_size)
        cell.load_state_dict(
            {name: getattr(net.rnn, f"{name}_l{k}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        )
        cells.append(cell.to(net.embed.weight.device))
    return cells


def recurrent(units: int, characters: int, repeats: int, device: str) -> str:
    """A row of the table for one width."""
    torch.manual_seed(0)
    net = Net(units).eval().to(device)
    ids, cells = torch.randint(SYMBOLS, (characters,)), cells_of(net)
    there = ids.to(device)

    @torch.no_grad()
    def bare() -> None:
        net(there[:, None])

    with tempfile.TemporaryDirectory() as folder:
        paths = (Path(folder) / f"{k}.zarr" for k in itertools.count())  # no run has to remove what another wrote
        fused, kept, stored, loop = alternate(
            repeats,
            bare,
            lambda: record(net, ids, sites="rnn.*"),
            lambda: record(net, ids, sites="rnn.*", out=next(paths)),
            lambda: cell_loop(net, cells, there),
            settle=settled(device),
        )
        recording = record(net, ids, sites="rnn.*")
        apart = max(
            float((torch.tensor(recording[f"rnn.layer{k}.{name}"].values.T) - values[k].cpu()).abs().max())
            for name, values in cell_loop(net, cells, there).items()
            for k in (0, 1)
        )
    return (
        f"| {units} | {fused:.2f} s | {kept:.2f} s | {stored:.2f} s | {loop:.2f} s | {loop / kept:.1f} "
        f"| {kept / fused:.2f} | {stored / fused:.2f} | {apart:.1e} |"
    )


def hooks(repeats: int, device: str, *, layers: int = 12, width: int = 64, steps: int = 512) -> str:
    """Hooks on all layers of a small transformer against its bare forward pass."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True, dropout=0.0)
    model = nn.Sequential(nn.Embedding(SYMBOLS, width), *(nn.TransformerEncoder(layer, 1) for _ in range(layers)))
    # The fast path of torch's encoder skips its parts, with or without hooks on them: neither run takes it.
    torch.backends.mha.set_fastpath_enabled(False)
    model = model.eval().to(device)
    texts = [torch.randint(SYMBOLS, (steps,)) for _ in range(8)]
    together = torch.stack(texts).to(device)
    names = [str(k) for k in range(1, layers + 1)]

    @torch.no_grad()
    def bare() -> None:
        model(together)

    plain, hooked = alternate(
        repeats,
        bare,
        lambda: record(model, texts, sites=names, chunk=steps * len(texts)),
        settle=settled(device),
    )
    return (
        f"Hooks on the {layers} layers of a transformer of width {width}, 8 texts of {steps} tokens side by side: "
        f"{hooked / plain:.2f} times the bare forward pass ({1e3 * plain:.0f} ms)."
    )


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__)
    options.add_argument("--characters", type=int, default=100_000, help="length of the text (default: 100000)")
    options.add_argument("--units", type=int, nargs="+", default=[512, 128], help="widths (default: 512 128)")
    options.add_argument("--repeats", type=int, default=3, help="timed repeats (default: 3)")
    options.add_argument("--device", default="cpu", help="where to run (default: cpu)")
    return options


def main() -> None:
    """Write the tables."""
    args = parser().parse_args()
    if args.quick:
        args.characters, args.units, args.repeats = 2000, [32], 1
    lines = [
        f"h, c and four gates of both layers of an LSTM over {args.characters:,} characters.",
        "",
        "| units | bare fused pass | record, in memory | record, to Zarr | LSTMCell loop | times faster than the loop "
        "| times the bare pass | times, storing | largest difference |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(recurrent(units, args.characters, args.repeats, args.device) for units in args.units),
        "",
        hooks(1 if args.quick else max(args.repeats, 5), args.device),
        "",
        f"Medians of {args.repeats}, taking turns in one process; {args.device}, {torch.get_num_threads()} threads.",
    ]
    tables.publish("recording", "\n".join(lines), args)


if __name__ == "__main__":
    main()
