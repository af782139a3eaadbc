"""Write the states of a file in another format, for stateviz or for other tools."""

from __future__ import annotations

import argparse

from stateviz.cli import common

EXAMPLES = """
stateviz convert -o states.csv                          # the shipped recording as a table
stateviz convert rec.zarr --site core.h -o states.npy
stateviz convert rec.zarr -o rec.zarr.zip               # the whole recording in one file
stateviz convert lstm.yml -o project.zarr               # a project of LSTMVis, with all its sites
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stateviz convert`` takes."""
    from stateviz.storage import EXPORTERS

    common.add_input(parser)
    common.add_output(
        parser, f"where to; the ending says how: .zarr, .zarr.zip, {common.listed(EXPORTERS)}", required=True
    )
    parser.add_argument("--force", action="store_true", help="replace OUTPUT where it is there")


def run(args: argparse.Namespace) -> None:
    """Read, write, say what was understood."""
    from stateviz.core.recordings import Recording
    from stateviz.storage import export_states, load_any, save_recording, shipped_recording

    to_recording = args.output.lower().endswith((".zarr", ".zarr.zip"))
    if to_recording and args.site is None and args.steps is None and not args.transpose:
        recording = shipped_recording() if args.input is None else load_any(args.input)
        for site in recording.sites:
            common.say(f"{len(recording[site].units)} units x {len(recording.tokens)} steps of {site}")
        common.say(f"wrote {save_recording(recording, args.output, force=args.force)}")
        return
    states = common.load(args)
    if to_recording:
        tokens = states.tokens or tuple(str(step) for step in range(states.shape[1]))
        path = save_recording(Recording(tokens, {states.site: states}, states.source), args.output, force=args.force)
    else:
        path = export_states(states, args.output, force=args.force)
    common.say(f"wrote {path}")
