"""Numbers for people: lengths, gaps and how good an order is, in words.

One function a place where they are read. They round differently on purpose: a message has room for exponents, a
caption and a table column do not; the docstrings say which is for what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def amount(value: float) -> str:
    """A length in a message: whole ones in full, others to four decimals, very small and large ones to four digits.

    Examples
    --------
    >>> amount(11863.0), amount(334.04614), amount(1.23456e-11), amount(3e21)
    ('11,863', '334.0461', '1.235e-11', '3e+21')
    """
    if value != 0 and not 0.01 <= abs(value) < 1e15:
        return f"{value:.4g}"
    return caption_amount(value)


def caption_amount(value: float) -> str:
    """A length in a printed caption: as ``amount``, without exponents, which are not for print.

    Examples
    --------
    >>> caption_amount(11863.0), caption_amount(334.04614), caption_amount(0.00123456)
    ('11,863', '334.0461', '0.0012')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"


def figure_amount(value: float) -> str:
    """A length above a picture: six digits, so that two pictures side by side are told apart.

    Examples
    --------
    >>> figure_amount(11863.0), figure_amount(334.04614), figure_amount(1234567.8)
    ('11,863', '334.046', '1,234,568')
    """
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def table_amount(value: float) -> str:
    """A number in a column of a table: whole ones in full, others to five digits, so that columns stay narrow.

    Examples
    --------
    >>> table_amount(11743.0), table_amount(0.123456), table_amount(2.1343e10)
    ('11,743', '0.12346', '21,343,000,000')
    """
    if abs(value) < 1e15 and float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.0f}" if 1e5 <= abs(value) < 1e12 else f"{value:,.5g}"


def table_gap(gap: float) -> str:
    """A gap in a column of a table, in percent; ``optimal`` for none.

    Examples
    --------
    >>> table_gap(0.0), table_gap(0.0123), table_gap(1e-7), table_gap(1e9)
    ('optimal', '1.23%', '<0.01%', '>9999%')
    """
    if gap >= 100:
        return ">9999%"
    return "optimal" if gap == 0 else "<0.01%" if gap < 5e-5 else f"{gap:.2%}"


def progress_gap(length: float, bound: float) -> str:
    """A gap in a line that is written anew all the time: two decimals, so that the line does not jump.

    Examples
    --------
    >>> progress_gap(11_870.0, 11_863.0)
    'at most 0.06% from optimal'
    """
    gap = max(0.0, length / bound - 1)
    return f"at most {gap:.2%} from optimal" if gap < 1 else _above(gap, "from optimal", "the optimum")


def quality(proven: bool, gap: float | None) -> str:
    """How good an order is, in a message; ``gap`` is None where no bound is known.

    Examples
    --------
    >>> quality(True, 0.0), quality(False, 0.0123), quality(False, None), quality(False, 23.0)
    ('proven optimal', 'at most 1.2% from optimal', 'no bound known', 'at most 24 times the optimum')
    """
    if proven:
        return "proven optimal"
    return "no bound known" if gap is None else _above(gap, "from optimal", "the optimum")


def caption_quality(proven: bool, gap: float | None) -> str:
    """How good an order is, in a printed caption, whose readers know of lengths and not of optima.

    Examples
    --------
    >>> caption_quality(True, 0.0), caption_quality(False, 0.0123), caption_quality(False, None)
    ('proven the shortest', 'at most 1.2% above the shortest', 'no bound known')
    """
    if proven:
        return "proven the shortest"
    return "no bound known" if gap is None else _above(gap, "above the shortest", "the shortest")


def between_ends(options: Mapping[str, Any]) -> str:
    """What follows words on how good an order is whose ends were given: it is the best of those that have them.

    Examples
    --------
    >>> between_ends({"kicks": 60, "ends": "mean"}), between_ends({"last": "7"}), between_ends({"ends": "free"})
    (' between its ends', ' from its end', '')
    """
    fixed = (
        2 if options.get("ends", "free") != "free" else sum(options.get(end) is not None for end in ("first", "last"))
    )
    return ("", " from its end", " between its ends")[fixed]


def _above(gap: float, percent: str, times: str) -> str:
    """Two digits, and never 0%: what is not proven is not said to be the best; from twice as much on in times."""
    if gap < 1:
        return f"at most {max(gap * 100, 0.001):.2g}% {percent}"
    if gap >= 1e6:
        return f"over a million times {times} for all that is known"
    return f"at most {f'{1 + gap:.1f}' if gap < 9 else f'{1 + gap:,.0f}'} times {times}"


def duration(seconds: float) -> str:
    """A span of time as people say it.

    Examples
    --------
    >>> duration(4.2), duration(95), duration(7_400)
    ('4 s', '1 min 35 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
