"""record(): the hidden states of a sequence model over a text."""

from stateviz.recording.editing import editable
from stateviz.recording.encoders import ENCODERS, EncoderRow, characters
from stateviz.recording.listing import sites
from stateviz.recording.recorder import record, record_statistics
from stateviz.recording.sources import SOURCES
from stateviz.recording.sources.cells import Unrolled
from stateviz.recording.steps import record_steps

__all__ = [
    "ENCODERS",
    "SOURCES",
    "EncoderRow",
    "Unrolled",
    "characters",
    "editable",
    "record",
    "record_statistics",
    "record_steps",
    "sites",
]
