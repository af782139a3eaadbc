"""What a print shop looks at: one function a check, each says the number and what mends it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from stateviz.core.table import Table
from stateviz.printing.lengths import MM_PER_INCH, at_least
from stateviz.printing.preflight.subject import CheckResult, Status, Subject
from stateviz.printing.vendors import FLOOR_DPI, MOST_MB, SMALLEST_CELL_MM, TARGET_DPI
from stateviz.rendering.color.palettes import PRINT_CONTRAST, span

_NEAR = 0.15
"""Millimetres by which a length may be off: less than a cutter's own error."""


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
    if wanted == 0 and has <= _NEAR:
        yield CheckResult("bleed", "ok", f"none, as {subject.medium.name} is printed")
    elif has < wanted - _NEAR:
        name = subject.medium.name
        text = f"{max(has, 0):.2f} mm of bleed, {name} needs {wanted:g}: a cut a little off leaves a white edge"
        yield CheckResult("bleed", "fail", text, f"lay it out again with --bleed {wanted:g}mm")
    else:
        yield CheckResult("bleed", "ok", f"{has:.2f} mm")


def boxes(subject: Subject) -> Iterator[CheckResult]:
    """PDF: trim inside bleed inside media, one page, one image"""
    file, found = subject.file, subject.file.boxes
    if file.format != "PDF":
        return
    again = "write the PDF again with stateviz"
    if file.pages != 1:
        yield CheckResult("boxes", "fail", f"{file.pages} pages; one is printed", "keep the first page only")
    if "Trim" not in found:
        yield CheckResult("boxes", "fail", "no trim box says where it is cut", again)
        return
    order = [found[name] for name in ("Media", "Bleed", "Trim") if name in found]
    for outer, inner in itertools.pairwise(order):
        if (
            inner[0] < outer[0] - 0.01
            or inner[1] < outer[1] - 0.01
            or inner[2] > outer[2] + 0.01
            or inner[3] > outer[3] + 0.01
        ):
            yield CheckResult("boxes", "fail", "the trim, bleed and media boxes do not lie inside one another", again)
            return
    trim = found["Trim"]
    wide, tall, medium = trim[2] - trim[0], trim[3] - trim[1], subject.medium
    pixel = MM_PER_INCH / subject.dpi
    if abs(wide - medium.width) > max(_NEAR, pixel) or abs(tall - medium.height) > max(_NEAR, pixel):
        text = f"the trim box is {wide:.2f} x {tall:.2f} mm, {medium.name} {medium.width:g} x {medium.height:g}"
        yield CheckResult("boxes", "fail", text, f"lay it out again with --medium {medium.name}")
    else:
        yield CheckResult("boxes", "ok", f"trim {wide:.2f} x {tall:.2f} mm inside bleed inside media")
    if file.shapes > 100:
        text = f"{file.shapes:,} filled shapes: renderers blend the seams between cells drawn as shapes"
        yield CheckResult("boxes", "warn", text, "write the PDF with stateviz, which draws the cells as one image")


def standard(subject: Subject) -> Iterator[CheckResult]:
    """PDF: the structure of PDF/X, fonts embedded"""
    file = subject.file
    if file.format != "PDF":
        return
    if file.standard is None:
        yield CheckResult("standard", "warn", "a plain PDF, most shops ask for PDF/X", "write it with --standard x4")
    elif file.missing:
        text = f"says {file.standard} and lacks {', '.join(file.missing)}"
        yield CheckResult("standard", "fail", text, "write it again with --standard x4")
    else:
        yield CheckResult("standard", "ok", f"{file.standard}, structurally checked")
    loose = [name for name, embedded in file.fonts if not embedded]
    if loose:
        yield CheckResult(
            "standard", "fail", f"fonts not embedded: {', '.join(loose)}", "embed them, or outline the text"
        )


