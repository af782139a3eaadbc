"""Compiled kernels of branch and cut."""
