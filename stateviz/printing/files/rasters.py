"""Rasters that other programs wrote, or that hold inks: read by Pillow, seen as palette indices."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, StatevizError
from stateviz.core.sheets import Color
from stateviz.printing.files.print_file import MOST_PIXELS, KeptRows, Pixels, PrintFile, check_side, colors_of
from stateviz.printing.files.tiff_strips import strip_rows

_MOST_COLORS = 256
MOST_COUNTED = 1 << 18
"""Colours that are counted; of more, it is said that they are more."""
_SPACES = {"CMYK": "CMYK", "L": "Gray", "1": "Gray", "LA": "Gray"}
_SIGNATURES = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"} | dict.fromkeys(
    (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"
)
"""First bytes -> what Pillow reads a file as. It is given nothing else: for some formats it starts other programs."""

Channels = Callable[[], Iterable[NDArray[np.uint8]]]
"""Called to begin anew: rows of a picture, each of shape (width, channels)."""


def open_raster(path: Path, *, instead: FileError | None = None) -> PrintFile:
    """Read a PNG, TIFF or JPEG through Pillow.

    Parameters
    ----------
    instead
        What was wrong before Pillow was asked; raised where Pillow cannot read the file either.

    Raises
    ------
    FileError
        When it is none of the three, damaged, or larger than can be held.
    """
    with open(path, "rb") as file:
        kind = raster_kind(file.read(4))
    if kind is None:
        raise instead or FileError(f"{path} is no PNG, TIFF, JPEG, PDF or SVG")
    try:
        with warnings.catch_warnings():
            # Pillow warns of tags that do not concern the pixels.
            warnings.simplefilter("ignore")
            with _opened(path, kind) as picture:
                return _facts(path, picture, kind)
    except StatevizError:
        raise
    except Exception as error:  # whatever Pillow makes of a damaged file
        raise instead or FileError(f"cannot read {path} as a picture: {error}") from error


def raster_kind(head: bytes) -> str | None:
    """Which of PNG, TIFF and JPEG a file is, by its first four bytes; None where it is none of them."""
    return next((kind for start, kind in _SIGNATURES.items() if head.startswith(start)), None)


def _opened(path: Path, kind: str) -> Any:
    """The file by the one reader of its kind; Image.open would refuse pictures of a poster's size."""
    from PIL import JpegImagePlugin, PngImagePlugin, TiffImagePlugin

    readers: dict[str, Any] = {
        "PNG": PngImagePlugin.PngImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "JPEG": JpegImagePlugin.JpegImageFile,
    }
    return readers[kind](path)


def _facts(path: Path, picture: Any, kind: str) -> PrintFile:
    width, height = picture.size
    check_side(path, picture.size)
    dpi = _dpi(picture.info.get("dpi"))
    icc = picture.info.get("icc_profile")
    tags = getattr(picture, "tag_v2", {})
    plan = _plan(picture)
    channels, table = _channels(path, picture, _ground(plan))
    kept, count = distinct(channels())
    inks = kept if picture.mode == "CMYK" else None
    seen = table[kept[:, 0]] if table is not None else kept if inks is None else seen_colors(inks, icc)
    of_inks = inks is not None and icc is not None and icc[16:20] == b"CMYK"
    return PrintFile(
        path,
        kind,
        Pixels((width, height), as_colors(seen), KeptRows(lambda: indices(channels(), kept)), count),
        path.stat().st_size,
        dpi=dpi,
        page=None if dpi is None else (width / dpi[0] * 25.4, height / dpi[1] * 25.4),
        pages=int(getattr(picture, "n_frames", 1)),
        space="Gray" if picture.mode.startswith("I") else _SPACES.get(picture.mode, "RGB"),
        profile=profile_name(icc) or ("sRGB" if "srgb" in picture.info else None),
        inks=inks,
        icc=icc if of_inks else None,
        faults=tuple(_faults(path, picture, kind)),
        transparent=_transparent(picture, tags),
        plan=plan,
    )


def _transparent(picture: Any, tags: Any) -> bool:
    """Whether something is seen through: a channel for it may be full, and a colour for it used nowhere."""
    if not picture.has_transparency_data:
        return 338 in tags and "A" not in picture.getbands()
    return bool(picture.convert("RGBA").getchannel("A").getextrema()[0] < 255)


def _dpi(said: Any) -> tuple[float, float] | None:
    """Pixels an inch as Pillow read them, where they can be meant."""
    try:
        across, down = float(said[0]), float(said[1])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    return (across, down) if 1 < across < 1e6 and 1 < down < 1e6 else None


def _faults(path: Path, picture: Any, kind: str) -> Iterator[str]:
    bits = max(picture.tag_v2.get(258, (1,))) if kind == "TIFF" else 8
    if kind == "PNG":
        with open(path, "rb") as file:
            bits = file.read(25)[24]
    if bits > 8:
        yield f"{bits} bits a channel, presses take 8; save it with 8"
    icc = picture.info.get("icc_profile")
    of = icc[16:20].decode("latin-1").strip() if icc else ""
    if icc and picture.mode != "CMYK" and of not in ("RGB", "GRAY"):
        yield f"its profile is of {of}, and its pixels are {picture.mode}; embed one of the same kind"


def _plan(picture: Any) -> dict[str, Any]:
    """The plan, from a TIFF's description or a PNG's text."""
    text = getattr(picture, "tag_v2", {}).get(270) or getattr(picture, "text", {}).get("stateviz plan", "")
    try:
        plan = json.loads(text) if text else {}
    except (TypeError, ValueError, RecursionError):
        return {}
    return plan if isinstance(plan, dict) else {}


