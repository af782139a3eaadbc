"""Medium: a physical thing to print on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stateviz.core.errors import InputError
from stateviz.core.noun import Noun

LONGEST_MM = 100_000.0
"""The longest side that is laid out: 100 m."""
LOWEST_DPI, HIGHEST_DPI = 36.0, 9600.0
LARGEST_MM = 100_000.0


@dataclass(frozen=True, repr=False)
class Medium(Noun):
    """A physical thing to print on, as its back is seen upright.

    Parameters
    ----------
    name : str
        What it is called.
    width, height : float
        Millimetres.
    bleed : float
        Millimetres printed beyond each edge, which are cut off.
    margin : float
        Millimetres inside each edge that stay free of cells.
    corner : float, optional
        Radius of its rounded corners in millimetres; None where it is not known.
    openings : tuple of (x0, y0, x1, y1), optional
        Boxes in millimetres from the top left that nothing is seen through; None where they are not known.
    kind : str
        What it is: paper, case, shirt, ...
    citation : str
        Where its size is from.
    status : str
        How sure the size is: maker, secondary, standard or custom.
    contour : bool
        It is cut out along its outline, of radius ``corner``.
    transparent : bool
        It keeps its own colour where no ink lies.
    most_mb : float, optional
        The largest file that its vendor takes, in megabytes.
    wrap : float, optional
        Millimetres by which the print goes on round its edges, before the bleed; None where that is not known.
    dpi : float, optional
        Pixels an inch that its vendor's template names, or that its size in pixels means; None where there is no such.

    Raises
    ------
    InputError
        When a size is not above 0 mm, or a corner is more than half the shorter side.

    Examples
    --------
    >>> Medium("card", 85.6, 54.0, corner=3.2)
    Medium(card: 85.6 x 54 mm, paper)
    """

    name: str
    width: float
    height: float
    bleed: float = 3.0
    margin: float = 3.0
    corner: float | None = None
    openings: tuple[tuple[float, float, float, float], ...] | None = None
    kind: str = "paper"
    citation: str = ""
    status: str = ""
    contour: bool = False
    transparent: bool = False
    most_mb: float | None = None
    wrap: float | None = None
    dpi: float | None = None

    def __post_init__(self) -> None:
        if not max(self.width, self.height, self.bleed, self.margin, self.wrap or 0) <= LONGEST_MM:
            raise InputError(
                f"medium {self.name!r}: no length may be over {LONGEST_MM / 1000:g} m, got {self.width:g} x "
                f"{self.height:g} mm with {self.bleed:g} mm of bleed and {self.margin:g} mm of margin"
            )
        if not (self.width > 0 and self.height > 0 and self.bleed >= 0 and self.margin >= 0):
            raise InputError(f"medium {self.name!r}: sizes must be above 0 mm, bleed and margin 0 or more")
        lengths = (self.width, self.height, self.bleed, self.margin, self.wrap or 0.0)
        if not max(lengths) <= LARGEST_MM:
            raise InputError(
                f"medium {self.name!r}: {max(lengths):g} mm are more than the {LARGEST_MM / 1000:g} m that anything is "
                "printed on"
            )
        if self.most_mb is not None and not self.most_mb > 0:
            raise InputError(f"medium {self.name!r}: the largest file must be above 0 MB, got {self.most_mb!r}")
        for box in self.openings or ():
            if not all(abs(edge) <= LARGEST_MM for edge in box):
                raise InputError(f"medium {self.name!r}: an opening {list(box)} lies nowhere on it")
        if self.wrap is not None and not self.wrap >= 0:
            raise InputError(f"medium {self.name!r}: a wrap must be 0 mm or more, or left out where it is not known")
        if self.dpi is not None and not LOWEST_DPI <= self.dpi <= HIGHEST_DPI:
            raise InputError(f"medium {self.name!r}: dpi must be {LOWEST_DPI:g} to {HIGHEST_DPI:g}, got {self.dpi!r}")
        if self.corner is not None and not 0 <= self.corner <= min(self.width, self.height) / 2 + 1e-9:
            raise InputError(f"medium {self.name!r}: a corner of {self.corner:g} mm is more than half its shorter side")

    @property
    def beyond(self) -> float:
        """Millimetres printed beyond each edge: what goes round it, and the bleed."""
        return self.bleed + (self.wrap or 0.0)

    def __repr__(self) -> str:
        return f"Medium({self.name}: {self.width:g} x {self.height:g} mm, {self.kind})"

    def _facts(self) -> Mapping[str, object]:
        return {"bleed": f"{self.bleed:g} mm", "margin": f"{self.margin:g} mm", "size by": self.status or "the caller"}
