"""A report as HTML: headings, prose, tables and pictures. Nothing in it runs; what came as text is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from stateviz.plotting.files import png_and_close
from stateviz.rendering.color.palettes import ink_on
from stateviz.views import MARK, glyphs

STYLE = """
:root { color-scheme: light dark; --ground: #fbfaf8; --ink: #1d2127; --muted: #59606b; --line: #d9dce1; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #15181d; --ink: #e8eaed; --muted: #a4abb6; --line: #363c46; }
}
body { max-width: 900px; margin: 40px auto 80px; padding: 0 20px; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; } h2 { font-size: 20px; margin: 44px 0 8px; }
h3 { font-size: 15px; margin: 22px 0 4px; } p, li { max-width: 70ch; }
figure { margin: 18px 0; } figcaption, .note { color: var(--muted); font-size: 14px; max-width: 75ch; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; margin: 10px 0; }
th, td { padding: 4px 12px 4px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--muted); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.text { font: 14px/1.7 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; margin: 4px 0;
  overflow-wrap: anywhere; }
.text span { unicode-bidi: isolate; }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""


class Paper:
    """A report that is written from top to bottom.

    Examples
    --------
    >>> paper = Paper("A < B")
    >>> paper.heading("Units")
    >>> "<h1>A &lt; B</h1>" in paper.document() and "<h2>Units</h2>" in paper.document()
    True
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._shades: dict[str, str] = {}
        self._parts: list[str] = [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str, level: int = 2) -> None:
        """A heading of level 2 or 3."""
        self._parts.append(f"<h{level}>{escape(text)}</h{level}>")

    def text(self, words: str, kind: str = "") -> None:
        """A paragraph; ``kind`` is ``note`` for one in small grey type."""
        self._parts.append(f'<p class="{kind}">{escape(words)}</p>' if kind else f"<p>{escape(words)}</p>")

    def points(self, words: Sequence[str]) -> None:
        """A list."""
        self._parts.append("<ul>" + "".join(f"<li>{escape(one)}</li>" for one in words) + "</ul>")

    def table(self, names: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> None:
        """Rows under their names; numbers stand to the right."""
        numeric = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(names))]
        kinds = [' class="number"' if one else "" for one in numeric]
        head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(names, kinds, strict=True))
        lines = [
            "".join(f"<td{kind}>{escape(_worded(cell))}</td>" for cell, kind in zip(row, kinds, strict=True))
            for row in rows
        ]
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        self._parts.append(f'<div class="scroll">{table}</div>')
        if caption:
            self.text(caption, "note")

    def figure(self, picture: Any, caption: str, *, dpi: float = 150) -> None:
        """A Figure of matplotlib, or that of Axes, as PNG; it is closed."""
        data = base64.b64encode(png_and_close(picture, dpi=dpi)).decode("ascii")
        image = f'<img alt="{escape(caption, quote=True)}" src="data:image/png;base64,{data}">'
        self._parts.append(f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>")

    def colored(self, tokens: Sequence[str], colors: Sequence[tuple[int, int, int]]) -> None:
        """Text, each token on its colour."""
        spans = []
        for token, color in zip(tokens, colors, strict=True):
            name = self._shades.setdefault(_shade(color), f"c{len(self._shades)}")
            spans.append(f'<span class="{name}">{escape(glyphs(token))}</span>' + ("\n" if "\n" in token else ""))
        self._parts.append(f'<div class="text">{"".join(spans)}</div>')

    def document(self) -> str:
        """The whole file."""
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The file in pieces."""
        shades = "".join(f".{name} {{ {rule} }}\n" for rule, name in self._shades.items())
        style = STYLE + shades
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield f"<title>{escape(self.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        yield "\n".join(self._parts)
        yield "\n</main>\n</body>\n</html>\n"


def _shade(color: tuple[int, int, int]) -> str:
    return f"background: rgb({color[0]},{color[1]},{color[2]}); color: {ink_on(color)};"


def _worded(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return (f"{cell:.3f}" if cell == 0 or 0.001 <= abs(cell) < 1000 else f"{cell:.2g}").replace("-", "−")
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
