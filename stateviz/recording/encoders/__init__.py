"""ENCODERS: how a text becomes tokens."""
