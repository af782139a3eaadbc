"""Reading an n-gram model from its file."""

from __future__ import annotations

import json
from pathlib import Path

from stateviz.core.errors import FileError, UnknownNameError
from stateviz.models.ngrams.files import FORMAT, read_levels
from stateviz.models.ngrams.model import NGram
from stateviz.models.weights import read_weights


def read_ngram(path: str | Path) -> NGram:
    """The model that ``NGram.save`` wrote.

    Raises
    ------
    FileError
        When the file is damaged, or is no n-gram model.
    UnknownNameError
        When it was smoothed by a row that is none of SMOOTHINGS.
    """
    from safetensors import SafetensorError

    try:
        metadata, arrays = read_weights(Path(path), "numpy")
        facts = json.loads(metadata[FORMAT])
        levels = read_levels(arrays, len(facts["vocabulary"]))
        return NGram(facts["vocabulary"], levels, smoothing=facts["smoothing"], provenance=facts["provenance"])
    except (UnknownNameError, FileError):
        raise
    except (SafetensorError, OSError, KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileError(f"{str(path)!r} is damaged: {why}") from None
