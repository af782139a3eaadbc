"""What a print shop looks at: one function a check, each says the number and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stateviz.core.table import Table
from stateviz.printing.lengths import at_least
from stateviz.printing.preflight.colors import colors, colour, ink, profile, transparency
from stateviz.printing.preflight.pages import boxes, contour, page, standard
from stateviz.printing.preflight.subject import NEAR_MM, CheckResult, Status, Subject
from stateviz.printing.vendors import FLOOR_DPI, MOST_MB, SMALLEST_CELL_MM, TARGET_DPI


def size(subject: Subject) -> Iterator[CheckResult]:
    """the medium and its bleed, to the pixel"""
    medium, (wide, tall) = subject.medium, subject.file.pixels.size
    bleed = at_least(medium.beyond, subject.dpi)
    wanted = subject.trim[0] + 2 * bleed, subject.trim[1] + 2 * bleed
    has = f"{wide} x {tall} px = {subject.mm(wide):.1f} x {subject.mm(tall):.1f} mm"
    round_it = f"{medium.wrap:g} mm round its edges and " if medium.wrap else ""
    with_bleed = f"{medium.name} with {round_it}{medium.bleed:g} mm of bleed"
    off = [have - want for have, want in zip((wide, tall), wanted, strict=True)]
    if max(map(abs, off)) <= 1:
        yield CheckResult("size", "ok", f"{has}: {with_bleed}")
    elif max(abs(subject.extra[0]), abs(subject.extra[1])) <= 1:
        yield CheckResult("size", "ok", f"{has}: {medium.name} as it is cut")
    elif subject.extra[0] > 1 and abs(subject.extra[0] - subject.extra[1]) <= 1:
        yield CheckResult("size", "ok", f"{has}: {medium.name} with {subject.mm(subject.extra[0]):.2f} mm of bleed")
    else:
        turned = max(abs(wide - wanted[1]), abs(tall - wanted[0])) <= 1
        yield CheckResult(
            "size",
            "fail",
            f"{has}, {with_bleed} is {wanted[0]} x {wanted[1]} px = {subject.mm(wanted[0]):.1f} x "
            f"{subject.mm(wanted[1]):.1f} mm{'; it lies on its side' if turned else ''}",
            "turn it by 90 degrees" if turned else f"lay it out again with --medium {medium.name}",
        )


def dpi(subject: Subject) -> Iterator[CheckResult]:
    """pixels an inch: 300 wanted, 150 needed"""
    if subject.file.dpi is None:
        yield CheckResult(
            "dpi",
            "warn",
            f"the file does not say its size; on {subject.medium.name} it would have {subject.dpi:.0f} dpi",
            "write it with stateviz, which says pixels an inch",
        )
        return
    across, down = subject.file.dpi
    if abs(across - down) > 0.01 * across:
        yield CheckResult(
            "dpi", "fail", f"{across:.0f} dpi across and {down:.0f} down: cells are not square", "scale evenly"
        )
    if across < FLOOR_DPI:
        text = f"{across:.0f} dpi, below {FLOOR_DPI:g}: edges are seen to be soft"
        yield CheckResult("dpi", "fail", text, f"lay it out again with --dpi {TARGET_DPI:g}")
    elif across < TARGET_DPI - 0.5:
        text = f"{across:.0f} dpi, below {TARGET_DPI:g}"
        yield CheckResult("dpi", "warn", text, f"lay it out again with --dpi {TARGET_DPI:g}")
    else:
        yield CheckResult("dpi", "ok", f"{across:.0f} dpi")


def bleed(subject: Subject) -> Iterator[CheckResult]:
    """enough beyond each edge to be cut away"""
    wanted, boxes = subject.medium.beyond, subject.file.boxes
    if "Trim" in boxes:
        outer, trim = boxes.get("Bleed") or boxes.get("Media") or boxes["Trim"], boxes["Trim"]
        has = min(trim[0] - outer[0], trim[1] - outer[1], outer[2] - trim[2], outer[3] - trim[3])
    else:
        has = subject.mm(min(subject.extra))
    if wanted == 0 and has <= NEAR_MM:
        yield CheckResult("bleed", "ok", f"none, as {subject.medium.name} is printed")
    elif has < wanted - NEAR_MM:
        name = subject.medium.name
        text = f"{max(has, 0):.2f} mm of bleed, {name} needs {wanted:g}: a cut a little off leaves a white edge"
        yield CheckResult("bleed", "fail", text, f"lay it out again with --bleed {wanted:g}mm")
    else:
        yield CheckResult("bleed", "ok", f"{has:.2f} mm")


def cells(subject: Subject) -> Iterator[CheckResult]:
    """whole pixels, one size, and not below 0.25 mm"""
    found = subject.found
    if found is None:
        dots = bool(subject.file.plan.get("halftone"))
        status: Status = "note" if dots else "fail"
        yield CheckResult("cells", status, subject.problem, "" if dots else "print it again; never scale the file")
        return
    rows, columns = found.grid.shape
    mm = subject.mm(found.cell)
    planned = found.how == "plan"
    shape = f"{rows} units x {columns} steps," if planned else f"{rows} x {columns}"
    what = f"{shape} cells of {found.cell} px = {mm:.3f} mm"
    how = "read back by the file's plan" if planned else "found in the pixels, as the file has no plan"
    halftone = subject.file.plan.get("halftone")
    if halftone:
        how = f"their values read back from the filled pixels of each, halftone {halftone}"
    if found.altered:
        wrong = "not where the halftone puts them" if halftone else "not of their cell's colour"
        text = f"{found.altered:,} pixels are {wrong}: the file was altered after it was written"
        yield CheckResult("cells", "fail", text, "print it again")
    if found.confirmed is False:
        became = f": they are {found.became}" if found.became else ""
        text = f"the cells are not those that were laid out, by the digest in the file's plan{became}"
        yield CheckResult("cells", "fail", text, "print it again")
    if mm < SMALLEST_CELL_MM:
        text = f"{what}, below {SMALLEST_CELL_MM} mm: neighbours run together on most presses"
        yield CheckResult("cells", "warn", text, "a larger medium, fewer steps, or fewer units")
    else:
        yield CheckResult("cells", "ok", f"{what}, {how}")


def file_size(subject: Subject) -> Iterator[CheckResult]:
    """no larger than vendors take"""
    megabytes, most = subject.file.bytes / 1e6, subject.medium.most_mb or MOST_MB
    has = f"{megabytes:.1f} MB" if megabytes >= 0.1 else f"{subject.file.bytes / 1e3:.1f} kB"
    if megabytes > most:
        yield CheckResult("file size", "fail", f"{has}, over {most:g} MB", "write a .png of few colours, or a .pdf")
    else:
        yield CheckResult("file size", "ok", f"{has}, at most {most:g} MB")


def safe_zones(subject: Subject) -> Iterator[CheckResult]:
    """nothing near the cut, the corners or the camera"""
    from stateviz.printing.preflight.zones import zones

    for status, text, fix in zones(
        subject.medium, subject.survey, subject.dpi, subject.extra, subject.trim, subject.file.plan
    ):
        yield CheckResult("safe zones", status, text, fix)


Check = Callable[[Subject], Iterator[CheckResult]]
CHECKS: Table[Check] = Table(
    "check",
    {
        "size": size,
        "dpi": dpi,
        "bleed": bleed,
        "page": page,
        "boxes": boxes,
        "standard": standard,
        "contour": contour,
        "profile": profile,
        "ink": ink,
        "cells": cells,
        "colours": colors,
        "contrast": colour,
        "transparency": transparency,
        "safe zones": safe_zones,
        "file size": file_size,
    },
)
