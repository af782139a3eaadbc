"""PDFs of ours, damaged one way each: none is ready, and what is wrong is named."""

import numpy as np
import pytest

from stateviz.core.inputs import coerce_states
from stateviz.printing.layout import layout
from stateviz.printing.preflight import preflight
from stateviz.rendering import rasterize, write

pikepdf = pytest.importorskip("pikepdf")
pytest.importorskip("pypdfium2")

MEDIUM = "40x50mm"
STATES = coerce_states(np.random.default_rng(5).integers(0, 2, (9, 13)))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write(layout(rasterize(STATES), MEDIUM, cell=24), tmp_path_factory.mktemp("pdf") / "good.pdf")


def content(pdf, before="", after="", *, grid=None):
    """The page with operators before and after its own, or its image placed otherwise."""
    page = pdf.pages[0]
    own = page.Contents.read_bytes().decode("latin-1")
    width, height = (float(side) for side in page.MediaBox[2:])
    if grid is not None:
        own = f"q {grid(width, height)} cm /Grid Do Q"
    page.Contents = pdf.make_stream(f"{before.format(w=width, h=height)}\n{own}\n{after}".encode())


def named(pdf, kind, name, value):
    """The page with a resource more."""
    resources = pdf.pages[0].Resources
    if kind not in resources:
        resources[kind] = pikepdf.Dictionary()
    resources[kind][name] = value


def state(pdf, after="", **entries):
    named(pdf, "/ExtGState", "/Gs", pikepdf.Dictionary(**entries))
    content(pdf, before="/Gs gs", after=after)


def form(pdf, operators, **resources):
    """A form on top of the page."""
    named(
        pdf, "/XObject", "/Top",
        pdf.make_stream(
            operators.encode(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 500, 500],
            Resources=pikepdf.Dictionary(**resources),
        ),
    )  # fmt: skip
    content(pdf, after="/Top Do")


def swapped(pdf):
    space = pdf.pages[0].Resources.XObject.Grid.ColorSpace
    table = bytes(space[3])
    space[3] = pikepdf.String(table[4:] + table[:4])


def annotated(pdf):
    square = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=[20, 20, 60, 60])
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(square)])


def layered(pdf):
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="hidden"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))


def masked(pdf):
    image = pdf.pages[0].Resources.XObject.Grid
    image.SMask = image_of(pdf, b"\x80", pikepdf.Name.DeviceGray, 1, 1)


def inked(pdf, name):
    function = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 0, 0, 0], N=1)
    space = [pikepdf.Name.Separation, pikepdf.Name(name), pikepdf.Name.DeviceCMYK, function]
    named(pdf, "/ColorSpace", "/Spot", pikepdf.Array(space))
    content(pdf, after="/Spot cs 1 scn 20 20 60 60 re f")


def on_page(key, value):
    return lambda pdf: pdf.pages[0].obj.__setitem__(key, value)


def on_root(key, value):
    return lambda pdf: pdf.Root.__setitem__(key, value)


def on_intent(key, value):
    return lambda pdf: pdf.Root.OutputIntents[0].__setitem__(key, value)


def on_image(key, value):
    return lambda pdf: pdf.pages[0].Resources.XObject.Grid.__setitem__(key, value)


