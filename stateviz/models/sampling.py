"""Sampling: text from a language model, one token at a time."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from stateviz.core.checks import check_real, check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.protocols import LanguageModel
from stateviz.models.char import CharModel

_PIECE = 64  # tokens that are drawn between two pieces of a stream
_LONG = 2000  # tokens from which on it is worth compiling the loop, once a machine
_WIDE = 256  # units from which on streams side by side read the weights but once


def sample(
    model: CharModel | LanguageModel,
    *,
    prime: str | None = None,
    length: int = 300,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    unknown: str | None = None,
) -> str:
    """Draw a text from a language model, one token at a time, that goes on from ``prime``.

    Parameters
    ----------
    model : CharModel or NGram
        As ``train`` or ``ngram`` returns it, or ``load_model`` reads it.
    prime : str, optional
        Read first; not part of the result. By default a newline, or the first character of the vocabulary where the
        model knows no newline.
    length : int
        Characters to draw, or bytes of a model that reads bytes. A model trained on lines ends with its line.
    temperature : float
        Logits are divided by it; 0 takes the likeliest character each time.
    top_k : int, optional
        Only so many of the likeliest characters are drawn from.
    top_p : float, optional
        Only the likeliest characters that make up this share of the probability, over 0 and up to 1, are drawn from.
    seed : int
        The same seed draws the same text.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters of ``prime`` that the model never saw; by default they are refused.

    Returns
    -------
    str
        What was drawn.

    Raises
    ------
    InputError
        When ``length`` or ``top_k`` is below 1, ``temperature`` negative or infinite, ``prime`` empty or unknown, or a
        weight is not finite.

    Examples
    --------
    >>> from stateviz.models import CharModel
    >>> len(sample(CharModel("ab\\n", cell="rnn", width=4), length=5))
    5
    """
    draws = _Draws(temperature, top_k, top_p, seed)
    return "".join(_stream(model, _prime(model, prime, unknown), check_whole("length", length), draws))


def sample_stream(
    model: CharModel | LanguageModel,
    *,
    prime: str | None = None,
    length: int = 300,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    unknown: str | None = None,
) -> Iterator[str]:
    """What `sample` draws, piece by piece while it is drawn.

    Parameters
    ----------
    model, prime, length, temperature, top_k, top_p, seed, unknown
        As `sample` takes them.

    Returns
    -------
    iterator of str
        The next few characters each.

    Raises
    ------
    InputError
        As `sample` does, before the first piece.

    Examples
    --------
    >>> import stateviz as sv
    >>> model = sv.load_model("phone-case")
    >>> "".join(sv.sample_stream(model, length=200)) == sv.sample(model, length=200)
    True
    """
    draws = _Draws(temperature, top_k, top_p, seed)
    return _stream(model, _prime(model, prime, unknown), check_whole("length", length), draws)


def sample_many(
    model: CharModel | LanguageModel,
    number: int,
    *,
    prime: str | None = None,
    length: int = 300,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    unknown: str | None = None,
) -> list[str]:
    """Several texts that `sample` could draw; those of a wide network are drawn side by side.

    Parameters
    ----------
    model : CharModel or NGram
        As `sample` takes it.
    number : int
        How many texts.
    prime, length, temperature, top_k, top_p, seed, unknown
        As `sample` takes them; the first text is the one that `sample` draws.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        As `sample` does, or when ``number`` is below 1.

    Examples
    --------
    >>> import stateviz as sv
    >>> texts = sv.sample_many(sv.load_model("phone-case"), 3, length=20)
    >>> [len(text) for text in texts]
    [20, 20, 20]
    """
    check_whole("number", number)
    check_whole("length", length)
    draws, ids = _Draws(temperature, top_k, top_p, seed), _prime(model, prime, unknown)
    if not isinstance(model, CharModel) or (int(model.config["width"]) < _WIDE and _compiles(model, length * number)):
        return ["".join(_stream(model, ids, length, draws, k, number * length)) for k in range(number)]
    return [_text(model, column) for column in _together(model, ids, length, draws, number)]


@dataclass(frozen=True)
class _Draws:
    """How a symbol is drawn, checked."""

    temperature: float
    top_k: int | None
    top_p: float | None
    seed: int

    def __post_init__(self) -> None:
        check_real("temperature", self.temperature, inclusive=True)
        check_seed(self.seed)
        if self.top_k is not None:
            check_whole("top_k", self.top_k)
        if self.top_p is not None and check_real("top_p", self.top_p) > 1:
            raise InputError(f"top_p is {self.top_p}; give a share of the probability over 0 and up to 1")

    def uniforms(self, stream: int, length: int) -> NDArray[np.float64]:
        """The random numbers of a text, one a symbol."""
        return np.random.default_rng([self.seed, stream]).random(length)

    def options(self, symbols: int) -> tuple[float, int, float]:
        """Temperature, top k and top p as ``draw`` takes them."""
        return float(self.temperature), self.top_k or symbols, 1.0 if self.top_p is None else float(self.top_p)


def _prime(model: CharModel | LanguageModel, prime: str | None, unknown: str | None) -> torch.Tensor:
    broken = model.broken_weights() if isinstance(model, CharModel) else None
    if broken:
        raise InputError(f"weights of the model are not finite ({broken}): its training diverged; train it anew")
    if prime is None:  # a model that knows no newline starts from its first character in sorted order, often a space
        prime = "\n" if "\n" in model.vocabulary else model.vocabulary[0]
    return torch.as_tensor(model.encode(prime, unknown=unknown)[1])


def _stream(
    model: CharModel | LanguageModel, ids: torch.Tensor, length: int, draws: _Draws, stream: int = 0, tokens: int = 0
) -> Iterator[str]:
    """The text of one stream in pieces; ``tokens`` are those of all streams together."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    as_bytes = bool(getattr(model, "reads_bytes", False))
    end = _line_end(model)
    run: Callable[..., Iterator[list[int]]] = _compiled if _compiles(model, max(length, tokens)) else _plain
    for piece in run(model, ids, length, draws, stream):
        ended = end in piece
        kept = piece[: piece.index(end)] if ended else piece
        yield decoder.decode(bytes(kept)) if as_bytes else "".join(model.vocabulary[i] for i in kept)
        if ended:
            return
    if as_bytes:
        yield decoder.decode(b"", final=True)


