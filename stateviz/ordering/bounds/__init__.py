"""Lower bounds: what no order can be shorter than."""
