"""Compiled kernels of distances and neighbours."""
