"""Hugging Face tokenizers: the exact text of each token, and an error where a tokenizer drops some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from stateviz.core.errors import InputError

_SHOWN = 20
_MOST_BYTES = 4  # of one character


def is_tokenizer(obj: object) -> bool:
    """Whether ``obj`` is a Hugging Face tokenizer."""
    return hasattr(obj, "convert_ids_to_tokens") and hasattr(obj, "decode") and callable(obj)


class TokenizerEncoder:
    """An ``encode`` by a tokenizer object.

    The text of a token is the stretch of the text it stands for, so that the tokens put together are the text. Of
    tokens that share a character (its bytes) the last has it. Special tokens that the tokenizer adds keep their name.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def __call__(self, text: str) -> tuple[list[str], Tensor]:
        """Tokens, and their ids (steps,)."""
        if getattr(self.tokenizer, "is_fast", False):
            given = self.tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True, truncation=False)
            ids, special = list(given["input_ids"]), list(given["special_tokens_mask"])
            offsets = [tuple(pair) for pair in given["offset_mapping"]]
            tokens = _by_offsets(text, offsets, special, ids, self.tokenizer)
        else:
            ids = list(self.tokenizer(text, truncation=False)["input_ids"])
            tokens = _by_decoding(text, ids, self.tokenizer)
        return tokens, torch.tensor(ids, dtype=torch.int64)

    def spell(self, ids: Sequence[int]) -> list[str]:
        """The text of each token that a model wrote: what it adds to that of the one before, bytes of one together."""
        found, before, held = [], list[int](), list[int]()
        for one in ids:
            held.append(one)
            text = _alone(self.tokenizer, *before, *held)
            whole = not text.endswith("\ufffd")
            found.append(text[len(_alone(self.tokenizer, *before)) :] if whole else "")
            before, held = (held, []) if whole else (before, held)
        if held:  # half a character at the end
            found[-1] = _alone(self.tokenizer, *held)
        return found


def _by_offsets(
    text: str, offsets: list[tuple[int, int]], special: list[int], ids: list[int], tokenizer: Any
) -> list[str]:
    """Text of each token from the places it covers; a place that no token covers is an error."""
    tokens, reached, last = [""] * len(ids), 0, -1
    ours = [i for i in range(len(ids)) if not special[i]]
    for i in set(range(len(ids))) - set(ours):
        tokens[i] = str(tokenizer.convert_ids_to_tokens(ids[i]))
    for place, i in enumerate(ours):
        start, end = offsets[i]
        if start > reached and place and _composed(tokenizer, tokens[last], text[reached:start]):
            tokens[last], reached = tokens[last] + text[reached:start], start
        # Of some tokenizers the places of a token leave out the space that it begins with.
        if start > reached and not _alone(tokenizer, ids[i]).startswith(text[reached:start]):
            _refuse(text, reached, start)
        # Byte-level pieces of one character all cover it: what the next one covers too is left to that one.
        following = offsets[ours[place + 1]][0] if place + 1 < len(ours) else end
        stop = min(end, max(following, reached))
        tokens[i], last = text[reached:stop], i
        reached = max(reached, stop)
    if reached < len(text):
        if not (ours and _composed(tokenizer, tokens[last], text[reached:])):
            _refuse(text, reached, len(text))
        tokens[last] += text[reached:]
    return tokens


def _composed(tokenizer: Any, before: str, text: str) -> bool:
    """Whether the normalizer makes one of ``text`` and what comes before, such as a letter and its accent."""
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    if normalizer is None or not before:
        return False
    alone, together = (normalizer.normalize_str(given) for given in (before, before + text))
    return len(together) <= len(alone) and together != alone


def _by_decoding(text: str, ids: list[int], tokenizer: Any) -> list[str]:
    """Text of each token as the tokenizer decodes it, bytes of one character together; the sum must be the text."""
    special = set(getattr(tokenizer, "all_special_ids", ()))
    tokens, reached, held = [], 0, list[int]()
    for i in ids:
        held = held if i in special else [*held, i][-_MOST_BYTES:]
        found = _alone(tokenizer, i) if i in special else _alone(tokenizer, *held)
        fits = i in special or (found != "" and text.startswith(found, reached))
        tokens.append(found if fits else "")
        if fits and i not in special:
            reached, held = reached + len(found), []
    if reached < len(text):
        raise InputError(
            f"the tokens of {type(tokenizer).__name__} put together are not the text (they miss "
            f"{text[reached : reached + _SHOWN]!r} at character {reached}); give encode=, a function "
            "text -> (tokens, inputs)"
        )
    return tokens


def _alone(tokenizer: Any, *ids: int) -> str:
    return str(tokenizer.decode(list(ids), clean_up_tokenization_spaces=False))


def _refuse(text: str, start: int, stop: int) -> None:
    raise InputError(
        f"the tokenizer drops {text[start:stop][:_SHOWN]!r} at character {start}: no token stands for it; take it out "
        "of the text, or give encode=, a function text -> (tokens, inputs)"
    )
