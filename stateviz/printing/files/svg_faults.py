"""What is in an SVG and cannot be believed: named, and taken out where it is not to be opened."""

from __future__ import annotations

from typing import Any

from stateviz.printing.files.print_file import Box
from stateviz.rendering.fonts.outlines import path_box

_ELSEWHERE = "which viewers and presses show each in their way; take it out"
_REFUSED = {
    **dict.fromkeys(("animate", "animateTransform", "animateMotion", "set"), f"an animation, {_ELSEWHERE}"),
    "script": f"a program, {_ELSEWHERE}",
    "foreignObject": f"a page within the picture, {_ELSEWHERE}",
    "filter": f"a filter, {_ELSEWHERE}",
    "text": "letters that need a font; draw them as outlines",
}
_PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,")
_MOST_COPIES = 200_000
_DEEPEST = 50
CUT = "CutContour"


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]


def remove_faults(root: Any) -> tuple[list[str], list[Box]]:
    """Take out of an SVG what is not to be rendered; what that was, in words, and the boxes of its cut lines."""
    faults: dict[str, None] = {}
    cuts: list[Box] = []
    for parent in list(root.iter()):
        for element in list(parent):
            name = local(element)
            if name == "path" and element.get("id") == CUT and element.get("fill") == "none":
                cuts += filter(None, [path_box(element.get("d", ""))])
                parent.remove(element)
            elif name in _REFUSED:
                faults[f"<{name}>: {_REFUSED[name]}"] = None
                parent.remove(element)
    for element in root.iter():
        for key in [key for key in element.attrib if key.rsplit("}", 1)[-1] == "href"]:
            where = element.get(key).strip()
            if not where.startswith("#") and not where.startswith(_PICTURES):
                faults[f"<{local(element)}> shows what is not in the file ({where[:40]}); embed it"] = None
                del element.attrib[key]
    if _copies(root) > _MOST_COPIES:
        faults["<use>: copies of copies, more than are rendered; draw each shape once"] = None
        for parent in list(root.iter()):
            for element in [each for each in parent if local(each) == "use"]:
                parent.remove(element)
    return list(faults), cuts


def _copies(root: Any) -> int:
    """How many elements are drawn again by <use>, copies of copies and all; no further than the most that are."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    count = 0
    stack = [(use, 0) for use in root.iter() if local(use) == "use"]
    while stack and count <= _MOST_COPIES:
        use, depth = stack.pop()
        href = next((value for key, value in use.attrib.items() if key.rsplit("}", 1)[-1] == "href"), "")
        for element in named[href[1:]].iter() if href[1:] in named else ():
            count += 1
            if local(element) == "use" and depth < _DEEPEST:
                stack.append((element, depth + 1))
    return count
