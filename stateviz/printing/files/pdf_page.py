"""What the page of a PDF shows: rendered by pdfium, strip by strip, at the pixels of its image."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, MissingExtraError
from stateviz.core.sheets import Color

_STRIP_PIXELS = 8_000_000
_INSIDE = 1 - 1e-5
"""A hair smaller: an image that ends at a pixel's edge in all but the last digit is not stretched over the next."""
_LOCK = threading.Lock()


@dataclass(frozen=True)
class RenderedPage:
    """The first page of a PDF, as pixels.

    Parameters
    ----------
    data
        The file.
    size
        (width, height) of the page in pixels, as it is turned.
    scale
        Pixels a point, across and down.
    ground
        What unpainted paper looks like.
    """

    data: bytes
    size: tuple[int, int]
    scale: tuple[float, float]
    ground: Color = (255, 255, 255)

    def rows(self) -> Iterator[NDArray[np.uint8]]:
        """Rows of the page, each RGB of shape (width, 3).

        Raises
        ------
        FileError
            When pdfium cannot open the file or its page.
        MissingExtraError
            When pypdfium2 is not installed.
        """
        pdfium = _pdfium()
        width, height = self.size
        tall = max(1, _STRIP_PIXELS // width)
        try:
            with _LOCK:
                document = pdfium.PdfDocument(self.data)
                page = document[0]
            for top in range(0, height, tall):
                with _LOCK:
                    strip = self._strip(pdfium, page, top, min(tall, height - top))
                before = None
                for line in strip:
                    if before is None or not np.array_equal(line, before):
                        before = line
                        row = np.ascontiguousarray(line.view(np.uint8).reshape(width, 4)[:, 2::-1])
                    yield row
        except pdfium.PdfiumError as error:
            raise FileError(f"the page cannot be rendered: {error}") from error

    def _strip(self, pdfium: Any, page: Any, top: int, height: int) -> NDArray[np.uint32]:
        """Some rows of the page: of each pixel its blue, green and red in the order of bytes, shape (height, width)."""
        width, raw = self.size[0], pdfium.raw
        bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGRx)
        bitmap.fill_rect((*self.ground, 255), 0, 0, width, height)
        across, down = (scale * _INSIDE for scale in self.scale)
        place = raw.FS_MATRIX(across, 0, 0, down, 0, -top)
        clip = raw.FS_RECTF(0, 0, width, height)
        raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, ctypes.byref(place), ctypes.byref(clip), raw.FPDF_ANNOT)
        pixels: NDArray[np.uint32] = bitmap.to_numpy().copy().view(np.uint32)[..., 0]
        bitmap.close()
        return pixels


def _pdfium() -> Any:
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingExtraError(
            "rendering a PDF needs pypdfium2; install it with: pip install 'stateviz[print]'"
        ) from error
    return pypdfium2


def rendered_palette(pdf: Any, space: Any, count: int, mask: Any, ground: Color) -> NDArray[np.uint8]:
    """What pdfium makes of each colour of an indexed picture, shape (count, 3).

    Parameters
    ----------
    pdf : pikepdf.Pdf
        Which holds the picture; ``space`` and ``mask`` are its colour space and its colour key mask, or None.
    """
    from io import BytesIO

    import pikepdf

    with pikepdf.new() as alone:
        page = alone.add_blank_page(page_size=(8 * count, 8))
        image = alone.make_stream(
            bytes(range(count)),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=count,
            Height=1,
            BitsPerComponent=8,
            ColorSpace=alone.copy_foreign(pdf.make_indirect(space)),
        )
        if mask is not None:
            image.Mask = pikepdf.Array(int(value) for value in mask)
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Swatches=image))
        page.obj.Contents = alone.make_stream(f"q {8 * count} 0 0 8 0 0 cm /Swatches Do Q".encode())
        file = BytesIO()
        alone.save(file)
    rows = list(RenderedPage(file.getvalue(), (8 * count, 8), (1.0, 1.0), ground).rows())
    return np.ascontiguousarray(rows[4][4::8])
