"""ScenePage: what a page of states renders itself from, as HTML, as a picture and in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from stateviz.core.errors import InputError
from stateviz.core.progress import Watch
from stateviz.core.states import StateMatrix
from stateviz.plotting.scales import color_scale
from stateviz.views.document import document, still
from stateviz.views.folders.writer import folder_of, folder_panel
from stateviz.views.kinds import View
from stateviz.views.look import Look
from stateviz.views.notebooks import bundle, few_colors
from stateviz.views.palettes import palettes_of
from stateviz.views.scene import Packer, Scene, panel, provenance
from stateviz.views.sources import source_of
from stateviz.views.terminal import draw_cells, draw_text

SCRIPTS = (
    "blocks", "colors", "cells", "rows", "tokens", "panel", "plot", "lines", "text", "predictions", "trace", "vector",
    "embed", "app",
)  # fmt: skip

_DPI = 80
_MOST_PICTURED = (600, 4000)
"""Steps in the picture of a notebook: of a text, and of a heatmap."""


@dataclass(frozen=True)
class ScenePage:
    """What a page renders itself from."""

    row: View
    scenes: Sequence[Scene]
    look: Look
    title: str
    watch: Watch | None = None

    def pieces(self) -> Iterator[str]:
        if self.row.write is not None:
            return iter([still(self.title, self.pixels())])
        packer = Packer()
        panels = [panel(scene, packer) for scene in self.scenes]
        header = self.header(panels)
        if self.row.more is not None:
            header |= self.row.more(self.scenes[0], self.look, packer, panels[0])
        scripts, styles = (*SCRIPTS[:-1], *self.row.scripts, SCRIPTS[-1]), ("style", *self.row.styles)
        return document(self.title, header, packer.early(), packer.late(), scripts=scripts, styles=styles)

    def header(self, panels: list[dict[str, Any]]) -> dict[str, Any]:
        """What the script reads first."""
        palettes = palettes_of(panels, self.look.palette, self.look.limits)
        return {
            "kind": self.row.name,
            "title": self.title,
            "note": provenance(self.scenes[0]),
            "units": self.look.units,
            "threshold": self.look.threshold,
            "panels": panels,
            "palettes": palettes,
        }

    def write_folder(self, path: Path, overwrite: bool) -> None:
        """A folder of ours is replaced, and no other, whatever ``overwrite`` says."""
        with folder_of(path, self.scenes, self.watch) as (beside, folder):
            packer = Packer()
            panels = [folder_panel(one, k, folder, packer) for k, one in enumerate(self.scenes)]
            header = self.header(panels) | {"store": True}
            scripts = (*SCRIPTS[:-1], "store", "folder", SCRIPTS[-1])
            with (beside / "index.html").open("w", encoding="utf-8") as file:
                file.writelines(document(self.title, header, packer.early(), (), scripts=scripts, connect=True))

    def document(self) -> str:
        return "".join(self.pieces())

    def write_figure(self, path: Path, overwrite: bool) -> None:
        from stateviz.plotting.files import save_and_close
        from stateviz.storage.atomic import check_writable

        check_writable(path, overwrite=overwrite, kind="picture")
        if self.row.sheet is not None:
            save_and_close(self.row.sheet(self.scenes, self.look, self.title), path, overwrite=overwrite)
            return
        if len(self.scenes) > 1:
            raise InputError(f"{path.suffix} holds one recording; save several as .html, or view them one by one")
        if self.row.write is not None:
            self.row.write(self.states(), self.look, path, overwrite)
            return
        draw = self.row.draw
        assert draw is not None  # a view of models makes its own page
        save_and_close(draw(self.scenes[0], self.states(), self.look), path, overwrite=overwrite)

    def bundle(self) -> dict[str, str]:
        """What an output of a notebook holds."""
        return bundle(self.title, self.document, self.png if len(self.scenes) == 1 else None)

    def png(self) -> bytes:
        """A small picture of the view, of its first steps where there are many."""
        from stateviz.plotting.files import png_and_close

        if self.row.draw is None:
            return self.pixels()
        shown, first = self, self.scenes[0]
        if self.row.settle is None:
            part = source_of(first.source, None, slice(0, _MOST_PICTURED[self.row.name == "heatmap"]), None)
            shown = replace(self, scenes=[Scene(part, first.name, first.orderings)])
        return few_colors(png_and_close(self.row.draw(shown.scenes[0], shown.states(), self.look), dpi=_DPI))

    def write_film(self, path: Path, overwrite: bool) -> None:
        """The view as it moves."""
        assert self.row.film is not None
        self.row.film(self.scenes, self.look, self.title).write(path, overwrite)

    def remarks(self) -> list[str]:
        """What a picture leaves out, or sets apart."""
        states = self.states()
        if self.row.write is not None:
            gap = 2 if self.look.gap is None else self.look.gap
            apart = f"groups are {gap} white cell{'s' * (gap > 1)} apart; gap 0 leaves them out"
            return [apart] if gap and (states.row_breaks or states.column_breaks) else []
        note = color_scale([states], None, limits=None if states.binary else self.look.limits).note
        return [note] if note else []

    def pixels(self) -> bytes:
        """The picture of a view of pixels, as a PNG."""
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            self.write_figure(Path(folder) / "states.png", False)
            return (Path(folder) / "states.png").read_bytes()

    def states(self) -> StateMatrix:
        """The first site of the first recording, in the order that is shown first."""
        scene = self.scenes[0]
        states = scene.part(scene.sites[0], 0, scene.steps)
        if self.row.name in ("heatmap", "pixels") and scene.orderings and scene.orderings[0].site == states.site:
            return scene.orderings[0].apply(states)
        return states

    def terminal(self, columns: int, color: bool) -> str:
        look, kind = self.look, self.row.name
        if kind not in ("heatmap", "text"):
            raise InputError(f"the view {kind} has no form for a terminal; save it as .html")
        colors = partial(palettes_of, given=look.palette, ends=look.limits)
        draw = draw_cells if kind == "heatmap" else draw_text
        return draw(self.states(), look.units[0], colors, look.limits, columns, color)