def _line_end(model: CharModel | LanguageModel) -> int:
    """The id that ends a text, of models whose texts are lines; -1 for none."""
    recipe = getattr(model, "provenance", {}).get("recipe")
    lines = isinstance(recipe, dict) and recipe.get("windows") == "lines"
    return list(model.vocabulary).index("\n") if lines else -1


def _compiles(model: CharModel | LanguageModel, tokens: int) -> bool:
    """Whether a model is run by the compiled loop: where there is one, and enough to do."""
    if tokens < _LONG or not isinstance(model, CharModel):
        return False
    from stateviz.models.cells.stream import core_of

    return core_of(list(model.core.layers), model.embedding.weight) is not None


def _drawing(tokens: int) -> Callable[..., int]:
    """``draw`` compiled, or as it is written where that is sooner done."""
    from stateviz.models.cells.stream import draw

    return draw if tokens >= _LONG else cast(Any, draw).py_func


@torch.no_grad()
def _compiled(model: CharModel, ids: torch.Tensor, length: int, draws: _Draws, stream: int) -> Iterator[list[int]]:
    from stateviz.models.cells.stream import Core, core_of, generate, readout_of, states_of

    state = model.start(1)
    if len(ids) > 1:
        state = model.collect(ids[:-1, None], state)[2]
    core = cast(Core, core_of(list(model.core.layers), model.embedding.weight))
    readout = readout_of(model.blocks, model.head)
    (h, c), token = states_of(state), int(ids[-1])
    uniforms, options = draws.uniforms(stream, length), draws.options(len(model.vocabulary))
    for begin in range(0, length, _PIECE):
        some = uniforms[begin : begin + _PIECE]
        drawn = np.empty(len(some), np.int64)
        generate(drawn, token, core, readout, h, c, *options, some)
        token = int(drawn[-1])
        yield drawn.tolist()


@torch.no_grad()
def _plain(
    model: CharModel | LanguageModel, ids: torch.Tensor, length: int, draws: _Draws, stream: int
) -> Iterator[list[int]]:
    device, draw = getattr(model, "device", None), _drawing(length)
    logits, _, state = model.collect(ids[:, None].to(device), model.start(1))
    options = draws.options(len(model.vocabulary))
    for uniform in draws.uniforms(stream, length):
        token = int(draw(logits[-1, 0].cpu().float().numpy(), *options, uniform))
        yield [token]
        logits, _, state = model.collect(torch.tensor([[token]], device=device), state)


def _together(model: CharModel, ids: torch.Tensor, length: int, draws: _Draws, number: int) -> NDArray[np.int64]:
    """Ids (number, length), all streams stepped at once."""
    from stateviz.models.side_by_side import collected, stepped

    uniforms = np.stack([draws.uniforms(k, length) for k in range(number)], 1)
    options = draws.options(len(model.vocabulary))
    if _compiles(model, number * length):
        return stepped(model, ids, uniforms, options)
    return collected(model, ids, uniforms, options, _drawing(number * length))


def _text(model: CharModel, ids: NDArray[np.int64]) -> str:
    found, end = ids.tolist(), _line_end(model)
    found = found[: found.index(end)] if end in found else found
    if model.reads_bytes:
        return bytes(found).decode("utf-8", "replace")
    return "".join(model.vocabulary[i] for i in found)
