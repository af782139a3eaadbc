"""PDF: one page, the cells as one indexed image, so that no renderer blends their seams, and text as real text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from stateviz.core.errors import InputError
from stateviz.core.sheets import Contour, Sheet
from stateviz.rendering.canvas import stream
from stateviz.rendering.color.profiles import BLACK, COATED_INK
from stateviz.rendering.writers import pdf_fonts, pdf_x
from stateviz.rendering.writers.cells import plan_in_colors
from stateviz.rendering.writers.pdf_objects import Objects, num, string
from stateviz.rendering.writers.streams import bit_depth, blackened, deflate, effort, filtered, runs

_LONGEST = 14_400  # points: what readers take as the side of a page
_ARC = 0.5522847498  # how far a cubic's handles reach to draw a quarter of a unit circle


def save(
    sheet: Sheet, path: Path, *, standard: str = "auto", profile: str | None = None, ink_limit: float | None = None
) -> None:
    """One page of the right size: trim box inside bleed box inside media box.

    The page is the canvas, snapped to its pixels (``points = pixels * 72 / dpi``). Letters are text in
    embedded fonts, everything else is one image. Dates are those of SOURCE_DATE_EPOCH, else none, or a
    fixed one where a standard demands it, so that equal sheets give equal bytes.

    Parameters
    ----------
    standard : {"auto", "x4", "x1a", "none"}
        The structure of PDF/X-4 or PDF/X-1a: four inks, and the condition they are printed in. "none" is sRGB;
        "auto" is x4 for a thing to print on, none for a picture of a screen.
    profile : str, optional
        The printing condition: "fogra39", which is the default, or an ICC file of a CMYK press.
    ink_limit : float, optional
        Percent of ink, all four together, that no colour exceeds: 300 for coated paper, the default, 280 for uncoated.
    """
    if standard == "auto":
        standard = "none" if sheet.medium.kind == "screen" else "x4"
    kind = pdf_x.STANDARDS[standard]
    if standard == "none" and profile is not None:
        raise InputError("profile does nothing to a PDF in sRGB; leave it out, or take standard x4")
    if standard == "none" and ink_limit is not None:
        raise InputError("ink_limit does nothing to a PDF in sRGB; leave it out, or take standard x4")
    if max(sheet.canvas) * 72 / sheet.dpi > _LONGEST:
        raise InputError(f"a PDF page is at most {_LONGEST} pt = 5080 mm a side; write a .png or .tif")
    moment = pdf_x.date() or (pdf_x.FIXED_DATE if kind.info else None)
    limit = COATED_INK if ink_limit is None else ink_limit
    paints = _Paints(sheet, None if standard == "none" else profile or "fogra39", limit)
    with open(path, "wb") as file:
        body = Objects(file, kind.version)
        catalog, pages, page, info = body.reserve(4)
        body.add(page, _page(sheet, pages, body, paints))
        body.add(pages, f"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>")
        title = _title(sheet)
        known = f"/Pages {pages} 0 R /PageLayout /SinglePage"
        if kind.info:
            known += f" /OutputIntents [{_intent(body, paints)}]"
        if kind.xmp:
            known += (
                f" /Metadata {body.stream('/Type /Metadata /Subtype /XML', _packet(body, kind, title, moment))} 0 R"
            )
        body.add(catalog, f"<< /Type /Catalog {known} >>")
        facts = f"/Title {string(title)} /Creator (stateviz) /Producer (stateviz) /Trapped /False"
        dates = pdf_x.info_dates(moment)
        plan = json.dumps(plan_in_colors(sheet, paints.values))
        body.add(info, f"<< {facts} {kind.info} {dates} /Plan {string(plan)} >>")
        body.finish(f"/Root {catalog} 0 R /Info {info} 0 R")


class _Paints:
    """The palette as a PDF names it: four inks where there is a profile, else sRGB."""

    def __init__(self, sheet: Sheet, profile: str | None, limit: float) -> None:
        from stateviz.rendering.color.profiles import profile_bytes, to_cmyk

        colors = np.array(sheet.palette.colors, np.uint8)
        self.profile_name = profile
        self.values = colors if profile is None else to_cmyk(colors, profile=profile, limit=limit)
        self.lettered = sheet if profile is None else blackened(sheet, len(colors))
        if self.lettered is not sheet:
            self.values = np.vstack([self.values, np.array(BLACK, np.uint8)])
        self.icc = profile_bytes("srgb" if profile is None else profile)
        self.space = "/DeviceCMYK"

    def place(self, body: Objects) -> None:
        """Put the profile into the file."""
        self.number = body.stream(f"/N {self.values.shape[1]}", self.icc, packed=True)
        if self.profile_name is None:
            self.space = f"[/ICCBased {self.number} 0 R]"

    def fill(self, index: int) -> str:
        """The operators that choose a palette index for what is filled next."""
        shares = " ".join(num(round(value / 255, 5)) for value in self.values[index].tolist())
        return f"{shares} k" if self.profile_name is not None else f"/Screen cs {shares} sc"


def _page(sheet: Sheet, pages: int, body: Objects, paints: _Paints) -> str:
    width, height = (size * 72 / sheet.dpi for size in sheet.canvas)
    inset = float(sheet.plan.get("bleed_px", 0)) * 72 / sheet.dpi
    whole = f"[0 0 {num(width)} {num(height)}]"
    trim = f"[{num(inset)} {num(inset)} {num(width - inset)} {num(height - inset)}]"
    paints.place(body)
    image = _image(paints.lettered, body, paints)
    content = f"q {num(width)} 0 0 {num(height)} 0 0 cm /Grid Do Q\n"
    resources = f"/XObject << /Grid {image} 0 R >>"
    if sheet.texts:
        fonts, lines = _texts(paints.lettered, body, paints, height)
        content += lines
        resources += f" /Font << {fonts} >>"
    spaces = "" if paints.profile_name is not None else f"/Screen {paints.space} "
    if sheet.contour is not None:
        content += _outline(sheet.contour, 72 / sheet.dpi, height)
        spaces += f"/Cut [/Separation /CutContour /DeviceCMYK {_cut_line(body)} 0 R]"
        resources += " /ExtGState << /Over << /Type /ExtGState /OP true /OPM 1 >> >>"
    if spaces:
        resources += f" /ColorSpace << {spaces} >>"
    written = body.stream("", content.encode("ascii"), packed=True)
    return (
        f"<< /Type /Page /Parent {pages} 0 R /MediaBox {whole} /BleedBox {whole} /TrimBox {trim} "
        f"/Resources << {resources} >> /Contents {written} 0 R >>"
    )


def _image(sheet: Sheet, body: Objects, paints: _Paints) -> int:
    """The canvas without its letters, which are set as text."""
    width, height = sheet.canvas
    colors = len(paints.values)
    depth = bit_depth(colors)
    mask = "" if sheet.transparent is None else f"/Mask [{sheet.transparent} {sheet.transparent}] "
    head = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent {depth} "
        f"/ColorSpace [/Indexed {paints.space} {colors - 1} <{paints.values.tobytes().hex()}>] "
        f"/Interpolate false {mask}/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 "
        f"/BitsPerComponent {depth} /Columns {width} >>"
    )
    rows = stream(replace(sheet, texts=()))
    return body.long_stream(head, deflate(filtered(runs(rows, depth)), effort(width, height, depth)))


def _texts(sheet: Sheet, body: Objects, paints: _Paints, height: float) -> tuple[str, str]:
    """The page's fonts, and the operators that set every line."""
    found = pdf_fonts.faces(sheet.texts)
    names = {font: f"F{index}" for index, font in enumerate(found)}
    fonts = " ".join(f"/{names[font]} {_font(body, face)} 0 R" for font, face in found.items())
    lines = ["BT"]
    index = None
    for run in sheet.texts:
        if run.palette_index != index:
            index = run.palette_index
            lines.append(paints.fill(index))
        lines.append(pdf_fonts.show(run, found, names, 72 / sheet.dpi, height))
    return fonts, "\n".join([*lines, "ET\n"])


