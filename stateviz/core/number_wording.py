"""Numbers for people."""

from __future__ import annotations


def amount(value: float) -> str:
    """A length: whole ones in full, others to four decimals, very small and very large ones to four digits.

    Examples
    --------
    >>> amount(11863.0), amount(334.04614), amount(1.23456e-11), amount(3e21)
    ('11,863', '334.0461', '1.235e-11', '3e+21')
    """
    if value != 0 and not 0.01 <= abs(value) < 1e15:
        return f"{value:.4g}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"
