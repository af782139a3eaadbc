"""Pictures that were drawn, as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def png_pixels(png: bytes) -> NDArray[np.uint8]:
    """The colours of a PNG, shape (height, width, 3).

    Examples
    --------
    >>> from stateviz.core.html import png_uri
    >>> from base64 import b64decode
    >>> png = b64decode(png_uri(np.array([[0, 255]], np.uint8)).partition(",")[2])
    >>> png_pixels(png)[0].tolist()
    [[0, 0, 0], [255, 255, 255]]
    """
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(png), formats=["PNG"]) as picture:
        return np.asarray(picture.convert("RGB"))
