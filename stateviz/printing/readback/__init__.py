"""From a printed file back to the matrix."""
