"""What an interrupted recording leaves beside its place, and how it is known."""

from __future__ import annotations

import json
from pathlib import Path

PROGRESS = "progress.json"
"""In a recording that is being written: what it is of, and how many steps are on the disk."""


def interrupted(path: Path) -> str:
    """What to do where the recording that should be at ``path`` was interrupted, in words; empty where it was not."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        written = int(json.loads((partial / PROGRESS).read_text(encoding="utf-8"))["written"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""
    return f", but {partial.name}: it was interrupted after {written:,} steps; give the same command with --resume"


def is_left_over(partial: Path) -> bool:
    """Whether a folder is what writing a recording leaves: with its progress, finished but not renamed, or empty."""
    if partial.is_symlink() or not partial.is_dir():
        return False
    try:
        if not any(partial.iterdir()):
            return True
        if (partial / PROGRESS).is_file():
            said = json.loads((partial / PROGRESS).read_text(encoding="utf-8"))
            return {"identity", "tracks", "written"} <= set(said)
        root = json.loads((partial / "zarr.json").read_text(encoding="utf-8"))
        return "stateviz_format" in root["attributes"]
    except (OSError, ValueError, TypeError, KeyError):
        return [file.name for file in partial.iterdir()] == [PROGRESS + ".new"]  # cut off at its first word