Box = pikepdf.Array
CELL = "72 72"  # in the middle of the cells
DAMAGES = {
    # name: (what is done, the check that says so, words of what it says)
    "mirrored": (lambda p: content(p, grid=lambda w, h: f"{-w} 0 0 {h} {w} 0"), "cells", "mirrored left to right"),
    "upside down": (lambda p: content(p, grid=lambda w, h: f"{w} 0 0 {-h} 0 {h}"), "cells", "mirrored top to bottom"),
    "turned": (lambda p: content(p, grid=lambda w, h: f"{-w} 0 0 {-h} {w} {h}"), "cells", "turned by 180 degrees"),
    "turned by 90": (lambda p: content(p, grid=lambda w, h: f"0 {h} {-w} 0 {w} 0"), "cells", ""),
    "moved by a cell": (lambda p: content(p, grid=lambda w, h: f"{w} 0 0 {h} 5.76 0"), "cells", ""),
    "moved by half a cell": (lambda p: content(p, grid=lambda w, h: f"{w} 0 0 {h} 2.9 0"), "cells", "altered"),
    "moved away": (lambda p: content(p, grid=lambda w, h: f"{w} 0 0 {h} 500 0"), "cells", ""),
    "made smaller": (lambda p: content(p, grid=lambda w, h: f"{w / 2} 0 0 {h / 2} 0 0"), "cells", "cut or scaled"),
    "not drawn": (lambda p: content(p, grid=lambda w, h: f"{w} 0 0 {h} 0 0 cm 0 0 0 0 re W n"), "cells", ""),
    "/Rotate 90": (on_page("/Rotate", 90), "page", "/Rotate 90"),
    "/Rotate 180": (on_page("/Rotate", 180), "page", "/Rotate 180"),
    "/Rotate of the tree": (on_root("/Pages", None), "page", "/Rotate 180"),
    "/UserUnit": (on_page("/UserUnit", 2), "page", "/UserUnit"),
    "/CropBox": (on_page("/CropBox", Box([20, 20, 90, 90])), "page", "/CropBox 20 20 90 90"),
    "a trim box moved": (on_page("/TrimBox", Box([0, 8.64, 113.28, 150.24])), "bleed", "0.00 mm"),
    "a media box moved": (on_page("/MediaBox", Box([20, 0, 150.56, 158.88])), "cells", ""),
    "a box on top": (lambda p: content(p, after="0 0 0 1 k 60 60 30 30 re f"), "cells", "altered"),
    "white on one cell": (lambda p: content(p, after=f"0 0 0 0 k {CELL} 4 4 re f"), "cells", "altered"),
    "RGB on top": (lambda p: content(p, after="1 0 0 rg 60 60 30 30 re f"), "cells", "altered"),
    "a line on top": (lambda p: content(p, after="0 0 0 1 K 3 w 0 60 m 200 60 l S"), "cells", "altered"),
    "a form on top": (lambda p: form(p, "0 0 0 1 k 60 60 30 30 re f"), "cells", "altered"),
    "an image in the text on top": (
        lambda p: content(p, after="q 30 0 0 30 60 60 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"), "cells", "altered",
    ),
    "cut to a part": (lambda p: content(p, before="30 30 60 60 re W n"), "cells", ""),
    "transparent": (lambda p: state(p, ca=0.5), "page", "/ca 0.5"),
    "transparent in a form": (
        lambda p: form(p, "/G gs 0 0 0 1 k 0 0 5 5 re f", ExtGState=pikepdf.Dictionary(G=pikepdf.Dictionary(ca=0.1))),
        "page", "/ca 0.1",
    ),
    "a blend mode": (lambda p: state(p, BM=pikepdf.Name.Multiply), "page", "/BM /Multiply"),
    "a transfer curve": (lambda p: state(p, TR=pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], N=1)), "page", "/TR"),
    "overprint": (lambda p: state(p, OP=True, OPM=1), "page", "overprint"),
    "a soft mask": (masked, "page", "/SMask"),
    "the cells' colours decoded inversely": (on_image("/Decode", Box([1, 0])), "cells", "in exchanged colours"),
    "the cells' colours exchanged": (swapped, "cells", "in exchanged colours"),
    "the cells' colour masked": (on_image("/Mask", Box([1, 1])), "cells", "altered"),
    "another image to print": (on_image("/Alternates", Box([])), "page", "/Alternates"),
    "annotations": (annotated, "page", "1 annotations"),
    "layers": (layered, "page", "/OCProperties"),
    "a form to fill in": (on_root("/AcroForm", pikepdf.Dictionary()), "page", "/AcroForm"),
    "an action": (on_root("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.Named)), "page", "/OpenAction"),
    "an ink of its own": (lambda p: inked(p, "/Varnish"), "page", "Varnish"),
    "too much ink beside the image": (lambda p: content(p, after="1 1 1 1 k 1 1 2 2 re f"), "ink", "400%"),
    "Trapped /Unknown": (lambda p: p.trailer.Info.__setitem__("/Trapped", pikepdf.Name.Unknown), "standard", "Unknown"),
    "another condition": (on_intent("/OutputConditionIdentifier", "CGATS TR 001"), "profile", "CGATS TR 001"),
    "two pages": (lambda p: p.pages.append(p.pages[0]), "page", "2 pages"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_page_is_not_ready_and_says_why(tmp_path, good, damage):
    change, check, words = DAMAGES[damage]
    with pikepdf.open(good) as pdf:
        if damage == "/Rotate of the tree":
            pdf.pages[0].obj["/Parent"]["/Rotate"] = 180
        else:
            change(pdf)
        pdf.save(tmp_path / "a.pdf")
    report = preflight(tmp_path / "a.pdf", MEDIUM)
    said = [result.text for result in report.failures if result.check == check]
    assert said, f"{check} says nothing: {report}"
    assert any(words in text for text in said), said


@pytest.mark.parametrize("password", ["", "secret"])
def test_encryption_is_refused_by_name(tmp_path, good, password):
    from stateviz.core.errors import FileError

    with pikepdf.open(good) as pdf:
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="owner", user=password))
    if password:
        with pytest.raises(FileError, match="is encrypted, which print shops refuse; write it without a password"):
            preflight(tmp_path / "a.pdf", MEDIUM)
    else:
        assert any("encrypted" in failure.text for failure in preflight(tmp_path / "a.pdf", MEDIUM).failures)


def image_of(pdf, data, space, width, height):
    kind = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "BitsPerComponent": 8}
    return pdf.make_stream(data, ColorSpace=space, Width=width, Height=height, **kind)


