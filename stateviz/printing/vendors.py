"""What print shops ask for: resolution, sizes, and how far to keep from corners and cameras."""

from __future__ import annotations

TARGET_DPI, FLOOR_DPI = 300.0, 150.0
"""Pixels an inch that shops want, and that they ask for at least."""
CHOSEN_DPI = range(300, 331)
"""Of these the one that gives the largest cells is taken, where none is asked for: all are what shops want."""
SMALLEST_CELL_MM = 0.25
"""Below this, neighbouring cells run together on most presses."""
CORNER_MM, CAMERA_MM = 10.0, 15.0
"""How far what matters, and what has to be read, keeps from a case's corners and its camera."""
MOST_MB = 200.0
"""The lowest limit found among vendors of large prints; a medium may have its own."""
