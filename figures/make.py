"""Make every picture of the README and the site, into this folder: ``python figures/make.py`` (or ``make figures``).

Each comes from the recording shipped with the package; the same versions give the same bytes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import stateviz as sv
from stateviz.plotting import save_figure, side_by_side
from stateviz.printing import make_caption, resolve_medium, write_mockup
from stateviz.rendering import resolve_palette
from stateviz.reporting.cases import draw_cases
from stateviz.reporting.comparisons import draw_comparison

FOLDER = Path(__file__).resolve().parent
DPI = 150  # of the picture of the text: a screen's worth
INK = "#1d2433"
COMPARED = (
    "identity", "mean", "frequency", "pca", "spectral", "space-filling", "hierarchical", "greedy-chain",
    "greedy-insert", "greedy-insert+two-opt", "simulated-annealing", "exact",
)  # fmt: skip
TIES = ("greedy-insert", "greedy-insert:ties=last", "greedy-insert:ties=random", "greedy-insert:tries=200")
MOCKUP = 1200  # pixels of the longer side
ON, OFF, MARK = "#14285a", "#faf5eb", "#c8641e"  # the palette navy, and what marks a space
LINE = 62  # characters a line of the text picture
LOGO = 16  # cells a side of the site's logo


def main() -> int:
    """Order the shipped recording once, draw everything from it."""
    states = sv.load_states(sv.shipped_recording())
    ordering = sv.order(states)
    before = sv.order(states, method="identity")
    ordered = ordering.apply(states)
    pictures = {
        "phone-cases.png": cases(states),
        "unordered-ordered.png": side_by_side(states, ordering, lengths=(before.length, ordering.length)),
        "orders.png": draw_comparison(states, sv.compare(states, methods=COMPARED, criteria=[])),
        "insertion-ties.png": draw_comparison(states, sv.compare(states, methods=TIES, criteria=[])),
        "heatmap.png": sv.heatmap(ordered.select(slice(0, 120)), title="128 units of the shipped network, in order"),
        "correlations.png": sv.heatmap(sv.correlate(states), ordering=sv.order(states, metric="correlation")),
        "space-unit.png": text_by_unit(states, most_correlated(states, " ")[0], mark=" "),
    }
    for name, picture in pictures.items():
        print(save_figure(picture, FOLDER / name, overwrite=True))
    for name, sheet in sheets(ordered, ordering).items():
        print(write_mockup(sheet, FOLDER / name, size=MOCKUP, overwrite=True))
    print(reading(states).replace(FOLDER / "reading.png"))
    for name, palette in {"logo.svg": "navy", "logo-dark.svg": "brass"}.items():
        corner = ordered.select(slice(0, LOGO)).values[-LOGO:]
        print(sv.write(sv.rasterize(corner, palette=palette), FOLDER / name, overwrite=True))
    return 0


def reading(states: sv.StateMatrix) -> Path:
    """A moving picture: the states as the text is read, in the order of greedy insertion; an animated PNG."""
    order = sv.order(states, method="greedy-insert")
    title = "A network reads two verses: 128 units, a row each"
    return sv.view(states, kind="growth", ordering=order, title=title).save(FOLDER / "reading.apng")


def most_correlated(states: sv.StateMatrix, character: str) -> tuple[int, float]:
    """The row whose states correlate most with "the character just read is ``character``", and that r."""
    read = np.array([token == character for token in states.tokens or ()], float)
    r = np.array([np.corrcoef(row, read)[0, 1] for row in states.values.astype(float)])
    row = int(np.nanargmax(np.abs(r)))
    return row, float(r[row])


def text_by_unit(states: sv.StateMatrix, row: int, *, mark: str) -> Figure:
    """The text in lines, each character on the state of one unit after it was read; ``mark`` is underlined."""
    lines = wrapped("".join(states.tokens or ()))
    on = iter(states.values[row] > 0)
    width, height, foot = LINE * 0.145, len(lines) * 0.36, 0.42
    figure = Figure(figsize=(width, height + foot), dpi=DPI, facecolor="white")
    ax = figure.add_axes((0.01, foot / (height + foot), 0.98, height / (height + foot)))
    ax.set(xlim=(0, LINE), ylim=(len(lines), 0))
    ax.set_axis_off()
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            lit = next(on)
            ax.add_patch(Rectangle((x, y + 0.1), 1, 0.66, fc=ON if lit else OFF, ec="white", lw=0.8))
            shown = {"\n": "\u21b5", " ": ""}.get(character, character)
            ax.text(x + 0.5, y + 0.44, shown, color=OFF if lit else ON, fontsize=9, ha="center", va="center")
            if character == mark:
                ax.add_patch(Rectangle((x + 0.12, y + 0.82), 0.76, 0.08, fc=MARK, ec="none"))
    words = f"dark: unit {states.units[row]} is on after this character     underlined: the character is a space"
    figure.text(0.5, 0.13 / (height + foot), words, ha="center", fontsize=8.5, color=INK)
    return figure


def wrapped(text: str) -> list[str]:
    """Lines of at most ``LINE`` characters, broken after a space or a newline; no character is lost."""
    lines = [""]
    for word in re.findall(r"\S*\s|\S+$", text):
        if lines[-1].endswith("\n") or len(lines[-1]) + len(word) > LINE:
            lines.append("")
        lines[-1] += word
    return lines


def sheets(ordered: sv.StateMatrix, ordering: sv.Ordering) -> dict[str, sv.Sheet]:
    """What is shown as a finished thing: a case behind its camera, and a captioned poster."""
    grid = sv.rasterize(ordered)
    caption = make_caption(ordered, ordering, title="Romans 1:16-17")
    return {
        "mock-up.png": sv.layout(grid, "iphone-16-pro"),
        "poster.png": sv.layout(grid, "a3", dpi=150, time="right", bands=2, caption=caption),
    }


def cases(states: sv.StateMatrix) -> Figure:
    """Three trimmed phone cases, two pixels a cell: as recorded, greedily inserted, shortest between the same ends."""
    inserted = sv.order(states, method="greedy-insert")
    shortest = sv.order(states, method="exact", ends="mean")
    pictured = [
        ("as recorded", f"{sv.order(states, method='identity').length:,.0f} changes", states),
        ("greedy insertion", f"{inserted.length:,.0f} changes", inserted.apply(states)),
        ("shortest between the same ends", f"{shortest.length:,.0f} changes, proven", shortest.apply(states)),
    ]
    return draw_cases(pictured, resolve_medium("iphone-16-pro"), resolve_palette("navy"))


if __name__ == "__main__":
    sys.exit(main())
