"""A file to be checked, with what was found in it, and what a check says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stateviz.core.media import Medium
from stateviz.printing.files.print_file import PrintFile
from stateviz.printing.lengths import MM_PER_INCH, to_pixels
from stateviz.printing.preflight.survey import Survey
from stateviz.printing.readback.read import ReadBack

NEAR_MM = 0.15
"""Millimetres by which a length may be off: less than a cutter's own error."""

Status = Literal["ok", "note", "warn", "fail"]


@dataclass(frozen=True)
class CheckResult:
    """What one check found: ``text`` has the number, ``fix`` what to do about it."""

    check: str
    status: Status
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Subject:
    """A file, what it is to be printed on, and what was found in its pixels."""

    file: PrintFile
    medium: Medium
    survey: Survey
    found: ReadBack | None
    problem: str
    profile: str | Path
    ink_limit: float | None = None

    @cached_property
    def dpi(self) -> float:
        """Pixels an inch: of the file, else those at which it would be as wide as the medium with its bleed."""
        if self.file.dpi is not None:
            return self.file.dpi[0]
        return self.file.pixels.size[0] / (self.medium.width + 2 * self.medium.beyond) * MM_PER_INCH

    @cached_property
    def trim(self) -> tuple[int, int]:
        """(width, height) of the medium in pixels."""
        return to_pixels(self.medium.width, self.dpi), to_pixels(self.medium.height, self.dpi)

    @cached_property
    def extra(self) -> tuple[float, float]:
        """Pixels beyond the medium on each side, across and down: half of what the file has more than it."""
        wide, tall = self.file.pixels.size
        return (wide - self.trim[0]) / 2, (tall - self.trim[1]) / 2

    def used(self, share: float) -> NDArray[np.int64]:
        """The palette indices of more than a share of the pixels, without what is no colour of the file's own."""
        shares = self.survey.shares.copy()
        if self.file.pixels.other is not None:
            shares[self.file.pixels.other] = 0
        return np.flatnonzero(shares > share)

    def mm(self, pixels: float) -> float:
        """Pixels of the file in millimetres."""
        return pixels * MM_PER_INCH / self.dpi
