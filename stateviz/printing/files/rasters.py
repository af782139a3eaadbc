"""Rasters that other programs wrote, or that hold inks: read by Pillow, seen as palette indices."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError
from stateviz.core.sheets import Color
from stateviz.printing.files.print_file import MOST_PIXELS, Pixels, PrintFile

_MOST_COLORS = 256
_SPACES = {"CMYK": "CMYK", "L": "Gray", "1": "Gray", "LA": "Gray", "I;16": "Gray"}


def open_raster(path: Path, *, instead: FileError | None = None) -> PrintFile:
    """Read a picture through Pillow.

    Parameters
    ----------
    instead
        What was wrong before Pillow was asked; raised where Pillow cannot read the file either.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of pictures of a poster's size, and of tags that do not concern the pixels.
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                return _facts(path, picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise instead or FileError(f"cannot read {path} as a picture: {error}") from error


def _facts(path: Path, picture: Any) -> PrintFile:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise FileError(f"{path}: {width} x {height} px are more than can be read back; check a PNG of the same sheet")
    dpi = picture.info.get("dpi")
    dpi = (float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 1 else None
    icc = picture.info.get("icc_profile")
    space = _SPACES.get(picture.mode, "RGB")
    pixels, inks = _indexed(picture, icc)
    plan = _plan(picture)
    profile = profile_name(icc)
    if profile is None and "srgb" in picture.info:
        profile = "sRGB"
    return PrintFile(
        path,
        str(picture.format),
        pixels,
        path.stat().st_size,
        dpi=dpi,
        page=None if dpi is None else (width / dpi[0] * 25.4, height / dpi[1] * 25.4),
        space=space,
        profile=profile,
        inks=inks,
        transparent=_see_through(picture),
        plan=plan,
    )


def _see_through(picture: Any) -> bool:
    if "transparency" in picture.info or "A" in picture.getbands():
        return True
    tags = getattr(picture, "tag_v2", {})
    return 338 in tags and picture.format == "TIFF"


def _plan(picture: Any) -> dict[str, Any]:
    """The plan, from a TIFF's description or a PNG's text."""
    text = getattr(picture, "tag_v2", {}).get(270) or getattr(picture, "text", {}).get("stateviz plan", "")
    try:
        plan = json.loads(text) if text else {}
    except (TypeError, ValueError, RecursionError):
        return {}
    return plan if isinstance(plan, dict) else {}


def profile_name(icc: bytes | None) -> str | None:
    """What an ICC profile calls itself; None where there is none or it cannot be read."""
    if not icc:
        return None
    from io import BytesIO

    try:
        from PIL import ImageCms

        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc))).strip() or "ICC profile"
    except (ImportError, OSError, ValueError):
        return "ICC profile"


def _indexed(picture: Any, icc: bytes | None) -> tuple[Pixels, NDArray[np.uint8] | None]:
    """The picture's colours as a palette: all where they are few, else the two that are most of it."""
    if picture.mode not in ("RGB", "CMYK"):
        picture = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    values = np.asarray(picture, np.uint8)
    kept, exact = distinct(values[..., : 4 if picture.mode == "CMYK" else 3])
    inks = kept if picture.mode == "CMYK" else None
    seen = kept if inks is None else seen_colors(kept, icc)
    colors: tuple[Color, ...] = tuple((int(r), int(g), int(b)) for r, g, b in seen)

    def rows() -> Iterator[NDArray[np.uint8]]:
        return indices(values[..., : kept.shape[1]], kept)

    return Pixels((values.shape[1], values.shape[0]), colors, rows, exact), inks


def distinct(values: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
    """The colours of a picture, most frequent first, shape (n, channels), and whether these are all.

    Of more than 256, only the two that most pixels are nearest to: a scan or a lossy file of two inks.

    Examples
    --------
    >>> distinct(np.array([[[9, 9, 9], [0, 0, 0], [9, 9, 9]]], np.uint8))
    (array([[9, 9, 9],
           [0, 0, 0]], dtype=uint8), True)
    """
    counts: dict[int, int] = {}
    before: NDArray[np.uint8] | None = None
    found: list[tuple[int, int]] = []
    for row in values:
        if before is None or not np.array_equal(row, before):
            before = row
            colors, times = np.unique(_codes(row), return_counts=True)
            found = list(zip(colors.tolist(), times.tolist(), strict=True))
        for color, n in found:
            counts[color] = counts.get(color, 0) + n
    ranked = sorted(counts, key=lambda color: (-counts[color], color))
    channels = values.shape[-1]
    palette = np.array(ranked, np.int64)[:, None] >> (8 * np.arange(channels)[::-1]) & 255
    if len(ranked) <= _MOST_COLORS:
        return palette.astype(np.uint8), True
    weights = np.array([counts[color] for color in ranked], float)
    return _two_means(palette.astype(float), weights), False


def _codes(row: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One number a pixel, shape (width,), of its channels, shape (width, channels)."""
    return row.astype(np.int64) @ (1 << (8 * np.arange(row.shape[1])[::-1]))


def _two_means(colors: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Two colours that all are near to: Lloyd's iteration from the two most apart, always the same."""
    axis = colors.sum(axis=1)
    centres = colors[[int(axis.argmax()), int(axis.argmin())]]
    for _ in range(20):
        nearest = ((colors[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        groups = [np.average(colors[nearest == k], axis=0, weights=weights[nearest == k]) for k in (0, 1)]
        if np.allclose(groups, centres):
            break
        centres = np.array(groups)
    share = [weights[nearest == k].sum() for k in (0, 1)]
    return np.round(centres[np.argsort(share)[::-1]]).astype(np.uint8)


def indices(values: NDArray[np.uint8], palette: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Each row as the nearest palette index of its pixels; a repeated row is the same array again."""
    before: NDArray[np.uint8] | None = None
    line = np.zeros(values.shape[1], np.uint8)
    wide = palette.astype(np.int32)
    for row in values:
        if before is None or not np.array_equal(row, before):
            before = row
            _, first, inverse = np.unique(_codes(row), return_index=True, return_inverse=True)
            away = ((row[first][:, None].astype(np.int32) - wide) ** 2).sum(axis=2)
            line = away.argmin(axis=1).astype(np.uint8)[inverse]
        yield line


def seen_colors(inks: NDArray[np.uint8], icc: bytes | None) -> NDArray[np.uint8]:
    """Inks as seen on paper: by the file's own profile, else by that of coated paper."""
    import tempfile

    from stateviz.rendering.color.profiles import from_cmyk, profile_bytes

    if icc is None or icc == profile_bytes("fogra39"):
        return from_cmyk(inks)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "embedded.icc")
        path.write_bytes(icc)
        return from_cmyk(inks, profile=path)
