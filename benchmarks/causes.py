"""What single units do: the parenthesis networks, the named units of trained models, and the share that is readable.

    python benchmarks/causes.py --data DIR --models DIR

Needs prose.txt, markup.txt and code/held-out.txt in the folder of texts, whose last tenth (of code: what lies in its
middle) the models never read. The parenthesis part reads paren-0.safetensors to paren-5.safetensors in the folder of
models, trained by ``stateviz train parenthesis.txt --recipe parenthesis --seed N``, and paren-lstm-0.safetensors with
``--cell lstm``. Without --models the shipped models are read. A unit is chosen on the first half of the text; effects
and intervals are those of the second, costs those of its end. With --keep FILE what was measured is kept and not
measured again.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import tables
from PIL import Image

import stateviz as sv
from stateviz.analysis.effects import binned_r2
from stateviz.analysis.features import StepText, compute
from stateviz.analysis.interventions import Effects

SEEDS = 6
CHARACTERS = 2_000_000  # of the parenthesis text, the last tenth held out
NAMED = {
    "markup": ("url", "wiki-link", "wiki-link-second", "wiki-link-one", "wiki-link-ruler", "after-first-w"),
    "prose": ("position-in-line", "inside-quotes"),
    "code": ("comment-c", "comment-or-quote-c", "if-body-c", "parentheses-depth", "newline-may-follow"),
}
PROBED = {"markup": "wiki-link-second", "prose": "inside-quotes", "code": "comment-c"}
KEPT_UNITS = 32
FROM = {"prose": 0.9, "markup": 0.9, "code": 0.4}


class Kept:
    """Rows that were measured before, in a file beside the tables."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: dict[str, Any] = json.loads(path.read_text()) if path is not None and path.is_file() else {}

    def row(self, name: str, measure: Callable[[], Any]) -> Any:
        """What is kept under a name, measured where it is not."""
        if name not in self.rows:
            self.rows[name] = measure()
            print(name, self.rows[name], file=sys.stderr, flush=True)
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(json.dumps(self.rows, indent=1))
        return self.rows[name]


# --- the parenthesis networks


@cache
def parenthesis_text(characters: int) -> tuple[str, np.ndarray]:
    """The end of the text that was held out, and the depth after each of its characters."""
    text, truth = sv.language("parenthesis").generate(CHARACTERS, seed=0)
    return text[-characters:].rstrip("\n"), np.asarray(truth["depth"][-characters:], float)


def best_level_unit(states: np.ndarray, depth: np.ndarray) -> tuple[int, float]:
    """The unit whose value tells the depth best on the first half, and its R2 on the second by levels of the first."""
    half, quarter = len(depth) // 2, len(depth) // 4
    one, two, late = slice(quarter), slice(quarter, half), slice(half, None)
    chosen = [float(binned_r2(row[one], depth[None, one], row[two], depth[None, two])[0]) for row in states]
    unit = int(np.argmax(chosen))
    row = states[unit]
    first = slice(half)
    return unit, float(binned_r2(row[first], depth[None, first], row[late], depth[None, late])[0])


def linear_r2(states: np.ndarray, depth: np.ndarray) -> float:
    """R2 of the best line through all units, found on the first half and judged on the second."""
    half = len(depth) // 2
    rows = np.vstack([states, np.ones(states.shape[1])]).T
    weights = np.linalg.lstsq(rows[:half], depth[:half], rcond=None)[0]
    wrong = ((depth[half:] - rows[half:] @ weights) ** 2).mean()
    return float(1 - wrong / depth[half:].var())


def told(effects: Effects, where: str) -> str:
    """A cost with its interval."""
    one = effects[where]
    return f"{one.change:+.3f} ({one.low:+.3f} to {one.high:+.3f})"


