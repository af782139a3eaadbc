"""C-like source: names declared before they are used, nested and indented statements, comments, strings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stateviz.models.languages.lexicon import Lexicon, make_lexicon
from stateviz.models.languages.row import Language, Truth
from stateviz.models.languages.writing import Draws, Writer

_TYPES = ("int", "char *", "unsigned int", "long", "size_t", "u8", "u32", "bool")
_HEADERS = ("linux/kernel.h", "linux/slab.h", "stdio.h", "stdlib.h", "string.h", "errno.h")
_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")
_OPERATORS = ("+", "-", "*", "/", "&", "|", "<<", ">>")
_ASSIGNMENTS = ("=", "=", "=", "+=", "-=", "|=", "&=")
_FORMATS = ("%d", "%s", "%u", "0x%x", "%lu", "%c")
_ESCAPES = ("\\n", "\\t", "\\0", "\\\\", "\\'")
_MOST_NESTED, _MOST_BRACES = 3, 5


class _Source:
    """A file as it is written: what is known by name so far, and how deep it stands."""

    def __init__(self, writer: Writer, draws: Draws, lexicon: Lexicon) -> None:
        self.writer, self.draws, self.lexicon = writer, draws, lexicon
        self.functions = [self.identifier() for _ in range(3)]
        self.structs = [self.word() for _ in range(2)]
        self.fields = [self.word() for _ in range(5)]
        self.macros = [self.identifier().upper() for _ in range(3)]
        self.variables: list[str] = []
        self.braces = 0

    # --- names

    def word(self) -> str:
        """A noun."""
        return self.draws.ranked(self.lexicon.nouns)

    def identifier(self) -> str:
        """One word, or two."""
        return f"{self.draws.ranked(self.lexicon.verbs)}_{self.word()}" if self.draws.chance(0.6) else self.word()

    def phrase(self) -> str:
        """Words of comments and strings."""
        return " ".join(
            self.draws.ranked(self.draws.pick((self.lexicon.nouns, self.lexicon.verbs, self.lexicon.adjectives)))
            for _ in range(self.draws.between(2, 6))
        )

    # --- expressions

    def value(self, depth: int) -> None:
        """Something that has a value."""
        variable = self.draws.pick(self.variables)
        self.draws.do(
            {
                lambda: self.writer.write(variable): 8,
                lambda: self.writer.write(f"{variable}->{self.draws.pick(self.fields)}"): 4,
                lambda: self.writer.write(str(self.draws.pick((0, 1, 2, 8, 16, 255, 1024)))): 4,
                lambda: self.writer.write(self.draws.pick(self.macros)): 2,
                self.character: 1,
                lambda: self.call(depth + 1): 3 if depth < _MOST_NESTED else 0,
                lambda: self.grouped(depth + 1): 3 if depth < _MOST_NESTED else 0,
                lambda: self.element(depth + 1): 2 if depth < _MOST_NESTED else 0,
            }
        )

    def grouped(self, depth: int) -> None:
        """``(a + b)``"""
        with self.writer.inside("parentheses", "(", ")"):
            self.value(depth)
            self.writer.write(f" {self.draws.pick(_OPERATORS)} ")
            self.value(depth)

    def element(self, depth: int) -> None:
        """``a[b]``"""
        self.writer.write(self.draws.pick(self.variables))
        with self.writer.inside("brackets", "[", "]"):
            self.value(depth)

    def call(self, depth: int) -> None:
        """A function that is known, with values or a message."""
        if self.draws.chance(0.2):
            self.writer.write(self.draws.pick(("printk", "printf")))
            with self.writer.inside("parentheses", "(", ")"):
                self.message()
        else:
            self.writer.write(self.draws.pick(self.functions))
            with self.writer.inside("parentheses", "(", ")"):
                for index in range(self.draws.between(0, 3)):
                    self.writer.write(", " if index else "")
                    self.value(depth)

    def message(self) -> None:
        """A string whose formats have their values."""
        formats = [self.draws.pick(_FORMATS) for _ in range(self.draws.between(0, 2))]
        with self.writer.inside("string", '"', '"'):
            self.writer.write(f"{self.phrase()}{''.join(f' {one}' for one in formats)}\\n")
        for _ in formats:
            self.writer.write(f", {self.draws.pick(self.variables)}")

    def character(self) -> None:
        """``'x'``"""
        with self.writer.inside("string", "'", "'"):
            self.writer.write(self.draws.pick((*_ESCAPES, *"abcxyz()[]{}")))

    def condition(self) -> None:
        """What an if or a while asks."""
        with self.writer.inside("parentheses", "(", ")"):
            for index in range(self.draws.weighted({1: 6, 2: 3, 3: 1})):
                self.writer.write(self.draws.pick((" && ", " || ")) if index else "")
                self.writer.write("!" if self.draws.chance(0.2) else "")
                self.value(1)
                if self.draws.chance(0.6):
                    self.writer.write(f" {self.draws.pick(_COMPARISONS)} ")
                    self.value(1)

    # --- statements

    def line(self, write: Callable[[], None]) -> None:
        """One line, as many tabs in as braces are open."""
        self.writer.write("\t" * self.braces)
        write()
        self.writer.write("\n")

    def block(self, lines: int) -> None:
        """``{`` statements ``}``"""
        self.writer.open("braces", "{")
        self.writer.write("\n")
        self.braces += 1
        for _ in range(lines):
            self.statement()
        self.braces -= 1
        self.writer.write("\t" * self.braces)
        self.writer.close("braces", "}")

    def assignment(self) -> None:
        """``a = b;``"""
        self.writer.write(self.draws.pick(self.variables))
        if self.draws.chance(0.3):
            self.writer.write(f"->{self.draws.pick(self.fields)}")
        self.writer.write(f" {self.draws.pick(_ASSIGNMENTS)} ")
        self.value(0)
        self.writer.write(";")

    def called(self) -> None:
        """``f(a);``"""
        self.call(0)
        self.writer.write(";")

    def branch(self) -> None:
        """``if (...) {...}``, maybe with an else."""
        with self.writer.marked("if"):
            self.writer.write("if ")
            self.condition()
            self.writer.write(" ")
            self.block(self.draws.between(1, 3))
            if self.draws.chance(0.3):
                self.writer.write(" else ")
                self.block(self.draws.between(1, 2))

    def loop(self) -> None:
        """A for or a while."""
        with self.writer.marked("loop"):
            if self.draws.chance(0.5):
                self.writer.write("while ")
                self.condition()
            else:
                variable = self.draws.pick(self.variables)
                self.writer.write("for ")
                with self.writer.inside("parentheses", "(", ")"):
                    self.writer.write(f"{variable} = 0; {variable} < ")
                    self.value(1)
                    self.writer.write(f"; {variable}++")
            self.writer.write(" ")
            self.block(self.draws.between(1, 4))

    def remark(self) -> None:
        """``/* ... */`` in a line of its own."""
        with self.writer.inside("comment", "/*", "*/"):
            self.writer.write(f" {self.phrase()} ")

    def statement(self) -> None:
        """One of them."""
        deep = self.braces >= _MOST_BRACES
        kinds: dict[Callable[[], None], float] = {
            self.assignment: 6,
            self.called: 4,
            self.branch: 0 if deep else 4,
            self.loop: 0 if deep else 2,
            self.remark: 1,
        }
        self.line(self.draws.weighted(kinds))

    # --- what stands at the left margin

    def directive(self) -> None:
        """``#include`` or ``#define``, of which the latter is known from here on."""
        with self.writer.marked("directive"):
            if self.draws.chance(0.5):
                self.writer.write(f"#include <{self.draws.pick(_HEADERS)}>")
            else:
                self.macros = [*self.macros[1:], self.identifier().upper()]
                self.writer.write(f"#define {self.macros[-1]} {self.draws.between(0, 255)}")
        self.writer.write("\n")

    def paragraph(self) -> None:
        """A comment of several lines."""
        with self.writer.inside("comment", "/*", "*/"):
            self.writer.write("\n")
            for _ in range(self.draws.between(1, 4)):
                self.writer.write(f" * {self.phrase()}\n")
            self.writer.write(" ")
        self.writer.write("\n")

    def struct(self) -> None:
        """A struct, whose fields are known from here on."""
        name = self.word()
        self.structs = [*self.structs[1:], name]
        self.writer.write(f"struct {name} ")
        self.writer.open("braces", "{")
        self.writer.write("\n")
        for _ in range(self.draws.between(2, 5)):
            self.fields = [*self.fields[1:], self.word()]
            self.writer.write(f"\t{self.declared(self.fields[-1])};\n")
        self.writer.close("braces", "}")
        self.writer.write(";\n\n")

    def declared(self, name: str) -> str:
        """``int name``"""
        kind = f"struct {self.draws.pick(self.structs)} *" if self.draws.chance(0.3) else self.draws.ranked(_TYPES)
        return f"{kind}{'' if kind.endswith('*') else ' '}{name}"

    def function(self) -> None:
        """Its arguments and variables are what its statements use."""
        if self.draws.chance(0.5):
            self.paragraph()
        name = self.identifier()
        self.variables = list(dict.fromkeys(self.word() for _ in range(self.draws.between(2, 6))))
        given = self.variables[: self.draws.between(1, 2)]
        self.writer.write(f"{'static ' if self.draws.chance(0.6) else ''}{self.declared(name)}")
        with self.writer.inside("parentheses", "(", ")"):
            self.writer.write(", ".join(map(self.declared, given)))
        self.writer.write("\n")
        self.writer.open("braces", "{")
        self.writer.write("\n")
        self.braces = 1
        for variable in self.variables[len(given) :]:
            self.writer.write(f"\t{self.declared(variable)}{' = 0' if self.draws.chance(0.3) else ''};\n")
        self.writer.write("\n")
        for _ in range(self.draws.between(2, 7)):
            self.statement()
        self.writer.write("\treturn ")
        self.value(0)
        self.writer.write(";\n")
        self.writer.close("braces", "}")
        self.writer.write("\n\n")
        self.braces = 0
        self.functions = [*self.functions[-7:], name]


