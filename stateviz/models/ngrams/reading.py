"""Reading an n-gram model from its file."""

from __future__ import annotations

import json
from pathlib import Path

from stateviz.core.errors import FileError, UnknownNameError
from stateviz.models.ngrams.files import FORMAT, read_levels
from stateviz.models.ngrams.model import NGram


def read_ngram(path: str | Path) -> NGram:
    """The model that ``NGram.save`` wrote.

    Raises
    ------
    FileError
        When the file is damaged, or is no n-gram model.
    UnknownNameError
        When it was smoothed by a row that is none of SMOOTHINGS.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as opened:
            metadata = opened.metadata() or {}
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}
        facts = json.loads(metadata[FORMAT])
        levels = read_levels(arrays, len(facts["vocabulary"]))
        return NGram(facts["vocabulary"], levels, smoothing=facts["smoothing"], provenance=facts["provenance"])
    except UnknownNameError:
        raise
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise FileError(f"{str(path)!r} is damaged: {str(error).splitlines()[0]}") from None