def _font(body: Objects, face: pdf_fonts.Face) -> int:
    """A composite font whose codes are the glyph numbers (PDF 32000-1, 9.7)."""
    if face.outlines == "truetype":
        file, kind = body.stream(f"/Length1 {len(face.data)}", face.data, packed=True), "2 /CIDToGIDMap /Identity"
        key = "FontFile2"
    else:
        file, kind, key = body.stream("/Subtype /CIDFontType0C", face.data, packed=True), "0", "FontFile3"
    box = " ".join(map(str, face.box))
    described, below, font = body.reserve(3)
    body.add(
        described,
        f"<< /Type /FontDescriptor /FontName /{face.name} /Flags 4 /FontBBox [{box}] /ItalicAngle 0 "
        f"/Ascent {face.ascent} /Descent {face.descent} /CapHeight {face.capital} /StemV 80 /{key} {file} 0 R >>",
    )
    body.add(
        below,
        f"<< /Type /Font /Subtype /CIDFontType{kind} /BaseFont /{face.name} "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        f"/FontDescriptor {described} 0 R /DW 1000 /W [{pdf_fonts.widths(face)}] >>",
    )
    characters = body.stream("", pdf_fonts.to_unicode(face).encode("ascii"), packed=True)
    body.add(
        font,
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{face.name} /Encoding /Identity-H "
        f"/DescendantFonts [{below} 0 R] /ToUnicode {characters} 0 R >>",
    )
    return font


