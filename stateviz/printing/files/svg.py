"""An SVG as a print shop sees it: the picture as it is rendered, its size, and what it is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, MissingExtraError, StatevizError
from stateviz.core.sheets import Color
from stateviz.printing.files.print_file import BACKS, NEAR, Box, KeptRows, Pixels, PrintFile, check_side, colors_of
from stateviz.printing.files.rasters import as_colors, distinct, indices
from stateviz.printing.files.svg_faults import local, remove_faults
from stateviz.printing.lengths import MM_PER_INCH, parse_length

_CSS_DPI, _PRINT_DPI, _COARSEST = 96.0, 300.0, 72.0
_STRIP_PIXELS = 16_000_000
_MOST_RENDERED = 1_000_000_000
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*>")


@dataclass(frozen=True)
class RenderedDrawing:
    """An SVG without its size: ``view`` is the box of its units that is shown, ``size`` its pixels."""

    tag: str
    body: str
    view: Box
    size: tuple[int, int]
    ground: Color = (255, 255, 255)

    def rows(self) -> Iterator[NDArray[np.uint8]]:
        """Rows of the picture on its ground, each RGB of shape (width, 3)."""
        width, height = self.size
        tall = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, tall):
            yield from self.strip(top, min(tall, height - top), "#{:02x}{:02x}{:02x}".format(*self.ground))

    def strip(self, top: int, height: int, ground: str | None) -> NDArray[np.uint8]:
        """Some rows of the picture: RGB of shape (height, width, 3) on a ground, RGBA without."""
        from PIL import Image

        x0, y0, x1, y1 = self.view
        unit = (y1 - y0) / self.size[1]
        head = (
            f'<{self.tag} width="{self.size[0]}" height="{height}" preserveAspectRatio="none" '
            f'viewBox="{x0!r} {y0 + top * unit!r} {x1 - x0!r} {height * unit!r}"'
        )
        try:
            made = _resvg().svg_to_bytes(
                svg_string=head + self.body, dpi=_CSS_DPI, skip_system_fonts=True, background=ground
            )
        except ValueError as error:
            raise FileError(f"the picture cannot be rendered: {error}") from error
        with Image.open(BytesIO(made), formats=["PNG"]) as picture:
            return np.asarray(picture.convert("RGBA" if ground is None else "RGB"), np.uint8)


def _resvg() -> Any:
    try:
        import resvg_py
    except ImportError as error:
        raise MissingExtraError(
            "rendering an SVG needs resvg-py; install it with: pip install 'stateviz[print]'"
        ) from error
    return resvg_py


def open_svg(path: Path) -> PrintFile:
    """Read an SVG.

    Raises
    ------
    FileError
        When it is damaged, declares entities, or has no size.
    MissingExtraError
        When resvg-py is not installed.
    """
    try:
        text = _DOCTYPE.sub("", path.read_text("utf-8"), count=1)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise FileError(f"{path} declares entities, which are not read; write it without")
        root = ElementTree.fromstring(text)
        if local(root) != "svg":
            raise FileError(f"{path} is no SVG: it is a <{local(root)}>")
        return _facts(path, root)
    except StatevizError:
        raise
    except (ElementTree.ParseError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FileError(f"{path} is a damaged SVG ({error})") from error


def _facts(path: Path, root: Any) -> PrintFile:
    plan = _plan(root)
    faults, cuts = remove_faults(root)
    page = _millimetres(root.get("width")), _millimetres(root.get("height"))
    view, size = _frame(root, page, plan)
    if not (min(size) > 0 and size[0] * size[1] <= _MOST_RENDERED):
        raise FileError(f"{path}: {size[0]:,} x {size[1]:,} px are more than can be rendered")
    check_side(path, size)
    for attribute in ("width", "height", "viewBox", "preserveAspectRatio"):
        root.attrib.pop(attribute, None)
    body = ElementTree.tostring(root, encoding="unicode")
    tag = re.match(r"<([^\s>/]+)", body)
    assert tag is not None
    drawing = RenderedDrawing(tag[1], body[tag.end() :], view, size)
    transparent = bool((drawing.strip(0, 1, None)[..., 3] < 255).any())
    wide, tall = page
    scale = size[0] / (view[2] - view[0]), size[1] / (view[3] - view[1])
    return PrintFile(
        path,
        "SVG",
        _pixels(drawing, plan, transparent),
        path.stat().st_size,
        dpi=None if wide is None or tall is None else (size[0] / wide * MM_PER_INCH, size[1] / tall * MM_PER_INCH),
        page=None if wide is None or tall is None else (wide, tall),
        profile="sRGB",
        indexed=True,
        faults=tuple(faults),
        contours=tuple(
            ((x0 - view[0]) * scale[0], (y0 - view[1]) * scale[1], (x1 - view[0]) * scale[0], (y1 - view[1]) * scale[1])
            for x0, y0, x1, y1 in cuts
        ),
        transparent=transparent,
        plan=plan,
    )


def _plan(root: Any) -> dict[str, Any]:
    text = next((each.text for each in root.iter() if local(each) == "metadata"), None)
    try:
        plan = json.loads(text or "{}")
    except ValueError:
        return {}
    return plan if isinstance(plan, dict) else {}


def _millimetres(length: str | None) -> float | None:
    """A width or height of the SVG; None where it says none, or a share of something."""
    try:
        bare = re.fullmatch(r"\s*([\d.]+)\s*", length or "")
        found = parse_length(f"{bare[1]}px" if bare else length or "", dpi=_CSS_DPI)
    except InputError:
        return None
    return found if 0 < found < 1e6 else None


def _frame(root: Any, page: tuple[float | None, float | None], plan: dict[str, Any]) -> tuple[Box, tuple[int, int]]:
    """The box of units that is shown, and its pixels: a unit each where that is fine enough, else 300 an inch."""
    wide, tall = page
    said = root.get("viewBox")
    if said is None:
        if wide is None or tall is None:
            raise FileError("the SVG says neither its size nor its viewBox")
        x, y, across, down = 0.0, 0.0, wide / MM_PER_INCH * _CSS_DPI, tall / MM_PER_INCH * _CSS_DPI
    else:
        x, y, across, down = (float(number) for number in re.split(r"[\s,]+", said.strip()))
    if not (0 < across < 1e9 and 0 < down < 1e9):
        raise FileError(f"the SVG shows a viewBox of {across:g} x {down:g}")
    size = round(across), round(down)
    whole = abs(across - size[0]) < 1e-6 and abs(down - size[1]) < 1e-6
    coarse = wide is None or across / wide * MM_PER_INCH < _COARSEST
    if list(size) != plan.get("canvas_px") and wide is not None and tall is not None and (coarse or not whole):
        size = round(wide / MM_PER_INCH * _PRINT_DPI), round(tall / MM_PER_INCH * _PRINT_DPI)
    return (x, y, x + across, y + down), size


def _pixels(drawing: RenderedDrawing, plan: dict[str, Any], transparent: bool) -> Pixels:
    """In the colours of the plan, else in those that are seen."""
    colors, clear = colors_of(plan), plan.get("transparent")
    if colors is None:
        kept, _ = distinct(drawing.rows())
        return Pixels(drawing.size, as_colors(kept), KeptRows(lambda: indices(drawing.rows(), kept)))
    rendered = colors.copy()
    if transparent and isinstance(clear, int) and 0 <= clear < len(colors):
        ground = max(BACKS, key=lambda back: np.abs(colors.astype(int) - back).sum(axis=1).min())
        drawing = replace(drawing, ground=ground)
        rendered[clear] = ground
    near = NEAR if len(colors) < 256 else None
    return Pixels(
        drawing.size,
        as_colors(colors) if near is None else (*as_colors(colors), (255, 0, 255)),
        KeptRows(lambda: indices(drawing.rows(), rendered, within=near)),
        other=None if near is None else len(colors),
    )
