"""Wiki-like markup: articles with links, URLs, headings, lists, tables, templates, references and nested tags."""

from __future__ import annotations

import numpy as np

from stateviz.models.languages.lexicon import Lexicon, make_lexicon
from stateviz.models.languages.row import Language, Truth
from stateviz.models.languages.wiki_writer import WikiWriter
from stateviz.models.languages.writing import Draws, since

_ELEMENTS = ("b", "i", "u", "small", "sub", "sup", "code", "span", "div", "center", "blockquote")
_CLASSES = ("note", "wide", "left", "right", "box", "navbox", "plain")
_HEADINGS = ("History", "Geography", "Economy", "Culture", "Works", "Early life", "Legacy", "Notes", "See also")
_KINDS = ("place", "person", "book", "river", "company", "species", "album")
_FIELDS = ("name", "image", "born", "founded", "area", "population", "author", "length", "website", "location")
_ENDINGS = ("com", "org", "net", "edu", "info", "co.uk")
_PREPOSITIONS = ("in", "of", "from", "near", "under", "with", "by", "at", "during", "after", "between")
_DETERMINERS = ("the", "a", "its", "this", "each", "another", "no", "every")
_MOST_NESTED = 4


class _Article:
    """One article: its names and topics come up again in it."""

    def __init__(self, writer: WikiWriter, draws: Draws, lexicon: Lexicon) -> None:
        self.writer, self.draws, self.lexicon = writer, draws, lexicon
        self.title = self.name()
        self.names = [self.title, *(self.name() for _ in range(4))]
        self.topics = [draws.pick(lexicon.nouns[: 1 + len(lexicon.nouns) // 4]) for _ in range(6)]

    # --- words

    def name(self) -> str:
        """One capitalised word, or two."""
        first = self.draws.ranked(self.lexicon.names)
        return f"{first} {self.draws.ranked(self.lexicon.names)}" if self.draws.chance(0.3) else first

    def noun(self) -> str:
        """A word of the article, or any."""
        return self.draws.ranked(self.topics if self.draws.chance(0.3) else self.lexicon.nouns)

    def known_name(self) -> str:
        """A name that the article knows, or a new one."""
        return self.draws.pick(self.names) if self.draws.chance(0.6) else self.name()

    def year(self) -> str:
        """Likely a late one."""
        return str(2020 - self.draws.between(0, self.draws.pick((20, 120, 900))))

    def phrase(self) -> str:
        """Plain words, as in titles and labels."""
        words = [self.noun() for _ in range(self.draws.between(1, 3))]
        return " ".join([self.draws.ranked(self.lexicon.adjectives), *words[1:], words[0]])

    # --- inline

    def link(self) -> None:
        """``[[Name]]``, or ``[[Name|what is read]]``."""
        with self.writer.linked():
            self.writer.write(self.known_name() if self.draws.chance(0.7) else self.noun())
            if self.draws.chance(0.3):
                self.writer.write(f"|{self.draws.pick((self.noun(), self.known_name() + 's', self.phrase()))}")

    def url(self) -> None:
        """Of a site, mostly one that begins www."""
        with self.writer.marked("url"):
            www = self.draws.chance(0.75)
            if not www or self.draws.chance(0.8):
                self.writer.write("https://" if self.draws.chance(0.3) else "http://")
            if www:
                with self.writer.marked("www"):
                    self.writer.write("www")
                self.writer.write(".")
            self.writer.write(
                f"{self.noun()}{self.draws.pick(('', '', '-' + self.noun()))}.{self.draws.ranked(_ENDINGS)}"
            )
            for _ in range(self.draws.between(0, 3)):
                self.writer.write("/" + self.draws.pick((self.noun(), self.noun(), self.year())))
            self.writer.write(self.draws.pick(("", "", "/", ".html", "?id=" + str(self.draws.between(1, 9999)))))

    def outside_link(self) -> None:
        """``[URL what is read]``."""
        with self.writer.inside("brackets_open", "[", "]"):
            self.url()
            self.writer.write(f" {self.phrase()}")

    def element(self, depth: int) -> None:
        """``<b>...</b>``, with others in it; those opened last close first."""
        name = self.draws.ranked(_ELEMENTS)
        styled = name in ("span", "div") or self.draws.chance(0.1)
        attribute = (self.draws.pick(("class", "id", "style")), self.draws.pick(_CLASSES)) if styled else None
        with self.writer.enclosed(name, attribute):
            self.words(self.draws.between(1, 4), depth + 1)

    def reference(self) -> None:
        """``<ref>...</ref>`` with an outside link or a citation in it."""
        with self.writer.enclosed("ref"):
            if self.draws.chance(0.6):
                self.outside_link()
                return
            self.writer.write(f"{self.known_name()}, ")
            with self.writer.inside("italic", "''", "''"):
                self.writer.write(self.phrase())
            self.writer.write(f" ({self.year()}), p. {self.draws.between(1, 400)}")

    def styled(self) -> None:
        """Bold or italic."""
        mark, sign = self.draws.pick((("bold", "'''"), ("italic", "''")))
        with self.writer.inside(mark, sign, sign):
            self.writer.write(self.phrase())

    def template(self) -> None:
        """``{{name|key=value}}`` in a line."""
        with self.writer.inside("template", "{{", "}}"):
            self.writer.write(self.draws.pick(("cite", "convert", "lang", "main", "see also", "citation needed")))
            for _ in range(self.draws.between(0, 2)):
                self.writer.write(f"|{self.draws.pick(_FIELDS)}={self.draws.pick((self.year(), self.noun()))}")

    def thing(self, depth: int) -> None:
        """What a noun phrase is about."""
        self.draws.do(
            {
                lambda: self.writer.write(self.noun()): 40,
                self.link: 18,
                lambda: self.writer.write(self.known_name()): 10,
                lambda: self.writer.write(self.year()): 4,
                self.styled: 3 if depth == 0 else 0,
                self.url: 2,
                lambda: self.element(depth): 6 if depth < _MOST_NESTED else 0,
                self.template: 1,
            }
        )

    def words(self, phrases: int, depth: int) -> None:
        """Phrases, one after the other."""
        for index in range(phrases):
            if index:
                self.writer.write(f" {self.draws.ranked(_PREPOSITIONS)} ")
            if self.draws.chance(0.5):
                self.writer.write(f"{self.draws.ranked(_DETERMINERS)} ")
            if self.draws.chance(0.4):
                self.writer.write(f"{self.draws.ranked(self.lexicon.adjectives)} ")
            self.thing(depth)

    # --- lines

    def sentence(self) -> None:
        """Subject, verb, the rest; singular and plural agree."""
        plural = self.draws.chance(0.3)
        subject = f"{self.draws.ranked(self.lexicon.adjectives)} {self.noun()}"
        self.writer.write(f"{'The' if plural else self.draws.pick(('The', 'A', 'This'))} {subject}{'s' * plural} ")
        self.writer.write(f"{self.draws.ranked(self.lexicon.verbs)}{'' if plural else 's'} ")
        self.words(self.draws.between(1, 3), 0)
        if self.draws.chance(0.2):
            with self.writer.inside("parentheses", " (", ")"):
                self.words(1, 0)
        if self.draws.chance(0.1):
            self.writer.write(", which the ")
            with self.writer.inside("quote", '"', '"'):
                self.words(self.draws.between(1, 2), _MOST_NESTED)  # no marks of attributes among its own
            self.writer.write(f" {self.draws.ranked(self.lexicon.verbs)}s")
        if self.draws.chance(0.25):
            self.writer.write(f", {self.draws.pick(('and', 'but', 'while', 'where'))} ")
            self.words(self.draws.between(1, 2), 0)
        self.writer.write(".")
        if self.draws.chance(0.15):
            self.reference()

    def paragraph(self) -> None:
        """Sentences in one line."""
        for index in range(self.draws.between(1, 5)):
            if index:
                self.writer.write(" ")
            self.sentence()
        self.writer.write("\n\n")

    def heading(self) -> None:
        """``== History ==``, or one level lower."""
        signs = "=" * self.draws.pick((2, 2, 2, 3))
        with self.writer.inside("heading", signs, signs):
            text = self.draws.ranked(_HEADINGS) if self.draws.chance(0.7) else self.phrase().capitalize()
            self.writer.write(f" {text} ")
        self.writer.write("\n")

    def items(self) -> None:
        """A list, some of it a level deeper."""
        sign, level = self.draws.pick("**#"), 1
        for _ in range(self.draws.between(2, 6)):
            level = max(1, min(3, level + self.draws.pick((-1, 0, 0, 0, 1))))
            with self.writer.marked("list"):
                self.writer.write(sign * level + " ")
                self.draws.do({self.link: 1, self.outside_link: 1, self.url: 1, lambda: self.words(2, 0): 1})
            self.writer.write("\n")
        self.writer.write("\n")

    def table(self) -> None:
        """Rows of as many cells as there are heads."""
        columns = self.draws.between(2, 5)
        with self.writer.inside("table", "{|", "|}"):
            self.writer.write(" class=")
            with self.writer.inside("quote", '"', '"'):
                self.writer.write(self.draws.pick(("wikitable", "infobox")))
            self.writer.write("\n! " + " !! ".join(self.noun().capitalize() for _ in range(columns)) + "\n")
            for _ in range(self.draws.between(1, 5)):
                cells = [
                    self.draws.pick((self.year(), self.noun(), str(self.draws.between(1, 99)))) for _ in range(columns)
                ]
                self.writer.write("|-\n| " + " || ".join(cells) + "\n")
        self.writer.write("\n\n")

    def infobox(self) -> None:
        """A template over several lines."""
        with self.writer.inside("template", "{{", "}}"):
            self.writer.write(f"Infobox {self.draws.pick(_KINDS)}\n| name = {self.title}\n")
            for _ in range(self.draws.between(1, 4)):
                self.writer.write(f"| {self.draws.pick(_FIELDS)} = ")
                self.draws.do({self.link: 1, self.url: 1, lambda: self.writer.write(self.year()): 1})
                self.writer.write("\n")
        self.writer.write("\n")

    def comment(self) -> None:
        """``<!-- ... -->``"""
        with self.writer.inside("comment", "<!--", "-->"):
            self.writer.write(f" {self.phrase()} ")
        self.writer.write("\n")

    def write(self) -> None:
        """The whole article, its title bold where it comes first."""
        if self.draws.chance(0.5):
            self.infobox()
        with self.writer.inside("bold", "'''", "'''"):
            self.writer.write(self.title)
        self.writer.write(" is a ")
        self.words(2, 0)
        self.writer.write(". ")
        self.paragraph()
        for _ in range(self.draws.between(1, 4)):
            self.heading()
            self.paragraph()
            self.draws.do({self.paragraph: 8, self.items: 4, self.table: 3, self.comment: 2, lambda: None: 4})
        for _ in range(self.draws.between(1, 3)):
            with self.writer.linked():
                self.writer.write(f"Category:{self.noun().capitalize()}s")
            self.writer.write("\n")
        self.writer.write("\n")


def _write(characters: int, rng: np.random.Generator, *, words: int, lexicon: int) -> tuple[str, Truth]:
    writer, draws, known = WikiWriter(), Draws(rng), make_lexicon(words, lexicon)
    while writer.length < characters:
        _Article(writer, draws, known).write()
    text, truth = writer.finish([name for name in _TRUTHS if name != "link_position"])
    return text, truth | {"link_position": since(truth, "link")}


_TRUTHS = {
    "brackets_open": "how many of [ are open: 2 between [[ and ]], 1 after the first of either",
    "link": "1 inside [[ ]], from the second [ to the first ]",
    "link_position": "how far inside [[ ]]: 1 at the second [, then counting up; 0 outside",
    "url": "1 on every character of a URL",
    "www": "1 on the three letters www that a URL begins with",
    "tag": "1 inside < >, from the < until before the >",
    "elements": "how many elements are open: two after <b><i>",
    "quote": "1 inside quotation marks, of an attribute or in a sentence",
    "bold": "1 between ''' and '''",
    "italic": "1 between '' and ''",
    "heading": "1 between == and ==",
    "list": "1 in a line of a list",
    "table": "1 between {| and |}",
    "template": "1 between {{ and }}",
    "comment": "1 between <!-- and -->",
    "parentheses": "1 between ( and )",
}
MARKUP = Language(
    "markup",
    "wiki-like articles of made-up words: [[links]], URLs, headings, lists, tables, templates, nested tags",
    _write,
    _TRUTHS,
    {"words": 5000, "lexicon": 0},
)
