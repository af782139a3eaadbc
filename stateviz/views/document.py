"""A page as one HTML file: styles, packed data, and a script that may do nothing but what its hash allows."""

from __future__ import annotations

import hashlib
import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from stateviz.core.errors import InputError
from stateviz.storage.atomic import atomic
from stateviz.views.packing import deflated

FRONT = Path(__file__).parent / "front"
MARK = '<meta name="generator" content="stateviz">'
"""What tells a page of ours from a file of the user's."""
LARGEST = 64_000_000
"""Bytes up to which a page is one file."""


Blocks = Iterable[tuple[str, str]]


def document(
    title: str,
    header: object,
    early: Blocks,
    late: Blocks,
    *,
    scripts: tuple[str, ...],
    styles: tuple[str, ...] = ("style",),
    connect: bool = False,
) -> Iterator[str]:
    """The pieces of one HTML file, in their order.

    Parameters
    ----------
    title
        Of the window; escaped.
    header
        What the script reads first, as JSON.
    early, late
        Names and packed data (``deflated``) before and behind the script: what is drawn first, and what may come later.
    scripts, styles
        The modules of ``front/``, each after those it imports, and its style sheets.
    connect
        Whether the page reads files beside it.
    """
    code, style = script_of(scripts), _style(styles)
    loader = (FRONT / "loader.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hashed(loader)} {_hashed(code)}; "
        f"style-src {_hashed(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'"
        + ("; connect-src 'self'" if connect else "")
    )
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' + MARK
    yield f'\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '\n<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"\n<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield _held("code", deflated(code.encode()))
    yield _held("header", deflated(json.dumps(header, separators=(",", ":")).encode()))
    yield from (_held(*block) for block in early)
    yield f"<script>{loader}</script>\n"
    yield from (_held(*block) for block in late)
    yield "</body>\n</html>\n"


def shapes(title: str, pictures: Iterable[str]) -> Iterator[str]:
    """A page of pictures in SVG, without a script."""
    style = (
        ":root{color-scheme:light}body{margin:20px;background:#fff;color:#23272f}"
        "h1{font:650 17px system-ui,sans-serif}svg{display:block;max-width:100%;height:auto;margin-bottom:16px}"
    )
    policy = f"default-src 'none'; style-src {_hashed(style)}; base-uri 'none'; form-action 'none'"
    name = html.escape(title)
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n"
    yield from pictures
    yield "</main>\n</body>\n</html>\n"


def still(title: str, png: bytes) -> str:
    """A page that is one picture, its pixels as they are."""
    style = "body{margin:16px;background:#888}img{image-rendering:pixelated;max-width:100%}"
    policy = f"default-src 'none'; style-src {_hashed(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    name = html.escape(title, quote=True)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<title>{name}</title>\n'
        f'<style>{style}</style>\n</head>\n<body>\n<img alt="{name}" '
        f'src="data:image/png;base64,{b64encode(png).decode("ascii")}">\n</body>\n</html>\n'
    )


def _held(name: str, text: str) -> str:
    return f'<script type="text/plain" id="{name}">{text}</script>\n'


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


@cache
def script_of(scripts: tuple[str, ...]) -> str:
    """Modules joined into one script: without comments, and without the lines that import and export.

    Examples
    --------
    >>> "import" in script_of(("blocks",))
    False
    """
    joined = "\n".join((FRONT / f"{name}.js").read_text(encoding="utf-8") for name in scripts)
    joined = re.sub(r"^\s*/\*\*.*?\*/\n?", "", joined, flags=re.MULTILINE | re.DOTALL)
    joined = re.sub(r"/\*\* @type .*?\*/ ", "", joined)
    joined = re.sub(r"^\s*//.*\n", "", joined, flags=re.MULTILINE)
    joined = re.sub(r"^import .*\n", "", joined, flags=re.MULTILINE)
    joined = re.sub(r"^export ", "", joined, flags=re.MULTILINE)
    lines = "\n".join(line.strip() for line in joined.splitlines() if line.strip())
    return f'(() => {{\n"use strict";\n{lines}\nboot();\n}})();\n'


@cache
def _style(styles: tuple[str, ...]) -> str:
    text = "\n".join((FRONT / f"{name}.css").read_text(encoding="utf-8") for name in styles)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def write_page(pieces: Callable[[], Iterator[str]], path: Path, overwrite: bool) -> None:
    """Write a page, whole or not at all; in place of a file that is no page of ours only if ``overwrite``.

    Raises
    ------
    InputError
        When it grows beyond ``LARGEST`` bytes.
    FileError
        When a file is there that is not to be replaced.
    """
    with atomic(path, overwrite=overwrite, kind="page") as beside, beside.open("w", encoding="utf-8") as file:
        size = 0
        for piece in pieces():
            size += len(piece)  # what is large is ASCII
            if size > LARGEST:
                raise InputError(
                    f"a page of one file holds {LARGEST // 10**6} MB, and this is more; save a folder (a name without "
                    "an ending), or give fewer --bits or --steps A:B"
                )
            file.write(piece)
