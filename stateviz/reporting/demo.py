"""demo(): from two verses to a phone case, and a table of what each ordering method is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stateviz.core.errors import FileError, InputError
from stateviz.core.orders import Ordering
from stateviz.core.sheets import Sheet
from stateviz.core.states import StateMatrix

if TYPE_CHECKING:
    from stateviz.core.states import Recording

MODEL = "phone-case"
METHODS = ("identity", "mean", "greedy-chain", "greedy-insert", "greedy-insert,two-opt", "exact")
PEER_PREFIX = "python-tsp"
PEER_SECONDS = 0.5  # each; a demonstration is over in ten seconds
PEER_NOTE = f"python-tsp's solvers are stopped after {PEER_SECONDS:g} s, where they can be"
PEER_HINT = "python-tsp's solvers: pip install python-tsp adds a row for each"


@dataclass(frozen=True, eq=False)
class Demo:
    """What the demonstration made."""

    recording: Recording
    trials: tuple[Trial, ...]
    sheet: Sheet
    files: tuple[Path, ...]
    peers_missing: bool

    @property
    def best(self) -> Ordering:
        """The shortest order; of equals, one that is proven, then the first."""
        return _best(self.trials)

    def table(self) -> str:
        """The methods as text: length, bound, gap and time, one a line."""
        return compare_table(self.trials) + f"\n{PEER_HINT if self.peers_missing else PEER_NOTE}"


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
    from stateviz.printing import describe, layout, resolve_medium
    from stateviz.rendering import heatmap, rasterize, resolve_palette, side_by_side, write
    from stateviz.reporting.pictures import save_and_close
    from stateviz.storage import save_recording, write_order

    physical, colors = resolve_medium(medium), resolve_palette(palette)
    folder = _folder(out)
    recording = _record(text, unknown)
    if text is not None and len(recording.tokens) != len(text):
        say(f"of {len(text)} characters the network reads {len(recording.tokens)}")
    states = recording[recording.sites[0]]
    say(f"{states.shape[0]} units x {states.shape[1]} steps of {states.site}")
    trials = tuple(compare(states))
    best = _best(trials)
    ordered = best.apply(states)
    sheet = layout(rasterize(ordered, palette=colors), physical)
    say(describe(sheet.plan))
    folder.mkdir(exist_ok=True)
    lengths = (_only(trials, "identity").length, best.length)
    files = [
        write(sheet, folder / "phone-case.png"),
        save_and_close(side_by_side(states, best, palette=colors, lengths=lengths), folder / "unordered-ordered.png"),
        save_and_close(heatmap(ordered, palette=colors), folder / "heatmap.png"),
        write_order(best, folder / "order.json"),
        save_recording(recording, folder / "recording.zarr", force=True),
    ]
    return Demo(recording, trials, sheet, tuple(files), not _has_peers())


@dataclass(frozen=True, eq=False)
class Trial:
    """One line of the comparison: a method and its order, or why it was not run."""

    method: str
    ordering: Ordering | None
    reason: str = ""


def compare(states: StateMatrix) -> Iterator[Trial]:
    """Order ``states`` by each method in turn, then by each solver of python-tsp where it is installed.

    Only ``exact`` looks for a bound: it is a fact about the rows, not about a method.
    """
    from stateviz.ordering import METHODS as TABLE
    from stateviz.ordering import order

    for method in METHODS:
        yield Trial(method, order(states, method=method, bound=method == "exact"))
    for method, row in TABLE.items() if _has_peers() else ():
        if not method.startswith(PEER_PREFIX):
            continue
        if row.largest is not None and row.largest < states.shape[0]:
            yield Trial(method, None, f"for at most {row.largest} rows")
        else:
            yield Trial(method, order(states, method=method, time=PEER_SECONDS, bound=False))


def compare_table(trials: Iterable[Trial]) -> str:
    """Method, length, bound, gap and time as aligned text."""
    trials = list(trials)
    found = [trial.ordering for trial in trials if trial.ordering is not None]
    bound = max((ordering.bound for ordering in found if ordering.bound is not None), default=None)
    rows = [("method", "length", "bound", "gap", "time")]
    for ordering in found:
        known, gap = ("-", "-") if bound is None else (_number(bound), _gap(ordering.length, bound))
        rows.append((ordering.method, _number(ordering.length), known, gap, f"{ordering.seconds:.2f} s"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[0] = max(widths[0], *(len(trial.method) for trial in trials))
    lines = iter("  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows)
    head = next(lines)
    body = (
        f"{trial.method:{widths[0]}}  {trial.reason}" if trial.ordering is None else next(lines) for trial in trials
    )
    return "\n".join([head, *body])


def _gap(length: float, bound: float) -> str:
    if length <= bound:
        return "optimal"
    return f"{length / bound - 1:.2%}" if bound > 0 else "-"


def _best(trials: Iterable[Trial]) -> Ordering:
    found = (trial.ordering for trial in trials if trial.ordering is not None)
    return min(found, key=lambda ordering: (ordering.length, not ordering.proven))


def _only(trials: Iterable[Trial], method: str) -> Ordering:
    return next(trial.ordering for trial in trials if trial.ordering is not None and trial.method == method)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


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
