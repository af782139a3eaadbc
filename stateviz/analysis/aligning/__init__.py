"""Models side by side: each unit's partner in another model, checkpoint or layer, and how alike both are as a whole."""

from stateviz.analysis.aligning.models import align
from stateviz.analysis.aligning.results import Alignment, Partner

__all__ = ["Alignment", "Partner", "align"]
