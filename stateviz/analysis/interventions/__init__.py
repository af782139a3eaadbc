"""What units cause: they are changed while a model reads or writes, and what that does is measured."""

from stateviz.analysis.interventions.counting import Counter, Counters, counters
from stateviz.analysis.interventions.kinds import INTERVENTIONS, Intervention
from stateviz.analysis.interventions.nouns import Effect, Effects
from stateviz.analysis.interventions.patching import Patch, patch
from stateviz.analysis.interventions.run import edited, intervene
from stateviz.analysis.interventions.shifting import CounterShift, shift_counter
from stateviz.analysis.interventions.subsets import Sufficiency, sufficiency

__all__ = [
    "INTERVENTIONS",
    "Counter",
    "CounterShift",
    "Counters",
    "Effect",
    "Effects",
    "Intervention",
    "Patch",
    "Sufficiency",
    "counters",
    "edited",
    "intervene",
    "patch",
    "shift_counter",
    "sufficiency",
]
