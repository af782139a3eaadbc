"""PDF: one page, one indexed image, so that no renderer blends the seams between cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from stateviz.core.sheets import Sheet
from stateviz.rendering.writers.png import bit_depth, deflate, filtered


def save(sheet: Sheet, path: Path) -> None:
    """One page of the right size, with its trim and bleed boxes.

    The page is the canvas, snapped to its pixels (``points = pixels * 72 / dpi``); the trim box lies
    inside it by the bleed. No dates, so that equal sheets give equal bytes.
    """
    width, height = sheet.canvas
    page_width, page_height = (size * 72 / sheet.dpi for size in sheet.canvas)
    inset = float(sheet.plan.get("bleed_px", 0)) * 72 / sheet.dpi
    trim = f"[{_num(inset)} {_num(inset)} {_num(page_width - inset)} {_num(page_height - inset)}]"
    page = f"[0 0 {_num(page_width)} {_num(page_height)}]"
    content = f"q {_num(page_width)} 0 0 {_num(page_height)} 0 0 cm /Grid Do Q"
    with open(path, "wb") as file:
        file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        body = _Objects(file)
        body.add("<< /Type /Catalog /Pages 2 0 R >>")
        body.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        body.add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {page} /BleedBox {page} /TrimBox {trim} "
            "/Resources << /XObject << /Grid 5 0 R >> >> /Contents 4 0 R >>"
        )
        body.add(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        body.start()
        file.write(_image_header(sheet, width, height).encode() + b"\nstream\n")
        begin = file.tell()
        for block in deflate(filtered(sheet.rows(), bit_depth(len(sheet.grid.palette.colors)))):
            file.write(block)
        length = file.tell() - begin
        file.write(b"\nendstream\nendobj\n")
        body.add(str(length))
        body.add(f"<< /Title (stateviz) /Plan {_string(json.dumps(sheet.plan))} >>")
        body.finish("/Root 1 0 R /Info 7 0 R")


class _Objects:
    """Numbered objects and the table that says where each begins."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.offsets: list[int] = []

    def start(self) -> None:
        self.offsets.append(self.file.tell())
        self.file.write(f"{len(self.offsets)} 0 obj\n".encode())

    def add(self, text: str) -> None:
        self.start()
        self.file.write(text.encode("ascii") + b"\nendobj\n")

    def finish(self, trailer: str) -> None:
        begin, count = self.file.tell(), len(self.offsets) + 1
        entries = "".join(f"{offset:010d} 00000 n \n" for offset in self.offsets)
        self.file.write(
            f"xref\n0 {count}\n0000000000 65535 f \n{entries}"
            f"trailer\n<< /Size {count} {trailer} >>\nstartxref\n{begin}\n%%EOF\n".encode()
        )


def _image_header(sheet: Sheet, width: int, height: int) -> str:
    colors = sheet.grid.palette.colors
    depth = bit_depth(len(colors))
    lookup = "".join(f"{value:02x}" for color in colors for value in color)
    return (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent {depth} "
        f"/ColorSpace [/Indexed /DeviceRGB {len(colors) - 1} <{lookup}>] /Interpolate false "
        f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent {depth} "
        f"/Columns {width} >> /Length 6 0 R >>"
    )


def _num(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _string(text: str) -> str:
    return "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
