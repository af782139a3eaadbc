"""record(): the hidden states of a sequence model over a text."""

from stateviz.recording.recorder import record, record_steps, sites
from stateviz.recording.sources import SOURCES
from stateviz.recording.sources.cells import Unrolled
from stateviz.recording.texts import characters

__all__ = ["SOURCES", "Unrolled", "characters", "record", "record_steps", "sites"]
