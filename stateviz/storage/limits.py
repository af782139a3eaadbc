"""Limits that several file formats share."""

from __future__ import annotations

MOST_COMPRESSION = 100_000
"""No array of ours is this many times larger than its file; one that claims to be is damaged or a trap."""
