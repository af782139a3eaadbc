"""METRICS: how far apart two units are, from their rows, from sums of products, or with values missing."""
