"""WikiWriter: what opens and closes in wiki-like markup, with its marks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stateviz.models.languages.writing import Writer


class WikiWriter(Writer):
    """A Writer that knows links and elements.

    Examples
    --------
    >>> writer = WikiWriter()
    >>> with writer.enclosed("b"), writer.linked():
    ...     writer.write("a")
    >>> writer.finish(["elements"])
    ('<b>[[a]]</b>', {'elements': array([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], dtype=int16)})
    """

    @contextmanager
    def linked(self) -> Iterator[None]:
        """What is written in the block stands between ``[[`` and ``]]``."""
        self.open("brackets_open", "[")
        self.change("link", 1)
        with self.inside("brackets_open", "[", "]"):
            yield
        self.change("link", -1)
        self.close("brackets_open", "]")

    @contextmanager
    def enclosed(self, name: str, attribute: tuple[str, str] | None = None) -> Iterator[None]:
        """What is written in the block stands between ``<name key="value">`` and ``</name>``."""
        self.open("tag", "<")
        self.write(name)
        if attribute is not None:
            self.write(f" {attribute[0]}=")
            with self.inside("quote", '"', '"'):
                self.write(attribute[1])
        self.change("elements", 1)
        self.close("tag", ">")
        yield
        self.open("tag", "<")
        self.write(f"/{name}")
        self.change("elements", -1)
        self.close("tag", ">")
