"""Directives that fill tables from the package itself when the site is built, so that none goes stale.

``{stateviz-table} NAME``
    What ``stateviz list NAME`` prints, as a table.
``{stateviz-methods}``
    Every ordering method with its options and limits.
``{stateviz-options} VERB``
    The options of a verb, as its ``--help`` has them.
``.. stateviz-data:: NAME``
    A public table: where its rows are listed, and what a row is made of.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import stateviz
from stateviz.cli import VERBS, parser_of
from stateviz.cli.list_ import TABLES, describe

COLOUR = re.compile(r"#[0-9a-f]{6}\b")

Cell = list[nodes.Node]


class PackageTable(SphinxDirective):
    """``{stateviz-table} NAME``: the rows of one table of the package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One row a line of ``stateviz list NAME``."""
        name = self.arguments[0]
        if name not in TABLES:
            raise self.error(f"no table {name!r}; choose from {', '.join(TABLES)}")
        rows = [[code(row), prose(text)] for row, text in TABLES[name]()]
        return [table(["name", "what it is"], rows, classes=["package-table", f"table-{name}"])]


class MethodTable(SphinxDirective):
    """``{stateviz-methods}``: the ordering methods with their options and limits."""

    def run(self) -> list[nodes.Node]:
        """One row a method."""
        from stateviz.ordering import METHODS

        rows = [[code(name), prose(describe(row)), defaults(row), prose(limits(row))] for name, row in METHODS.items()]
        return [table(["method", "what it does", "options", "kind and limits"], rows, classes=["package-table"])]


class VerbOptions(SphinxDirective):
    """``{stateviz-options} VERB``: what the verb takes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The usage, then one row an argument; long lists of names become the name of their table."""
        verb = self.arguments[0]
        if verb not in VERBS:
            raise self.error(f"no verb {verb!r}; choose from {', '.join(VERBS)}")
        parser = parser_of(verb)
        rows = [[self.words(action), self.inline(help_of(parser, action))] for action in shown(parser)]
        return [table(["argument", "what it does"], rows, classes=["package-table", "table-options"])]

    def words(self, action: argparse.Action) -> Cell:
        """``-o FILE``: its flags and what follows them."""
        follows = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
        value = "" if action.nargs == 0 else f" {follows or action.dest.upper()}"
        if not action.option_strings:
            return code(str(action.metavar or action.dest))
        return code(", ".join(action.option_strings) + value)

    def inline(self, text: str) -> Cell:
        """``text`` as one paragraph of Markdown, so that links and code work."""
        holder = nodes.Element()
        self.state.nested_parse(StringList([text], source="help"), 0, holder)
        return list(holder.children[0].children) if len(holder.children) else []


class PublicTable(SphinxDirective):
    """``.. stateviz-data:: NAME``: a table of the public face, and the class of its rows."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The name with what the page says of it, then the class of a row where it is not documented elsewhere."""
        name = self.arguments[0]
        row = type(next(iter(getattr(stateviz, name).values())))
        lines = [f".. py:data:: stateviz.{name}", ""]
        lines += [f"   {line}" for line in self.content]
        if row.__name__ in stateviz.__all__:
            lines += ["", f"   Each row is a :class:`~stateviz.{row.__name__}`.", ""]
        elif row.__module__.startswith("stateviz"):
            lines += ["", f".. autoclass:: {row.__module__}.{row.__name__}", "   :no-index:", ""]
        holder = nodes.Element()
        self.state.nested_parse(StringList(lines, source=name), 0, holder)
        return list(holder.children)


def shown(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments, INPUT first, without ``--help``."""
    actions = [action for action in parser._actions if action.dest != "help"]
    yield from sorted(actions, key=lambda action: bool(action.option_strings))


def help_of(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """The help text as Markdown; a list of all names of a table is a link to that table."""
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    marks: dict[str, str] = {}
    for name, rows in TABLES.items():
        names = [row for row, _ in rows()]
        listed = ", ".join(names)
        if len(names) > 2 and listed in text:
            marks[f"\0{name}\0"] = f"[the {name}](#table-{name})"
            text = text.replace(listed, f"\0{name}\0")
    text = escaped(text)
    for mark, link in marks.items():
        text = text.replace(mark, link)
    return text


def escaped(text: str) -> str:
    """Without Markdown, but for code between backticks."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<>\[\]{}#$~])", r"\\\1", part) for part in parts)


def limits(method: Any) -> str:
    """The kind of a method and what it needs, in words."""
    parts = [method.kind]
    if method.randomized:
        parts.append("takes a seed")
    if method.largest is not None:
        parts.append(f"at most {method.largest:,} rows")
    elif method.square:
        parts.append("needs the matrix of all distances")
    if method.needs == "states":
        parts.append("needs the states, not distances alone")
    if method.extra is not None:
        parts.append(f"extra {method.extra}")
    return ", ".join(parts)


def defaults(method: Any) -> Cell:
    """``key=default`` of each option."""
    found: Cell = []
    for key, value in method.options.items():
        found += [*([nodes.Text(", ")] if found else []), *code(f"{key}={value}")]
    return found


def code(text: str) -> Cell:
    """``text`` as code."""
    return [nodes.literal(text, text)]


def prose(text: str) -> Cell:
    """``text`` with a swatch at every hex colour in it, and commas for what the command line sets apart by spaces."""
    text = re.sub(r"(?<=\S) {2,}(?=\w)", ", ", text)
    found: Cell = []
    at = 0
    for match in COLOUR.finditer(text):
        swatch = nodes.inline("", "", classes=["swatch"])
        swatch += nodes.raw("", f'<span style="background:{match[0]}"></span>', format="html")
        found += [nodes.Text(text[at : match.start()]), swatch, *code(match[0])]
        at = match.end()
    return [*found, nodes.Text(text[at:])]


def table(head: Iterable[str], rows: Iterable[list[Cell]], *, classes: list[str]) -> nodes.table:
    """A table node: cells are lists of inline nodes."""
    names = list(head)
    group = nodes.tgroup(cols=len(names))
    group += [nodes.colspec(colwidth=1) for _ in names]
    group += nodes.thead("", line([[nodes.Text(name)] for name in names]))
    group += nodes.tbody("", *(line(row) for row in rows))
    return nodes.table("", group, classes=[*classes, "colwidths-auto"])


def line(cells: list[Cell]) -> nodes.row:
    """One row of a table."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("stateviz-table", PackageTable)
    app.add_directive("stateviz-methods", MethodTable)
    app.add_directive("stateviz-options", VerbOptions)
    app.add_directive("stateviz-data", PublicTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
