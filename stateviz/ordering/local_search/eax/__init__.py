"""Edge assembly crossover, compiled."""
