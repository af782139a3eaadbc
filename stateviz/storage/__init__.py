"""Files: recordings, orders, matrices of other tools; zarr loads where a recording is opened or saved."""

from stateviz.core.interop import to_pandas, to_xarray
from stateviz.storage.atomic import check_writable, write_text
from stateviz.storage.exporters import EXPORTERS, export_states
from stateviz.storage.limits import allow_large
from stateviz.storage.orders import read_order, write_order
from stateviz.storage.readers import (
    READERS,
    load_any,
    load_array,
    load_grid,
    load_input,
    load_states,
    load_whole,
    parse_steps,
)
from stateviz.storage.recordings.save import save_recording
from stateviz.storage.recordings.shipped import shipped_recording, shipped_text
from stateviz.storage.recordings.stored import StoredRecording, open_recording
from stateviz.storage.recordings.writer import RecordingWriter
from stateviz.storage.statistics import open_statistics, save_statistics

__all__ = [
    "EXPORTERS",
    "READERS",
    "RecordingWriter",
    "StoredRecording",
    "allow_large",
    "check_writable",
    "export_states",
    "load_any",
    "load_array",
    "load_grid",
    "load_input",
    "load_states",
    "load_whole",
    "open_recording",
    "open_statistics",
    "parse_steps",
    "read_order",
    "save_recording",
    "save_statistics",
    "shipped_recording",
    "shipped_text",
    "to_pandas",
    "to_xarray",
    "write_order",
    "write_text",
]
