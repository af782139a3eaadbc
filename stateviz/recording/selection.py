"""Which sites are meant: names, globs and aliases, resolved before anything is attached to a model."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown

ALIASES = {"hx": "h", "cx": "c", "f_g": "f", "i_g": "i", "g_g": "g", "o_g": "o", "r_g": "r", "z_g": "z", "n_g": "n"}
"""Other names of the last part of a site."""


def select(
    wanted: str | Sequence[str] | None,
    known: Mapping[str, int],
    why: Mapping[str, str],
    default: Sequence[str] = (),
    asked: Container[str] = (),
) -> list[str]:
    """The names of ``known`` that are meant, in the order they were asked for.

    Parameters
    ----------
    wanted
        Names or globs; None for the default.
    known
        What can be recorded, with its units.
    why
        For names that cannot be: the reason, as a sentence.
    asked
        Those of ``known`` that a glob takes only where its last part says so, such as ``"*.in"``.

    Examples
    --------
    >>> select("*.hx", {"rnn.layer0.h": 2, "rnn.layer0.c": 2, "rnn.layer1.h": 2}, {})
    ['rnn.layer0.h', 'rnn.layer1.h']
    """
    few = _few([name for name in known if name not in asked])
    if wanted is None:
        if not default:
            raise InputError(f"the model has no recurrent state that is recorded by default; name sites: {few}")
        return list(default)
    patterns = [wanted] if isinstance(wanted, str) else list(wanted)
    if not patterns:
        raise InputError(f"no site was asked for; choose from {few}")
    chosen: dict[str, None] = {}
    for pattern in patterns:
        chosen |= dict.fromkeys(_matches(pattern, known, why, asked))
    return list(chosen)


def hidden(known: Iterable[str]) -> list[str]:
    """The sites that are recorded by default: every h, and both parts of a complex one."""
    heads = {name: name.removesuffix(".real").removesuffix(".imag") for name in known}
    return [name for name, head in heads.items() if head == "h" or head.endswith(".h")]


def _matches(pattern: str, known: Mapping[str, int], why: Mapping[str, str], asked: Container[str]) -> list[str]:
    head, dot, last = pattern.rpartition(".")
    pattern = head + dot + ALIASES.get(last, last)
    if pattern in known:
        return [pattern]
    begins = re.split(r"[*?[]", last)[0]
    found = [
        name
        for name in known
        if fnmatchcase(name, pattern) and (name not in asked or (begins and name.rpartition(".")[2].startswith(begins)))
    ]
    if found:
        return found
    if pattern in why:
        raise InputError(why[pattern])
    unreached = [name for name in why if fnmatchcase(name, pattern)]
    if unreached:
        raise InputError(why[unreached[0]])
    parts = pattern.split(".")
    for count in range(len(parts) - 1, 0, -1):  # of what is inside a part that cannot be recorded
        if ".".join(parts[:count]) in why:
            raise InputError(why[".".join(parts[:count])])
    raise UnknownNameError(unknown("site", pattern, known))


def _few(known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join(names[:8]) + (f", ... ({len(names)} in all)" if len(names) > 8 else "")
