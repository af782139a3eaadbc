"""record(): the hidden states of a sequence model over a text."""

from stateviz.recording.recorder import record

__all__ = ["record"]
