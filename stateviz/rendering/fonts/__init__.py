"""Fonts of a sheet: where each letter stands, kerning, and its mask."""
