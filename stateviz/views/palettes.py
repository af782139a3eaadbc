"""The colours that a page offers, for two values, for values on both sides of zero, and for those on one side."""

from __future__ import annotations

from typing import Any

import numpy as np

from stateviz.core.sheets import Palette
from stateviz.core.states import StateMatrix
from stateviz.plotting.scales import ColorLimits, color_scale
from stateviz.rendering.color.palettes import DIVERGING, PALETTES

_STOPS = 17
_KINDS = {"binary": tuple(PALETTES), "signed": tuple(DIVERGING), "one-sided": ()}


def palettes_of(
    panels: list[dict[str, Any]], given: str | Palette | None, ends: ColorLimits | None = None
) -> dict[str, dict[str, list[str]]]:
    """Palettes by kind of values and name, hexadecimal stops from lowest to highest; the one shown first comes first.

    Also gives each site its kind (``scale``), and the same limits to sites of one name in all panels: those of a
    heatmap, of the ``sample`` of its values that a site brings, or with the ``ends`` that are given.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name in {site["name"] for one in panels for site in one["sites"]}:
        sites = [site for one in panels for site in one["sites"] if site["name"] == name]
        low, high = min(site["limits"][0] for site in sites), max(site["limits"][1] for site in sites)
        binary = all(site["binary"] for site in sites)
        samples = [site.pop("sample") for site in sites if "sample" in site]
        whole = not samples or (ends is not None and not ends.robust)
        shown = [[[sites[0]["off"], 1]]] if binary else [[[low, high]]] if whole else samples
        scale = color_scale(
            [StateMatrix(values, binary=binary) for values in shown], given, limits=None if binary else ends
        )
        both = StateMatrix([[scale.low, scale.high]], binary=binary)
        kind = "binary" if binary else "signed" if low < 0 < high else "one-sided"
        for site in sites:
            site["scale"] = kind
            if not site["binary"]:
                site["limits"] = [scale.low, scale.high]
            site["beyond"] = low < site["limits"][0] or high > site["limits"][1]
        default = given if isinstance(given, str) else given.name if given else scale.colormap.name
        found.setdefault(kind, {}).setdefault(default, _stops(scale.colormap, 2 if binary else _STOPS))
        for other in _KINDS[kind]:
            colormap = color_scale([both], other).colormap
            found[kind].setdefault(other, _stops(colormap, 2 if binary else _STOPS))
    return found


def _stops(colormap: Any, count: int) -> list[str]:
    rgb = np.rint(np.asarray(colormap(np.linspace(0, 1, count)))[:, :3] * 255).astype(int)
    return ["".join(f"{part:02x}" for part in color) for color in rgb]
