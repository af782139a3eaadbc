"""The parser of a verb: argparse, whose errors say what was meant."""

from __future__ import annotations

import argparse
import difflib
import re
from typing import NoReturn

from stateviz.core.escapes import one_line


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that names the option or the choice that was probably meant."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2, after the usage and ``message``."""
        super().error(one_line(self.helpful(message)))

    def helpful(self, message: str) -> str:
        """``message`` of argparse, with a hint where there is one.

        Examples
        --------
        >>> parser = Parser()
        >>> _ = parser.add_argument("--time", type=float)
        >>> parser.helpful("unrecognized arguments: --tiem 5")
        "unrecognized arguments: --tiem 5 (did you mean '--time'?)"
        >>> parser.helpful("argument --time: invalid float value: '5s'")
        "argument --time: expected a number, such as 10; got '5s'"
        """
        if match := re.fullmatch(r"(argument .*): invalid (float|int) value: (.*)", message, re.DOTALL):
            return f"{match[1]}: expected a {'' if match[2] == 'float' else 'whole '}number, such as 10; got {match[3]}"
        if message.startswith("unrecognized arguments: "):
            words = [word.partition("=")[0] for word in message.split()[2:] if word.startswith("-")]
            known = [name for action in self._actions for name in action.option_strings if len(name) > 2]
        elif match := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            words, known = [match[1]], [name.strip("' ") for name in match[2].split(",")]
        else:
            return message
        near = [near for word in words for near in difflib.get_close_matches(word, known, n=1, cutoff=0.6)]
        return f"{message} (did you mean {near[0]!r}?)" if near else message
