"""Scene: everything a page shows of one recording, read block by block."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.core.orders import Ordering
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix
from stateviz.views.packing import Levels, deflated, mean_columns, pack

WHOLE = 2**20
"""Cells up to which a page holds everything in one piece, at 6 bits."""
MOST = 128_000_000
"""Cells up to which a page is one file."""
TILE = 4096
BUCKETS = 2000
SAMPLE = 2**20
"""Cells of a site that tell where its colours end."""


@dataclass(frozen=True)
class Scene:
    """One recording, or one matrix, as a page holds it.

    Parameters
    ----------
    source
        What is shown.
    name
        What it is called where a page shows several.
    orderings
        Orders of its units, of which the first is shown first; as recorded is always one of them.
    bits
        Of each real value; None takes 6 where all is one piece, else 4.
    """

    source: StateMatrix | Recording
    name: str
    orderings: tuple[Ordering, ...] = ()
    bits: int | None = None

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites that are shown."""
        return self.source.sites if isinstance(self.source, Recording) else (self.source.site,)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return self.source.steps if isinstance(self.source, Recording) else self.source.shape[1]

    @property
    def has_text(self) -> bool:
        """Whether each step has a token; asking reads none."""
        return isinstance(self.source, Recording) or self.source.tokens is not None

    @property
    def cells(self) -> int:
        """How many states there are, over all sites."""
        return sum(units * steps for units, steps in map(self.shape, self.sites))

    @property
    def tokens(self) -> tuple[str, ...] | None:
        """The text of each step."""
        return self.source.tokens

    @property
    def tracks(self) -> Mapping[str, NDArray[Any]]:
        """What is known of each step beside the states."""
        return self.source.tracks if isinstance(self.source, Recording) else {}

    @property
    def breaks(self) -> tuple[int, ...]:
        """Where a new text begins."""
        if isinstance(self.source, Recording):
            return tuple(int(step) for step in np.flatnonzero(self.source.boundaries)[1:])
        return self.source.column_breaks

    def part(self, site: str, first: int, last: int) -> StateMatrix:
        """Steps ``first`` to ``last - 1`` of a site."""
        if isinstance(self.source, Recording):
            return self.source.select(site, steps=slice(first, last))
        return self.source.select(slice(first, last))

    def parts(self, site: str) -> Iterator[StateMatrix]:
        """The site from first to last, a tile at a time."""
        for first in range(0, self.steps, TILE):
            yield self.part(site, first, min(self.steps, first + TILE))

    def shape(self, site: str) -> tuple[int, int]:
        """(units, steps) of a site."""
        return self.source.shape(site) if isinstance(self.source, Recording) else self.source.shape


class Packer:
    """Names the blocks of a page, and gives them in their order: what is drawn first comes first."""

    def __init__(self) -> None:
        self._early: list[str] = []
        self._late: list[tuple[Scene, str, int, Levels]] = []

    def add(self, data: bytes) -> str:
        """A block that the page needs at once; its name."""
        self._early.append(deflated(data))
        return f"b{len(self._early)}"

    def tile(self, scene: Scene, site: str, tile: int, levels: Levels) -> str:
        """A tile of states, read and packed when the page is written; its name."""
        self._late.append((scene, site, tile, levels))
        return f"t{len(self._late)}"

    def early(self) -> Iterator[tuple[str, str]]:
        """What stands before the script."""
        yield from ((f"b{number}", text) for number, text in enumerate(self._early, 1))

    def late(self) -> Iterator[tuple[str, str]]:
        """What stands behind it."""
        for number, (scene, site, tile, levels) in enumerate(self._late, 1):
            part = scene.part(site, tile * TILE, min(scene.steps, (tile + 1) * TILE))
            quick = part.values.size > WHOLE
            yield f"t{number}", deflated(pack(_levels(part, levels), levels.bits), quick=quick)


def panel(scene: Scene, packer: Packer) -> dict[str, Any]:
    """The header of a scene; its data goes to ``packer``.

    Raises
    ------
    InputError
        When there are more cells than one file can hold.
    """
    cells = scene.cells
    if cells > MOST:
        raise InputError(
            f"{cells:,} cells are more than the {MOST:,} that one page holds; save a folder (a name without an "
            "ending), or choose --site or --steps A:B"
        )
    header: dict[str, Any] = {"name": scene.name, "steps": scene.steps, "breaks": scene.breaks}
    header["tokens"] = "" if scene.tokens is None else packer.add(json.dumps(list(scene.tokens)).encode())
    header["tracks"], header["scales"], header["most"] = {}, {}, []
    whole = cells <= WHOLE
    header["sites"] = [_site(scene, site, number, packer, whole, header) for number, site in enumerate(scene.sites)]
    _tracks(scene, packer, header)
    header["orders"] = orders_of(scene)
    return header


