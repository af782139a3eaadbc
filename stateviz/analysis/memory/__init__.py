"""How far back a model's memory reaches."""

from stateviz.analysis.memory.reach import Horizon, horizon

__all__ = ["Horizon", "horizon"]
