"""preflight(): would a print shop take this file, and if not, what number is wrong and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from stateviz.core.errors import FileError, InputError
from stateviz.core.inputs import StatesLike, coerce_states
from stateviz.core.media import Medium
from stateviz.core.noun import Noun
from stateviz.core.states import StateMatrix
from stateviz.printing.files.openers import open_print
from stateviz.printing.files.print_file import PrintFile
from stateviz.printing.media import resolve_medium, with_edges
from stateviz.printing.preflight.checks import CHECKS
from stateviz.printing.preflight.subject import CheckResult, Subject
from stateviz.printing.preflight.survey import survey
from stateviz.printing.readback.read import ReadBack, compare_matrix, read_back
from stateviz.rendering.color.profiles import check_limit
from stateviz.storage.formats.numpy_files import damage


@dataclass(frozen=True, eq=False, repr=False)
class PreflightReport(Noun):
    """What ``preflight`` found.

    Parameters
    ----------
    path : Path
        The file.
    medium : Medium
        What it is to be printed on.
    results : tuple of CheckResult
        One or more a check, in the order of CHECKS.
    found : ReadBack, optional
        The matrix that was read back; None where none could be.

    Examples
    --------
    >>> from stateviz.printing.media import resolve_medium
    >>> passed = CheckResult("dpi", "ok", "300 dpi")
    >>> PreflightReport(Path("card.png"), resolve_medium("a6"), (passed,)).ready
    True
    """

    path: Path
    medium: Medium
    results: tuple[CheckResult, ...]
    found: ReadBack | None = None

    _measured: ClassVar[tuple[str, ...]] = ("found",)

    def __repr__(self) -> str:
        failed = len(self.failures)
        return f"PreflightReport({self.path.name}: {len(self.results)} results, {failed} failed)"

    def _facts(self) -> Mapping[str, object]:
        lines = {f"{i} {result.check}": f"{result.status}: {result.text}" for i, result in enumerate(self.results, 1)}
        return {"medium": self.medium.name, **lines}

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """What a print shop would send back, or what is not the matrix that was meant."""
        return tuple(result for result in self.results if result.status == "fail")

    @property
    def ready(self) -> bool:
        """No check failed."""
        return not self.failures

    def __str__(self) -> str:
        """A line a result: its status, its check, the number, and the fix."""
        wide = max(len(result.check) for result in self.results)
        return "\n".join(_lines(self.results, wide))

    def to_json(self) -> dict[str, object]:
        """Plain values: the file, the medium, whether it is ready, and every result."""
        return {
            "file": str(self.path),
            "medium": self.medium.name,
            "ready": self.ready,
            "results": [vars(result) for result in self.results],
        }


def preflight(
    file: str | Path,
    medium: str | Path | Medium,
    *,
    bleed: float | str | None = None,
    margin: float | str | None = None,
    against: StatesLike | None = None,
    threshold: float | None = None,
    scale: float | None = None,
    profile: str | Path = "fogra39",
    ink_limit: float | None = None,
) -> PreflightReport:
    """Check a file as a print shop would, and read its matrix back.

    Parameters
    ----------
    file : path
        PNG, TIFF, JPEG, PDF or SVG; also those that another program wrote, or that lost their plan. Of a PDF and an
        SVG it is the rendered page that is checked.
    medium : str, Path or Medium
        What it is to be printed on, see ``resolve_medium``; lengths in px are in the pixels of the file.
    bleed, margin : float or str, optional
        What is asked for over each edge, and to be free inside; the medium's own otherwise.
    against : StateMatrix, Recording, array-like or data frame, optional
        The states that it should show, ordered as they were to be drawn; every cell is compared.
    threshold, scale : float, optional
        Where those are real: what ``rasterize`` took.
    profile : str or Path
        The press whose inks an RGB file is converted to for the check of ink.
    ink_limit : float, optional
        Percent of ink, all four together, that the paper takes: 280 where it is uncoated; by default 300.

    Returns
    -------
    PreflightReport
        Structure only: whether a PDF conforms to PDF/X is for a licensed checker to say.

    Raises
    ------
    FileError
        When the file is none of these, damaged beyond reading, or needs a password.
    MissingExtraError
        For a PDF or SVG without what renders it (``stateviz[print]``).
    UnknownNameError, InputError
        For an unknown medium, or an ink limit that no paper has.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize, write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write(layout(rasterize([[1, -1, 1]]), "a6", dpi=100), Path(folder) / "card.png")
    ...     report = preflight(path, "a6")
    >>> report.ready, [result.check for result in report.failures]
    (False, ['dpi'])
    >>> print(report.failures[0].fix)
    lay it out again with --dpi 300
    """
    if ink_limit is not None:
        check_limit(ink_limit)
    try:
        with damage(Path(file)):  # sizes and plans may be anything, and each check computes with them
            return _checked(Path(file), medium, bleed, margin, against, threshold, scale, profile, ink_limit)
    except MemoryError:
        raise FileError(f"{file} does not fit into memory") from None


def _checked(
    file: Path,
    medium: str | Path | Medium,
    bleed: float | str | None,
    margin: float | str | None,
    against: StatesLike | None,
    threshold: float | None,
    scale: float | None,
    profile: str | Path,
    ink_limit: float | None,
) -> PreflightReport:
    printed = open_print(file)
    dpi = printed.dpi and printed.dpi[0]
    wanted = with_edges(resolve_medium(medium, dpi=dpi), bleed, margin, dpi=dpi)
    found, problem = _read(printed)
    subject = Subject(printed, wanted, survey(printed, found), found, problem, profile, ink_limit)
    results = [result for check in CHECKS.values() for result in check(subject)]
    if against is not None:
        results += _compared(found, problem, coerce_states(against), threshold, scale)
    return PreflightReport(file, wanted, tuple(results), found)


def _read(printed: PrintFile) -> tuple[ReadBack | None, str]:
    try:
        return read_back(printed), ""
    except FileError as error:
        return None, str(error)


def _compared(
    found: ReadBack | None, problem: str, against: StateMatrix, threshold: float | None, scale: float | None
) -> Iterator[CheckResult]:
    if found is None:
        yield CheckResult("against", "fail", f"nothing to compare: {problem}", "print it again from the recording")
        return
    try:
        difference = compare_matrix(found, against, threshold=threshold, scale=scale)
    except InputError as error:
        yield CheckResult("against", "fail", str(error))
        return
    off = "" if found.tones is None else f", at most {difference.off:.1%} of the range off"
    if not difference.cells:
        blank = f", {difference.blank} blank rows or columns at its edges taken as read" if difference.blank else ""
        yield CheckResult(
            "against",
            "ok",
            f"all {difference.total:,} cells are those of the recording{blank}"
            + (f", as near as its inks can tell{off}" if off else ""),
        )
        return
    unit, step = difference.unit or 0, difference.step or 0
    yield CheckResult(
        "against",
        "fail",
        f"{difference.cells:,} of {difference.total:,} cells differ from the recording, the first in row {unit} "
        f"(unit {against.units[unit]}), step {step}{off}",
        "give the --order it was printed in, or print it again" + (", and its --scale" if off else ""),
    )


def _lines(results: tuple[CheckResult, ...], wide: int) -> Iterator[str]:
    for result in results:
        yield f"{result.status:4}  {result.check:{wide}}  {result.text}"
        if result.fix:
            yield f"{'':4}  {'':{wide}}  -> {result.fix}"
