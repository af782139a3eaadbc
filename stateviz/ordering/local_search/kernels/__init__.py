"""Compiled kernels of the local search."""