def _cut_line(body: Objects) -> int:
    """The separation of the cut line, which viewers show as magenta."""
    (number,) = body.reserve(1)
    body.add(number, "<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0 0] /C1 [0 1 0 0] /N 1 >>")
    return number


def _outline(contour: Contour, scale: float, page: float) -> str:
    """A rounded box, drawn as a line of an ink of its own over the picture."""
    r = min(contour.radius, contour.width / 2, contour.height / 2) * scale
    x0, x1 = contour.x * scale, (contour.x + contour.width) * scale
    y1, y0 = page - contour.y * scale, page - (contour.y + contour.height) * scale
    k = r * (1 - _ARC)

    def at(*points: float) -> str:
        return " ".join(num(round(point, 4)) for point in points)

    return (
        f"q /Over gs /Cut CS 1 SCN 0.25 w {at(x0 + r, y0)} m {at(x1 - r, y0)} l "
        f"{at(x1 - k, y0, x1, y0 + k, x1, y0 + r)} c {at(x1, y1 - r)} l {at(x1, y1 - k, x1 - k, y1, x1 - r, y1)} c "
        f"{at(x0 + r, y1)} l {at(x0 + k, y1, x0, y1 - k, x0, y1 - r)} c {at(x0, y0 + r)} l "
        f"{at(x0, y0 + k, x0 + k, y0, x0 + r, y0)} c h S Q\n"
    )


def _intent(body: Objects, paints: _Paints) -> str:
    name = str(paints.profile_name)
    registered = name.upper() if name == "fogra39" else "Custom"
    says = "Coated paper, FOGRA39 (ISO 12647-2:2004)" if name == "fogra39" else Path(name).stem
    registry = "/RegistryName (http://www.color.org) " if name == "fogra39" else ""
    return (
        f"<< /Type /OutputIntent /S /GTS_PDFX /OutputConditionIdentifier ({registered}) {registry}"
        f"/OutputCondition {string(says)} /Info {string(says)} /DestOutputProfile {paints.number} 0 R >>"
    )


def _packet(body: Objects, kind: pdf_x.Standard, title: str, moment: object) -> bytes:
    from datetime import datetime

    assert isinstance(moment, datetime)
    return pdf_x.packet(kind, title, moment, body.digest())


def _title(sheet: Sheet) -> str:
    steps, units = sheet.grid.shape if sheet.time == "down" else sheet.grid.shape[::-1]
    return f"{units} units x {steps} steps on {sheet.medium.name}"
