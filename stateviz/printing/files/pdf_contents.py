"""What the first page of a PDF is painted with: its largest image, cut lines, inks beside the image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stateviz.printing.files.print_file import Box

_FILLS = {"f", "F", "f*", "B", "B*", "b", "b*"}
_STROKES = {"S", "s", "B", "B*", "b", "b*"}
_PAINTS = _FILLS | {"Do", "sh", "Tj", "TJ", "'", '"', "INLINE IMAGE"}
_PATHS = {"m", "l", "c", "v", "y", "re"}
_CUTS = {"/CutContour", "/Thru-cut", "/CUT", "/Cut"}
"""Separations that name the line of a knife: what is stroked in them is not printed."""
_INKS = {"/Cyan", "/Magenta", "/Yellow", "/Black", "/None"}
_OVERPRINT = "overprint (/OP, /op): inks add up on paper, which no screen shows; leave it out"


@dataclass
class Contents:
    """What was found on the way through a page's operators.

    Parameters
    ----------
    image
        The image that covers the most of the page, and ``size``, its width and height there in points; None where
        there is none.
    shapes
        How many vector shapes are filled.
    most_ink
        Percent of ink of the fullest colour of four inks that shapes and letters are painted with.
    overprints
        Whether anything but a cut line is to print over what lies below it.
    cuts
        Boxes of the cut lines, in points of the page.
    kept
        The operators without the strokes of the cut lines.
    """

    image: Any = None
    size: tuple[float, float] = (0.0, 0.0)
    shapes: int = 0
    most_ink: float = 0.0
    overprints: bool = False
    cuts: list[Box] = field(default_factory=list)
    kept: bytes = b""


@dataclass(frozen=True)
class _State:
    """What q keeps and Q brings back: where things go, whether strokes are cut lines, and what prints over the rest."""

    matrix: Any
    cutting: bool = False
    fills_over: bool = False
    strokes_over: bool = False

    def then(self, name: str, operands: Any, resources: Any) -> _State:
        """The state after an operator."""
        import pikepdf

        if name == "cm":
            return replace(self, matrix=pikepdf.Matrix(*(float(value) for value in operands)) @ self.matrix)
        if name == "CS":
            return replace(self, cutting=_is_cut(resources.get("/ColorSpace", {}).get(str(operands[0]))))
        if name in ("G", "RG", "K"):
            return replace(self, cutting=False)
        if name == "gs":
            state = resources.get("/ExtGState", {}).get(str(operands[0]), {})
            strokes = bool(state.get("/OP", self.strokes_over))
            fills = bool(state.get("/op", strokes if "/OP" in state else self.fills_over))
            return replace(self, fills_over=fills, strokes_over=strokes)
        return self


def read_contents(page: Any) -> Contents:
    """Walk through the operators of a pikepdf page."""
    import pikepdf

    resources = page.obj.get("/Resources", {})
    images = resources.get("/XObject", {})
    found, kept = Contents(), []
    state, stack = _State(pikepdf.Matrix()), []
    path: list[tuple[float, float]] = []
    for instruction in pikepdf.parse_content_stream(page):
        operands, name = instruction.operands, str(instruction.operator)
        kept.append(instruction)
        if name == "q":
            stack.append(state)
        elif name == "Q":
            state = stack.pop() if stack else state
        elif name in _PATHS:
            path += _points(name, [float(value) for value in operands], state.matrix)
        elif name in ("S", "s") and state.cutting:
            kept[-1] = pikepdf.ContentStreamInstruction([], pikepdf.Operator("n"))
            found.cuts += [_around(path)] if path else []
        elif (name in _PAINTS and state.fills_over) or (name in _STROKES and state.strokes_over):
            found.overprints = True
        state = state.then(name, operands, resources)
        found.shapes += name in _FILLS
        if name in ("k", "K"):
            found.most_ink = max(found.most_ink, 100 * sum(float(value) for value in operands))
        if name in _FILLS | _STROKES | {"n"}:
            path = []
        if name == "Do" and str(images.get(str(operands[0]), {}).get("/Subtype", "")) == "/Image":
            a, b, c, d, _, _ = state.matrix.shorthand
            size = float(a * a + b * b) ** 0.5, float(c * c + d * d) ** 0.5
            if size[0] * size[1] > found.size[0] * found.size[1]:
                found.image, found.size = images[str(operands[0])], size
    found.kept = pikepdf.unparse_content_stream(kept)
    return found


def _around(points: list[tuple[float, float]]) -> Box:
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def _points(name: str, values: list[float], matrix: Any) -> Iterator[tuple[float, float]]:
    """The points of a path operator on the page."""
    if name == "re":
        x, y, wide, tall = values
        values = [x, y, x + wide, y, x + wide, y + tall, x, y + tall]
    a, b, c, d, e, f = matrix.shorthand
    for x, y in zip(values[::2], values[1::2], strict=True):
        yield a * x + c * y + e, b * x + d * y + f


def _is_cut(space: Any) -> bool:
    return space is not None and len(space) > 1 and str(space[0]) == "/Separation" and str(space[1]) in _CUTS


def faults(pdf: Any, page: Any, contents: Contents) -> Iterator[str]:
    """What print shops see otherwise than viewers do, or refuse, each in words, by its name in the file."""
    if pdf.is_encrypted:
        yield "the file is encrypted, which print shops refuse; write it without a password"
    for key, what in (("/OCProperties", "layers (/OCProperties)"), ("/AcroForm", "form fields (/AcroForm)")):
        if key in pdf.Root:
            yield f"{what}: what is printed depends on who opens it; flatten them"
    for key in ("/OpenAction", "/AA"):
        if key in pdf.Root:
            yield f"an action ({key}) that runs when it is opened; remove it"
    annotations = len(inherited(page.obj, "/Annots", ()))
    if annotations:
        yield f"{annotations} annotations (/Annots) lie on the page, printed or not as the shop likes; remove them"
    turn = inherited(page.obj, "/Rotate", 0)
    if turn != 0:
        yield f"the page is turned (/Rotate {turn}); turn what is on it instead"
    unit = page.obj.get("/UserUnit", 1)
    if unit != 1:
        yield f"a unit of the page is {unit} points (/UserUnit): shops print it at one size or another; leave it out"
    media, crop = (inherited(page.obj, key, None) for key in ("/MediaBox", "/CropBox"))
    needed = page.obj.get("/BleedBox", page.obj.get("/TrimBox", media))
    if crop is not None and needed is not None and not _holds(crop, needed):
        yield f"the page is cropped (/CropBox {_numbers(crop)}) inside what is printed; leave the crop box out"
    if contents.overprints:
        yield _OVERPRINT
    yield from dict.fromkeys(_of_resources(page.obj.get("/Resources", {}), set(), 0))


def inherited(page: Any, key: str, default: Any) -> Any:
    """An entry of a page, or of the nearest of its parents that has one."""
    for _ in range(50):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            return default
        page = page["/Parent"]
    return default


def _holds(outer: Any, inner: Any) -> bool:
    (a, b, c, d), (p, q, r, s) = ((float(value) for value in box) for box in (outer, inner))
    return a <= p + 0.05 and b <= q + 0.05 and c >= r - 0.05 and d >= s - 0.05


def _numbers(box: Any) -> str:
    return " ".join(f"{float(value):g}" for value in box)


def _of_resources(resources: Any, seen: set[Any], depth: int) -> Iterator[str]:
    """Transparency, overprint, spot inks and what else a rendering on a screen does not settle."""
    for state in resources.get("/ExtGState", {}).values():
        yield from _of_state(state)
        if depth and (state.get("/OP", False) or state.get("/op", False)):
            yield _OVERPRINT
    for space in resources.get("/ColorSpace", {}).values():
        yield from _of_space(space)
    for each in [*resources.get("/XObject", {}).values(), *resources.get("/Pattern", {}).values()]:
        if each.objgen in seen or depth > 20:
            continue
        if each.is_indirect:
            seen.add(each.objgen)
        kind = str(each.get("/Subtype", ""))
        if "/SMask" in each:
            yield "an image is transparent (/SMask); flatten it"
        if "/Alternates" in each or "/OPI" in each:
            yield "an image has another to be printed in its place (/Alternates, /OPI); keep the one that is meant"
        if "/OC" in each:
            yield "layers (/OC): what is printed depends on who opens it; flatten them"
        if kind == "/PS":
            yield "a PostScript program (/PS), which printers run and viewers do not; remove it"
        if "/Group" in each and str(each["/Group"].get("/S", "")) == "/Transparency":
            yield "a group is transparent (/Group /Transparency); flatten it"
        if "/ColorSpace" in each:
            yield from _of_space(each["/ColorSpace"])
        if "/Resources" in each:
            yield from _of_resources(each["/Resources"], seen, depth + 1)


def _of_state(state: Any) -> Iterator[str]:
    for key in ("/CA", "/ca"):
        if float(state.get(key, 1)) != 1:
            yield f"transparency ({key} {float(state[key]):g}): shops flatten it as they like; flatten it"
    blend = state.get("/BM", "/Normal")
    names = {str(blend)} if str(blend).startswith("/") else {str(name) for name in blend}
    if not names <= {"/Normal", "/Compatible"}:
        yield f"a blend mode (/BM {' '.join(sorted(names))}): shops flatten it as they like; flatten it"
    if str(state.get("/SMask", "/None")) != "/None":
        yield "a soft mask (/SMask): shops flatten it as they like; flatten it"
    for key in ("/TR", "/TR2", "/HT", "/BG", "/BG2", "/UCR", "/UCR2"):
        if key in state and str(state[key]) not in ("/Identity", "/Default"):
            yield f"what the press does to colours is changed ({key}); leave it out"


def _of_space(space: Any) -> Iterator[str]:
    kind = str(space[0]) if not str(space).startswith("/") and len(space) else ""
    if kind == "/Indexed":
        yield from _of_space(space[1])
    names = [str(space[1])] if kind == "/Separation" else [str(n) for n in space[1]] if kind == "/DeviceN" else []
    for name in names:
        if name not in _CUTS | _INKS:
            yield f"an ink of its own ({name[1:]}), which is no part of what is checked; convert it to the four inks"
