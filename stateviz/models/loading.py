"""load_model(): a character model or an n-gram model from a file, or a shipped one by name."""

from __future__ import annotations

import json
from pathlib import Path

from torch import Tensor

from stateviz.core.errors import FileError, InputError, MismatchError, UnknownNameError
from stateviz.models.cells import CellRow
from stateviz.models.char import FORMAT, CharModel
from stateviz.models.ngrams.files import FORMAT as NGRAM_FORMAT
from stateviz.models.ngrams.model import NGram
from stateviz.models.ngrams.reading import read_ngram


def load_model(path: str | Path = "phone-case", *, cell: CellRow | None = None) -> CharModel | NGram:
    """Read a model that ``train`` or ``ngram`` wrote, or a shipped one by name (``phone-case``).

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.safetensors`` file, or the name of a shipped model.
    cell : CellRow, optional
        The cell of one's own that the model was made with; the file holds its name.

    Returns
    -------
    CharModel or NGram
        A CharModel is in evaluation mode.

    Raises
    ------
    FileError
        When the file is missing, is no safetensors file, was not written by stateviz, or holds weights that are not
        finite numbers.
    MismatchError
        When the model was made with another cell than ``cell``, or has none.
    UnknownNameError
        When the model was made with a cell that is none of CELLS, and no ``cell`` is given.

    Examples
    --------
    >>> load_model("phone-case").sites()
    {'core.layer0.h': 128}
    """
    from safetensors import SafetensorError, safe_open

    file = _shipped(str(path)) or Path(path)
    if not file.is_file():
        raise FileError(
            f"no model file {str(path)!r}; give a .safetensors file that stateviz train wrote, or phone-case"
        )
    try:
        with safe_open(file, "pt") as opened:
            metadata = opened.metadata() or {}
            weights = {name: opened.get_tensor(name) for name in opened.keys()}
    except (SafetensorError, OSError) as error:
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
        if cell is not None and cell.name != name:
            raise MismatchError(f"{path!r} was made with cell {name!r}, not {cell.name!r}; give that one")
        model = CharModel(
            tuple(json.loads(metadata["vocabulary"])),
            cell=cell or name,
            provenance=json.loads(metadata["provenance"]),
            **config,
        )
        model.load_own_weights(weights)
    except (MismatchError, UnknownNameError):
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, InputError) as error:
        raise FileError(f"{path!r} is damaged: {str(error).splitlines()[0]}") from None
    broken = model.broken_weights()
    if broken:
        raise FileError(f"{path!r} holds weights that are not finite ({broken}): its training diverged; train anew")
    return model.eval()


def _shipped(name: str) -> Path | None:
    file = Path(__file__).parent.parent / "data" / f"{name}.safetensors"
    return file if file.is_file() else None
