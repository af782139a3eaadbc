"""LANGUAGES: made-up languages, each a generator with a seed, whose text comes with what is true of each character."""

from __future__ import annotations

from typing import Any

from stateviz.core.table import Table
from stateviz.models.languages.brackets import DYCK, PARENTHESIS
from stateviz.models.languages.c_source import C
from stateviz.models.languages.cycles import BITS
from stateviz.models.languages.latex import LATEX
from stateviz.models.languages.markup import MARKUP
from stateviz.models.languages.row import Language

__all__ = ["LANGUAGES", "Language", "language"]

LANGUAGES: Table[Language] = Table("language", {row.name: row for row in (PARENTHESIS, DYCK, BITS, MARKUP, C, LATEX)})


def language(name: str | Language, **options: Any) -> Language:
    """A made-up language, to write texts of it.

    Parameters
    ----------
    name : str or Language
        A name of LANGUAGES, or a row of one's own.
    **options
        Its options to change, such as ``zero=False`` of the parenthesis language.

    Returns
    -------
    Language
        Whose ``generate(characters, seed=)`` gives a text and what is true of each of its characters.

    Raises
    ------
    UnknownNameError
        When LANGUAGES has no such name.
    InputError
        When it has no such option.

    Examples
    --------
    >>> import stateviz as sv
    >>> dyck = sv.language("dyck", kinds=3)
    >>> text, truth = dyck.generate(10, seed=4)
    >>> text
    '{}{(){}[]}'
    >>> truth["depth"].tolist()
    [1, 0, 1, 2, 1, 2, 1, 2, 1, 0]
    >>> round(sv.language("parenthesis").entropy, 6), round(sv.language("parenthesis", zero=False).entropy, 6)
    (0.486927, 0.469742)
    """
    return (LANGUAGES[name] if isinstance(name, str) else name).with_options(**options)
