"""Null distributions: what unrelated units would show by chance."""
