"""Files: recordings, orders, matrices of other tools; zarr loads where a recording is opened or saved."""

from stateviz.storage.exporters import EXPORTERS, export_states
from stateviz.storage.files import atomic, check_writable, write_text
from stateviz.storage.orders import read_order, write_order
from stateviz.storage.readers import READERS, load_array, load_states, parse_steps
from stateviz.storage.recordings import open_recording, save_recording
from stateviz.storage.shipped import shipped_recording

__all__ = [
    "EXPORTERS",
    "READERS",
    "atomic",
    "check_writable",
    "export_states",
    "load_array",
    "load_states",
    "open_recording",
    "parse_steps",
    "read_order",
    "save_recording",
    "shipped_recording",
    "write_order",
    "write_text",
]
