"""demo(): from two verses to a phone case, and a table of what each ordering method is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError, InputError

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
    text: str | None = None,
    *,
    medium: str = "iphone-15",
    palette: str = "navy",
    unknown: str | None = "fold",
    out: str | Path = "stateviz-demo",
    say: Callable[[str], None] = lambda line: None,
) -> Demo:
    """Record a text, order its units by each method, and write pictures, a print, the order and the recording.

    Parameters
    ----------
    text
        What the shipped network reads; by default Romans 1:16-17 up to its last character, which is only predicted.
    medium, palette
        What to print on, and in which colours.
    unknown
        What becomes of characters the network never saw: fold, skip or replace; None refuses them.
    out
        The folder to write into; files of an earlier demonstration in it are replaced.
    say
        Called with one line a stage.

    Raises
    ------
    StatevizError
        For an unknown medium or palette, a folder that cannot be written, or a text the network cannot read; nothing
        is written then.
    """
    from stateviz.plotting import heatmap, side_by_side
    from stateviz.printing import describe, resolve_medium
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize, resolve_palette, write
    from stateviz.reporting.pictures import save_and_close
    from stateviz.storage import save_recording, write_order

    physical, colors = resolve_medium(medium), resolve_palette(palette)
    folder = _folder(out)
    recording = _record(text, unknown)
    if text is not None and len(recording.tokens) != len(text):
        say(f"of {len(text)} characters the network reads {len(recording.tokens)}")
    states = recording[recording.sites[0]]
    say(f"{states.shape[0]} units x {states.shape[1]} steps of {states.site}")
    comparison = _compared(states)
    found = {trial.name: trial.ordering for trial in comparison.trials if trial.ordering is not None}
    best = min(found.values(), key=lambda ordering: (ordering.length, not ordering.proven))
    ordered = best.apply(states)
    sheet = layout(rasterize(ordered, palette=colors), physical)
    say(describe(sheet.plan))
    folder.mkdir(exist_ok=True)
    lengths = (found["identity"].length, best.length)
    files = [
        write(sheet, folder / "phone-case.png"),
        save_and_close(side_by_side(states, best, palette=colors, lengths=lengths), folder / "unordered-ordered.png"),
        save_and_close(heatmap(ordered, palette=colors), folder / "heatmap.png"),
        write_order(best, folder / "order.json"),
        save_recording(recording, folder / "recording.zarr", force=True),
    ]
    return Demo(recording, comparison, best, sheet, tuple(files))


def _compared(states: StateMatrix) -> Comparison:
    """The methods, then each solver of python-tsp where it is installed."""
    from stateviz.ordering import METHODS as TABLE
    from stateviz.ordering import compare

    ours = compare(states, methods=METHODS, criteria=[])
    peers = [name for name in TABLE if name.startswith(PEER_PREFIX)] if _has_peers() else []
    theirs = compare(states, methods=peers, criteria=[], time=PEER_SECONDS, bound=False)
    return replace(ours, trials=ours.trials + theirs.trials)


def _has_peers() -> bool:
    return find_spec("python_tsp") is not None


def _folder(out: str | Path) -> Path:
    from stateviz.storage import check_writable

    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file; the demonstration writes a folder, choose another with -o")
    check_writable(folder / "order.json" if folder.is_dir() else folder)
    return folder


def _record(text: str | None, unknown: str | None) -> Recording:
    from stateviz.models import load_model
    from stateviz.recording import record

    if text is not None and len(text) < 2:
        raise InputError(f"the text has {len(text)} characters; an order needs 2 or more")
    return record(load_model(MODEL), romans()[:-1] if text is None else text, unknown=unknown)


def romans() -> str:
    """Romans 1:16-17 of the King James Bible, as packaged: two verses, one newline between, 275 characters.

    Examples
    --------
    >>> len(romans()), romans()[:23]
    (275, 'For I am not ashamed of')
    """
    from importlib.resources import files

    return files("stateviz").joinpath("data", "romans.txt").read_text(encoding="utf-8")
