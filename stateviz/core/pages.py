"""Page: what a view makes, to be shown in a notebook, a browser, a terminal or a paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.table import unknown

Renderer = Callable[[Path, bool], None]
"""``renderer(path, overwrite)`` writes one file, whole or not at all."""


@dataclass(frozen=True, eq=False, repr=False)
class Page(Noun):
    """A view of states, and the files it can become.

    Parameters
    ----------
    kind
        The view, a row of VIEWS.
    title
        What it shows.
    renderers : mapping of str to callable
        What writes each file ending, ``renderer(path, overwrite)``; filled in by the view that made the page.
    document : callable
        Gives the whole HTML document.
    terminal : callable, optional
        ``terminal(columns, color)`` gives the view as text; None where the view has no such form.
    large
        Whether it is too large for one file, and is saved as a folder.
    bundle : callable, optional
        Gives what an output of a notebook holds, by its kind (``"text/html"``, ``"image/png"``).
    remarks : callable, optional
        What a picture of the view does not tell apart, or leaves open, in sentences.

    Examples
    --------
    >>> page = Page("heatmap", "states", {}, lambda: "<!doctype html>")
    >>> page
    Page(heatmap: states)
    """

    kind: str
    title: str
    renderers: Mapping[str, Renderer]
    document: Callable[[], str]
    terminal: Callable[[int, bool], str] | None = None
    large: bool = False
    bundle: Callable[[], dict[str, str]] | None = None
    remarks: Callable[[], Sequence[str]] | None = None

    def __post_init__(self) -> None:
        self._hold(renderers=FrozenDict(self.renderers))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the page; its ending chooses HTML, or a picture without a browser; without one it becomes a folder.

        Parameters
        ----------
        path : str or pathlib.Path
            Ends with ``.html``, ``.png``, ``.svg`` or ``.pdf``; or a folder of ``index.html`` and a multiscale Zarr,
            for as many cells as there are, which a host of static files serves.
        overwrite : bool
            Replace a file that is there; without it, only a page or picture of stateviz is. A folder is replaced if it
            is such a page, and never otherwise.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        InputError
            When there is no ending and the view has no folder; or the page is too large for one file.
        UnknownNameError
            When no file of this ending is made of this view.
        FileError
            When the file cannot be written, or is not to be replaced.

        Examples
        --------
        >>> import tempfile
        >>> from stateviz.views import view
        >>> view([[0, 1], [1, 0]]).save(tempfile.mkdtemp() + "/page.html").name
        'page.html'
        """
        target = Path(path)
        endings = {ending: one for ending, one in self.renderers.items() if ending}
        if not target.suffix and "" not in self.renderers:
            raise InputError(f"{str(path)!r} has no ending; end it with {', '.join(endings)}")
        if target.suffix.lower() not in self.renderers:
            raise UnknownNameError(unknown("ending of a page", target.suffix.lower(), endings))
        self.renderers[target.suffix.lower()](target, overwrite)
        return target

    def to_terminal(self, columns: int = 80, *, color: bool = True) -> str:
        """The page as lines of a terminal.

        Parameters
        ----------
        columns : int
            How wide the terminal is, in characters.
        color : bool
            Colour by ANSI escape sequences (24 bits); without it, by characters of more and less ink.

        Raises
        ------
        InputError
            When this view has no such form, or there is too little room.

        Examples
        --------
        >>> from stateviz.views import view
        >>> print(view([[0, 1, 1], [1, 0, 1]]).to_terminal(40, color=False))
        array: 2 units x 3 steps
        ▄▀█
        """
        if self.terminal is None:
            raise InputError(f"the view {self.kind} has no form for a terminal; save it as .html")
        return self.terminal(columns, color)

    def _content(self) -> dict[str, object]:
        return {"kind": self.kind, "title": self.title, "document": self.document()}

    def __repr__(self) -> str:
        return f"Page({self.kind}: {self.title})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook keeps: the page, and a picture for where scripts do not run, as in a PDF."""
        if self.bundle is None or self.large:
            return {"text/html": self._repr_html_(), "text/plain": repr(self)}
        return self.bundle() | {"text/plain": repr(self)}

    def _repr_html_(self) -> str:
        """The page in a frame of its own, where its scripts can reach nothing else."""
        if self.large:
            return f"<p>{escape(self.title)}: too large for a notebook; <code>.save('page')</code> makes a folder</p>"
        frame = 'sandbox="allow-scripts allow-downloads" style="width:100%;height:640px;border:0"'
        return f'<iframe title="{escape(self.title, quote=True)}" {frame} srcdoc="{escape(self.document())}"></iframe>'
