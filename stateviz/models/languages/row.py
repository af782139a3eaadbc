"""Language: a made-up language whose every character comes with what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.checks import check_seed, check_whole
from stateviz.core.errors import InputError
from stateviz.core.table import unknown

Truth = dict[str, NDArray[Any]]
Write = Callable[..., tuple[str, Truth]]


@dataclass(frozen=True)
class Language:
    """A row of LANGUAGES: a generator of text that knows the truth of each character.

    Parameters
    ----------
    name : str
        What it is called.
    description : str
        One line for lists.
    write : callable
        ``write(characters, rng, **options)`` gives at least so many characters, and an array over them for each name
        of ``truths``; ``rng`` is a ``numpy.random.Generator``.
    truths : mapping of str to str
        What is known of each character, by name, in words.
    options : mapping of str to object
        Options with their values.
    rate : callable, optional
        ``rate(**options)`` is the exact entropy, nats a character in the long run; None where it is not known.

    Examples
    --------
    >>> import stateviz as sv
    >>> text, truth = sv.language("parenthesis").generate(16, seed=1)
    >>> text
    '0 0 ( 1 ( ) 1 ) '
    >>> truth["depth"].tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 0, 0]
    """

    name: str
    description: str
    write: Write
    truths: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    rate: Callable[..., float] | None = None

    def with_options(self, **options: Any) -> Language:
        """The same language with other values of its options.

        Parameters
        ----------
        **options
            Those to change.

        Raises
        ------
        InputError
            When it has no such option.
        """
        for name in options:
            if name not in self.options:
                raise InputError(
                    unknown(f"option of {self.name}", name, self.options)
                    if self.options
                    else f"language {self.name!r} has no options, got {name!r}"
                )
        return replace(self, options={**self.options, **options})

    def generate(self, characters: int, *, seed: int = 0) -> tuple[str, Truth]:
        """Write a text.

        Parameters
        ----------
        characters : int
            Its length; it is cut there.
        seed : int
            The same seed writes the same text, and a longer one begins like a shorter one.

        Returns
        -------
        tuple of str and dict
            The text, and for each name of ``truths`` an array over its characters: of what is known once the character
            was read.

        Raises
        ------
        InputError
            When ``characters`` is below 1, or an option has a value that makes no sense.
        """
        check_whole("characters", characters)
        rng = np.random.default_rng(check_seed(seed))
        text, truth = self.write(characters, rng, **self.options)
        if len(text) < characters or any(len(truth.get(name, ())) != len(text) for name in self.truths):
            found = ", ".join(f"{name} x {len(values):,}" for name, values in truth.items()) or "no truth"
            raise InputError(
                f"language {self.name!r} wrote {len(text):,} characters and {found}; it has to write {characters:,} or "
                f"more, and an array as long for each of {', '.join(self.truths)}"
            )
        return text[:characters], {name: truth[name][:characters] for name in self.truths}

    @property
    def entropy(self) -> float | None:
        """Exact nats a character in the long run; None where it is not known."""
        return None if self.rate is None else self.rate(**self.options)
