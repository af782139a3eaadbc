"""Local search: 2-opt, Or-opt, Lin-Kernighan, annealing, and edge assembly crossover."""
