"""From sRGB to four inks and back through ICC profiles: separations of colours, and what becomes of them on paper."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.errors import FileError, InputError, MissingExtraError
from stateviz.core.table import Table
from stateviz.rendering.color.ramps import to_oklab

PROFILES: Table[str] = Table(
    "profile",
    {
        "fogra39": "offset on coated paper, total ink at most 300%; free, built from FOGRA39L (see data/profiles.md)",
        "srgb": "the screen: sRGB, for embedding in RGB files",
    },
)
PRINT_PROFILE = "fogra39"
Profile = str | Path | bytes
_CHOICES = f"give the .icc file of your printer, or one of {', '.join(PROFILES)}"
COATED_INK, UNCOATED_INK = 300.0, 280.0
"""Percent: the most ink of all four together that coated and uncoated papers take."""
BLACK = (0, 0, 0, 255)
"""The inks of small text and rules."""
_RELATIVE, _ABSOLUTE, _BLACK_POINT = 1, 3, 0x2000  # as the ICC and littlecms number them
_BLACK_SPREAD, _BLACK_MOST = 2, 34  # a neutral this dark is no lighter than the black ink alone
_CAST, _DARK_CAST = 0.003, 0.0145  # of chroma in OKLab: less than is seen as a colour, and more of it in the dark
_LITTLE_CYAN, _NEAR_INK = 20, 16  # of 255
_ALIKE = 0.01  # in OKLab: about what is just seen side by side


def profile_bytes(profile: Profile = PRINT_PROFILE) -> bytes:
    """The ICC profile itself, for embedding.

    Parameters
    ----------
    profile : str, Path or bytes
        A row of PROFILES, an ``.icc`` or ``.icm`` file, or the profile itself, as bytes.

    Raises
    ------
    UnknownNameError
        When no row has that name and it names no file.
    FileError
        When the file is missing or is not an ICC profile.

    Examples
    --------
    >>> profile_bytes("fogra39")[36:40], profile_bytes("fogra39")[12:20]
    (b'acsp', b'prtrCMYK')
    """
    if isinstance(profile, bytes):
        return profile
    name = str(profile)
    if name in PROFILES:
        from importlib.resources import files

        return files("stateviz").joinpath(f"data/{name}.icc").read_bytes()
    if not isinstance(profile, Path) and Path(name).suffix.lower() not in (".icc", ".icm"):
        _ = PROFILES[name]  # raises, with the choices
    try:
        body = Path(name).read_bytes()
    except OSError as error:
        raise FileError(f"cannot read profile {name}: {error.strerror or error}; {_CHOICES}") from error
    if len(body) < 132 or body[36:40] != b"acsp":
        raise FileError(f"{name} is not an ICC profile; {_CHOICES}")
    return body


def to_cmyk(
    colors: ArrayLike,
    *,
    profile: Profile = PRINT_PROFILE,
    limit: float = COATED_INK,
    pure_black: bool = True,
) -> NDArray[np.uint8]:
    """How much of each ink gives a colour: relative colorimetric, with black point compensation.

    Parameters
    ----------
    colors : array_like of uint8, shape (n, 3)
        sRGB, 0 to 255.
    profile : str, Path or bytes
        A CMYK profile, see ``profile_bytes``.
    limit : float
        Percent of ink, all four together, that is never exceeded (see ``limit_ink``).
    pure_black : bool
        Black and neutral near-blacks become the black ink alone, and colours that are all neutral tints of it, so that
        text and small cells stay sharp where plates are a little off; creams, and what is as light and warm, are
        magenta and yellow alone, since a little cyan turns them green or grey.

    Returns
    -------
    array of uint8, shape (n, 4)
        Cyan, magenta, yellow, black; 255 is all of an ink.

    Raises
    ------
    InputError
        When colours are no triples of 0 to 255, the profile is not of CMYK, or the limit is not 100 to 400.

    Examples
    --------
    >>> to_cmyk([(0, 0, 0), (255, 255, 255)]).tolist()
    [[0, 0, 0, 255], [0, 0, 0, 0]]
    >>> inks = to_cmyk([(20, 40, 90)], limit=200)
    >>> bool(inks.sum() <= 2 * 255)
    True
    """
    check_limit(limit)
    rgb = _eight_bit(colors, 3)
    inks = limit_ink(_apply(_transform(_key(profile), False, False), rgb, "RGB"), limit)
    if pure_black:
        wide = rgb.astype(int)
        if _all_neutral(rgb):
            inks = _tints_of_black(rgb, profile)
        inks = _without_cyan(rgb, inks, profile)
        black = (np.ptp(wide, axis=1) <= _BLACK_SPREAD) & (wide.max(axis=1) <= _BLACK_MOST)
        inks[black] = BLACK
    return inks


def _all_neutral(rgb: NDArray[np.uint8]) -> bool:
    """Whether all colours are greys: a dark one may have more of a cast than a light one."""
    lab = to_oklab(rgb)
    return bool((np.hypot(lab[:, 1], lab[:, 2]) <= _CAST + _DARK_CAST * (1 - lab[:, 0])).all())


def _tints_of_black(rgb: NDArray[np.uint8], profile: Profile) -> NDArray[np.uint8]:
    """How much black ink alone is as light as each colour."""
    ramp = np.zeros((256, 4), np.uint8)
    ramp[:, 3] = np.arange(256)
    light = to_oklab(from_cmyk(ramp, profile=profile))[:, 0]
    inks = np.zeros((len(rgb), 4), np.uint8)
    inks[:, 3] = np.rint(np.interp(-to_oklab(rgb)[:, 0], -np.maximum.accumulate(light[::-1])[::-1], np.arange(256)))
    return inks


def _without_cyan(rgb: NDArray[np.uint8], inks: NDArray[np.uint8], profile: Profile) -> NDArray[np.uint8]:
    """Inks in which light warm colours have no cyan, where magenta and yellow alone look the same."""
    warm = (rgb[:, 0] >= rgb[:, 1]) & (rgb[:, 1] > rgb[:, 2])
    little = (inks[:, 0] > 0) & (inks[:, 0] <= _LITTLE_CYAN) & (inks[:, 0] < inks[:, 2]) & (inks[:, 3] == 0)
    out = inks.copy()
    step = np.arange(-_NEAR_INK, _NEAR_INK + 1)
    for index in np.flatnonzero(warm & little):
        tried = np.zeros((len(step), len(step), 4), np.int64)
        tried[..., 1], tried[..., 2] = int(inks[index, 1]) + step[:, None], int(inks[index, 2]) + step
        flat = np.clip(tried.reshape(-1, 4), 0, 255).astype(np.uint8)
        away = np.linalg.norm(to_oklab(from_cmyk(flat, profile=profile)) - to_oklab(rgb[index : index + 1]), axis=1)
        if away.min() <= _ALIKE:
            out[index] = flat[away.argmin()]
    return out


def from_cmyk(inks: ArrayLike, *, profile: Profile = PRINT_PROFILE, paper: bool = False) -> NDArray[np.uint8]:
    """The soft proof: how inks on paper look, as sRGB.

    Parameters
    ----------
    inks : array_like of uint8, shape (n, 4)
    profile : str, Path or bytes
        A CMYK profile, see ``profile_bytes``.
    paper : bool
        Absolute colorimetric: the tint of the paper and the depth of its black show. Without it white is white, as
        an eye used to the paper sees it.

    Returns
    -------
    array of uint8, shape (n, 3)

    Examples
    --------
    >>> from_cmyk([(0, 0, 0, 0)]).tolist()
    [[255, 255, 255]]
    >>> bool((from_cmyk([(0, 0, 0, 0)], paper=True) < 250).all())
    True
    """
    return _apply(_transform(_key(profile), True, paper), _eight_bit(inks, 4), "CMYK")


def check_limit(limit: float) -> None:
    """Refuse an ink limit that no paper has."""
    if not (isinstance(limit, (int, float)) and math.isfinite(limit) and 100 <= limit <= 400):
        raise InputError(
            f"the ink limit must be 100 to 400 percent, got {limit!r}; coated paper takes {COATED_INK:g}, "
            f"uncoated {UNCOATED_INK:g}"
        )


def limit_ink(inks: NDArray[np.uint8], limit: float = COATED_INK) -> NDArray[np.uint8]:
    """Inks of at most ``limit`` percent together: too much is taken from cyan, magenta and yellow in proportion.

    Examples
    --------
    >>> import numpy as np
    >>> limit_ink(np.array([[255, 255, 255, 255]], np.uint8), 280).tolist()
    [[153, 153, 153, 255]]
    """
    most = limit * 2.55
    coloured = inks[:, :3].astype(float)
    black = inks[:, 3].astype(float)
    total = coloured.sum(axis=1)
    share = np.clip((most - black) / np.maximum(total, 1), 0, 1)
    over = total + black > most
    out = inks.copy()
    out[over, :3] = np.floor(coloured[over] * share[over, None] + 1e-9).astype(np.uint8)
    return out


def _eight_bit(values: ArrayLike, channels: int) -> NDArray[np.uint8]:
    given = np.asarray(values)
    if given.ndim != 2 or given.shape[1] != channels or given.dtype.kind not in "iu":
        raise InputError(f"expected whole numbers of shape (n, {channels}), got {given.dtype} of shape {given.shape}")
    if given.size and (int(given.min()) < 0 or int(given.max()) > 255):
        raise InputError(f"colours are 0 to 255 a channel, got {int(given.min())} to {int(given.max())}")
    return given.astype(np.uint8)


def _key(profile: Profile) -> bytes:
    """The profile, refused where it is not of CMYK; bytes, so that the cache sees a changed file."""
    body = profile_bytes(profile)
    if body[16:20] != b"CMYK":
        space = body[16:20].decode("ascii", "replace").strip()
        name = "in the file" if isinstance(profile, bytes) else profile
        raise InputError(f"profile {name} is of {space}, not CMYK; give the CMYK profile of your printer, or fogra39")
    return body


@lru_cache(maxsize=16)
def _transform(body: bytes, back: bool, paper: bool) -> Any:
    cms = _littlecms()
    try:
        inks, screen = (cms.ImageCmsProfile(io.BytesIO(each)) for each in (body, profile_bytes("srgb")))
        if back:
            intent = _ABSOLUTE if paper else _RELATIVE
            flags = 0 if paper else _BLACK_POINT
            return cms.buildTransform(inks, screen, "CMYK", "RGB", renderingIntent=intent, flags=flags)
        return cms.buildTransform(screen, inks, "RGB", "CMYK", renderingIntent=_RELATIVE, flags=_BLACK_POINT)
    except (cms.PyCMSError, OSError) as error:
        raise InputError(f"the profile cannot be used: {error}; give another .icc file, or fogra39") from error


def _littlecms() -> Any:
    try:
        from PIL import ImageCms, features

        if not features.check("littlecms2"):
            raise ImportError("Pillow was built without littlecms")
    except ImportError as error:
        raise MissingExtraError(
            "colours of print need Pillow with littlecms; install it with: pip install pillow"
        ) from error
    return ImageCms


def _apply(transform: Any, values: NDArray[np.uint8], mode: str) -> NDArray[np.uint8]:
    from PIL import Image

    if not len(values):
        return np.zeros((0, 7 - values.shape[1]), np.uint8)
    picture = Image.frombytes(mode, (len(values), 1), values.tobytes())
    made: NDArray[np.uint8] = np.array(_littlecms().applyTransform(picture, transform))[0]
    return made
