"""The contact sheet: a sheet on screen, in print, to the colour-blind and in grey, beside one another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color, Palette, Sheet
from stateviz.printing.proofs.colour import PaletteCheck, check_palette, soft_proof
from stateviz.printing.proofs.thumbnails import Picture, thumbnail, trim_pixels
from stateviz.rendering.color.profiles import COATED_INK, PRINT_PROFILE, to_cmyk
from stateviz.rendering.color.vision import COLOR_BLINDNESS, simulate, to_grey
from stateviz.rendering.fonts.glyphs import font_path

_PANEL = (560, 760)
_GAP, _MARGIN, _HEAD, _FOOT, _CAPTION = 56, 72, 132, 150, 66
_GROUND, _TEXT, _MUTED, _LINE = (236, 236, 236), (35, 39, 47), (110, 116, 126), (190, 194, 200)
_MOST_SWATCHES = 2


@dataclass(frozen=True)
class _View:
    title: str
    note: str
    picture: Picture


def proof_sheet(sheet: Sheet, *, profile: str | Path = PRINT_PROFILE, limit: float = COATED_INK) -> Picture:
    """Six views of a sheet with their figures: screen, soft proof, three kinds of colour blindness, grey.

    The last four are of the soft proof: what someone sees who holds the print. The ground is a neutral grey, so that
    no colour beside the views misleads the eye.

    Parameters
    ----------
    sheet : Sheet
    profile : str or Path
        A CMYK profile, see ``profile_bytes``.
    limit : float
        Percent of ink, all four together.

    Returns
    -------
    array of uint8, shape (height, width, 3)
        sRGB, about 2,000 pixels wide.

    Raises
    ------
    UnknownNameError, InputError, FileError
        When the profile or the limit cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.printing.layout import layout
    >>> from stateviz.rendering import rasterize
    >>> proof_sheet(layout(rasterize(np.eye(40, 30)), "sticker-100")).shape[2]
    3
    """
    check = check_palette(sheet.palette, profile=profile, limit=limit)
    panels = _panels(sheet, check, profile, limit)
    height, width = panels[0].picture.shape[:2]
    columns = 3 if width <= 1.6 * height else 2
    rows = -(-len(panels) // columns)
    step_x, step_y = width + _GAP, height + _CAPTION + _GAP
    size = (2 * _MARGIN + columns * step_x - _GAP, _HEAD + rows * step_y + _FOOT)
    page = _Page(max(size[0], 1240), size[1])
    left = (page.width - (columns * step_x - _GAP)) // 2
    page.text(left, 62, "Proof", 34, _TEXT, "serif")
    page.text(left, 98, _subject(sheet, profile), 18, _MUTED)
    for index, panel in enumerate(panels):
        x, y = left + index % columns * step_x, _HEAD + index // columns * step_y
        page.picture(x, y, panel.picture)
        page.text(x, y + height + 30, panel.title, 20, _TEXT)
        page.text(x, y + height + 54, panel.note, 15, _MUTED)
    _swatches(page, left, size[1] - _FOOT + 4, sheet.palette, check, profile, limit)
    return page.pixels()


def write_proof(
    sheet: Sheet,
    path: str | Path,
    *,
    profile: str | Path = PRINT_PROFILE,
    limit: float = COATED_INK,
    overwrite: bool = False,
) -> Path:
    """Write ``proof_sheet`` as a PNG file; the same sheet gives the same bytes.

    A file that is no picture of stateviz is replaced only with ``overwrite``.

    Raises
    ------
    FileError
        When the file cannot be written, or does not end in .png.
    """
    check_png(path, overwrite=overwrite)
    return write_picture(proof_sheet(sheet, profile=profile, limit=limit), path, overwrite=overwrite)


def check_png(path: str | Path, *, overwrite: bool = False) -> None:
    """Refuse, before any computing, a picture that could not be written."""
    from stateviz.core.errors import FileError
    from stateviz.storage.atomic import check_writable

    if Path(path).suffix.lower() != ".png":
        raise FileError(f"{str(path)!r} must end in .png; proofs and mock-ups are pictures for the screen")
    check_writable(path, overwrite=overwrite, kind="picture")


def write_picture(picture: Picture, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write sRGB pixels, shape (height, width, 3), as a PNG with its sRGB profile, whole or not at all."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    from stateviz.rendering.color.profiles import profile_bytes
    from stateviz.storage.atomic import atomic
    from stateviz.storage.marks import SOFTWARE

    facts = PngInfo()
    facts.add_text("Software", SOFTWARE)
    with atomic(path, overwrite=overwrite, kind="picture") as beside:
        Image.fromarray(picture).save(beside, "PNG", icc_profile=profile_bytes("srgb"), compress_level=6, pnginfo=facts)
    return Path(path)


def _panels(sheet: Sheet, check: PaletteCheck, profile: str | Path, limit: float) -> list[_View]:
    *trim, _ = trim_pixels(sheet)
    factor = max(1, *(-(-size // room) for size, room in zip(trim, _PANEL, strict=True)))
    screen = thumbnail(sheet, factor)
    enlarged = max(1, min(_PANEL[0] // screen.shape[1], _PANEL[1] // screen.shape[0]))
    # Averages of linear light: what the eye's cones would add up, too, so simulations may come after averaging.
    printed = thumbnail(soft_proof(sheet, profile=profile, limit=limit), factor)
    views = [
        ("On screen", f"contrast {check.contrast_screen:.1f}", screen),
        ("In print", f"contrast {check.contrast:.1f}, largest shift ΔE {check.shift:.1f}", printed),
        *((kind.capitalize(), f"the signs differ by ΔE {check.blind[kind]:.0f}", simulate(printed, kind))
          for kind in COLOR_BLINDNESS),
        ("Grey", f"lightness differs by {check.grey:.0f}", to_grey(printed)),
    ]  # fmt: skip
    return [
        _View(title, note, np.kron(view, np.ones((enlarged, enlarged, 1), np.uint8))) for title, note, view in views
    ]


def _subject(sheet: Sheet, profile: str | Path) -> str:
    medium = sheet.medium
    units, steps = sheet.grid.shape[:: -1 if sheet.time == "down" else 1]
    size = f"{medium.width:g} × {medium.height:g} mm"
    name = size if medium.name[:1].isdigit() else f"{medium.name}, {size}"
    cells = f"{units} units × {steps} steps"
    return f"{cells} on {name}; colours of {sheet.palette.name}; print by {Path(str(profile)).stem}"


def _swatches(
    page: _Page, x: int, y: int, palette: Palette, check: PaletteCheck, profile: str | Path, limit: float
) -> None:
    """The first and the last colour with their inks, and the warnings."""
    ends = [palette.colors[0], palette.colors[-1]][:_MOST_SWATCHES]
    for color, inks in zip(ends, to_cmyk(np.array(ends, np.uint8), profile=profile, limit=limit), strict=True):
        page.box(x, y, 52, 52, color)
        percent = " ".join(f"{letter}{value / 2.55:.0f}" for letter, value in zip("CMYK", inks, strict=True))
        page.text(x + 66, y + 22, "#{:02x}{:02x}{:02x}".format(*color), 17, _TEXT)
        page.text(x + 66, y + 46, percent, 15, _MUTED)
        x += 260
    notes = check.warnings or ("everything holds: shift, contrast, colour blindness, grey",)
    for line, note in enumerate(notes[:3]):
        page.text(x, y + 20 + 24 * line, note.removeprefix(f"palette {check.name!r}: "), 15, _MUTED)


class _Page:
    """A page to draw on, in pixels, text smoothed."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self.width = width
        self._image = Image.new("RGB", (width, height), _GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, x: int, y: int, text: str, size: int, color: Color, font: str = "sans") -> None:
        """A line whose baseline is at ``y``; shortened where the page ends."""
        face = _face(font, size)
        room = self.width - _MARGIN - x
        while face.getlength(text) > room and len(text) > 2:
            text = text[:-2] + "…"
        self._draw.text((x, y), text, font=face, fill=color, anchor="ls")

    def picture(self, x: int, y: int, picture: Picture) -> None:
        from PIL import Image

        self._image.paste(Image.fromarray(picture), (x, y))
        height, width = picture.shape[:2]
        self._draw.rectangle((x - 1, y - 1, x + width, y + height), outline=_LINE)

    def box(self, x: int, y: int, width: int, height: int, color: Color) -> None:
        self._draw.rectangle((x, y, x + width - 1, y + height - 1), fill=color, outline=_LINE)

    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self._image)


def _face(font: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(font)), size)
