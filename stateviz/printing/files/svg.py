"""An SVG of stateviz, painted again as pixels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color
from stateviz.printing.files.print_file import Pixels, PrintFile

_NS = "{http://www.w3.org/2000/svg}"
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)(?:v(\d+)h-\d+z|v(\d+)H0z)")
_PLACE = re.compile(r"translate\((\d+) (\d+)\) scale\((\d+)\)")


def open_svg(path: Path) -> PrintFile:
    """Read an SVG that ``write`` made: its boxes of colour, not its letters.

    Raises
    ------
    FileError
        When it is damaged, or drawn by something else.
    """
    try:
        text = path.read_text("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise ValueError("it declares entities")
        root = ElementTree.fromstring(text)
        width, height = (int(size) for size in str(root.get("viewBox")).split()[2:])
        boxes, colors = _boxes(root)
        transparent = not len(boxes) or tuple(boxes[0, :4]) != (0, 0, width, height)
        wide, tall = (float(str(root.get(side)).removesuffix("mm")) for side in ("width", "height"))
        plan = json.loads(root.findtext(f"{_NS}metadata") or "{}")
        if transparent:  # the ground that is not painted has a colour, too
            boxes = np.vstack([[[0, 0, width, height, len(colors)]], boxes])
            colors = (*colors, _ground(plan))
    except (ElementTree.ParseError, ValueError, TypeError, RecursionError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is damaged, or not an SVG written by stateviz ({error})") from error

    def rows() -> Iterator[NDArray[np.uint8]]:
        return _painted(boxes, width, height)

    return PrintFile(
        path,
        "SVG",
        Pixels((width, height), colors, rows),
        path.stat().st_size,
        dpi=(width / wide * 25.4, height / tall * 25.4),
        page=(wide, tall),
        profile="sRGB",
        transparent=transparent,
        plan=plan if isinstance(plan, dict) else {},
    )


def _ground(plan: Any) -> Color:
    """The colour that the plan says is left out, else white."""
    try:
        red, green, blue = (int(part) for part in plan["colors"][plan["background"]])
    except (TypeError, KeyError, IndexError, ValueError):
        return (255, 255, 255)
    return (red, green, blue)


def _boxes(root: Any) -> tuple[NDArray[np.int64], tuple[Color, ...]]:
    """(x0, y0, x1, y1, colour) of each box in canvas pixels, in the order they are painted."""
    found: list[tuple[int, int, int, int, int]] = []
    colors: dict[str, int] = {}
    for element in root:
        x, y, scale, paths = 0, 0, 1, [element]
        if element.tag == f"{_NS}g":
            place = _PLACE.fullmatch(element.get("transform", ""))
            if place is None:  # a line of text
                continue
            (x, y, scale), paths = (int(number) for number in place.groups()), list(element)
        for path in paths:
            if path.tag != f"{_NS}path" or path.get("fill", "none") == "none":
                continue
            index = colors.setdefault(str(path.get("fill")), len(colors))
            for match in _RUN.finditer(path.get("d", "")):
                left, top, across = (int(match[i]) for i in (1, 2, 3))
                down = int(match[4] or match[5])
                x0, y0 = x + left * scale, y + top * scale
                found.append((x0, y0, x0 + across * scale, y0 + down * scale, index))
    if not colors or len(colors) > 256:
        raise ValueError(f"{len(colors)} colours of boxes")
    rgb: list[Color] = [(int(c[1:3], 16), int(c[3:5], 16), int(c[5:7], 16)) for c in colors]
    return np.array(found, np.int64).reshape(-1, 5), tuple(rgb)


def _painted(boxes: NDArray[np.int64], width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    order = np.argsort(boxes[:, 1], kind="stable")
    tops, at = boxes[order, 1], 0
    stops = np.unique(np.concatenate([boxes[:, 1], boxes[:, 3], [0, height]]))
    active: list[int] = []
    for y, following in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
        while at < len(order) and tops[at] <= y:
            active.append(int(order[at]))
            at += 1
        active = [box for box in active if boxes[box, 3] > y]
        line = np.zeros(width, np.uint8)
        for box in sorted(active):
            line[boxes[box, 0] : boxes[box, 2]] = boxes[box, 4]
        for _ in range(following - y):
            yield line
