"""What can be printed on: the rows of media.toml, a size, or a user's own file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from stateviz.core.errors import FileError, InputError, StatevizError
from stateviz.core.media import Medium
from stateviz.core.table import Table
from stateviz.printing.lengths import in_pixels, parse_length
from stateviz.printing.vendors import TARGET_DPI
from stateviz.storage.limits import check_regular

MOST_BYTES = 2**20
"""A table of media is a page of text."""
_LENGTHS = ("width", "height", "bleed", "margin", "corner", "wrap")
_WORDS = ("kind", "citation", "status")
_SWITCHES = ("contour", "transparent")
_FIELDS = {*_LENGTHS, *_WORDS, *_SWITCHES, "openings", "most_mb", "dpi"}
_SIZE = re.compile(r"\s*([0-9.]+\s*[a-z]*)\s*[x×]\s*([0-9.]+\s*[a-z]+)\s*", re.IGNORECASE)


class _MediaTable(Table[Medium]):
    """The packaged media, read at the first look-up and not at import."""

    def __init__(self) -> None:
        self.kind = "medium"

    @cached_property
    def _rows(self) -> dict[str, Medium]:  # type: ignore[override]
        from importlib.resources import files

        rows = _parse(files("stateviz.printing").joinpath("media.toml").read_text("utf-8"), "media.toml")
        return {row.name: row for medium in rows.values() for row in _both_ways(medium)}


def _both_ways(medium: Medium) -> Iterator[Medium]:
    """A medium, and where it is a paper the same on its side."""
    yield medium
    if medium.kind in ("paper", "poster", "postcard"):
        on_its_side = f"{medium.citation}, on its side"
        name = f"{medium.name}-landscape"
        yield replace(medium, name=name, width=medium.height, height=medium.width, citation=on_its_side)


MEDIA: Table[Medium] = _MediaTable()


def resolve_medium(medium: str | Path | Medium, *, dpi: float | None = None) -> Medium:
    """The medium a user named.

    Parameters
    ----------
    medium : str, Path or Medium
        A row of MEDIA (``"iphone-15"``), a width and height (``"70x140mm"``, ``"3in x 5in"``), a TOML
        file laid out as media.toml (``"mine.toml"``, or ``"mine.toml:name"`` where it has several rows), or a Medium.
    dpi : float, optional
        Pixels an inch of a size in px; by default 300.

    Returns
    -------
    Medium
        A size given in figures gets 3 mm of bleed and margin, and openings that are not known; one in px its dpi.

    Raises
    ------
    UnknownNameError
        When no medium has that name.
    InputError
        When a size cannot be read.
    FileError
        When a TOML file is missing or is not a table of media.

    Examples
    --------
    >>> resolve_medium("iphone-15").width
    71.6
    >>> resolve_medium("7 x 14cm").height
    140.0
    """
    if isinstance(medium, Medium):
        return medium
    name = str(medium).strip()
    if name in MEDIA:
        return MEDIA[name]
    file = _toml_and_row(name)
    if file is not None:
        return _from_file(*file)
    size = _SIZE.fullmatch(name)
    if size:
        return _from_size(name, size[1], size[2], dpi)
    if name[:1].isdigit():
        raise InputError(f"{name!r} is not a size; write width x height and a unit, such as 70x140mm")
    return MEDIA[name]


def _toml_and_row(name: str) -> tuple[Path, str] | None:
    """A file and the row meant of it: ``mine.toml`` or ``mine.toml:row``; None of what names no file.

    Examples
    --------
    >>> _toml_and_row("mine.toml.d/x.toml:mug") == (Path("mine.toml.d/x.toml"), "mug")
    True
    """
    ends = [found.end() for found in re.finditer(r"\.toml(?=:|$)", name)]
    if not ends:
        return None
    # A name may hold the ending, or a row may, twice: the file that is there is meant.
    end = next((end for end in reversed(ends) if Path(name[:end]).is_file()), ends[0])
    return Path(name[:end]), name[end + 1 :]


def with_edges(medium: Medium, bleed: float | str | None, margin: float | str | None, *, dpi: float | None) -> Medium:
    """``medium`` with the bleed and margin asked for, millimetres or lengths; with its own where they are None.

    Examples
    --------
    >>> with_edges(MEDIA["a6"], "4mm", None, dpi=None).bleed
    4.0
    """
    return replace(
        medium,
        bleed=medium.bleed if bleed is None else parse_length(bleed, dpi=dpi),
        margin=medium.margin if margin is None else parse_length(margin, dpi=dpi),
    )


def _from_size(name: str, width: str, height: str, dpi: float | None) -> Medium:
    width = width.strip()
    if width[-1] in "0123456789.":
        width += re.sub(r"[0-9. ]", "", height)  # 70x140mm: one unit for both
    template = (dpi or TARGET_DPI) if in_pixels(width, height) else None
    w, h = parse_length(width, dpi=template), parse_length(height, dpi=template)
    return Medium(name, w, h, kind="custom", citation="given by its size", status="custom", dpi=template)


def read_media(path: str | Path) -> Table[Medium]:
    """The media of a TOML file of your own, laid out as the packaged ``media.toml``.

    Raises
    ------
    FileError
        When the file is missing, or is not a table of media; the message names the row and what is wrong with it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.toml"
    ...     _ = file.write_text('[mug]\\nwidth = "21cm"\\nheight = 95\\ncitation = "a ruler"')
    ...     read_media(file)["mug"].width
    210.0
    """
    check_regular(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise FileError(f"{path} has over {MOST_BYTES:,} bytes, and is no table of media")
        text = data.decode("utf-8")
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    rows = _parse(text, str(path))
    if not rows:
        raise FileError(f"{path} holds no medium; write a [name] with a width and a height in millimetres")
    return Table(f"medium in {path}", rows)


def _from_file(path: Path, name: str) -> Medium:
    rows = read_media(path)
    if not name and len(rows) != 1:
        raise InputError(f"{path} has {len(rows)} media; name one, as in {path}:{next(iter(rows))}")
    return rows[name or next(iter(rows))]


def _parse(text: str, where: str) -> dict[str, Medium]:
    try:
        body = tomllib.loads(text)
    except (ValueError, RecursionError, OverflowError) as error:  # a date that no calendar has, tables without end
        raise FileError(f"{where} is not TOML: {error}") from error
    return {name: _medium(name, row, where) for name, row in body.items()}


def _medium(name: str, row: Any, where: str) -> Medium:
    if not isinstance(row, dict) or not {"width", "height"} <= row.keys():
        raise FileError(f"{where}: {name!r} must be a [table] with a width and a height in millimetres")
    extra = sorted(row.keys() - _FIELDS)
    if extra:
        raise FileError(f"{where}: {name!r} has unknown {extra[0]!r}; a medium takes {', '.join(sorted(_FIELDS))}")
    try:
        dpi = None if "dpi" not in row else _read("dpi", row["dpi"])
        fields = {key: _read(key, value, dpi) for key, value in row.items()}
        fields.setdefault("status", "custom")
        return Medium(name, **fields)
    except (TypeError, ValueError, OverflowError, ArithmeticError, StatevizError) as error:
        raise FileError(f"{where}: {name!r}: {error}") from error


def _read(key: str, value: Any, dpi: float | None = None) -> Any:
    """One field of a medium, checked; lengths in px are those of a template that names its dpi."""
    if key in _LENGTHS:
        return parse_length(value, dpi=dpi)
    if key == "openings":
        return tuple(_box(box) for box in value)
    kind: tuple[type, ...] = (bool,) if key in _SWITCHES else (str,) if key in _WORDS else (int, float)
    if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
        raise InputError(f"{key} is {value!r}; it must be {' or '.join(k.__name__ for k in kind)}")
    return value


def _box(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(edge) for edge in box)
    if not (x0 < x1 and y0 < y1):
        raise InputError(f"opening {list(box)} must be [left, top, right, bottom] in millimetres")
    return x0, y0, x1, y1
