"""FEATURES: what a text has at each step, that a unit may follow; one family a file."""

from __future__ import annotations

from stateviz.analysis.features import ahead, characters, code, enclosed, markup, model, places
from stateviz.analysis.features.row import Feature
from stateviz.core.table import Table

FEATURES: Table[Feature] = Table(
    "feature",
    {row.name: row for family in (characters, places, enclosed, markup, code, model, ahead) for row in family.FEATURES},
)
"""Every feature, in the order they are listed."""