def profile_name(icc: bytes | None) -> str | None:
    """What an ICC profile calls itself; None where there is none."""
    if not icc:
        return None
    try:
        from PIL import ImageCms

        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc))).strip() or "ICC profile"
    except (ImportError, OSError, ValueError, ImageCms.PyCMSError):
        return "ICC profile"


def _ground(plan: dict[str, Any]) -> NDArray[np.uint8]:
    """What shows where a picture is transparent: the colour that its plan leaves unprinted, else white."""
    colors, clear = colors_of(plan), plan.get("transparent")
    if colors is None or not isinstance(clear, int) or not 0 <= clear < len(colors):
        return np.full(3, 255, np.uint8)
    ground: NDArray[np.uint8] = colors[clear]
    return ground


def _channels(path: Path, picture: Any, ground: NDArray[np.uint8]) -> tuple[Channels, NDArray[np.uint8] | None]:
    """Rows of the picture's channels, and the palette where these are indices of one."""
    strips = strip_rows(path, picture.tag_v2) if hasattr(picture, "tag_v2") else None
    if strips is not None:
        return strips if picture.mode == "CMYK" else lambda: _on_ground(strips(), ground), None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise FileError(
            f"{path}: {width} x {height} px are more than can be held; check the PNG or PDF that stateviz wrote, or a "
            "TIFF of 8 bits a channel in strips"
        )
    table = None
    if picture.mode == "P" and "transparency" not in picture.info:
        table = np.array(picture.getpalette("RGB"), np.uint8).reshape(-1, 3)
        table = np.pad(table, ((0, 256 - len(table)), (0, 0)))
    elif picture.mode.startswith("I") or picture.mode == "F":
        wide = np.asarray(picture).astype(np.int64)
        values = (wide >> 8 if wide.max() > 255 else wide).clip(0, 255).astype(np.uint8)
        return lambda: iter(values[..., None].repeat(3, axis=2)), None
    elif picture.mode not in ("RGB", "RGBA", "CMYK"):
        clear = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB")
    held = np.asarray(picture, np.uint8)
    held = held[..., None] if held.ndim == 2 else held
    return lambda: iter(held) if picture.mode != "RGBA" else _on_ground(held, ground), table


def _on_ground(rows: Iterable[NDArray[np.uint8]], ground: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Rows of RGB, or RGBA, as they look on a ground."""
    for row in rows:
        if row.shape[1] == 3 or (row[:, 3] == 255).all():
            yield row[:, :3]
        else:
            share = row[:, 3:].astype(np.uint16)
            yield ((row[:, :3] * share + ground * (255 - share) + 127) // 255).astype(np.uint8)


def as_colors(values: NDArray[np.uint8]) -> tuple[Color, ...]:
    """Rows of an array as colours."""
    return tuple((int(r), int(g), int(b)) for r, g, b in values)


def distinct(rows: Iterable[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], int]:
    """The colours of a picture, most frequent first, shape (n, channels), and how many there are.

    Of more than 256, only the two that most pixels are nearest to: a scan or a lossy file of two inks.

    Examples
    --------
    >>> distinct(np.array([[[9, 9, 9], [0, 0, 0], [9, 9, 9]]], np.uint8))
    (array([[9, 9, 9],
           [0, 0, 0]], dtype=uint8), 2)
    """
    counts: dict[int, int] = {}
    before: NDArray[np.uint8] | None = None
    found: list[tuple[int, int]] = []
    for row in rows:
        if row is not before and (before is None or not np.array_equal(row, before)):
            before = row
            colors, times = np.unique(_codes(row), return_counts=True)
            found = list(zip(colors.tolist(), times.tolist(), strict=True))
        for color, n in found:
            counts[color] = counts.get(color, 0) + n
        if len(counts) > MOST_COUNTED:
            break
    ranked = sorted(counts, key=lambda color: (-counts[color], color))
    channels = 0 if before is None else before.shape[-1]
    palette = np.array(ranked, np.int64)[:, None] >> (8 * np.arange(channels)[::-1]) & 255
    if len(ranked) <= _MOST_COLORS:
        return palette.astype(np.uint8), len(ranked)
    weights = np.array([counts[color] for color in ranked], float)
    return _two_means(palette.astype(float), weights), len(ranked)


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


def indices(
    rows: Iterable[NDArray[np.uint8]], palette: NDArray[np.uint8], *, within: int | None = None
) -> Iterator[NDArray[np.uint8]]:
    """Each row as the nearest palette index of its pixels; a repeated row is the same array again.

    What is further than ``within`` from every colour, in any channel, is ``len(palette)``.
    """
    before: NDArray[np.uint8] | None = None
    line = np.zeros(0, np.uint8)
    wide = palette.astype(np.int32)
    for row in rows:
        if row is not before and (before is None or not np.array_equal(row, before)):
            before = row
            _, first, inverse = np.unique(_codes(row), return_index=True, return_inverse=True)
            away = np.abs(row[first][:, None].astype(np.int32) - wide)
            nearest = (away**2).sum(axis=2).argmin(axis=1)
            if within is not None:
                off = away[np.arange(len(nearest)), nearest].max(axis=1) > within
                nearest[off] = len(palette)
            line = nearest.astype(np.uint8)[inverse]
        yield line


def seen_colors(inks: NDArray[np.uint8], icc: bytes | None) -> NDArray[np.uint8]:
    """Inks as seen on paper: by the file's own profile, else by that of coated paper."""
    from stateviz.core.errors import InputError
    from stateviz.rendering.color.profiles import PRINT_PROFILE, from_cmyk

    try:
        return from_cmyk(inks, profile=icc if icc and icc[16:20] == b"CMYK" else PRINT_PROFILE)
    except InputError:  # a profile that is damaged
        return from_cmyk(inks)