def plain_image(pdf, space, pixels):
    """A grid of cells as an image of a plainly named colour space, 8 bits a channel, without a plan."""
    page = pdf.add_blank_page(page_size=(144, 96))
    height, width, _ = pixels.shape
    image = image_of(pdf, pixels.tobytes(), space, width, height)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
    page.Contents = pdf.make_stream(b"q 144 0 0 96 0 0 cm /Im Do Q")


@pytest.mark.parametrize(
    ("space", "light", "dark"),
    [
        ("/DeviceRGB", (250, 245, 235), (20, 40, 90)),
        ("/DeviceGray", (250,), (20,)),
        ("/DeviceCMYK", (0, 0, 0, 0), (200, 150, 0, 90)),
    ],
)
def test_a_plainly_named_colour_space_is_read(tmp_path, space, light, dark):
    cells = np.pad(np.array(STATES.values[:, :9]), ((1, 1), (2, 2)))
    cells[1, 2] = cells[-2, -3] = cells[1, -3] = cells[-2, 2] = 1
    pixels = np.array([light, dark], np.uint8)[cells.repeat(30, axis=0).repeat(30, axis=1)]
    with pikepdf.new() as pdf:
        plain_image(pdf, pikepdf.Name(space), pixels)
        pdf.save(tmp_path / "a.pdf")
    report = preflight(tmp_path / "a.pdf", "50.8x33.8mm", against=coerce_states(cells[1:-1, 2:-2]))
    assert [result.status for result in report.results if result.check in ("cells", "against")] == ["ok", "ok"]


def test_an_output_intent_of_the_screen_is_a_finding(tmp_path, good):
    from stateviz.rendering.color.profiles import profile_bytes

    with pikepdf.open(good) as pdf:
        pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_stream(profile_bytes("srgb"), N=3)
        pdf.save(tmp_path / "a.pdf")
    texts = [failure.text for failure in preflight(tmp_path / "a.pdf", MEDIUM).failures]
    assert any("inks with a profile of another kind" in text for text in texts)
    assert any("an embedded output profile of a printer" in text for text in texts)


def test_a_cut_line_has_to_be_there_and_where_it_was_laid_out(tmp_path):
    path = write(layout(rasterize(STATES), "sticker-100", dpi=300), tmp_path / "a.pdf")
    assert preflight(path, "sticker-100").ready
    for name, change in {
        "no line CutContour": lambda text: text.split("q /Over gs")[0],
        "mm off the outline": lambda text: text.replace("q /Over gs", "q 0.9 0 0 0.9 0 0 cm /Over gs"),
        "2 cut lines": lambda text: text + "q /Cut CS 1 SCN 0 0 m 9 9 l S Q",
    }.items():
        with pikepdf.open(path) as pdf:
            own = pdf.pages[0].Contents.read_bytes().decode()
            pdf.pages[0].Contents = pdf.make_stream(change(own).encode())
            pdf.save(tmp_path / "b.pdf")
        (failure,) = preflight(tmp_path / "b.pdf", "sticker-100").failures
        assert (failure.check, name in failure.text) == ("contour", True)


@pytest.mark.parametrize(
    "operators", ["0 0 0 1 k 0 0 9 9 re f", "0 0 0 0 k 0 60 4 30 re f", "0 0 1 0 k 60 0 20 5 re f"]
)
def test_what_is_painted_over_the_repeated_cells_around_is_told(tmp_path, operators):
    path = write(layout(rasterize(STATES), MEDIUM, fit="cover"), tmp_path / "a.pdf")
    assert preflight(path, MEDIUM).ready
    with pikepdf.open(path) as pdf:
        content(pdf, after=f"q {operators} Q")
        pdf.save(tmp_path / "b.pdf")
    assert any("altered" in failure.text for failure in preflight(tmp_path / "b.pdf", MEDIUM).failures)
