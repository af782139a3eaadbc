"""What a print shop looks at in a file's structure: its pages and boxes, the standard it claims, its cut line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from stateviz.printing.lengths import MM_PER_INCH
from stateviz.printing.preflight.subject import NEAR_MM, CheckResult, Subject

_AGAIN = "write the file again with stateviz"


def page(subject: Subject) -> Iterator[CheckResult]:
    """one page, 8 bits a channel, and nothing on it that shops print otherwise than it is seen"""
    file = subject.file
    if file.pages != 1:
        yield CheckResult("page", "fail", f"{file.pages} pages; one is printed", "keep the first page only")
    for fault in file.faults:
        text, _, fix = fault.rpartition("; ")
        yield CheckResult("page", "fail", text or fault, fix if text else _AGAIN)
    if file.pages == 1 and not file.faults:
        yield CheckResult("page", "ok", "one, and printed as it is seen")


def boxes(subject: Subject) -> Iterator[CheckResult]:
    """PDF: trim inside bleed inside media, as large as the medium"""
    file, found = subject.file, subject.file.boxes
    if file.format != "PDF":
        return
    again = "write the PDF again with stateviz"
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
    if abs(wide - medium.width) > max(NEAR_MM, pixel) or abs(tall - medium.height) > max(NEAR_MM, pixel):
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


def contour(subject: Subject) -> Iterator[CheckResult]:
    """where the medium is cut out along a line: that line, where it was laid out"""
    file, medium = subject.file, subject.medium
    if not medium.contour and not file.contours:
        return
    if file.format not in ("PDF", "SVG"):
        yield CheckResult("contour", "note", f"a {file.format} holds no cut line: {medium.name} is cut by its outline")
        return
    x, y = subject.extra
    wide, tall = subject.trim
    off = [max(map(abs, (a - x, b - y, c - x - wide, d - y - tall))) for a, b, c, d in file.contours]
    if not medium.contour:
        yield CheckResult(
            "contour", "fail", f"a cut line, and {medium.name} is not cut out", "lay it out for this medium"
        )
    elif not off:
        yield CheckResult("contour", "fail", f"no line CutContour says where {medium.name} is cut out", _AGAIN)
    elif len(off) > 1:
        yield CheckResult("contour", "fail", f"{len(off)} cut lines, {medium.name} has one", _AGAIN)
    elif subject.mm(off[0]) > max(NEAR_MM, subject.mm(1)):
        text = f"the cut line is {subject.mm(off[0]):.2f} mm off the outline of {medium.name}"
        yield CheckResult("contour", "fail", text, _AGAIN)
    else:
        yield CheckResult("contour", "ok", f"the cut line is the outline of {medium.name}")