def _write(characters: int, rng: np.random.Generator, *, words: int, lexicon: int) -> tuple[str, Truth]:
    writer, draws = Writer(), Draws(rng)
    source = _Source(writer, draws, make_lexicon(words, lexicon))
    while writer.length < characters:
        draws.do({source.function: 6, source.struct: 1, source.directive: 2})
    text, truth = writer.finish([name for name in _TRUTHS if name != "indent"])
    return text, truth | {"indent": _indents(text)}


def _indents(text: str) -> np.ndarray:
    """Of each character, the tabs that its line begins with."""
    lines = text.split("\n")
    tabs = [len(line) - len(line.lstrip("\t")) for line in lines]
    return np.repeat(np.array(tabs, np.int16), [len(line) + 1 for line in lines])[: len(text)]


_TRUTHS = {
    "braces": "how many { are open after it",
    "parentheses": "how many ( of the code are open after it, those of strings, characters and comments left out",
    "brackets": "how many [ are open after it, likewise",
    "if": "how many if statements it stands in, condition and else included",
    "loop": "how many loops it stands in",
    "comment": "1 inside a comment",
    "string": "1 inside a string or a character constant",
    "directive": "1 in a line that begins with #",
    "indent": "the tabs that its line begins with",
}
C = Language(
    "c",
    "C-like source of made-up names: functions, structs, nested ifs and loops, comments, strings, indented by tabs",
    _write,
    _TRUTHS,
    {"words": 1000, "lexicon": 0},
)
