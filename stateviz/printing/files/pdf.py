"""A PDF as a print shop sees it: boxes, output intent, fonts, and its one image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, MissingExtraError
from stateviz.core.sheets import Color
from stateviz.printing.files.print_file import MOST_PIXELS, Box, Pixels, PrintFile
from stateviz.printing.files.rasters import distinct, indices, profile_name, seen_colors

_MM = 25.4 / 72
_FILLS = {"f", "F", "f*", "B", "B*", "b", "b*"}


def open_pdf(path: Path) -> PrintFile:
    """Read the first page of a PDF.

    Raises
    ------
    FileError
        When it is damaged or encrypted, or has no page or no image.
    MissingExtraError
        When pikepdf is not installed.
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
    except (
        pikepdf.PdfError,
        AttributeError,
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        NotImplementedError,
    ) as error:
        if isinstance(error, InputError):
            raise
        raise FileError(f"{path} is a damaged PDF, or one of another kind than stateviz writes ({error})") from error


def _facts(path: Path, pdf: Any) -> PrintFile:
    page = pdf.pages[0]
    boxes = {name: _box(page.obj[f"/{name}Box"]) for name in ("Media", "Bleed", "Trim") if f"/{name}Box" in page.obj}
    media = boxes.get("Media") or _box(page.mediabox)
    image, size_points, shapes = _largest_image(path, pdf, page)
    intents = [intent for intent in pdf.Root.get("/OutputIntents", []) if str(intent.get("/S", "")) == "/GTS_PDFX"]
    icc = (
        bytes(intents[0]["/DestOutputProfile"].read_bytes()) if intents and "/DestOutputProfile" in intents[0] else None
    )
    pixels, inks, own = _pixels(path, image, icc)
    dpi = (pixels.size[0] / size_points[0] * 72, pixels.size[1] / size_points[1] * 72)
    standard = _standard(pdf)
    return PrintFile(
        path,
        "PDF",
        pixels,
        path.stat().st_size,
        dpi=dpi,
        page=(media[2] - media[0], media[3] - media[1]),
        boxes=boxes,
        pages=len(pdf.pages),
        space="CMYK" if inks is not None else "RGB",
        profile=profile_name(icc) or own,
        inks=inks,
        indexed=_indexed(image),
        transparent="/Mask" in image or "/SMask" in image,
        standard=standard,
        missing=tuple(_missing(pdf, intents, icc, boxes)) if standard else (),
        fonts=tuple(_fonts(page)),
        shapes=shapes,
        plan=_plan(pdf),
    )


def _box(box: Any) -> Box:
    x0, y0, x1, y1 = (float(edge) * _MM for edge in box)
    return x0, y0, x1, y1


def _largest_image(path: Path, pdf: Any, page: Any) -> tuple[Any, tuple[float, float], int]:
    """The image that covers the most of the page, its size there in points, and the number of filled shapes."""
    import pikepdf

    images = page.obj.get("/Resources", {}).get("/XObject", {})
    found: list[tuple[float, Any, tuple[float, float]]] = []
    stack, matrix, shapes = [], pikepdf.Matrix(), 0
    for instruction in pikepdf.parse_content_stream(page):
        operands, name = instruction.operands, str(instruction.operator)
        if name == "q":
            stack.append(matrix)
        elif name == "Q" and stack:
            matrix = stack.pop()
        elif name == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in operands)) @ matrix
        elif name in _FILLS:
            shapes += 1
        elif name == "Do" and str(images.get(str(operands[0]), {}).get("/Subtype", "")) == "/Image":
            wide = float(np.hypot(matrix.a, matrix.b)), float(np.hypot(matrix.c, matrix.d))
            found.append((wide[0] * wide[1], images[str(operands[0])], wide))
    if not found:
        raise FileError(f"{path} has no image on its first page; stateviz draws the cells as one")
    _, image, size = max(found, key=lambda each: each[0])
    return image, size, shapes


def _pixels(path: Path, image: Any, icc: bytes | None) -> tuple[Pixels, NDArray[np.uint8] | None, str | None]:
    import pikepdf

    width, height, bits = int(image["/Width"]), int(image["/Height"]), int(image.get("/BitsPerComponent", 1))
    space = image.get("/ColorSpace", "/DeviceGray")
    if width * height > 2 * MOST_PIXELS:
        raise FileError(f"{path}: an image of {width} x {height} px is more than can be read back")
    if _indexed(image):
        table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
        base, own = _base(space[1])
        palette = np.frombuffer(table, np.uint8)[: base * (int(space[2]) + 1)].reshape(-1, base)
        data, stride = image.read_bytes(), -(-width * bits // 8)
        if base == 1:
            palette = palette.repeat(3, axis=1)

        def rows() -> Iterator[NDArray[np.uint8]]:
            return _unpacked(data, stride, height, width, bits)

    else:
        picture = pikepdf.PdfImage(image).as_pil_image()
        values = np.asarray(picture if picture.mode == "CMYK" else picture.convert("RGB"), np.uint8)
        palette, _ = distinct(values)
        own = None

        def rows() -> Iterator[NDArray[np.uint8]]:
            return indices(values, palette)

    inks = palette if palette.shape[1] == 4 else None
    seen = palette if inks is None else seen_colors(palette, icc)
    colors: tuple[Color, ...] = tuple((int(r), int(g), int(b)) for r, g, b in seen)
    return Pixels((width, height), colors, rows), inks, own


def _indexed(image: Any) -> bool:
    space = image.get("/ColorSpace", "/DeviceGray")
    return len(space) == 4 and str(space[0]) == "/Indexed"


def _base(space: Any) -> tuple[int, str | None]:
    """Channels of an indexed picture's colours, and the profile they name themselves."""
    channels = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4}
    if str(space) in channels:
        return channels[str(space)], None
    if str(space[0]) != "/ICCBased":
        raise ValueError(f"colours of {space[0]!s}")
    return int(space[1]["/N"]), profile_name(bytes(space[1].read_bytes()))


def _unpacked(data: bytes, stride: int, height: int, width: int, bits: int) -> Iterator[NDArray[np.uint8]]:
    before, line = b"", np.zeros(width, np.uint8)
    for row in range(height):
        packed = data[row * stride : (row + 1) * stride]
        if packed != before:
            before = packed
            bytes_ = np.frombuffer(packed, np.uint8)
            shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
            line = ((bytes_[:, None] >> shifts) & ((1 << bits) - 1)).reshape(-1)[:width].astype(np.uint8)
        yield line


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
