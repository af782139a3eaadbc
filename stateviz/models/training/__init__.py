"""Training: recipes, the loop, and checkpoints that it goes on from exactly."""
