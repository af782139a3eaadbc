"""LaTeX-like text: sections, theorems and proofs, lists, formulas, references to what has a label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stateviz.models.languages.lexicon import Lexicon, make_lexicon
from stateviz.models.languages.row import Language, Truth
from stateviz.models.languages.writing import Draws, Writer

_STATEMENTS = ("theorem", "lemma", "definition", "proposition", "remark", "corollary")
_LETTERS = "xyzabfgnmkpqXYSUAB"
_GREEK = ("alpha", "beta", "gamma", "phi", "varepsilon", "mathcal{F}", "mathbb{R}")
_RELATIONS = ("=", "\\to", "\\in", "\\subset", "\\leq", "\\cong", "\\neq")
_OPENERS = ("Let", "Suppose", "Assume", "Consider", "Note", "Then", "Hence", "By", "Since")
_MOST_NESTED = 2


class _Paper:
    """A paper as it is written; labels are known once they were given."""

    def __init__(self, writer: Writer, draws: Draws, lexicon: Lexicon) -> None:
        self.writer, self.draws, self.lexicon = writer, draws, lexicon
        self.labels: list[str] = ["equation-main"]
        self.topics = [draws.ranked(lexicon.nouns) for _ in range(8)]

    def phrase(self) -> str:
        """Words about the paper's topics."""
        noun = self.draws.ranked(self.topics if self.draws.chance(0.6) else self.lexicon.nouns)
        return f"{self.draws.ranked(self.lexicon.adjectives)} {noun}" if self.draws.chance(0.5) else noun

    def command(self, name: str, mark: str = "argument") -> None:
        """``\\name{words}``"""
        self.writer.write(f"\\{name}")
        with self.writer.inside("braces", "{", "}"), self.writer.marked(mark):
            self.writer.write(self.phrase())

    # --- formulas

    def symbol(self) -> str:
        """A letter."""
        return self.draws.pick(_LETTERS) if self.draws.chance(0.8) else f"\\{self.draws.pick(_GREEK)}"

    def term(self, depth: int) -> None:
        """A symbol with its index, a fraction, a sum, or a term in parentheses."""
        deeper = depth < _MOST_NESTED
        self.draws.do(
            {
                lambda: self.writer.write(self.symbol()): 6,
                lambda: self.scripted(depth): 4,
                lambda: self.fraction(depth): 1 if deeper else 0,
                lambda: self.sum(depth): 1 if deeper else 0,
                lambda: self.grouped(depth): 2 if deeper else 0,
            }
        )

    def scripted(self, depth: int) -> None:
        """``x_{i}``"""
        self.writer.write(f"{self.symbol()}{self.draws.pick('_^')}")
        with self.writer.inside("braces", "{", "}"):
            self.writer.write(self.draws.pick(("i", "j", "n", "0", "1", "i + 1", "n - 1", "\\infty")))

    def fraction(self, depth: int) -> None:
        """``\\frac{a}{b}``"""
        self.writer.write("\\frac")
        for _ in range(2):
            with self.writer.inside("braces", "{", "}"):
                self.formula(depth + 1)

    def sum(self, depth: int) -> None:
        """``\\sum_{i=1}^{n} a``"""
        self.writer.write(self.draws.pick(("\\sum", "\\prod", "\\bigcup")))
        for sign, text in (("_", "i=1"), ("^", "n")):
            self.writer.write(sign)
            with self.writer.inside("braces", "{", "}"):
                self.writer.write(text)
        self.writer.write(" ")
        self.term(depth + 1)

    def grouped(self, depth: int) -> None:
        """``\\left( a \\right)`` or ``(a)``"""
        opening, closing = self.draws.pick(
            (("\\left(", "\\right)"), ("(", ")"), ("(", ")"), ("[", "]"), ("\\{", "\\}"))
        )
        with self.writer.inside("groups", opening, closing):
            self.formula(depth + 1)

    def formula(self, depth: int = 0) -> None:
        """Terms with relations or operations between."""
        self.term(depth)
        for _ in range(self.draws.weighted({0: 4, 1: 4, 2: 1})):
            self.writer.write(f" {self.draws.pick((*_RELATIONS, '+', '-', '+') if depth == 0 else '+-')} ")
            self.term(depth)

    def inline(self) -> None:
        """``$a$``"""
        with self.writer.inside("math", "$", "$"):
            self.formula()

    # --- text

    def sentence(self) -> None:
        """Words, formulas and references."""
        self.writer.write(f"{self.draws.pick(_OPENERS)} ")
        for index in range(self.draws.between(2, 5)):
            if index:
                self.writer.write(f" {self.draws.pick(('is', 'and', 'of', 'such that', 'for all', 'where', 'be'))} ")
            if self.draws.chance(0.5):
                self.writer.write(f"{self.draws.pick(('the', 'a', 'every'))} ")
            kinds: dict[Callable[[], None], float] = {
                lambda: self.writer.write(self.phrase()): 5,
                self.inline: 5,
                self.reference: 1,
                lambda: self.command("emph"): 0.7,
            }
            self.draws.do(kinds)
        self.writer.write(".")
        if self.draws.chance(0.08):
            with self.writer.marked("comment"):
                self.writer.write(f" % {self.phrase()}")

    def reference(self) -> None:
        """To a label that was given, or a paper."""
        if self.draws.chance(0.7):
            name, key = "ref", self.draws.pick(self.labels)
        else:
            name, key = "cite", f"{self.draws.ranked(self.lexicon.names)}{self.draws.between(1950, 2015)}"
        self.writer.write(f"{'Lemma~' if name == 'ref' else ''}\\{name}")
        with self.writer.inside("braces", "{", "}"), self.writer.marked("argument"):
            self.writer.write(key)

    def label(self, kind: str) -> None:
        """``\\label{kind-word}``, known from here on."""
        self.labels = [*self.labels[-9:], f"{kind}-{self.draws.ranked(self.lexicon.nouns)}"]
        self.writer.write("\\label")
        with self.writer.inside("braces", "{", "}"), self.writer.marked("argument"):
            self.writer.write(self.labels[-1])
        self.writer.write("\n")

    def environment(self, name: str, write: Callable[[], None]) -> None:
        """``\\begin{name}`` ... ``\\end{name}``"""
        self.writer.open("environments", f"\\begin{{{name}}}")
        self.writer.write("\n")
        write()
        self.writer.close("environments", f"\\end{{{name}}}")
        self.writer.write("\n")

    def sentences(self) -> None:
        """A few, one a line, and at times something set apart among them."""
        for _ in range(self.draws.between(1, 4)):
            self.sentence()
            self.writer.write("\n")
            if self.draws.chance(0.15):
                self.draws.pick((self.display, self.items))()

    def display(self) -> None:
        """A formula of its own."""
        with self.writer.marked("display"):
            self.environment(self.draws.pick(("equation", "align*")), self.displayed)

    def displayed(self) -> None:
        """What stands in it."""
        if self.draws.chance(0.5):
            self.label("equation")
        with self.writer.marked("math"):
            self.formula()
            self.writer.write("\n")

    def items(self) -> None:
        """A list."""
        self.environment(self.draws.pick(("itemize", "enumerate")), self.listed)

    def listed(self) -> None:
        """What stands in it."""
        for _ in range(self.draws.between(2, 4)):
            self.writer.write("\\item ")
            self.sentence()
            self.writer.write("\n")

    def statement(self) -> None:
        """A theorem or the like, with its proof where it needs one."""
        name = self.draws.pick(_STATEMENTS)

        def stated() -> None:
            self.label(name)
            self.sentences()

        def proved() -> None:
            with self.writer.marked("proof"):
                self.sentences()

        self.environment(name, stated)
        if name in ("theorem", "lemma", "proposition", "corollary"):
            self.writer.write("\n")
            self.environment("proof", proved)
        self.writer.write("\n")

    def section(self) -> None:
        """A heading, and what follows."""
        self.command(self.draws.pick(("section", "subsection")))
        self.writer.write("\n")
        self.label("section")
        self.writer.write("\n")
        for _ in range(self.draws.between(2, 5)):
            self.draws.pick((self.statement, self.paragraph))()

    def paragraph(self) -> None:
        """Sentences, and an empty line."""
        self.sentences()
        self.writer.write("\n")


def _write(characters: int, rng: np.random.Generator, *, words: int, lexicon: int) -> tuple[str, Truth]:
    writer, draws, known = Writer(), Draws(rng), make_lexicon(words, lexicon)
    paper = _Paper(writer, draws, known)
    while writer.length < characters:
        if draws.chance(0.1):
            paper = _Paper(writer, draws, known)
        paper.section()
    return writer.finish(list(_TRUTHS))


_TRUTHS = {
    "math": "1 in a formula, inline or displayed",
    "display": "1 in an environment that displays a formula",
    "environments": "how many environments are open: theorem, proof, itemize, ...",
    "proof": "1 in a proof",
    "braces": "how many { of arguments, indices and exponents are open",
    "groups": "how many (, [ or \\{ of formulas are open",
    "argument": "1 in the words or the label that a command takes",
    "comment": "1 from a % to the end of its line",
}
LATEX = Language(
    "latex",
    "LaTeX-like papers of made-up words: theorems with proofs, lists, nested formulas, references to earlier labels",
    _write,
    _TRUTHS,
    {"words": 2000, "lexicon": 0},
)
