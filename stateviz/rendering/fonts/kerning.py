"""Kerning: by how much a font moves one letter nearer to the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Pair = tuple[str, str]


def kerning(file: Any) -> dict[Pair, int]:
    """Font units that each pair of glyph names is moved apart, mostly below 0; pairs that are not moved are left out.

    Parameters
    ----------
    file : fontTools.ttLib.TTFont
        Its ``kern`` table, or, where it has none, the pairs of its ``GPOS`` feature of that name.

    Notes
    -----
    Source: OpenType 1.9, GPOS lookup type 2: of a lookup's subtables the first that covers a pair says all of it.

    Examples
    --------
    >>> from fontTools.ttLib import TTFont
    >>> from stateviz.rendering.fonts.glyphs import font_path
    >>> with TTFont(font_path("serif")) as font:
    ...     kerning(font)["A", "V"]
    -83
    """
    if "kern" in file:
        return dict(file["kern"].kernTables[0].kernTable)
    if "GPOS" not in file:
        return {}
    table, known = file["GPOS"].table, set(file.getBestCmap().values())
    features = table.FeatureList.FeatureRecord if table.FeatureList else []
    lookups = {i for record in features if record.FeatureTag == "kern" for i in record.Feature.LookupListIndex}
    found: dict[Pair, int] = {}
    for index in sorted(lookups):
        said: dict[Pair, int] = {}
        classed: set[str] = set()  # a subtable of classes has a word on every pair of the letters it covers
        for subtable in table.LookupList.Lookup[index].SubTable:
            part = getattr(subtable, "ExtSubTable", subtable)
            if part.LookupType != 2:
                continue
            for pair, value in _by_name(part) if part.Format == 1 else _by_class(part, known):
                if pair[0] not in classed:
                    said.setdefault(pair, value)
            if part.Format == 2:
                classed.update(part.Coverage.glyphs)
        for pair, value in said.items():
            found[pair] = found.get(pair, 0) + value
    return {pair: value for pair, value in found.items() if value}


def _by_name(part: Any) -> Iterator[tuple[Pair, int]]:
    for left, pairs in zip(part.Coverage.glyphs, part.PairSet, strict=True):
        for record in pairs.PairValueRecord:
            yield (left, record.SecondGlyph), _advance(record.Value1)


def _by_class(part: Any, known: set[str]) -> Iterator[tuple[Pair, int]]:
    rights: dict[int, list[str]] = {}
    for name in known:
        rights.setdefault(part.ClassDef2.classDefs.get(name, 0), []).append(name)
    for left in known & set(part.Coverage.glyphs):
        row = part.Class1Record[part.ClassDef1.classDefs.get(left, 0)].Class2Record
        for right, names in rights.items():
            if value := _advance(row[right].Value1):
                yield from (((left, name), value) for name in names)


def _advance(value: Any) -> int:
    return getattr(value, "XAdvance", 0) or 0
