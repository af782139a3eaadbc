"""What an output of a notebook holds of a page."""

from __future__ import annotations

import hashlib
import re
import sys
from base64 import b64encode
from collections.abc import Callable
from html import escape

from stateviz.views.document import FRONT

_CODE = re.compile(r'(<script type="text/plain" id="code">)([^<]*)(</script>)')
_COMMENTS = re.compile(r"^\s*(//.*|/\*\*.*\*/)\n", re.MULTILINE)
_STYLE = (
    ".stateviz-view iframe{width:100%;height:640px;border:0}.stateviz-view img{max-width:100%}"
    ".stateviz-shown img{display:none}"
    "@media print{.stateviz-shown iframe{display:none}.stateviz-shown img{display:block}}"
)
_given: dict[str, str] = {}
"""The cell whose output holds each script, in this kernel."""


def bundle(title: str, document: Callable[[], str], picture: Callable[[], bytes] | None) -> dict[str, str]:
    """What an output of a notebook holds: the page, and where scripts do not run its picture.

    The script that pages have in common stands in the output of one cell alone where outputs share one document.

    Parameters
    ----------
    title
        Of the page.
    document
        Gives the whole HTML.
    picture
        Gives a PNG, which a PDF and GitHub show; None where there is none.
    """
    page = document()
    found = _CODE.search(page)
    assert found is not None
    name = hashlib.sha256(found[2].encode()).hexdigest()[:16]
    page = page[: found.start(2)] + "<!--code-->" + page[found.end(2) :]
    png = None if picture is None else b64encode(picture()).decode("ascii")
    shown = "" if png is None else f'<img alt="{escape(title)}" src="data:image/png;base64,{png}">'
    code = f'<div hidden data-stateviz-name="{name}" data-stateviz-code="{found[2]}"></div>' if _first(name) else ""
    box = f'<div class="stateviz-view" title="{escape(title)}" data-stateviz-needs="{name}"'
    script = _COMMENTS.sub("", (FRONT / "mount.js").read_text(encoding="utf-8"))
    html = (
        f'<style>{_STYLE}</style>{code}{box} data-stateviz-page="{escape(page)}">{shown}</div><script>{script}</script>'
    )
    return {"text/html": html, "text/plain": title} | ({} if png is None else {"image/png": png})


def _first(name: str) -> bool:
    """Whether the output that is being made must hold a script: no cell before it does, or outputs cannot share one."""
    cell = _cell()
    if cell is None:
        return True
    return _given.setdefault(name, cell) == cell


def _cell() -> str | None:
    """The cell that runs; None where there is no notebook whose outputs share one document (Colab frames each)."""
    if "IPython" not in sys.modules or "google.colab" in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    parent = shell.get_parent() or {}
    # Where the front end gives cells no names, one that runs again is known by its code.
    return str(parent.get("metadata", {}).get("cellId") or parent.get("content", {}).get("code"))


def few_colors(png: bytes) -> bytes:
    """A PNG of 64 colours: a third of the size, and to the eye the same for few colours on white."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(png), formats=["PNG"]) as whole:
        small = whole.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    stream = BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()
