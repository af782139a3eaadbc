"""History: what a model wrote, and what its states were, at each checkpoint of its training."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.analysis import Horizon
from stateviz.analysis.checkpoints import (
    LONGEST,
    UnitChanges,
    loss_by_distance,
    loss_by_place,
    near_zero,
)
from stateviz.analysis.tables import as_csv
from stateviz.core.errors import FileError
from stateviz.core.noun import Noun
from stateviz.core.recordings import Recording
from stateviz.core.table import Table
from stateviz.storage.atomic import AnyPath, atomic, check_writable

MARK = "history.json"

TABLES: Table[str] = Table(
    "table",
    {
        "checkpoints": "a row each: bits, words known, signs flipped, units likest to themselves",
        "words": "words of the samples that exist, by length",
        "places": "bits by place in a word",
        "closings": "bits of what closes a bracket or a quote, by distance",
        "memory": "bits where only the last k tokens were read",
        "units": "each unit from one checkpoint to the next: signs flipped, correlations, likest unit",
    },
)


@dataclass(frozen=True, eq=False, repr=False)
class History(Noun):
    """A training looked back on; ``history`` makes it.

    Parameters
    ----------
    steps : tuple of int
        Updates that each checkpoint had.
    samples : tuple of str
        What each wrote.
    recordings : tuple of Recording
        The states of each over the same text, and what each token cost (track ``surprisal``, in bits).
    known : array of int, shape (checkpoints, lengths, 2)
        Words of each sample by length, and how many of them exist.
    changes : tuple of UnitChanges
        Of each checkpoint to the next, one a site.
    memory : tuple of Horizon
        How far back each one's memory reached; empty where that was not asked for.

    Examples
    --------
    >>> import stateviz as sv
    >>> models = {0: sv.load_model("phone-case-untrained"), 32_000: sv.load_model("phone-case")}
    >>> found = sv.history(models, "For I am not ashamed of the gospel of Christ: " * 2, length=100, upto=8)
    >>> found.steps, [row["place"] for row in found.places()][:4]
    ((0, 32000), [0, 1, 2, 3])
    """

    steps: tuple[int, ...]
    samples: tuple[str, ...]
    recordings: tuple[Recording, ...]
    known: NDArray[np.int64]
    changes: tuple[UnitChanges, ...]
    memory: tuple[Horizon, ...]

    def __post_init__(self) -> None:
        self.known.flags.writeable = False

    def __repr__(self) -> str:
        bits = [row["bits"] for row in self.checkpoints()]
        told = f"{self.recordings[0].steps:,} tokens: {bits[0]:.3f} to {bits[-1]:.3f} bits"
        return f"History({len(self.steps)} checkpoints, {self.steps[0]:,} to {self.steps[-1]:,} updates, {told})"

    def checkpoints(self) -> list[dict[str, Any]]:
        """A row each: bits a token of the text; words of the sample, the share that exist, and the letters of such a
        word; and of the units, since the checkpoint before: the share of signs that flipped, how many units have
        another sign at most steps, the share of units that are likest to themselves; the share of pre-activations
        within 1 of 0, where the cell has some.
        """
        rows = []
        for step, recording, known in zip(self.steps, self.recordings, self.known, strict=True):
            count, exist = known.sum(axis=0).tolist()
            letters = (known[:, 1] * np.arange(1, LONGEST + 1)).sum()
            since = [change for change in self.changes if change.after == step]
            flips = np.concatenate([change.flips for change in since]) if since else None
            rows.append({
                "step": step,
                "bits": float(recording.tracks["surprisal"][1:].mean()),
                "words": count,
                "known": exist / count if count else None,
                "letters": float(letters / exist) if exist else None,
                "flipped": None if flips is None else float(flips.mean()),
                "turned": None if flips is None else int((flips > 0.5).sum()),
                "likest_itself": _stayed(since) if since else None,
                "near_zero": near_zero(recording),
            })  # fmt: skip
        return rows

    def words(self) -> list[dict[str, Any]]:
        """Words of each sample by length, and the share of them that exist."""
        return [
            {"step": step, "letters": length, "words": int(count), "known": float(exist / count)}
            for step, known in zip(self.steps, self.known, strict=True)
            for length, (count, exist) in enumerate(known, 1)
            if count
        ]

    def places(self) -> list[dict[str, Any]]:
        """Bits a token by its place in its word: 1 is a word's first letter, 0 what is no letter."""
        return self._each(loss_by_place)

    def closings(self) -> list[dict[str, Any]]:
        """Bits of what closes a bracket or a quote, by how many characters before it was opened."""
        return self._each(loss_by_distance)

    def reach(self) -> list[dict[str, Any]]:
        """Bits of a token where only the last k were read, and by how much that is more than with the most."""
        return [
            {"step": step, "tokens": row["tokens"], "bits": row["loss"] / math.log(2), "excess": row["excess"]
             / math.log(2)}
            for step, found in zip(self.steps, self.memory, strict=bool(self.memory))
            for row in found.rows()
        ]  # fmt: skip

    def units(self) -> list[dict[str, Any]]:
        """Each unit from one checkpoint to the next: signs flipped, correlations, the unit it is likest to."""
        return [row for change in self.changes for row in change.rows()]

    def table(self, name: str) -> list[dict[str, Any]]:
        """A table by its name, as the command line has it: checkpoints, words, places, closings, memory, units.

        Parameters
        ----------
        name : str
            Which.
        """
        _ = TABLES[name]
        return {
            "checkpoints": self.checkpoints, "words": self.words, "places": self.places, "closings": self.closings,
            "memory": self.reach, "units": self.units,
        }[name]()  # fmt: skip

    def _each(self, rows_of: Any) -> list[dict[str, Any]]:
        pairs = zip(self.steps, self.recordings, strict=True)
        return [{"step": step} | row for step, recording in pairs for row in rows_of(recording)]

    def save(self, folder: AnyPath, *, overwrite: bool = False) -> Path:
        """Write the tables as CSV, and of each checkpoint its sample (.txt) and its recording (.zarr), into a folder.

        Parameters
        ----------
        folder : str or pathlib.Path
            A new one.
        overwrite : bool
            Replace a history that is there.

        Raises
        ------
        FileError
            When it is there without ``overwrite``, or is no folder of a history.
        """
        from stateviz.storage import save_recording

        target = check_folder(folder, overwrite=overwrite)
        with atomic(target, overwrite=overwrite) as beside:
            beside.mkdir()
            about = {"stateviz_history": 1, "steps": list(self.steps), "checkpoints": self.checkpoints()}
            (beside / MARK).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            for name in TABLES:
                rows = self.table(name)
                if rows:
                    (beside / f"{name}.csv").write_bytes(as_csv(rows).encode("utf-8"))
            for step, sample, recording in zip(self.steps, self.samples, self.recordings, strict=True):
                (beside / f"step-{step:06d}.txt").write_bytes(sample.encode("utf-8") + b"\n")
                save_recording(recording, beside / f"step-{step:06d}.zarr")
        return target


def _stayed(changes: list[UnitChanges]) -> float:
    stayed = sum(int((change.partner == np.arange(len(change.partner))).sum()) for change in changes)
    return stayed / sum(len(change.partner) for change in changes)


def check_folder(folder: AnyPath, *, overwrite: bool) -> Path:
    """Refuse, before any computing, a folder that could not be written, or holds something else."""
    target = Path(folder)
    check_writable(target, overwrite=overwrite)
    if target.exists() and not (target / MARK).is_file():
        raise FileError(f"{target} is there and is no folder of a history; choose another name")
    return target
