"""Proofs: a sheet on screen, in print, to the colour-blind, and in grey."""
