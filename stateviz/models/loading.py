"""load_model(): a character model or an n-gram model from a file, or a shipped one by name."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.models.beginnings import untrained
from stateviz.models.cells import CellRow
from stateviz.models.char import FORMAT, CharModel
from stateviz.models.ngrams.files import FORMAT as NGRAM_FORMAT
from stateviz.models.ngrams.model import NGram
from stateviz.models.ngrams.reading import read_ngram
from stateviz.models.shipped import MODELS, UNTRAINED, shipped_file
from stateviz.models.weights import check_sizes, read_weights
from stateviz.storage.limits import check_regular


def load_model(path: str | Path = "phone-case", *, cell: CellRow | None = None) -> CharModel | NGram:
    """Read a model that ``train`` or ``ngram`` wrote, or a shipped one by its name in MODELS.

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.safetensors`` file; the name of a shipped model, such as ``phone-case``; or that name and ``-untrained``:
        the same model before it was trained, as `untrained` makes it with seed 0.
    cell : CellRow, optional
        The cell of one's own that the model was made with; the file holds its name.

    Returns
    -------
    CharModel or NGram
        A CharModel is in evaluation mode.

    Raises
    ------
    FileError
        When the file is missing, is no safetensors file, was not written by stateviz, is not the one that shipped, or
        holds weights that are not finite numbers.
    MismatchError
        When the model was made with another cell than ``cell``, or has none.
    UnknownNameError
        When the model was made with a cell that is none of CELLS, and no ``cell`` is given.

    Examples
    --------
    >>> load_model("phone-case").sites()
    {'core.layer0.h': 128}
    >>> load_model("toy-10-untrained").provenance["untrained"]
    True
    """
    name = str(path).removesuffix(UNTRAINED)
    begun = name != str(path) and name in MODELS
    model = _read(name if begun else path, cell)
    return untrained(model) if begun and isinstance(model, CharModel) else model


def _read(path: str | Path, cell: CellRow | None) -> CharModel | NGram:
    from safetensors import SafetensorError

    file = shipped_file(str(path)) or Path(path)
    check_regular(file)
    if not file.is_file():
        raise FileError(
            f"no model file {str(path)!r}; give a .safetensors file that stateviz wrote, or one of {', '.join(MODELS)}"
        )
    try:
        metadata, weights = read_weights(file)
    except FileError:
        raise
    except (SafetensorError, OSError, ValueError) as error:
        raise FileError(f"{str(path)!r} is not a safetensors file ({error}); pickled models are not read") from None
    if NGRAM_FORMAT in metadata:
        if cell is not None:
            raise MismatchError(f"{str(path)!r} holds n-grams, which have no cell; leave cell out")
        return read_ngram(file)
    if metadata.get("format") != FORMAT:
        raise FileError(
            f"{str(path)!r} has format {metadata.get('format')!r}, expected {FORMAT!r}; train it with stateviz"
        )
    return _char_model(str(path), metadata, weights, cell)


def _char_model(path: str, metadata: dict[str, str], weights: dict[str, Tensor], cell: CellRow | None) -> CharModel:
    try:
        config = json.loads(metadata["config"])
        name = config.pop("cell")
        check_sizes(path, config, weights)
        if cell is not None and cell.name != name:
            raise MismatchError(f"{path!r} was made with cell {name!r}, not {cell.name!r}; give that one")
        model = CharModel(
            tuple(json.loads(metadata["vocabulary"])),
            cell=cell or name,
            provenance=json.loads(metadata["provenance"]),
            **config,
        )
        model.load_own_weights(weights)
    except (MismatchError, UnknownNameError, FileError):
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, OverflowError, InputError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileError(f"{path!r} is damaged: {why}") from None
    broken = model.broken_weights()
    if broken:
        raise FileError(f"{path!r} holds weights that are not finite ({broken}): its training diverged; train anew")
    return model.eval()
