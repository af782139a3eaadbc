"""A layout's plan in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def describe(plan: Mapping[str, Any]) -> str:
    """What the plan of a Sheet says, on one line, and a line for each warning.

    Examples
    --------
    >>> import numpy as np
    >>> from stateviz.printing import layout
    >>> from stateviz.rendering import rasterize
    >>> print(describe(layout(rasterize(np.eye(40, 30)), "sticker-100").plan))
    sticker-100 100 x 100 mm: cell 27 px = 2.286 mm; grid 810 x 1080 px, time right; 63% of the panel; \
300 dpi, 1251 x 1251 px; bleed 3 mm
    """
    width, height = plan["medium_mm"]
    canvas = plan["canvas_px"]
    parts = [
        f"cell {plan['cell_px']} px = {plan['cell_mm']:.3f} mm",
        f"grid {plan['grid_px'][0]} x {plan['grid_px'][1]} px, time {plan['time']}",
        f"{plan['share']:.0%} of the panel",
        f"{plan['dpi']:g} dpi, {canvas[0]} x {canvas[1]} px",
        f"bleed {plan['bleed_mm']:g} mm",
    ]
    hidden = plan["hidden"]
    if hidden == "unknown":
        parts.append("camera opening not known")
    elif hidden:
        parts.append(f"{hidden:.0%} of the cells behind the camera")
    name, size = plan["medium"], f"{width:g} x {height:g} mm"
    first = f"{size}: " if name[:1].isdigit() else f"{name} {size}: "
    return "\n".join([first + "; ".join(parts), *(f"note: {warning}" for warning in plan["warnings"])])
