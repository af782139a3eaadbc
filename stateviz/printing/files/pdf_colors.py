"""The pixels of a rendered PDF page as indices of its image's own colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.sheets import Color
from stateviz.printing.files.pdf_page import RenderedPage, rendered_palette
from stateviz.printing.files.print_file import BACKS, MOST_PIXELS, NEAR, KeptRows, Pixels
from stateviz.printing.files.rasters import as_colors, distinct, indices, profile_name, seen_colors

_MOST_COLORS = 256
_CHANNELS = {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4}


@dataclass(frozen=True)
class PageColors:
    """What a page's pixels are: the stream of them, the inks of each colour, and the image's own profile.

    ``icc`` is that profile where it is of four inks, ``profile`` what it is called.
    """

    pixels: Pixels
    inks: NDArray[np.uint8] | None = None
    profile: str | None = None
    icc: bytes | None = None


def read_pixels(pdf: Any, image: Any, page: RenderedPage, icc: bytes | None, clear: object) -> PageColors:
    """A rendered page in the colours of its largest image, or of what is seen where that has none of its own.

    Parameters
    ----------
    pdf, image
        Of pikepdf; None where the page has no image.
    page
        As it is rendered on white.
    icc
        The profile of the output intent.
    clear
        The index that the plan leaves unprinted; where the image masks another, paper shows in its place.
    """
    space: Any = None if image is None else image.get("/ColorSpace", None)
    table, count = (None, 0) if space is None else _own_colors(image, space)
    if table is None:
        kept, _ = distinct(page.rows())
        return PageColors(Pixels(page.size, as_colors(kept), KeptRows(lambda: indices(page.rows(), kept))))
    base = space[1] if is_indexed(space) else space
    mask = image.get("/Mask", None)
    mask = mask if mask is not None and _is_array(mask) and is_indexed(space) and list(mask) == [clear] * 2 else None
    swatches = _Swatches(pdf, base, table)
    if mask is not None:
        plain = swatches.rendered(None, page.ground).astype(int)
        page = replace(page, ground=max(BACKS, key=lambda back: np.abs(plain - back).sum(axis=1).min()))
    rendered = swatches.rendered(mask, page.ground)
    own = bytes(base[1].read_bytes()) if _is_array(base) and str(base[0]) == "/ICCBased" else None
    inks = table if table.shape[1] == 4 else None
    seen = rendered if mask is None else swatches.rendered(None, page.ground)
    if inks is not None:
        seen = seen_colors(inks, own or icc)
    elif table.shape[1] == 3 and (own is not None or str(base) == "/DeviceRGB"):
        seen = table
    near = NEAR if count < _MOST_COLORS else None
    colors = as_colors(seen) if near is None else (*as_colors(seen), (255, 0, 255))
    in_file = _packed(image, page.size, table) if len(np.unique(rendered, axis=0)) < len(rendered) else None

    def rows() -> Iterator[NDArray[np.uint8]]:
        if in_file is None:
            return indices(page.rows(), rendered, within=near)
        return _told_apart(page.rows(), in_file, rendered)

    pixels = Pixels(
        page.size,
        colors,
        KeptRows(rows),
        count if count > _MOST_COLORS else None,
        other=None if near is None else len(seen),
    )
    return PageColors(pixels, inks, profile_name(own), own if inks is not None else None)


def _packed(image: Any, size: tuple[int, int], table: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The indices of a palette image of the page's own size and 8 bits; None of others."""
    width, height = int(image["/Width"]), int(image["/Height"])
    if (width, height) != size or width * height > MOST_PIXELS or int(image.get("/BitsPerComponent", 1)) != 8:
        return None
    held = np.frombuffer(image.read_bytes(), np.uint8)
    if len(held) != width * height or not is_indexed(image["/ColorSpace"]) or int(held.max()) >= len(table):
        return None
    return held.reshape(height, width)


def _told_apart(
    shown: Iterator[NDArray[np.uint8]], in_file: NDArray[np.uint8], rendered: NDArray[np.uint8]
) -> Iterator[NDArray[np.uint8]]:
    """The image's own indices wherever the page shows their colour: the renderer makes several inks one colour."""
    nearest = indices(shown, rendered)
    for seen, own in zip(nearest, in_file, strict=True):
        yield np.where((rendered[seen] == rendered[own]).all(axis=1), own, seen)


@dataclass(frozen=True)
class _Swatches:
    """Colours of a picture, to be rendered each alone."""

    pdf: Any
    base: Any
    table: NDArray[np.uint8]

    def rendered(self, mask: Any, ground: Color) -> NDArray[np.uint8]:
        import pikepdf

        space = pikepdf.Array([pikepdf.Name.Indexed, self.base, len(self.table) - 1, self.table.tobytes()])
        return rendered_palette(self.pdf, space, len(self.table), mask, ground)


def _is_array(thing: Any) -> bool:
    import pikepdf

    return isinstance(thing, pikepdf.Array)


def is_indexed(space: Any) -> bool:
    """Whether a colour space is a palette."""
    return _is_array(space) and len(space) == 4 and str(space[0]) == "/Indexed"


def _channels(space: Any) -> int | None:
    """How many channels a colour space has; None for those that are no greys, RGB or inks."""
    if not _is_array(space):
        return _CHANNELS.get(str(space))
    if str(space[0]) == "/ICCBased":
        channels = int(space[1]["/N"])
        return channels if channels in (1, 3, 4) else None
    return _CHANNELS.get(str(space[0]))


def _own_colors(image: Any, space: Any) -> tuple[NDArray[np.uint8] | None, int]:
    """The colours that an image holds, shape (n, channels), and how many it has; None where they are not known."""
    import pikepdf

    base = space[1] if is_indexed(space) else space
    channels = _channels(base)
    if channels is None:
        return None, 0
    if is_indexed(space):
        held = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
        table = np.frombuffer(held, np.uint8)[: channels * (int(space[2]) + 1)].reshape(-1, channels)
        return (table, len(table)) if 0 < len(table) <= _MOST_COLORS else (None, 0)
    values = _decoded(image, channels)
    return (None, 0) if values is None else distinct(values)


def _decoded(image: Any, channels: int) -> NDArray[np.uint8] | None:
    """The pixels of an image that is no palette picture, shape (height, width, channels); None where not in reach."""
    from PIL import Image

    width, height, bits = int(image["/Width"]), int(image["/Height"]), int(image.get("/BitsPerComponent", 8))
    if width * height > MOST_PIXELS or "/Decode" in image:
        return None
    filters = image.get("/Filter", [])
    if str(filters if not _is_array(filters) or not len(filters) else filters[-1]) == "/DCTDecode":
        with Image.open(BytesIO(image.read_raw_bytes()), formats=["JPEG"]) as picture:
            values = np.asarray(picture, np.uint8)
    else:
        data = np.frombuffer(image.read_bytes(), np.uint8)
        if bits == 1 and channels == 1:
            rows = np.unpackbits(data.reshape(height, -1), axis=1)[:, :width]
            return rows[..., None] * np.uint8(255)
        if bits != 8:
            return None
        values = data.reshape(height, width, channels)
    values = values[..., None] if values.ndim == 2 else values
    return values if values.shape == (height, width, channels) else None
