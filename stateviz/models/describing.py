"""describe(): what a model is made of, where it comes from, and how well it does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.number_wording import duration
from stateviz.models.char import CharModel
from stateviz.models.loading import load_model
from stateviz.models.ngrams import NGram


@dataclass(frozen=True, eq=False, repr=False)
class ModelDescription(Noun):
    """What a model is made of.

    Parameters
    ----------
    title
        The model in one line.
    layers
        A row for each of its weights: name, shape, and how many numbers. Of n-grams a row for each order: contexts x
        symbols, and how many of these were seen.
    parameters
        How many numbers are learned, in all: weights, or counts of n-grams.
    equations
        One step, a line each, with the sizes of what stands in it.
    facts
        Where it comes from and how well it does, by name.

    Examples
    --------
    >>> describe("phone-case").parameters
    378431
    """

    title: str
    layers: tuple[tuple[str, tuple[int, ...], int], ...]
    parameters: int
    equations: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hold(facts=FrozenDict(self.facts))

    def __repr__(self) -> str:
        return f"ModelDescription({self.title}, {self.parameters:,} parameters)"

    def __str__(self) -> str:
        rows = [(name, " x ".join(map(str, shape)), f"{count:,}") for name, shape, count in self.layers]
        rows.append(("in all", "", f"{self.parameters:,}"))
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        table = [f"  {name:{widths[0]}}  {shape:>{widths[1]}}  {count:>{widths[2]}}" for name, shape, count in rows]
        wide = max(map(len, self.facts), default=0)
        facts = [f"{name:{wide}}  {text}" for name, text in self.facts.items()]
        parts = [[self.title], table, [f"  {line}" for line in self.equations], facts]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        layers = [{"name": name, "shape": list(shape), "parameters": count} for name, shape, count in self.layers]
        return {
            "title": self.title,
            "layers": layers,
            "parameters": self.parameters,
            "equations": list(self.equations),
            "facts": dict(self.facts),
        }


def describe(model: CharModel | NGram | str | Path) -> ModelDescription:
    """What a model is made of: layers, shapes, parameters, equations with their sizes, provenance, held-out figure.

    Parameters
    ----------
    model : CharModel, NGram, str or pathlib.Path
        A model, its file, or the name of a shipped one.

    Returns
    -------
    ModelDescription
        ``print`` shows it; ``to_json()`` gives its values.

    Raises
    ------
    FileError
        When there is no such file, or it holds no model of stateviz.
    InputError
        When it is another kind of model.

    Examples
    --------
    >>> print(describe("phone-case").equations[4])
    h' = sign(carry * h + update * candidate)
    """
    if isinstance(model, (str, Path)):
        model = load_model(model)
    if isinstance(model, NGram):
        title = f"n-grams up to order {model.order} over {len(model.vocabulary)} characters"
        counted = tuple(
            (f"{n}-grams", (level.contexts, level.size), len(level.keys))
            for n, level in enumerate(model.levels[: model.order], 1)
        )
        facts = {"smoothing": f"{model.smoothing.name}: {model.smoothing.description}"}
        facts |= _facts(model.provenance, model.digest(), model.vocabulary)
        return ModelDescription(title, counted, sum(row[2] for row in counted), (), facts)
    if not isinstance(model, CharModel):
        raise InputError(
            f"cannot describe a {type(model).__name__}; give a model that train, ngram or load_model returned"
        )
    config, symbols = model.config, len(model.vocabulary)
    layers, width = int(config["layers"]), int(config["width"])
    title = f"{model.cell.name}: {layers} layer{'s' * (layers > 1)} of {width} units over {symbols} " + (
        "bytes" if model.reads_bytes else "characters"
    )
    weights = tuple((name, tuple(value.shape), value.numel()) for name, value in model.named_parameters())
    facts = _facts(model.provenance, model.digest(), model.vocabulary)
    return ModelDescription(title, weights, sum(row[2] for row in weights), _equations(model), facts)


def _equations(model: CharModel) -> tuple[str, ...]:
    config, symbols = model.config, len(model.vocabulary)
    width, layers, blocks, hidden = (int(config[name]) for name in ("width", "layers", "blocks", "hidden"))
    inputs = int(model.embedding.weight.shape[1])
    embedded = "one place of each character" if config.get("embedding") == "one-hot" else "E[character]"
    below = ["x"] if layers == 1 else [f"x of layer 0; above it x is h' of the layer below, {width} numbers"]
    sizes = f"x: {inputs}, h: {width}, W: {width} x {inputs}, U: {width} x {width}, b: {width}"
    lines = [f"x = {embedded}", *model.cell.equations, f"({sizes}{'' if layers == 1 else '; ' + below[0]})"]
    top = "h'"
    for k in range(blocks):
        lines.append(f"y{k} = B{k} relu(A{k} {top} + a{k}) + b{k}")
        top = f"y{k}"
    if blocks:
        lines.append(f"(A: {hidden} x {width}, B: {width} x {hidden})")
    head = "E" if config.get("tied") else "V"
    return (*lines, f"p = softmax({head} {top} + d)", f"({head}: {symbols} x {width}, p: {symbols})")


def _facts(provenance: Mapping[str, Any], digest: str, vocabulary: tuple[str, ...]) -> dict[str, str]:
    facts = {}
    if provenance.get("untrained"):
        facts["weights"] = f"untrained, seed {provenance['seed']}"
    if provenance.get("nats") is not None:
        nats = float(provenance["nats"])
        held = provenance.get("held_out")
        which = f"{held} held out: " if isinstance(held, str) else ""
        many = f", over {provenance['held_out_characters']:,} characters" if "held_out_characters" in provenance else ""
        facts["held out"] = f"{which}{nats:.4f} nats, {nats / math.log(2):.4f} bits a character{many}"
    if "test_nats" in provenance:
        facts["test"] = (
            f"{provenance['test_nats']:.4f} nats, {provenance['test_nats'] / math.log(2):.4f} bits a character"
        )
    if "training_characters" in provenance:
        facts["trained on"] = f"{provenance['training_characters']:,} characters, SHA-256 {provenance['text_sha256']}"
    recipe = provenance.get("recipe")
    if isinstance(recipe, Mapping):
        said = ", ".join(
            f"{name} {value}" for name, value in recipe.items() if name != "description" and value is not None
        )
        facts["recipe"] = f"{said}; seed {provenance.get('seed')}"
    if "seconds" in provenance:
        count = provenance.get("threads")
        threads = "" if count is None else f", {count} thread{'s' * (count > 1)}"
        facts["time"] = f"{duration(provenance['seconds'])}{threads}"
    if "versions" in provenance:
        facts["made with"] = ", ".join(f"{name} {version}" for name, version in provenance["versions"].items())
    shown = "".join(vocabulary) if all(len(symbol) == 1 for symbol in vocabulary) else ""
    facts["characters"] = repr(shown if len(shown) <= 200 else shown[:200] + "...") if shown else "256 bytes"
    return facts | {"digest": digest}
