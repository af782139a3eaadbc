"""Features that are read from tracks: what a model predicted, what a generator of text knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stateviz.analysis.features.row import Feature, Tracks, Values

HOW = {
    "surprisal": "record with predictions: stateviz record --predictions 1",
    "entropy": "record with predictions: stateviz record --predictions 1",
    "ngram": 'give what an n-gram model makes of it: recording.with_tracks({"ngram": [float("nan"), '
    "*sv.score(sv.ngram(text, order=6), text)]})",
    "depth": 'give what the generator of the text knows: recording.with_tracks({"depth": truth["depth"]})',
    "expected": 'give what the generator of the text knows: recording.with_tracks({"expected": truth["expected"]})',
}
"""How a track that is missing is added."""


def from_track(name: str) -> Callable[[Sequence[str], Tracks], Values]:
    """The ``values`` of a feature that is a track; where it is not defined, as before the first step, its mean."""

    def values(tokens: Sequence[str], tracks: Tracks) -> Values:
        track = np.asarray(tracks[name])
        if track.dtype.kind == "b":
            return track
        numbers = track.astype(np.float64)
        known = np.isfinite(numbers)
        return np.where(known, numbers, numbers[known].mean() if known.any() else 0.0)

    return values


def _depth_is(level: int) -> Callable[[Sequence[str], Tracks], Values]:
    return lambda tokens, tracks: np.asarray(tracks["depth"]) == level


def _track(name: str, description: str) -> Feature:
    return Feature(name, description, from_track(name), needs=(name,))


FEATURES = (
    _track("surprisal", "bits by which the model was surprised by the token"),
    _track("entropy", "bits of entropy of what the model predicts next"),
    _track("ngram", "by how much an n-gram model was surprised by the token, in the unit of its track"),
    _track("depth", "how deep the text is nested, as its generator knows"),
    Feature("expected", "a symbol comes next, and no space, as the generator of the text knows",
            lambda tokens, tracks: np.asarray(tracks["expected"]) > 0, needs=("expected",)),
    *(
        Feature(f"depth-{level}", f"nested {level} deep, as the generator of the text knows", _depth_is(level),
                needs=("depth",))
        for level in range(1, 5)
    ),
)  # fmt: skip
