"""Colour: palettes, ramps, ICC profiles and colour vision."""
