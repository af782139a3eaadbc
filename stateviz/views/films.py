"""Films: frames one after the other, as a GIF, an animated PNG, or an MP4 where ffmpeg is found."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError

ENDINGS = (".gif", ".apng", ".mp4")
MOST = 80
"""Frames of a film; of longer runs so many are taken, evenly, the first and the last among them."""
_REST = 16
"""How many times as long the last frame is shown."""
_COLORS = 64
"""Of a GIF or an animated PNG: text stays clean, and files small."""

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Film:
    """What moves.

    Parameters
    ----------
    frames
        Gives them anew, each of shape (height, width, 3), all of one size.
    seconds
        That each is shown.
    """

    frames: Callable[[], Iterator[Frame]]
    seconds: float

    def write(self, path: Path, overwrite: bool) -> None:
        """Write the film; its ending names the format.

        Raises
        ------
        InputError
            When there is no ffmpeg to make an MP4.
        FileError
            When the file cannot be written, or is not to be replaced.
        """
        from stateviz.storage.atomic import atomic

        make = _mp4 if path.suffix.lower() == ".mp4" else _animated
        with atomic(path, overwrite=overwrite, kind="picture") as beside:
            make(self, beside, path.suffix.lower())


def chosen(count: int, most: int = MOST) -> list[int]:
    """Which of ``count`` frames a film shows.

    Examples
    --------
    >>> chosen(3), chosen(1000, 4)
    ([0, 1, 2], [0, 333, 666, 999])
    """
    return list(range(count)) if count <= most else np.linspace(0, count - 1, most).astype(int).tolist()


def _animated(film: Film, path: Path, suffix: str) -> None:
    """Frames in one palette without dithering; those that are as the one before add to its time."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    frames = list(film.frames())
    palette = Image.fromarray(np.concatenate(_sampled(frames))).quantize(_COLORS, dither=Image.Dither.NONE)
    images: list[Image.Image] = []
    times: list[int] = []
    each = round(film.seconds * 1000)
    for number, frame in enumerate(frames):
        shown = each * (_REST if number == len(frames) - 1 else 1)
        if number and np.array_equal(frame, frames[number - 1]):
            times[-1] += shown
            continue
        images.append(Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE))
        times.append(shown)
    more = {"save_all": True, "append_images": images[1:], "duration": times if len(times) > 1 else times[0], "loop": 0}
    if suffix == ".gif":
        images[0].save(path, "GIF", comment=b"stateviz", optimize=False, disposal=1, **more)
    else:
        mark = PngInfo()
        mark.add_text("Software", "stateviz")
        images[0].save(path, "PNG", pnginfo=mark, optimize=True, **more)


def _sampled(frames: Sequence[Frame]) -> list[Frame]:
    """Some frames that hold the colours of all."""
    return [frames[k] for k in sorted({0, len(frames) // 3, 2 * len(frames) // 3, len(frames) - 1})]


def _mp4(film: Film, path: Path, suffix: str) -> None:
    """H.264 by ffmpeg, which reads the frames from a pipe."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise InputError("an .mp4 is made by ffmpeg, and none is on PATH; install it, or save a .gif or an .apng")
    frames = film.frames()
    first = next(frames)
    height, width = (size + size % 2 for size in first.shape[:2])  # H.264 halves the colours both ways
    words = [ffmpeg, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    words += ["-r", f"{1 / film.seconds:.6g}", "-i", "-", "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18"]
    words += [
        "-movflags",
        "+faststart",
        "-fflags",
        "+bitexact",
        "-metadata",
        "comment=stateviz",
        "-f",
        "mp4",
        str(path),
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None and running.stderr is not None
        last = first
        try:
            for last in chain([first], frames):
                running.stdin.write(_padded(last, height, width))
            for _ in range(_REST):
                running.stdin.write(_padded(last, height, width))
            running.stdin.close()
        except BrokenPipeError:
            pass  # what went wrong it says itself
        said = running.stderr.read().decode("utf-8", "replace").strip()
        if running.wait():
            raise FileError(f"ffmpeg could not make the film: {' '.join(said.split())[:200] or 'it said nothing'}")


def _padded(frame: Frame, height: int, width: int) -> bytes:
    down, across = height - frame.shape[0], width - frame.shape[1]
    return np.pad(frame, ((0, down), (0, across), (0, 0)), mode="edge").tobytes()
