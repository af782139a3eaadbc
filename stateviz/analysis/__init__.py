"""How units and what they do hang together: correlations, features of text, and what chance alone would show."""

from stateviz.analysis.aligning import Alignment, Partner, align
from stateviz.analysis.checkpoints import UnitChanges
from stateviz.analysis.correlations import Correlations
from stateviz.analysis.factoring import Factors, factors
from stateviz.analysis.features import FEATURES, Feature
from stateviz.analysis.findings import Finding, Findings
from stateviz.analysis.interventions import (
    INTERVENTIONS,
    Counter,
    Counters,
    CounterShift,
    Effect,
    Effects,
    Intervention,
    Patch,
    Sufficiency,
    counters,
    edited,
    intervene,
    patch,
    shift_counter,
    sufficiency,
)
from stateviz.analysis.judging import ORACLES, Judgement, ModelComparison, Oracle, compare_models, judge
from stateviz.analysis.matches import Match, Matches, match
from stateviz.analysis.measures import MEASURES, Measure
from stateviz.analysis.memory import Horizon, horizon
from stateviz.analysis.modules import UnitModule, module_rows
from stateviz.analysis.pairwise import correlate
from stateviz.analysis.phrase_index import PhraseIndex
from stateviz.analysis.probing import Probe, Probes, probe
from stateviz.analysis.search import find
from stateviz.analysis.stickiness import Stickiness
from stateviz.analysis.structures import Structure, structure
from stateviz.analysis.synchrony import Synchrony

__all__ = [
    "FEATURES",
    "INTERVENTIONS",
    "MEASURES",
    "ORACLES",
    "Alignment",
    "Correlations",
    "Counter",
    "CounterShift",
    "Counters",
    "Effect",
    "Effects",
    "Factors",
    "Feature",
    "Finding",
    "Findings",
    "Horizon",
    "Intervention",
    "Judgement",
    "Match",
    "Matches",
    "Measure",
    "ModelComparison",
    "Oracle",
    "Partner",
    "Patch",
    "PhraseIndex",
    "Probe",
    "Probes",
    "Stickiness",
    "Structure",
    "Sufficiency",
    "Synchrony",
    "UnitChanges",
    "align",
    "UnitModule",
    "compare_models",
    "correlate",
    "counters",
    "edited",
    "factors",
    "find",
    "horizon",
    "intervene",
    "judge",
    "match",
    "patch",
    "probe",
    "shift_counter",
    "module_rows",
    "structure",
    "sufficiency",
]
