"""What a method is given: rows, distances, neighbours, and when to stop."""
