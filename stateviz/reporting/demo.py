"""demo(): from two verses to a phone case, and a table of what each ordering method is worth."""

from __future__ import annotations

import json
import shlex
import warnings
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError, InputError
from stateviz.core.progress import Watch

if TYPE_CHECKING:
    from stateviz.core.media import Medium
    from stateviz.core.orders import Ordering
    from stateviz.core.recordings import Recording
    from stateviz.core.sheets import Sheet
    from stateviz.core.states import StateMatrix
    from stateviz.ordering import Comparison

MODEL, UNITS = "phone-case", 128
METHODS = ("identity", "mean", "greedy-chain", "greedy-insert", "greedy-insert+two-opt", "exact")
METHOD, ENDS = "exact", "mean"
"""The order that is printed: the shortest between the units of lowest and highest mean, so that one edge of the picture
is light and the other dark. With free ends both are noise."""
MARK, KIND = "demo.json", "stateviz demo"
"""The file that says that a folder is one of ours, and its kind."""
FILES = {
    MARK: "demo", "phone-case.png": "print", "mock-up.png": "picture", "cases.png": "picture",
    "unordered-ordered.png": "picture", "heatmap.png": "picture", "order.json": "order",
}  # fmt: skip
"""What is written beside the recording, each replaced where it is one of ours of its kind."""
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
    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Demo({len(self.files)} files, {self.best!r})"

    def table(self) -> str:
        """The methods as text: length, bound, gap and time, one a line."""
        return f"{self.comparison}\n{PEER_NOTE if _has_peers() else PEER_HINT}"


def demo(
    folder: str | Path = "stateviz-demo",
    *,
    text: str | Path | None = None,
    medium: str = "iphone-16-pro",
    method: str | None = None,
    palette: str = "navy",
    unknown: str | None = "fold",
    encoding: str = "utf-8",
    watch: Watch | None = None,
) -> Demo:
    """Record a text, order its units by each method, and write pictures, a print, the order and the recording.

    Parameters
    ----------
    folder : str or Path
        Where the files are written: an empty folder, a new one, or that of an earlier demonstration, whose files are
        replaced.
    text : str or Path, optional
        What the shipped network reads: the text itself, or a file (``Path("-")`` is stdin). By default Romans
        1:16-17 up to its last character, which is only predicted.
    medium : str
        What to print on: a row of MEDIA, or a size such as ``"70x140mm"``. On a phone a short text is repeated, and of
        a long one the first passage is taken that fills it; ``notes`` of the result say so.
    method : str, optional
        The order that is printed, as ``order`` takes it; by default the proven shortest between the ends that greedy
        insertion has.
    palette : str
        Two colours: a row of PALETTES, or two hex colours joined by a comma.
    unknown : {"fold", "skip", "replace"}, optional
        What becomes of characters the network never saw: their nearest known one, and a space where there is none
        (a warning counts those); nothing; or a space. None refuses them.
    encoding : str
        Of a file.
    watch : callable, optional
        Called with a Progress a few times a second.

    Returns
    -------
    Demo
        What was made: the recording, the comparison, the order that is printed (``best``), the sheet, the files, and
        the ``commands`` that do the same for a text of one's own.

    Raises
    ------
    UnknownNameError, InputError
        For an unknown medium, method or palette, or a text the network cannot read; nothing is written then.
    FileError
        For a text that cannot be read, or a folder that cannot be written or holds what no demonstration made.

    Examples
    --------
    >>> import tempfile
    >>> made = demo(tempfile.mkdtemp() + "/demo", text="In the beginning", medium="a6")
    >>> made.best.proven, sorted(path.name for path in made.files)[0]
    (True, 'cases.png')
    """
    from stateviz.ordering.pipeline import steps_of
    from stateviz.plotting import heatmap, side_by_side
    from stateviz.plotting.files import save_and_close
    from stateviz.printing import resolve_medium, write_mockup
    from stateviz.printing.layout import layout
    from stateviz.rendering import rasterize, resolve_palette, write
    from stateviz.reporting.cases import draw_cases
    from stateviz.storage import save_recording, write_order
    from stateviz.storage.atomic import write_text

    physical, colors = resolve_medium(medium), resolve_palette(palette)
    target = _folder(folder)
    steps_of(method or METHOD, {}, UNITS)  # an unknown method is told before anything is recorded
    words, notes = _words(text, physical, encoding)
    recording = _record(words, unknown, watch)
    states = recording[recording.sites[0]]
    best = _printed(states, method, watch)
    comparison = _compared(states, watch)
    found = {trial.name: trial.ordering for trial in comparison.trials if trial.ordering is not None}
    ordered = best.apply(states)
    sheet = layout(rasterize(ordered, palette=colors), physical)
    lines = _commands(medium, palette, method)
    target.mkdir(exist_ok=True)
    body = json.dumps({"kind": KIND, "medium": physical.name, "commands": lines}, indent=2) + "\n"
    lengths = (found["identity"].length, best.length)
    pictured = _pictured(states, found, watch)
    files = [
        write_text(target / MARK, body, kind="demo"),
        write(sheet, target / "phone-case.png"),
        write_mockup(sheet, target / "mock-up.png", size=1600),
        save_and_close(draw_cases(pictured, physical, colors, margin=24), target / "cases.png"),
        save_and_close(side_by_side(states, best, palette=colors, lengths=lengths), target / "unordered-ordered.png"),
        save_and_close(heatmap(ordered, palette=colors), target / "heatmap.png"),
        write_order(best, target / "order.json"),
        save_recording(recording, target / "recording.zarr", overwrite=True),
    ]
    return Demo(recording, comparison, best, sheet, tuple(files), lines, notes)


