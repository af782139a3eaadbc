"""What units cause: they are changed while a model reads or writes, and what that does is measured."""

from stateviz.analysis.interventions.kinds import INTERVENTIONS, Intervention
from stateviz.analysis.interventions.nouns import Effect, Effects
from stateviz.analysis.interventions.run import edited, intervene

__all__ = ["INTERVENTIONS", "Effect", "Effects", "Intervention", "edited", "intervene"]