def profile(subject: Subject) -> Iterator[CheckResult]:
    """what the colours mean is in the file"""
    file = subject.file
    if file.profile is not None:
        yield CheckResult("profile", "ok", f"{file.space}, {file.profile}")
    elif file.space == "CMYK":
        yield CheckResult(
            "profile", "fail", "inks without a profile: every press shows other colours", "embed the profile"
        )
    else:
        yield CheckResult(
            "profile", "warn", f"{file.space} without a profile; most shops take it as sRGB", "embed sRGB"
        )


def ink(subject: Subject) -> Iterator[CheckResult]:
    """all four inks together: 300% on coated paper, 280% on others, or the --ink-limit asked for"""
    from stateviz.rendering.color.profiles import COATED_INK, UNCOATED_INK, to_cmyk

    file, used = subject.file, np.flatnonzero(subject.survey.shares)
    if file.inks is not None:
        percent, how = file.inks[used].sum(axis=1) / 2.55, ""
    else:
        seen = np.array(file.pixels.colors, np.uint8)[used]
        percent = to_cmyk(seen, profile=subject.profile).sum(axis=1) / 2.55
        how = f" once converted by {subject.profile}"
    most, limit = float(percent.max()), subject.ink_limit or COATED_INK
    if most > limit + 0.5:
        text = f"{most:.0f}% of ink{how}, over {limit:g}: it does not dry"
        yield CheckResult("ink", "fail", text, f"write it as .pdf or .tif with --ink-limit {limit:g}")
    elif most > UNCOATED_INK and subject.ink_limit is None:
        yield CheckResult("ink", "note", f"{most:.0f}% of ink{how}: for coated paper; uncoated takes {UNCOATED_INK:g}%")
    else:
        yield CheckResult("ink", "ok", f"at most {most:.0f}% of ink{how}")


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
    if mm < SMALLEST_CELL_MM:
        text = f"{what}, below {SMALLEST_CELL_MM} mm: neighbours run together on most presses"
        yield CheckResult("cells", "warn", text, "a larger medium, fewer steps, or fewer units")
    else:
        yield CheckResult("cells", "ok", f"{what}, {how}")


def colour(subject: Subject) -> Iterator[CheckResult]:
    """contrast of at least 7 between the darkest and the lightest colour, as on paper"""
    used = np.flatnonzero(subject.survey.shares > 1e-4)
    if len(used) < 2:
        yield CheckResult("contrast", "fail", "the sheet is of one colour", "check the palette and the threshold")
        return
    ratio = span(subject.file.pixels.colors[index] for index in used)
    where = "on paper" if subject.file.inks is not None else "on screen"
    if ratio < PRINT_CONTRAST:
        text = f"contrast {ratio:.1f} {where}, below {PRINT_CONTRAST:g}: cells are hard to tell apart"
        yield CheckResult("contrast", "warn", text, "choose another palette: stateviz list palettes")
    else:
        yield CheckResult("contrast", "ok", f"{ratio:.1f} {where}")


def transparency(subject: Subject) -> Iterator[CheckResult]:
    """none, but where the medium's own colour is to show"""
    wanted, has = subject.medium.transparent, subject.file.transparent
    if wanted and not has:
        text = f"nothing is transparent: {subject.medium.name} would get a printed rectangle"
        fix = f"lay it out again with --medium {subject.medium.name}, and write a .png or .pdf"
        yield CheckResult("transparency", "fail", text, fix)
    elif has and not wanted:
        text = f"parts are transparent, which {subject.medium.name} does not need and shops flatten as they like"
        yield CheckResult("transparency", "warn", text, f"lay it out again with --medium {subject.medium.name}")
    else:
        yield CheckResult("transparency", "ok", "the ground is left unprinted" if has else "none")


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
        "boxes": boxes,
        "standard": standard,
        "profile": profile,
        "ink": ink,
        "cells": cells,
        "contrast": colour,
        "transparency": transparency,
        "safe zones": safe_zones,
        "file size": file_size,
    },
)
