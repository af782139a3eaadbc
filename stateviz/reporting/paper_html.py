"""A report as HTML. What came as text is escaped; nothing in it runs but a script that its hash allows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from stateviz.rendering.color.palettes import ink_on
from stateviz.reporting.paper import (
    Color,
    Paper,
    PaperBars,
    PaperBlock,
    PaperColors,
    PaperContexts,
    PaperFigure,
    PaperHeading,
    PaperLinks,
    PaperPoints,
    PaperTable,
    PaperText,
    worded,
)
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
svg { width: 100%; max-width: 640px; } svg rect { fill: #3b6fb6; } svg text { fill: var(--muted); font-size: 12px; }
svg .end { text-anchor: end; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer;
  text-align: inherit; }
th[aria-sort="ascending"] button::after { content: " ↑"; } th[aria-sort="descending"] button::after { content: " ↓"; }
input { font: inherit; padding: 4px 8px; min-width: 260px; } td a { color: inherit; }
nav a { margin-right: 14px; color: inherit; }
.contexts { font: 14px/1.6 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre; overflow-x: auto; }
.contexts b { background: #ffd76a; color: #1d2127; padding: 0 1px; }
.contexts span { color: var(--muted); unicode-bidi: isolate; }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""


def html_of(paper: Paper, script: str = "") -> Iterator[str]:
    """The file in pieces.

    Parameters
    ----------
    paper
        The report.
    script
        Code at the end of the page; without it nothing may run.

    Examples
    --------
    >>> paper = Paper("A < B")
    >>> paper.heading("Units")
    >>> page = "".join(html_of(paper))
    >>> "<h1>A &lt; B</h1>" in page and "<h2>Units</h2>" in page and "script" not in page
    True
    """
    shades: dict[str, str] = {}
    body = "\n".join([f"<h1>{escape(paper.title)}</h1>", *(_block(block, shades) for block in paper.blocks)])
    style = STYLE + "".join(f".{name} {{ {rule} }}\n" for rule, name in shades.items())
    runs = f"script-src {_hashed(script)}; " if script else ""
    policy = f"default-src 'none'; {runs}style-src {_hashed(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(paper.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
    yield body
    yield "\n</main>\n"
    if script:
        yield f"<script>{script}</script>\n"
    yield "</body>\n</html>\n"


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _block(block: PaperBlock, shades: dict[str, str]) -> str:
    match block:
        case PaperHeading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case PaperText():
            kind = f' class="{block.kind}"' if block.kind else ""
            return f"<p{kind}>{escape(block.words)}</p>"
        case PaperPoints():
            return "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in block.words) + "</ul>"
        case PaperTable():
            return _table(block)
        case PaperFigure():
            data = base64.b64encode(block.png).decode("ascii")
            image = f'<img alt="{escape(block.caption, quote=True)}" src="data:image/png;base64,{data}">'
            return f"<figure>{image}<figcaption>{escape(block.caption)}</figcaption></figure>"
        case PaperColors():
            return _colored(block, shades)
        case PaperContexts():
            lines = [
                f"<span>{escape(_line(before))}</span><b>{escape(_line(token))}</b><span>{escape(_line(after))}</span>"
                for before, token, after in block.places
            ]
            return '<div class="contexts">' + "".join(f"<div>{line}</div>" for line in lines) + "</div>"
        case PaperBars():
            return _bars(block)
        case PaperLinks():
            links = [f'<a href="{escape(to, quote=True)}">{escape(words)}</a>' for words, to in block.links]
            return f"<nav>{' '.join(links)}</nav>"


def _bars(block: PaperBars) -> str:
    """A histogram as SVG, its ends and its largest count in words."""
    most, wide = max(max(block.counts), 1), 640 / len(block.counts)
    bars = "".join(
        f'<rect x="{place * wide + 0.5:.1f}" y="{120 - 110 * count / most:.1f}" width="{max(wide - 1, 1):.1f}" '
        f'height="{110 * count / most:.1f}"/>'
        for place, count in enumerate(block.counts)
    )
    label = f"{worded(block.low)} to {worded(block.high)}; the highest bar is {most:,} of {sum(block.counts):,} steps"
    axis = (
        f'<text x="0" y="136">{worded(block.low)}</text><text x="640" y="136" class="end">{worded(block.high)}</text>'
    )
    image = f'<svg viewBox="0 0 640 140" role="img" aria-label="{escape(label, quote=True)}">{bars}{axis}</svg>'
    return f"<figure>{image}<figcaption>{escape(label)}</figcaption></figure>"


def _table(block: PaperTable) -> str:
    kinds = [' class="number"' if one else "" for one in block.numeric()]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(block.names, kinds, strict=True))
    lines = [
        "".join(f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) for row in block.rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: object) -> str:
    shown = escape(worded(cell))
    return f'<a href="{escape(str(cell[1]), quote=True)}">{shown}</a>' if isinstance(cell, tuple) else shown


def _colored(block: PaperColors, shades: dict[str, str]) -> str:
    spans = []
    for token, color in zip(block.tokens, block.colors, strict=True):
        name = shades.setdefault(_shade(color), f"c{len(shades)}")
        spans.append(f'<span class="{name}">{escape(glyphs(token))}</span>' + ("\n" if "\n" in token else ""))
    return f'<div class="text">{"".join(spans)}</div>'


def _line(text: str) -> str:
    """A piece of text on one line."""
    return "".join(map(glyphs, text))


def _shade(color: Color) -> str:
    return f"background: rgb({color[0]},{color[1]},{color[2]}); color: {ink_on(color)};"
