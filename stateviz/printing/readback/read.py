"""From a printed file back to the matrix, and whether it is the one that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.core.states import StateMatrix
from stateviz.printing.files.openers import open_print
from stateviz.printing.files.print_file import PrintFile, colors_of
from stateviz.printing.files.rasters import as_colors
from stateviz.printing.readback.colors import planned_colors
from stateviz.printing.readback.confirm import confirm, filled
from stateviz.printing.readback.extents import altered_beyond, padded, uncontinued
from stateviz.rendering.writers.cells import cells_by_plan
from stateviz.storage.formats.numpy_files import damage


@dataclass(frozen=True, eq=False)
class ReadBack:
    """The matrix that a file shows.

    Parameters
    ----------
    grids
        What the matrix may be, units x steps, the likeliest first: one where the file carries its plan, else one a
        direction of time.
    how : {"plan", "pixels"}
        By the plan in the file, or found from its pixels alone.
    cell
        Pixels a cell.
    altered
        Pixels that are not of their cell's colour, or not where its halftone puts them; 0 in a file as it was written.
    tones
        Of real values: the least and the most tone that each cell can be, where a halftone has too few pixels, or the
        press too few inks, to tell them apart; ``grid`` has one of them. None where all can be told apart.
    window
        Units and steps, as (start, stop), of a matrix that was cropped to them; None where all of it is there.
    confirmed
        Whether the cells are those that were laid out, by the digest in the plan; None where it holds none, or inks are
        too few to tell its tones apart.
    became
        Where they are not, what became of them: "mirrored left to right", "in exchanged colours"; empty where that is
        not known.
    shift
        The most that a colour of the cells is off the one that was laid out, Delta E 2000, in a file of inks off what
        they make of it; None without a plan.
    """

    grids: tuple[PixelGrid, ...]
    how: Literal["plan", "pixels"]
    cell: int
    altered: int
    tones: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
    window: tuple[tuple[int, int], tuple[int, int]] | None = None
    confirmed: bool | None = None
    became: str = ""
    shift: float | None = None

    @property
    def grid(self) -> PixelGrid:
        """The likeliest of ``grids``."""
        return self.grids[0]


@dataclass(frozen=True)
class Difference:
    """How a matrix that was read back differs from the one that was meant.

    Parameters
    ----------
    cells, total
        How many cells differ, of how many.
    unit, step
        The first that differs, as drawn; None where none does.
    blank
        Rows and columns of the ground's colour at the edges, which pixels alone do not show, that were taken as read.
    off
        Of real values whose tones are not all told apart: the most that one read back is off the one that was meant, as
        a share of the whole range.
    """

    cells: int
    total: int
    unit: int | None = None
    step: int | None = None
    blank: int = 0
    off: float = 0.0


def read_back(file: str | Path | PrintFile) -> ReadBack:
    """Read the matrix out of a PNG, TIFF, PDF or SVG.

    Parameters
    ----------
    file : path or PrintFile
        With the plan that ``write`` put into it, or without: then the cells are found from the pixels.

    Raises
    ------
    FileError
        When the file cannot be read, holds no cells, or shows real values as a halftone that is no row of HALFTONES.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize, write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = read_back(write(layout(rasterize([[1, -1, -1]]), "a6"), Path(folder) / "a.png"))
    >>> found.how, found.grid.indices.tolist()
    ('plan', [[1, 0, 0]])
    """
    printed = file if isinstance(file, PrintFile) else open_print(file)
    with damage(printed.path):  # a plan comes with the file, and may say anything
        return _read(printed)


def _read(printed: PrintFile) -> ReadBack:
    """The matrix of a file that is open: by its plan, or from its pixels."""
    from stateviz.printing.readback.cells import arrangements, find_cells

    pixels, plan, name = printed.pixels, dict(printed.plan), str(printed.path)
    if plan.get("halftone"):
        return _of_halftone(printed, plan, name)
    if {"cell_px", "grid_cells"} <= plan.keys():
        return _by_plan(printed, plan, name)
    found = find_cells(pixels, name)
    palette = Palette("as printed", pixels.colors)
    grids = tuple(PixelGrid(cells, palette) for cells in arrangements(found))
    if not grids:
        raise FileError(f"{name}: the bands found in its pixels are of unequal size; read a file that has its plan")
    return ReadBack(grids, "pixels", found.cell, found.altered)


def _by_plan(printed: PrintFile, plan: dict[str, Any], name: str) -> ReadBack:
    """The cells where the plan says that they lie; of a page that was rendered, their interior."""
    pixels = printed.pixels
    rendered = printed.format in ("PDF", "SVG")
    rim = 1 if rendered else 0
    cells, altered = cells_by_plan(pixels.rows(), pixels.size, plan, name, rim=rim, other=pixels.other)
    _check_canvas(pixels.size, plan, name)
    altered += altered_beyond(cells, pixels, plan, name, rim)
    palette, colors, cell = str(plan.get("palette", "as printed")), colors_of(plan), int(plan["cell_px"])
    if colors is None:
        return ReadBack((PixelGrid(cells, Palette(palette, pixels.colors)),), "plan", cell, altered)
    shown = planned_colors(printed, colors)
    meant = shown.index[cells]
    grid = PixelGrid(meant, Palette(palette, as_colors(colors)))
    alike = _alike(meant, shown.first) if len(colors) > 2 else None
    confirmed, became = None, ""
    if "cells_sha256" in plan and (alike is None or shown.known):
        confirmed, became = confirm(shown.first[meant], plan, most=len(colors) - 1)
    shift = float(shown.shift[np.unique(cells)].max())
    return ReadBack((grid,), "plan", cell, altered, alike, _window(plan, name), confirmed, became, shift)


def _check_canvas(size: tuple[int, int], plan: dict[str, Any], name: str) -> None:
    if plan.get("canvas_px", list(size)) != list(size):
        wide, tall = size
        raise FileError(f"{name}: it has {wide} x {tall} px, which its plan does not say; it was cut or scaled")


def _of_halftone(printed: PrintFile, plan: dict[str, Any], name: str) -> ReadBack:
    """The tones that a file's dots stand for."""
    from stateviz.printing.readback.halftones import tones_by_plan
    from stateviz.rendering.color.ramps import tones

    pixels, colors = printed.pixels, colors_of(plan)
    if colors is None or len(colors) != 2:
        many = "none" if colors is None else str(len(colors))
        raise FileError(f"{name}: its plan says a halftone, which takes two colours, and names {many}")
    shown = planned_colors(printed, colors)
    filled_by = shown.index == 1
    low, high, altered = tones_by_plan(pixels.rows(), pixels.size, plan, name, filled_by, other=pixels.other)
    _check_canvas(pixels.size, plan, name)
    middle = ((low.astype(int) + high) // 2).astype(np.uint8)
    pair = Palette(str(plan.get("palette", "as printed")), as_colors(colors))
    confirmed, became, cell = None, "", int(plan["cell_px"])
    if "cells_sha256" in plan:
        confirmed, became = confirm(filled(low, plan, cell), plan, most=cell * cell)
    return ReadBack(
        (PixelGrid(middle, tones(pair)),), "plan", cell, altered, (low, high), _window(plan, name), confirmed, became,
        float(shown.shift[:2].max()),
    )  # fmt: skip


def _window(plan: dict[str, Any], name: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The units and steps that a plan says are left of a matrix that was cropped."""
    crop = plan.get("crop")
    if crop is None:
        return None
    try:
        (first, last), (start, stop) = ((int(low), int(high)) for low, high in (crop["units"], crop["steps"]))
    except (TypeError, KeyError, ValueError):
        raise FileError(f"{name}: its plan says it was cropped, and not to which units and steps") from None
    return (first, last), (start, stop)


def _alike(cells: NDArray[np.uint8], first: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """The first and the last colour that look as each cell's in the file, where neighbours of a ramp are the same."""
    _, kind, count = np.unique(first, return_inverse=True, return_counts=True)
    if (count == 1).all():
        return None
    low, high = first, (first + count[kind.reshape(-1)] - 1).astype(np.uint8)
    return low[cells], high[cells]


def compare_matrix(
    found: ReadBack, states: StateMatrix, *, threshold: float | None = None, scale: float | None = None
) -> Difference:
    """How ``found`` differs from the states that were to be printed, ordered as they were to be.

    Parameters
    ----------
    states : StateMatrix, shape (units, steps)
        Real ones are compared as the levels that a file in continuous tone shows; as a halftone, as near as its
        steps can tell.
    threshold, scale : float, optional
        Real states: as ``rasterize`` took them.

    Returns
    -------
    Difference
        Of what was found from pixels alone, the closest reading: either colour may stand for +1, time may run
        either way, and edges of the ground's colour may be missing.

    Raises
    ------
    InputError
        When the printed matrix is of another shape, or the states are real and the file is of two colours and no
        threshold came, or shows a halftone and the states are binary.
    """
    from stateviz.rendering import rasterize

    levels = len(found.grid.palette.colors) > 2 and found.how == "plan"
    if found.tones is not None and (states.binary or threshold is not None):
        given = "binary" if states.binary else "parted by a threshold"
        raise InputError(f"the file shows real values, and the states are {given}; give the real states alone")
    if states.binary or threshold is not None:
        meant = rasterize(states, threshold=threshold, scale=scale)
    elif levels:
        meant = rasterize(states, palette=found.grid.palette.name, scale=scale)
    else:
        raise InputError("the states are real; give the threshold that they were printed with, such as 0")
    indices = meant.indices
    if found.window is not None:
        indices = indices[slice(*found.window[0]), slice(*found.window[1])]
    readings = list(_readings(found, indices))
    if not readings:
        shape = " or ".join(f"{g.shape[0]} x {g.shape[1]}" for g in found.grids)
        raise InputError(
            f"the file shows {shape} cells, the states are {meant.shape[0]} units x {meant.shape[1]} steps; "
            "give the steps that were printed (--steps A:B), or the recording that was"
        )
    return min(readings, key=lambda reading: (reading.cells, reading.blank))


def _readings(found: ReadBack, meant: NDArray[np.uint8]) -> Iterator[Difference]:
    for grid in found.grids:
        cells, low = grid.indices, grid.indices.min()
        if found.how == "plan":
            if cells.shape == meant.shape:
                yield _difference(cells, meant, 0) if found.tones is None else _tonal(found.grid, found.tones, meant)
            continue
        for plus in (cells > low, cells <= low):
            for larger, blank in padded(plus.astype(np.uint8), meant.shape):
                yield _difference(larger, meant, blank)
            for inner in uncontinued(plus.astype(np.uint8), meant.shape):
                yield _difference(inner, meant, 0)


def _tonal(grid: PixelGrid, tones: tuple[NDArray[np.uint8], NDArray[np.uint8]], meant: NDArray[np.uint8]) -> Difference:
    """Cells whose tone is not among those that can be meant there."""
    low, high = tones
    nearest = np.where((low <= meant) & (meant <= high), meant, grid.indices)
    off = np.abs(grid.indices.astype(int) - meant).max() / (len(grid.palette.colors) - 1)
    return replace(_difference(nearest, meant, 0), off=float(off))


def _difference(cells: NDArray[np.uint8], meant: NDArray[np.uint8], blank: int) -> Difference:
    wrong = np.argwhere(cells != meant)
    if not len(wrong):
        return Difference(0, meant.size, blank=blank)
    return Difference(len(wrong), meant.size, int(wrong[0, 0]), int(wrong[0, 1]), blank)
