"""List what there is to choose from: every table of stateviz, or one of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from stateviz.cli import common
from stateviz.cli.streams import out

if TYPE_CHECKING:
    from stateviz.core.media import Medium
    from stateviz.core.sheets import Palette

EXAMPLES = """
stateviz list                  every table
stateviz list methods          one table
stateviz list sites rec.zarr   the sites of a recording
stateviz list media mine.toml  the media of a file of your own
"""

Lines = Iterable[tuple[str, str]]


def _methods() -> Lines:
    from stateviz.ordering import METHODS

    return _rows(METHODS)


def _metrics() -> Lines:
    from stateviz.similarity.metrics import METRICS

    return _rows(METRICS)


def _criteria() -> Lines:
    from stateviz.ordering import CRITERIA

    return ((name, f"{row.description}; {row.better} is better: {row.formula}") for name, row in CRITERIA.items())


def _palettes() -> Lines:
    from stateviz.rendering import PALETTES, contrast

    return ((name, f"{_hexes(row)}  contrast {contrast(row):4.1f}  {row.note}") for name, row in PALETTES.items())


def _diverging() -> Lines:
    from stateviz.rendering import DIVERGING

    return _rows(DIVERGING)


def _halftones() -> Lines:
    from stateviz.printing import HALFTONES

    return _rows(HALFTONES)


def _scenes() -> Lines:
    from stateviz.printing import SCENES

    return SCENES.items()


def _media(path: str | None = None) -> Lines:
    from stateviz.printing import MEDIA, read_media

    table = MEDIA if path is None else read_media(path)
    return ((name, f"{row.width:g} x {row.height:g} mm  {_thing(row)}; {_origin(row)}") for name, row in table.items())


def _thing(medium: Medium) -> str:
    """What a medium is, and what is known of it."""
    parts = [medium.kind]
    if medium.corner:
        parts.append(f"corners of {medium.corner:g} mm")
    if medium.kind == "phone":
        parts.append("camera not known" if medium.openings is None else "camera known")
    if medium.contour:
        parts.append("cut contour")
    if medium.transparent:
        parts.append("transparent")
    return ", ".join(parts)


def _origin(medium: Medium) -> str:
    return f"{medium.status or 'custom'}: {medium.citation}" if medium.citation else f"{medium.status}, no source"


def _measures() -> Lines:
    from stateviz.analysis import MEASURES

    return _rows(MEASURES)


def _interventions() -> Lines:
    from stateviz.analysis import INTERVENTIONS

    return _rows(INTERVENTIONS)


def _oracles() -> Lines:
    from stateviz.analysis import ORACLES

    return _rows(ORACLES)


def _features() -> Lines:
    from stateviz.analysis import FEATURES

    return ((name, f"{row.description}  {row.shown()}".rstrip()) for name, row in FEATURES.items())


def _cells() -> Lines:
    from stateviz.models import CELLS

    return _rows(CELLS)


def _sources() -> Lines:
    from stateviz.recording import SOURCES

    return _rows(SOURCES)


def _recipes() -> Lines:
    from stateviz.models import RECIPES

    return _rows(RECIPES)


def _languages() -> Lines:
    from stateviz.models import LANGUAGES

    return ((name, f"{row.description}{_options(row.options)}") for name, row in LANGUAGES.items())


def _options(options: Mapping[str, object]) -> str:
    return "; " + ", ".join(f"{name}={value}" for name, value in options.items()) if options else ""


def _models() -> Lines:
    from stateviz.models import MODELS

    return _rows(MODELS)


def _smoothings() -> Lines:
    from stateviz.models import SMOOTHINGS

    return _rows(SMOOTHINGS)


def _readers() -> Lines:
    from stateviz.storage import READERS

    return _rows(READERS)


def _exporters() -> Lines:
    from stateviz.storage import EXPORTERS

    return _rows(EXPORTERS)


def _encoders() -> Lines:
    from stateviz.recording import ENCODERS

    return _rows(ENCODERS)


def _writers() -> Lines:
    from stateviz.rendering import WRITERS

    return _rows(WRITERS)


def _views() -> Lines:
    from stateviz.views import VIEWS

    return _rows(VIEWS)


#: What can be listed. Sites are a recording's, all others are tables of the package.
TABLES: dict[str, Callable[[], Lines]] = {
    "methods": _methods,
    "metrics": _metrics,
    "criteria": _criteria,
    "measures": _measures,
    "oracles": _oracles,
    "interventions": _interventions,
    "features": _features,
    "palettes": _palettes,
    "diverging": _diverging,
    "halftones": _halftones,
    "scenes": _scenes,
    "media": _media,
    "cells": _cells,
    "recipes": _recipes,
    "languages": _languages,
    "models": _models,
    "smoothings": _smoothings,
    "sources": _sources,
    "encoders": _encoders,
    "readers": _readers,
    "exporters": _exporters,
    "writers": _writers,
    "views": _views,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz list`` takes."""
    parser.add_argument(
        "table",
        nargs="?",
        choices=[*TABLES, "sites"],
        metavar="TABLE",
        help=f"one of {common.listed(TABLES)}, sites; without it, every table",
    )
    parser.add_argument(
        "input",
        nargs="?",
        metavar="INPUT",
        help=f"with sites: the recording; without it, {common.SHIPPED}. With media: a media file of your own",
    )


def run(args: argparse.Namespace) -> None:
    """Print the rows to stdout, one a line."""
    if args.table == "sites":
        _print_lines(_sites(args.input))
        return
    if args.table == "media":
        _print_lines(_media(args.input))
        return
    if args.input is not None:
        from stateviz.core.errors import InputError

        raise InputError(f"INPUT is for sites and media; {args.table} are the same for every input")
    if args.table is not None:
        _print_lines(TABLES[args.table]())
        return
    for index, (name, lines) in enumerate(TABLES.items()):
        out(f"{'' if index == 0 else chr(10)}{name}")
        _print_lines(lines(), indent="  ")


def _sites(path: str | None) -> Lines:
    from stateviz.storage import load_any, shipped_recording

    if path is None:
        common.say(f"no INPUT: using {common.SHIPPED}")
    recording = shipped_recording() if path is None else load_any(path)
    known = getattr(recording, "layout", recording.states)  # of one on disk no state is read
    for name in recording.sites:
        rows, steps = recording.shape(name)
        yield name, f"{rows} units x {steps} steps, {'binary' if known[name].binary else 'real'}"


def _print_lines(lines: Lines, indent: str = "") -> None:
    rows = list(lines)
    width = max((len(name) for name, _ in rows), default=0) + 2
    for name, text in rows:
        out(f"{indent}{name:{width}}{text}".rstrip())


def _rows(table: Mapping[str, object]) -> Lines:
    return ((name, describe(row)) for name, row in table.items())


def describe(row: object) -> str:
    """One line on a row of a table: its description or note, or the first line of its docstring."""
    for attribute in ("description", "summary", "note"):
        text = getattr(row, attribute, None)
        if isinstance(text, str) and text:
            return " ".join(text.split())
    return (getattr(row, "__doc__", None) or "").strip().split("\n")[0].replace("``", "")


def _hexes(palette: Palette) -> str:
    return " ".join("#{:02x}{:02x}{:02x}".format(*color) for color in palette.colors)
