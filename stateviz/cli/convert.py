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
    from stateviz.storage import export_states, load_any, shipped_recording
    from stateviz.storage.exporters import RECORDING_ENDINGS

    named = args.site is not None or args.steps is not None or args.transpose
    if named or not args.output.lower().endswith(RECORDING_ENDINGS):
        path = export_states(common.load(args), args.output, overwrite=args.force)
    else:
        recording = shipped_recording() if args.input is None else load_any(args.input)
        for site in recording.sites:
            common.say(common.extent(recording[site]))
        path = export_states(recording, args.output, overwrite=args.force)
    common.say(f"wrote {path}")
