"""demo(): from two verses to a phone case, and a table of what each ordering method is worth."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError, InputError
from stateviz.core.progress import Watch

if TYPE_CHECKING:
    from stateviz.core.orders import Ordering
    from stateviz.core.recordings import Recording
    from stateviz.core.sheets import Sheet
    from stateviz.core.states import StateMatrix
    from stateviz.ordering import Comparison

MODEL = "phone-case"
METHODS = ("identity", "mean", "greedy-chain", "greedy-insert", "greedy-insert+two-opt", "exact")
PEER_PREFIX = "python-tsp"
PEER_SECONDS = 0.5  # each; a demonstration is over in ten seconds
PEER_NOTE = f"python-tsp's solvers are stopped after {PEER_SECONDS:g} s, where they can be"
PEER_HINT = "python-tsp's solvers: pip install python-tsp adds a row for each"


@dataclass(frozen=True, eq=False)
class Demo:
    """What the demonstration made."""

    recording: Recording
    comparison: Comparison
    best: Ordering
    sheet: Sheet
    files: tuple[Path, ...]

    def table(self) -> str:
        """The methods as text: length, bound, gap and time, one a line."""
        return f"{self.comparison}\n{PEER_NOTE if _has_peers() else PEER_HINT}"


def demo(
    folder: str | Path = "stateviz-demo",
    *,
    text: str | Path | None = None,
    medium: str = "iphone-15",
    palette: str = "navy",
    unknown: str | None = "fold",
    watch: Watch | None = None,
) -> Demo:
    """Record a text, order its units by each method, and write pictures, a print, the order and the recording.

    Parameters
    ----------
    folder : str or Path
        Where the files are written; those of an earlier demonstration in it are replaced.
    text : str or Path, optional
        What the shipped network reads: the text itself, or a UTF-8 file (``Path("-")`` is stdin). By default Romans
        1:16-17 up to its last character, which is only predicted.
    medium : str
        What to print on: a row of MEDIA, or a size such as ``"70x140mm"``.
    palette : str
        Two colours: a row of PALETTES, or two hex colours joined by a comma.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters the network never saw; None refuses them.
    watch : callable, optional
        Called with a Progress a few times a second.

    Returns
    -------
    Demo
        What was made: the recording, the comparison, the best order, the sheet, and the files.

    Raises
    ------
    UnknownNameError, InputError
        For an unknown medium or palette, or a text the network cannot read; nothing is written then.
    FileError
        For a text that cannot be read, or a folder that cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> made = demo(tempfile.mkdtemp() + "/demo", text="In the beginning", medium="a6")
    >>> made.best.proven, sorted(path.name for path in made.files)[0]
    (True, 'heatmap.png')
    """
    from stateviz.plotting import heatmap, side_by_side
    from stateviz.plotting.files import save_and_close
    from stateviz.printing import resolve_medium
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize, resolve_palette, write
    from stateviz.storage import save_recording, write_order

    physical, colors = resolve_medium(medium), resolve_palette(palette)
    target = _folder(folder)
    recording = _record(text, unknown, watch)
    states = recording[recording.sites[0]]
    comparison = _compared(states, watch)
    found = {trial.name: trial.ordering for trial in comparison.trials if trial.ordering is not None}
    best = min(found.values(), key=lambda ordering: (ordering.length, not ordering.proven))
    ordered = best.apply(states)
    sheet = layout(rasterize(ordered, palette=colors), physical)
    target.mkdir(exist_ok=True)
    lengths = (found["identity"].length, best.length)
    files = [
        write(sheet, target / "phone-case.png"),
        save_and_close(side_by_side(states, best, palette=colors, lengths=lengths), target / "unordered-ordered.png"),
        save_and_close(heatmap(ordered, palette=colors), target / "heatmap.png"),
        write_order(best, target / "order.json"),
        save_recording(recording, target / "recording.zarr", overwrite=True),
    ]
    return Demo(recording, comparison, best, sheet, tuple(files))


def _compared(states: StateMatrix, watch: Watch | None) -> Comparison:
    """The methods, then each solver of python-tsp where it is installed."""
    from stateviz.ordering import METHODS as TABLE
    from stateviz.ordering import compare

    ours = compare(states, methods=METHODS, criteria=[], watch=watch)
    peers = [name for name in TABLE if name.startswith(PEER_PREFIX)] if _has_peers() else []
    theirs = compare(states, methods=peers, criteria=[], time=PEER_SECONDS, bound=False, watch=watch)
    return replace(ours, trials=ours.trials + theirs.trials)


def _has_peers() -> bool:
    return find_spec("python_tsp") is not None


def _folder(folder: str | Path) -> Path:
    from stateviz.storage import check_writable

    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise FileError(f"{target} is a file; the demonstration writes a folder, choose another")
    check_writable(target / "order.json" if target.is_dir() else target)
    return target


def _record(text: str | Path | None, unknown: str | None, watch: Watch | None) -> Recording:
    from stateviz.models import load_model
    from stateviz.recording import record
    from stateviz.storage.text_files import read_text

    words = romans()[:-1] if text is None else read_text(text) if isinstance(text, Path) else text
    if len(words) < 2:
        raise InputError(f"the text has {len(words)} characters; an order needs 2 or more")
    recording = record(load_model(MODEL), words, unknown=unknown, watch=watch)
    if len(recording.tokens) != len(words):
        message = f"of {len(words):,} characters the network reads {len(recording.tokens):,}"
        warnings.warn(message, UserWarning, stacklevel=3)
    return recording


def romans() -> str:
    """Romans 1:16-17 of the King James Bible, as packaged: two verses, one newline between, 275 characters.

    Examples
    --------
    >>> len(romans()), romans()[:23]
    (275, 'For I am not ashamed of')
    """
    from importlib.resources import files

    return files("stateviz").joinpath("data", "romans.txt").read_text(encoding="utf-8")