def parenthesis(model: Any, characters: int, ablated: int) -> list[str]:
    """A row of one network."""
    text, depth = parenthesis_text(characters)
    (site,) = model.sites()
    states = np.asarray(sv.record(model, text)[site].values, float)
    spaces = slice(text.index(" "), None, 2)
    units = [best_level_unit(states, depth), best_level_unit(states[:, spaces], depth[spaces])]
    text = text[-ablated:]
    coming = np.array([*text[1:], " "])
    features = {"a digit": np.char.isdigit(coming), "a bracket": np.isin(coming, ["(", ")"])}
    row = []
    for unit, r2 in units:
        found = sv.intervene(model, text, units=unit, features=features)
        row += [str(unit), f"{r2:.3f}", told(found, "a digit"), told(found, "a bracket")]
    moved = sv.shift_counter(model, text, symbol="(", site=site, steps=(2,), places=1000)
    one = next((row for row in moved.rows if row["count"] is None), None)
    shifted = "-" if one is None else f"{one['moved']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})"
    return [f"{found[0].loss:.4f}", *row, f"{linear_r2(states, depth):.4f}", shifted]


def parenthesis_table(args: argparse.Namespace, kept: Kept) -> str:
    """All seeds, and their median."""
    rows = []
    for seed in range(args.seeds):
        file = args.models / f"paren-{seed}.safetensors"
        make = partial(lambda file: parenthesis(sv.load_model(file), args.characters, args.ablated), file)
        rows.append([str(seed), *kept.row(f"parenthesis {seed}", make)])
    middle = {k: f"{np.median([float(row[k]) for row in rows]):.3f}" for k in (3, 7, 10)}
    costs = ["ablated, costs where a digit comes, nats", "where a bracket comes"]
    head = ["seed", "nats a character", "unit", "R2 of depth by its value", *costs,
            "unit after spaces", "R2 after spaces", *costs, "R2 by a line through all units",
            "all moved by one (, the predicted depth moves by"]  # fmt: skip
    return tables.table(head, [*rows, ["median", *(middle.get(k, "") for k in range(1, len(head)))]])


def counting(model: Any, site: str, characters: int) -> list[str]:
    """Which units count after spaces, and how far one count moves what is predicted."""
    text, _ = parenthesis_text(characters)
    begin = text.index(" ")
    states = np.asarray(sv.record(model, text, sites=[site])[site].values, float)[:, begin::2]
    symbols = text[begin - 1 :: 2][: states.shape[1]]
    found = sv.counters(sv.StateMatrix(states, tokens=symbols))
    best = [one.r2 for one in found.of_kind("counter")][:1]
    moved = sv.shift_counter(model, text, symbol="(", site=site, steps=(0, 2, 8))
    told = {row["steps"]: f"{row['moved']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"
            for row in moved.rows if row["count"] is None}  # fmt: skip
    return [f"{len(found.of_kind('counter'))} of {len(found)}", f"{best[0]:.2f}" if best else "-",
            *(told.get(step, "-") for step in (0, 2, 8))]  # fmt: skip


def counters_table(args: argparse.Namespace, kept: Kept) -> str:
    """The LSTM's c and h, and the GRU's h."""
    rows = []
    for name, file, site in (("LSTM", "paren-lstm-0", "c"), ("LSTM", "paren-lstm-0", "h"), ("GRU", "paren-0", "h")):
        make = partial(lambda path, site: counting(sv.load_model(path), site, args.ablated),
                       args.models / f"{file}.safetensors", f"core.layer0.{site}")  # fmt: skip
        rows.append([name, site, *kept.row(f"counters {file} {site}", make)])
    head = ["parenthesis network", "site", "units that count, after spaces", "R2 of the change, the best of them",
            "all units moved by one (, the predicted depth moves at once", "2 characters later", "8 later"]  # fmt: skip
    return tables.table(head, rows)


# --- the named units


def held_out(args: argparse.Namespace, name: str) -> str:
    """The text that a model never read, of the size that was asked for."""
    file = args.data / ("code/held-out.txt" if name == "code" else f"{name}.txt")
    text = file.read_text(encoding="utf-8")
    begin = int(len(text) * FROM[name])
    return text[begin : begin + args.characters]


def model_of(args: argparse.Namespace, name: str) -> Any:
    """A model by its name: a file of the folder, or the shipped one."""
    return sv.load_model(args.models / f"{name}.safetensors" if args.models else name)


