"""Branch and cut: the shortest path, with proof."""
