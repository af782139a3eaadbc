"""List every link that leaves the site, with the pages it is on, in ``outside-links.txt`` of the built site.

Nothing is fetched: links within the site are checked by the build itself, these are for a person to look at.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx


def write_links(app: Sphinx, error: Exception | None) -> None:
    """Write the list when the build ends without an error."""
    if error is not None or app.builder.format != "html":
        return
    pages: dict[str, set[str]] = defaultdict(set)
    for page in app.env.found_docs:
        for link in app.env.get_doctree(page).findall(nodes.reference):
            if link.get("refuri", "").startswith(("http://", "https://")):
                pages[link["refuri"]].add(page)
    lines = [f"{link}\n    {', '.join(sorted(where))}\n" for link, where in sorted(pages.items())]
    Path(app.outdir, "outside-links.txt").write_text("".join(lines), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Hook into the end of the build."""
    app.connect("build-finished", write_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
