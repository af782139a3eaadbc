"""Colour: palettes, ramps, what ICC profiles and the eye make of them."""
