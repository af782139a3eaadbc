"""What matplotlib draws: heatmaps, correlations, small multiples."""

from stateviz.plotting.curves import save_curve, training_curve
from stateviz.plotting.figures import save_figure, side_by_side
from stateviz.plotting.heatmaps import heatmap
from stateviz.plotting.multiples import small_multiples

__all__ = ["heatmap", "save_curve", "save_figure", "side_by_side", "small_multiples", "training_curve"]
