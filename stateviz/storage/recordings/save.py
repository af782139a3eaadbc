"""Recording -> disk: a Zarr v3 group that any Zarr reader opens, as a folder or in one file.

The layout::

    /                      attributes: stateviz_format, source, sites {name: group}, tracks {name: array}
      tokens    (step,)    UTF-8 text of each step
      surprisal (step,)    float32, bits; only where recorded, as all that follow
      entropy   (step,)    float32, bits
      top_ids   (step, rank)            int32, the most probable next tokens
      top_probabilities (step, rank)    float32
      tracks/              what users add; then the format is 2 or more, else 1 and there is no such group
        <track> (step,) or (step, column)   numbers of any dtype
      <site>/              attributes: site, source, row_breaks, column_breaks, flipped, integer_units, tokens
        states  (step, unit)  int8 in {-1, +1}, bool (0 and 1), float32, float16 or float64; bool and float64: format 3
        unit    (unit,)    names: int64, or UTF-8 text
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stateviz.core.recordings import Recording
from stateviz.storage.atomic import AnyPath
from stateviz.storage.recordings.schema import BLOCK_BYTES, Site, plain_json
from stateviz.storage.recordings.stored import StoredRecording
from stateviz.storage.recordings.writer import RecordingWriter, check_target


def save_recording(recording: Recording, path: AnyPath, *, overwrite: bool = False) -> Path:
    """Write a recording as a folder (``.zarr``) or one file (``.zarr.zip``), whole or not at all.

    Parameters
    ----------
    recording
        Its ``source`` must be plain JSON values. One that was opened from a file is copied a block at a time.
    path
        Where; the ending decides the kind. The same recording gives the same bytes.
    overwrite
        Replace a recording that is there.

    Returns
    -------
    Path
        Where the recording lies.

    Raises
    ------
    InputError
        When the ending is another, or the source is not plain JSON, or a token is not valid Unicode.
    FileError
        When ``path`` is there without ``overwrite``, is a folder of something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from stateviz.core.states import StateMatrix
    >>> from stateviz.storage import open_recording
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc", site="core.h")
    >>> path = save_recording(Recording(tuple("abc"), {"core.h": states}), tempfile.mkdtemp() + "/a.zarr")
    >>> open_recording(path)
    Recording(3 steps; StateMatrix(core.h: 2 units x 3 steps, binary))
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    if isinstance(recording, StoredRecording):
        sites, steps = list(recording.layout.values()), recording.steps
    else:  # what can be refused is refused before a file exists
        sites, steps = [_site(recording, name) for name in recording.sites], recording.steps
        plain_json(recording.tokens, "tokens")
        for states in recording.states.values():
            plain_json(states.tokens, f"tokens of {states.site}")
    writer = RecordingWriter.of_sites(target, sites, recording.source, steps, overwrite=overwrite)
    try:
        part = max(1, BLOCK_BYTES // sum(4 * len(site.units) for site in sites))
        for start in range(0, steps, part):
            _append(writer, recording, slice(start, min(start + part, steps)))
        writer.finish()
    except BaseException:
        writer.abort()
        raise
    return target


def _site(recording: Recording, name: str) -> Site:
    states = recording.states[name]
    own = states.tokens is not None and states.tokens != recording.tokens
    return Site(
        name=name,
        units=states.units,
        dtype="bool" if states.off == 0 else states.values.dtype.name,
        source=states.source,
        row_breaks=states.row_breaks,
        column_breaks=states.column_breaks,
        flipped=tuple(np.flatnonzero(states.flipped).tolist()),
        tokens="own" if own else "none" if states.tokens is None else "shared",
        label=states.site,
    )


def _append(writer: RecordingWriter, recording: Recording, part: slice) -> None:
    if isinstance(recording, StoredRecording) and not recording.whole:
        block = recording.read(part)
        writer.append(block.tokens, block.states, block.tracks, own_tokens=block.own_tokens)
        return
    writer.append(
        recording.tokens[part],
        {name: states.values[:, part].T for name, states in recording.states.items()},
        {name: track[part] for name, track in recording.tracks.items()},
        own_tokens={n: states.tokens[part] for n, states in recording.states.items() if states.tokens is not None},
    )
