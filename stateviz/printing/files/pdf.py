"""A PDF as a print shop sees it: the page as it is rendered, and its boxes, output intent, fonts and structure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from stateviz.core.errors import FileError, MissingExtraError, StatevizError
from stateviz.printing.files.pdf_colors import is_indexed, read_pixels
from stateviz.printing.files.pdf_contents import Contents, faults, inherited, read_contents
from stateviz.printing.files.pdf_page import RenderedPage
from stateviz.printing.files.print_file import Box, PrintFile, check_side
from stateviz.printing.files.rasters import profile_name

_MM = 25.4 / 72
_UNKNOWN_DPI = 300.0
_COARSEST = 36.0
_MOST_RENDERED = 3_000_000_000


def open_pdf(path: Path) -> PrintFile:
    """Read the first page of a PDF.

    Raises
    ------
    FileError
        When it is damaged, needs a password, or has no page.
    MissingExtraError
        When pikepdf or pypdfium2 is not installed.
    """
    try:
        import pikepdf
    except ImportError as error:
        raise MissingExtraError(
            "reading a PDF needs pikepdf; install it with: pip install 'stateviz[print]'"
        ) from error
    try:
        with pikepdf.open(path) as pdf:
            if not len(pdf.pages):
                raise FileError(f"{path} has no page")
            return _facts(path, pdf)
    except pikepdf.PasswordError as error:
        raise FileError(f"{path} is encrypted, which print shops refuse; write it without a password") from error
    except StatevizError:
        raise
    except Exception as error:  # whatever pikepdf makes of a damaged file
        raise FileError(f"{path} is a damaged PDF ({error})") from error


def _facts(path: Path, pdf: Any) -> PrintFile:
    page = pdf.pages[0]
    unit = float(page.obj.get("/UserUnit", 1)) * _MM
    media = _box(inherited(page.obj, "/MediaBox", None) or [0, 0, 612, 792], unit)
    boxes = {name: _box(page.obj[f"/{name}Box"], unit) for name in ("Bleed", "Trim") if f"/{name}Box" in page.obj}
    contents, plan = read_contents(page), _plan(pdf)
    intents = [intent for intent in pdf.Root.get("/OutputIntents", []) if "/S" in intent]
    printing = [intent for intent in intents if str(intent["/S"]) == "/GTS_PDFX"]
    icc = _profile_of(*(printing or intents)[:1])
    reasons = tuple(faults(pdf, page, contents))
    dpi, size = _resolution(contents, plan, media, unit)
    turned = int(inherited(page.obj, "/Rotate", 0)) % 180 == 90
    across, down = (each * unit / 25.4 for each in dpi)
    rendered = RenderedPage(
        _to_render(pdf, page, contents),
        size[::-1] if turned else size,
        (down, across) if turned else (across, down),
    )
    shown = read_pixels(pdf, contents.image, rendered, icc, plan.get("transparent"))
    standard = _standard(pdf)
    return PrintFile(
        path,
        "PDF",
        shown.pixels,
        path.stat().st_size,
        dpi=dpi[::-1] if turned else dpi,
        page=(media[2] - media[0], media[3] - media[1]),
        boxes={"Media": media, **boxes},
        pages=len(pdf.pages),
        space="CMYK" if shown.inks is not None else "RGB",
        profile=profile_name(icc) or shown.profile,
        inks=shown.inks,
        indexed=contents.image is not None and is_indexed(contents.image.get("/ColorSpace", None)),
        most_ink=contents.most_ink,
        icc=icc if icc is not None and icc[16:20] == b"CMYK" else shown.icc,
        condition=str(printing[0].get("/OutputConditionIdentifier", "")) if printing else None,
        faults=reasons,
        contours=tuple(_in_pixels(cut, media, dpi, unit) for cut in contents.cuts),
        transparent=contents.image is not None and "/Mask" in contents.image,
        standard=standard,
        missing=tuple(_missing(pdf, printing, icc, boxes)) if standard else (),
        fonts=tuple(_fonts(page)),
        shapes=contents.shapes,
        plan=plan,
    )


def _box(box: Any, unit: float) -> Box:
    x0, y0, x1, y1 = (float(edge) * unit for edge in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _resolution(
    contents: Contents, plan: dict[str, Any], media: Box, unit: float
) -> tuple[tuple[float, float], tuple[int, int]]:
    """Pixels an inch of the page's image, else of its plan, else 300; and the page's size in them."""
    image, planned = contents.image, plan.get("dpi")
    dpi = (_UNKNOWN_DPI, _UNKNOWN_DPI)
    if isinstance(planned, (int, float)) and _COARSEST <= planned <= 20_000:
        dpi = (float(planned), float(planned))
    if image is not None and min(contents.size) > 0:
        of_image = tuple(
            int(image[key]) / side * 25.4 / unit for key, side in zip(("/Width", "/Height"), contents.size, strict=True)
        )
        if min(of_image) >= _COARSEST:
            dpi = of_image[0], of_image[1]
    size = tuple(round((media[axis + 2] - media[axis]) / 25.4 * dpi[axis]) for axis in (0, 1))
    if not (min(size) > 0 and size[0] * size[1] <= _MOST_RENDERED):
        raise FileError(f"its page of {size[0]:,} x {size[1]:,} px is more than can be rendered")
    check_side(Path("its page"), (size[0], size[1]))
    return dpi, (size[0], size[1])


def _to_render(pdf: Any, page: Any, contents: Contents) -> bytes:
    """The file with a first page of all its media, without the cut lines, and without a unit of its own."""
    page.obj["/MediaBox"] = inherited(page.obj, "/MediaBox", None) or [0, 0, 612, 792]
    page.obj["/CropBox"] = page.obj["/MediaBox"]
    page.obj["/UserUnit"] = 1
    if contents.cuts:
        page.obj["/Contents"] = pdf.make_stream(contents.kept)
    file = BytesIO()
    pdf.save(file, encryption=False)
    return file.getvalue()


def _in_pixels(box: Box, media: Box, dpi: tuple[float, float], unit: float) -> Box:
    """A box of the page in points, as pixels from the top left."""
    x0, y0, x1, y1 = (value * unit for value in box)
    across, down = (each / 25.4 for each in dpi)
    return (x0 - media[0]) * across, (media[3] - y1) * down, (x1 - media[0]) * across, (media[3] - y0) * down


def _profile_of(*intents: Any) -> bytes | None:
    for intent in intents:
        if "/DestOutputProfile" in intent:
            return bytes(intent["/DestOutputProfile"].read_bytes())
    return None


def _standard(pdf: Any) -> str | None:
    info = pdf.trailer.get("/Info", {})
    if "/GTS_PDFXConformance" in info:
        return str(info["/GTS_PDFXConformance"]).split(":")[0]
    return str(info["/GTS_PDFXVersion"]).split(":")[0] if "/GTS_PDFXVersion" in info else None


def _missing(pdf: Any, intents: list[Any], icc: bytes | None, boxes: dict[str, Box]) -> Iterator[str]:
    """What the structure of PDF/X asks for and this file has not."""
    info = pdf.trailer.get("/Info", {})
    if len(intents) != 1:
        yield "one GTS_PDFX output intent"
    if icc is None or icc[12:16] != b"prtr":
        yield "an embedded output profile of a printer"
    elif intents and not str(intents[0].get("/OutputConditionIdentifier", "")):
        yield "the output condition's identifier"
    for key in ("/Title", "/Trapped", "/CreationDate", "/ModDate"):
        if key not in info:
            yield f"{key[1:]} in its Info"
    if str(info.get("/Trapped", "/False")) not in ("/True", "/False"):
        yield f"a Trapped that says True or False (it says {str(info['/Trapped']).lstrip('/')})"
    if "/ID" not in pdf.trailer:
        yield "an ID"
    if "Trim" not in boxes:
        yield "a trim box"
    if "/GTS_PDFXConformance" not in info and "/Metadata" not in pdf.Root:
        yield "XMP metadata"


def _fonts(page: Any) -> Iterator[tuple[str, bool]]:
    for font in page.obj.get("/Resources", {}).get("/Font", {}).values():
        below = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        described = below.get("/FontDescriptor", {})
        embedded = any(f"/FontFile{kind}" in described for kind in ("", "2", "3"))
        yield str(font.get("/BaseFont", "/?"))[1:], embedded


def _plan(pdf: Any) -> dict[str, Any]:
    try:
        plan = json.loads(str(pdf.trailer["/Info"]["/Plan"]))
    except (KeyError, ValueError, RecursionError):
        return {}
    return plan if isinstance(plan, dict) else {}
