"""Orders side by side: criteria, stability, tables."""
