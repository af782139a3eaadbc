"""Probes: how well one, a few or all units tell a feature, beside what controls reach."""

from stateviz.analysis.probing.one_feature import probe
from stateviz.analysis.probing.rankings import RANKINGS
from stateviz.analysis.probing.results import Probe, Probes

__all__ = ["RANKINGS", "Probe", "Probes", "probe"]