def _site(
    scene: Scene,
    site: str,
    number: int,
    packer: Packer,
    whole: bool,
    header: dict[str, Any],
) -> dict[str, Any]:
    """One site: its scale, its tiles, the strip of switches, and from afar where it is long."""
    units, steps = scene.shape(site)
    buckets = min(BUCKETS, steps)
    low, high, off, binary = np.inf, -np.inf, 0, False
    names: tuple[int | str, ...] = ()
    far, switches, samples, before = [], [], [], None
    jump = max(1, units * steps // SAMPLE)
    for first, part in zip(range(0, steps, TILE), scene.parts(site), strict=True):
        values = part.values
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        names, binary, off = part.units, part.binary, part.off or 0
        whole_steps = values if before is None else np.concatenate([before, values], axis=1)
        change = np.abs(np.diff(whole_steps.astype(np.float64), axis=1)).mean(axis=0) / (1 if not binary else 1 - off)
        samples.append(values[:, -first % jump :: jump])
        switches.append(np.concatenate([[0.0], change]) if before is None else change)
        before = values[:, -1:]
        if not whole:
            edges = np.unique(np.append(np.arange(first, first + values.shape[1]) * buckets // steps, -1))[1:]
            starts = np.maximum(first, -(-edges * steps // buckets)) - first
            far.append(
                (
                    edges,
                    mean_columns(values, np.append(starts, values.shape[1])),
                    np.diff(np.append(starts, values.shape[1])),
                )
            )
    bits = 1 if binary else scene.bits or (6 if whole else 4)
    levels = Levels(float(off), 1.0 - off, 1) if binary else Levels.over(low, high, bits)
    strip = np.concatenate(switches)
    strip[list(scene.breaks)] = 0
    top = float(strip.max()) or 1.0
    header["most"].append(65534)
    header["tracks"][f"switches{number}"] = packer.add(np.rint(strip / top * 65534).astype("<u2").tobytes())
    header["scales"][f"switches{number}"] = 65534 / top
    overview = ""
    if not whole:
        overview = packer.add(_overview(far, units, buckets, levels).tobytes())
    tiles = range(-(-steps // TILE))
    return {
        "name": site,
        "units": list(names),
        "binary": binary,
        "off": off,
        "low": levels.low,
        "step": levels.step,
        "levels": levels.count,
        "bits": bits,
        "limits": [low, high],
        "error": levels.error,
        "tile": TILE,
        "tiles": [packer.tile(scene, site, tile, levels) for tile in tiles],
        "overview": overview,
        "buckets": buckets,
        "sample": np.concatenate(samples, axis=1),
    }


def _overview(far: list[Any], units: int, buckets: int, levels: Levels) -> NDArray[np.uint8]:
    """The mean of each bucket of steps as a byte; buckets that two tiles share are weighed by their steps."""
    sums, counts = np.zeros((units, buckets)), np.zeros(buckets)
    for places, means, steps in far:
        sums[:, places] += means * steps
        counts[places] += steps
    share = (sums / counts - levels.low) / (levels.step * (levels.count - 1))
    return np.clip(np.rint(share * 255), 0, 255).astype(np.uint8)


def _levels(part: StateMatrix, levels: Levels) -> NDArray[np.uint8]:
    return (part.values > 0).astype(np.uint8) if part.binary else levels.of(part.values)


def orders_of(scene: Scene) -> list[dict[str, Any]]:
    """The orders that were found, then that in which the units came (rows None)."""
    found = []
    for ordering in scene.orderings:
        signs = None if bool((ordering.signs > 0).all()) else ordering.signs.tolist()
        row = {"name": ordering.method, "rows": ordering.rows.tolist(), "signs": signs, "breaks": list(ordering.breaks)}
        found.append(row | {"site": ordering.site})
    breaks = scene.source.row_breaks if isinstance(scene.source, StateMatrix) else ()
    return [*found, {"name": "as recorded", "rows": None, "signs": None, "breaks": list(breaks), "site": None}]


def _tracks(scene: Scene, packer: Packer, header: dict[str, Any]) -> None:
    """Surprisal, entropy and guesses as words of 16 bits; 65535 stands for none."""
    header["guesses"], header["vocabulary"] = 0, ""
    for name, most in (("surprisal", 128.0), ("entropy", 128.0), ("top_probabilities", 1.0), ("top_ids", 65534.0)):
        if name not in scene.tracks:
            continue
        values = np.asarray(scene.tracks[name], np.float64)
        # A probability in steps of 1/255 is as fine as its colour, and packs in half the room.
        scale = 255.0 if name == "top_probabilities" else 65534 / most
        words = np.where(np.isfinite(values), np.rint(np.clip(values, 0, most) * scale), 65535).astype("<u2")
        header["tracks"][name], header["scales"][name] = packer.add(words.tobytes()), scale
        if values.ndim == 2:
            header["guesses"] = values.shape[1]
    vocabulary = scene.source.vocabulary if isinstance(scene.source, Recording) else None
    if header["guesses"] and vocabulary is not None:
        header["vocabulary"] = packer.add(json.dumps(list(vocabulary)).encode())


def extent(scene: Scene) -> str:
    """What a scene shows, in words."""
    units, steps = scene.shape(scene.sites[0])
    more = f", and {len(scene.sites) - 1} more sites" if len(scene.sites) > 1 else ""
    return f"{scene.sites[0]}: {units:,} units x {steps:,} steps{more}"


def provenance(scene: Scene) -> str:
    """Where the states come from, as far as it is known."""
    source = scene.source.source
    names = [str(source[key]) for key in ("model", "text") if isinstance(source.get(key), str)]
    return " · ".join(name if len(name) < 40 else name[:12] + "…" for name in names)