def _printed(states: StateMatrix, method: str | None, watch: Watch | None) -> Ordering:
    """The order that is printed."""
    from stateviz.ordering import order

    if method is None:
        return order(states, method=METHOD, ends=ENDS, watch=watch)
    return order(states, method=method, watch=watch)


def _pictured(
    states: StateMatrix, found: dict[str, Ordering], watch: Watch | None
) -> list[tuple[str, str, StateMatrix]]:
    """What the contact sheet shows: (name, length, states) of each order."""
    from stateviz.core.number_wording import table_amount
    from stateviz.ordering import order

    named = {
        "as recorded": found.get("identity"),
        "greedy insertion": found.get("greedy-insert"),
        "greedy insertion and 2-opt": found.get("greedy-insert+two-opt"),
        "shortest": found.get("exact"),
        "shortest between the mean ends": order(states, method=METHOD, ends=ENDS, watch=watch),
        "shortest, units negated where closer": order(states, method=METHOD, flip=True, watch=watch),
    }
    return [
        (name, f"length {table_amount(ordering.length)}", ordering.apply(states))
        for name, ordering in named.items()
        if ordering is not None
    ]


def _commands(medium: str, palette: str, method: str | None) -> tuple[str, ...]:
    """The lines that do the same for a text of one's own."""
    chosen = f"--method {METHOD} --ends {ENDS}" if method is None else f"--method {shlex.quote(method)}"
    on = f"--medium {shlex.quote(medium)} --palette {shlex.quote(palette)}"
    return (
        "stateviz record words.txt -o words.zarr",
        f"stateviz order words.zarr {chosen} -o words.json",
        f"stateviz print words.zarr --order words.json {on} -o case.png --mockup mock-up.png",
    )


def _compared(states: StateMatrix, watch: Watch | None) -> Comparison:
    """The methods, then each solver of python-tsp where it is installed."""
    from stateviz.ordering import METHODS as TABLE
    from stateviz.ordering import compare

    ours = compare(states, methods=METHODS, criteria=[], watch=watch)
    peers = [name for name in TABLE if name.startswith(PEER_PREFIX)] if _has_peers() else []
    theirs = compare(states, methods=peers, criteria=[], time=PEER_SECONDS, bound=False, watch=watch)
    # What does not apply, such as a solver that wants more units, has no order to show.
    return replace(ours, trials=tuple(trial for trial in ours.trials + theirs.trials if trial.ordering is not None))


def _has_peers() -> bool:
    return find_spec("python_tsp") is not None


def _folder(folder: str | Path) -> Path:
    from stateviz.storage import check_writable

    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise FileError(f"{target} is a file; the demonstration writes a folder, choose another")
    if target.is_dir() and any(target.iterdir()) and not _is_ours(target / MARK):
        raise FileError(
            f"{target} holds files that no demonstration made; give an empty folder, or one that is not there"
        )
    if not target.is_dir():
        check_writable(target)
        return target
    for name, kind in FILES.items():  # the user may have put something of that name into a folder of ours
        check_writable(target / name, kind=kind)
    return target


def _is_ours(mark: Path) -> bool:
    try:
        found = json.loads(mark.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND


def _words(text: str | Path | None, medium: Medium, encoding: str) -> tuple[str, tuple[str, ...]]:
    """The text as it is read, and what was done to it: a phone is filled by one band of its characters."""
    from stateviz.printing.layout.fits import steps_that_fit
    from stateviz.printing.layout.panels import make_panel
    from stateviz.printing.vendors import CHOSEN_DPI
    from stateviz.storage.text_files import read_text

    words = romans()[:-1] if text is None else read_text(text, encoding) if isinstance(text, Path) else text
    if len(words) < 2:
        raise InputError(f"the text has {len(words)} characters; an order needs 2 or more")
    if medium.kind != "phone":
        return words, ()
    panels = [make_panel(medium, dpi, None, 0) for dpi in ([medium.dpi] if medium.dpi else CHOSEN_DPI)]
    fitting = [steps_that_fit((UNITS, len(words)), panel) for panel in panels]
    most = max(fitting)
    whole = f"the text has {len(words):,} characters; {most} fit {medium.name}, {min(fitting)} at its largest cells"
    if len(words) > most:
        best = min(fitting)  # the fewest are of the largest cells
        end = max(words.rfind(space, best // 2, best + 1) for space in " \n")
        passage = words[: end if end > 0 else best]
        return passage, (f"{whole}: its first {len(passage)} are printed",)
    # A cell's side is the phone's by its steps, so that this share of the phone is filled.
    filled = {steps: ((steps + 1) // (len(words) + 1)) / steps**2 for steps in fitting}
    times = (max(fitting, key=lambda steps: filled[steps]) + 1) // (len(words) + 1)
    if times > 1:
        return "\n".join([words] * times), (f"{whole}: it is read {times} times over, with a newline between",)
    return words, (whole,)


def _record(words: str, unknown: str | None, watch: Watch | None) -> Recording:
    from stateviz.models import load_model
    from stateviz.recording import record

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