def quiet_find(*given: Any, **options: Any) -> sv.Findings:
    """What is found, without a word about drift or short texts: the tables say how many stretches there are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sv.find(*given, **options)


def sites(model: Any) -> list[str]:
    """h and, where there is one, c of every layer."""
    return [site for site in model.edit_sites() if site.endswith((".h", ".c"))]


def best_units(recording: sv.Recording, text: str, names: tuple[str, ...]) -> dict[str, tuple[str, int]]:
    """For each feature the site and unit of the largest correlation on the first half, less the guard."""
    part = slice(49 * len(text) // 100)
    features = compute(names, StepText(list(text), {}, [slice(0, len(text))]))[0]
    found: dict[str, tuple[float, str, int]] = {}
    for site in recording.sites:
        states = np.asarray(recording.select(site, steps=part).values, np.float32)
        states = states - states.mean(axis=1, keepdims=True)
        states /= np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12)
        for name, values in features.items():
            row = values[part].astype(np.float32) - values[part].mean()
            r = np.abs(states @ row) / max(float(np.linalg.norm(row)), 1e-12)
            unit = int(r.argmax())
            found[name] = max(found.get(name, (-1.0, "", 0)), (float(r[unit]), site, unit))
    return {name: (site, unit) for name, (_, site, unit) in found.items()}


def named_units(args: argparse.Namespace, model: Any, text: str, names: tuple[str, ...]) -> dict[str, list[str]]:
    """For each feature: the unit, its effect, how much of the feature it tells, and what ablating it costs."""
    recording = sv.record(model, text, sites=sites(model))
    units = best_units(recording, text, names)
    found = quiet_find(recording, features=list(names))
    significant = {(one.site, one.unit, one.feature): one for one in found.significant}
    rows = {}
    for name, (site, unit) in units.items():
        one = significant.get((site, unit, name))
        if one is None:
            rows[name] = ["none found", "", "", "", ""]
            continue
        part = text[len(text) - args.ablated :]
        cost = sv.intervene(model, part, units=unit, site=site, features=[name])
        rows[name] = [f"{site.rpartition('.')[2]} {unit}", f"{one.effect:+.2f} ({one.low:+.2f} to {one.high:+.2f})",
                      f"{one.r2_binned:.2f}", told(cost, name), told(cost, f"not {name}")]  # fmt: skip
        if args.pictures is not None and not model.provenance.get("untrained"):
            steps = shown(text, name)
            states = recording.select(site, steps=steps, units=[unit])
            args.pictures.mkdir(parents=True, exist_ok=True)
            picture = sv.view(states, kind="text").save(args.pictures / f"{name}.png", overwrite=True)
            with Image.open(picture, formats=("PNG",)) as drawn:
                small = drawn.convert("RGB").quantize(200)
            small.save(picture, optimize=True)
    return rows


def shown(text: str, name: str) -> slice:
    """Some 400 characters of the second half in which a feature is on."""
    row = compute([name], StepText(list(text), {}, [slice(0, len(text))]))[0][name]
    half = len(text) // 2
    on = np.flatnonzero((row[half:] > 0) if row.dtype.kind == "b" else row[half:] > np.median(row[half:]))
    begin = half + (max(int(on[len(on) // 2]) - 120, 0) if len(on) else 0)
    return slice(begin, begin + 400)


def named_table(args: argparse.Namespace, kept: Kept) -> str:
    """All named units, beside the untrained twin."""
    rows = []
    for network, names in NAMED.items():
        if network not in args.networks:
            continue
        for twin in (False, True):
            kept.row(f"named {network}{' untrained' if twin else ''}", lambda n=network, t=twin, w=names: named_units(
                args, sv.untrained(model_of(args, n)) if t else model_of(args, n), held_out(args, n), w))  # fmt: skip
        for name in names:
            ours, other = (kept.rows[f"named {network}{word}"][name] for word in ("", " untrained"))
            rows.append([name, network, *ours, other[0], other[1], other[2], other[3]])
    head = ["feature", "model", "unit", "correlation", "R2 of its value", "ablating it costs where it is on, nats",
            "where it is off", "untrained: unit", "correlation", "R2", "cost where on"]  # fmt: skip
    return tables.table(head, rows)


# --- readable


def readable(model: Any, text: str) -> list[str]:
    """The share of readable units, of its untrained twin and of random directions."""
    recording, twin = (sv.record(one, text) for one in (model, sv.untrained(model)))
    found = quiet_find(recording, baseline=twin)
    return [str(found.readable), str(found.baseline), str(found.random), str(len(found.features))]


def readable_table(args: argparse.Namespace, kept: Kept) -> str:
    """Prose, code, markup, and the parenthesis GRU beside the LSTM."""
    rows = []
    for name in ("prose", "code", "markup"):
        if name in args.networks:
            one = kept.row(f"readable {name}", lambda n=name: readable(model_of(args, n), held_out(args, n)))
            rows.append([name, *one])
    for name, file in (("parenthesis GRU", "paren-0"), ("parenthesis LSTM", "paren-lstm-0")):
        if "parenthesis" in args.networks:
            path, words = args.models / f"{file}.safetensors", parenthesis_text(args.characters)[0]
            make = partial(lambda path, words: readable(sv.load_model(path), words), path, words)
            rows.append([name, *kept.row(f"readable {name}", make)])
    return tables.table(["model", "readable units", "untrained", "random directions", "features"], rows)


# --- sufficiency


def sufficient(args: argparse.Namespace, name: str) -> list[str]:
    """What the surest units account for alone, beside as many random ones and the best of a sparse probe."""
    model, text = model_of(args, name), held_out(args, name)
    found = quiet_find(sv.record(model, text), features=list(NAMED[name]))
    units = list(dict.fromkeys(one.unit for one in found.significant))[:KEPT_UNITS]
    feature = PROBED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        ranked = sv.probe(sv.record(model, text[: args.ablated]), feature, k=(1,), shifts=1).rankings["l1"]
    beside = {"probe": [int(unit) for unit, _ in ranked[: len(units)]]}
    result = sv.sufficiency(model, text[len(text) - args.ablated :], units, beside=beside, random=5)
    rows = {row["units"]: f"{row['share']:.2f} ({row['low']:.2f} to {row['high']:.2f})" for row in result.rows}
    return [f"{len(units)} of {len(ranked)}", f"{result.loss:.3f}", f"{result.unigram:.3f}",
            rows["these"], rows["random"], f"{rows['probe']}, {feature}"]  # fmt: skip


def sufficiency_table(args: argparse.Namespace, kept: Kept) -> str:
    """A row a model."""
    rows = [[name, *kept.row(f"sufficiency {name}", lambda n=name: sufficient(args, n))]
            for name in NAMED if name in args.networks]  # fmt: skip
    head = ["model", "units that keep their values", "nats a character", "by frequencies alone",
            "share of the gain: the surest of find", "random: mean, least to most", "best of an L1 probe"]  # fmt: skip
    return tables.table(head, rows)


def measured(args: argparse.Namespace, kept: Kept) -> Iterator[tuple[str, str]]:
    """Name and text of each table that was asked for."""
    makers = {
        "parenthesis": parenthesis_table,
        "counters": counters_table,
        "named": named_table,
        "readable": readable_table,
        "sufficiency": sufficiency_table,
    }
    for part, make in makers.items():
        if part in args.parts:
            yield part, make(args, kept)


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = tables.parser(__doc__, data="folder with prose.txt, markup.txt and code/held-out.txt")
    options.add_argument("--models", type=Path, metavar="DIR", help="folder of models, in place of the shipped ones")
    options.add_argument(
        "--parts", default="parenthesis,counters,named,readable,sufficiency", type=lambda text: text.split(",")
    )
    options.add_argument("--networks", default="prose,code,markup,parenthesis", type=lambda text: text.split(","))
    options.add_argument("--characters", type=int, default=100_000, help="of held-out text (default: 100,000)")
    options.add_argument("--ablated", type=int, default=30_000, help="of its end, for costs (default: 30,000)")
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--keep", type=Path, metavar="FILE", help="keep what was measured there, and go on from it")
    options.add_argument("--pictures", type=Path, metavar="DIR", help="draw the text coloured by each named unit")
    return options


def main() -> None:
    """Measure, print, write."""
    args = parser().parse_args()
    if args.data is None:
        raise SystemExit("give --data DIR, the folder of texts")
    own = {"parenthesis", "counters"} & set(args.parts) or ("readable" in args.parts and "parenthesis" in args.networks)
    if args.models is None and own:
        raise SystemExit("give --models DIR, the folder of paren-0.safetensors and the others")
    if args.quick:
        args.characters, args.ablated, args.seeds = 12_000, 6_000, 1
    for name, text in measured(args, Kept(args.keep)):
        tables.publish(f"units-{name}", text, args)


if __name__ == "__main__":
    main()
