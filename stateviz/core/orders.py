"""Ordering: an order of rows, its length, and how far from the best possible it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, overload

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import FileError, InputError, MismatchError
from stateviz.core.frames import frame_in_order, is_frame
from stateviz.core.html import permutation_levels
from stateviz.core.improvements import Improvement
from stateviz.core.inputs import StatesLike, coerce_states
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.number_wording import amount, between_ends, quality
from stateviz.core.recordings import Recording
from stateviz.core.states import StateMatrix

SCHEMA = 1
UNNAMED = frozenset({"h", "array", "table"})
"""Sites of states that came without one: of a StateMatrix, an array and a data frame."""


def same_site(one: str, other: str) -> bool:
    """Whether two sites can be the same: by name, or as both came without one.

    Examples
    --------
    >>> same_site("core.h", "core.h"), same_site("array", "table"), same_site("core.h", "array")
    (True, True, False)
    """
    return one == other or {one, other} <= UNNAMED


@dataclass(frozen=True, eq=False, repr=False)
class Ordering(Noun):
    """An order of the rows of one site, with the proof that goes with it.

    Parameters
    ----------
    rows : array of int, shape (units,)
        ``rows[i]`` is the row that is drawn at place i.
    signs : array of int8, shape (units,)
        -1 where the row drawn at place i is negated.
    length
        Sum of the distances from each row to the next, in the metric's unit.
    bound
        No order is shorter than this; None where no bound is known.
    proven
        ``length`` is the least possible.
    flip
        Rows may be negated: they were ordered by the size of their similarity.
    method, metric
        The methods that found it, joined by commas, and how unlike two rows are.
    options : mapping
        Options of the methods, and settings of ``order`` other than the usual ones.
    seed
        Of methods that use chance.
    units : tuple of int or str
        The names of the rows (of the steps, for that axis) as they came.
    site
        Where the states were recorded.
    model
        SHA-256 of the model that was recorded; None where it is not known.
    seconds
        Wall-clock time the methods took.
    breaks : tuple of int
        Where groups of rows begin: a break at i parts places i - 1 and i.
    axis
        ``"units"``, or ``"steps"`` where the columns are what is ordered.
    extent
        Of what is ordered, in words, where it came without names of its axes: ``"6 units x 5 steps, from columns"``.
        Not written to files.
    trace : tuple of Improvement
        The order as it came and each shorter one on the way, where ``order(..., trace=True)`` kept them.

    Raises
    ------
    InputError
        When rows are no permutation, or signs, names or breaks do not fit them.

    Examples
    --------
    >>> Ordering([1, 0], [1, -1], 3.0, 2.0, False, True, "exact", "hamming", units=("a", "b")).gap
    0.5
    """

    rows: NDArray[np.int64]
    signs: NDArray[np.int8]
    length: float
    bound: float | None
    proven: bool
    flip: bool
    method: str
    metric: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    units: tuple[int | str, ...] = ()
    site: str = "h"
    model: str | None = None
    seconds: float = 0.0
    breaks: tuple[int, ...] = ()
    axis: str = "units"
    extent: str = ""
    trace: tuple[Improvement, ...] = ()

    _measured: ClassVar[tuple[str, ...]] = ("seconds", "extent")

    def __post_init__(self) -> None:
        rows, signs = np.array(self.rows, np.int64), np.array(self.signs, np.int8)
        if not np.array_equal(np.sort(rows), np.arange(len(rows))):
            raise InputError(f"rows must be a permutation of 0 to {len(rows) - 1}")
        if signs.shape != rows.shape or not np.all(np.abs(signs) == 1):
            raise InputError(f"signs must be {len(rows)} values of -1 or +1")
        if len(self.units) != len(rows):
            raise InputError(f"{len(self.units)} unit names came for {len(rows)} rows")
        if self.axis not in ("units", "steps"):
            raise InputError(f"axis is {self.axis!r}; it is units or steps")
        if list(self.breaks) != sorted(set(self.breaks)) or any(not 0 < b < len(rows) for b in self.breaks):
            raise InputError(f"breaks {tuple(self.breaks)} must rise and lie within 1 to {len(rows) - 1}")
        rows.flags.writeable = signs.flags.writeable = False
        self._hold(rows=rows, signs=signs, options=FrozenDict(self.options))
        if any(len(one.rows) != len(rows) for one in self.trace):
            raise InputError(f"an improvement of the trace has not {len(rows)} rows")
        self._hold(units=tuple(self.units), breaks=tuple(self.breaks), trace=tuple(self.trace))

    def __repr__(self) -> str:
        told = f"length {amount(self.length)}, {self._quality()}"
        return f"Ordering({self.site}: {self.extent or f'{len(self.rows)} {self.axis}'} by {self.method[:60]}, {told})"

    def _facts(self) -> Mapping[str, object]:
        how = f"{self.method}, {self.metric}{', flips' if self.flip else ''}"
        bound = "none" if self.bound is None else amount(self.bound)
        told = f"{amount(self.length)} ({self._quality()})"
        return {"site": self.site, self.axis: f"{len(self.rows):,}", "method": how, "length": told, "bound": bound}

    def _quality(self) -> str:
        return quality(self.proven, self.gap) + between_ends(self.options)

    def _picture(self) -> NDArray[np.uint8]:
        return permutation_levels(self.rows, self.signs)

    @property
    def gap(self) -> float | None:
        """``(length - bound) / bound``; None without a bound, or where it is 0 and the length is not."""
        if self.bound is None:
            return None
        if self.bound <= 0:
            return 0.0 if self.length <= self.bound else None
        return max(0.0, (self.length - self.bound) / self.bound)

    @overload
    def apply(self, states: StateMatrix | Recording) -> StateMatrix: ...
    @overload
    def apply(self, states: StatesLike, *, transpose: bool = False) -> Any: ...

    def apply(self, states: StatesLike, *, transpose: bool = False) -> Any:
        """States with their rows (or steps) in this order, its signs applied and its groups marked.

        Parameters
        ----------
        states : StateMatrix, Recording, array, tensor or data frame, shape (units, steps)
            Of the units that were ordered.
        transpose : bool
            As of ``order``: units are the columns of an array and the rows of a data frame.

        Returns
        -------
        StateMatrix or data frame
            The same states; units, tokens and breaks travel with them. Of a data frame another of its kind, with the
            columns of its units (its rows, with ``transpose``) in this order.

        Raises
        ------
        MismatchError
            When the order was made for other units, another site or another model.
        """
        matrix = coerce_states(states, transpose=transpose)
        if self.extent and matrix.units_from and not self.extent.endswith(f"from {matrix.units_from}"):
            raise MismatchError(f"the order is for {self.extent}, and these are {matrix.extent}; see transpose=")
        theirs, ours = matrix.source.get("model"), self.model
        named = matrix.units if self.axis == "units" else tuple(range(matrix.shape[1]))
        if self.units != named or not same_site(matrix.site, self.site):
            difference = self._difference(named, matrix.site)
            raise MismatchError(f"the order is for other {self.axis} ({difference}); run stateviz order again")
        if theirs and ours and theirs != ours:
            raise MismatchError(f"the order is for model {ours[:12]}, not {theirs[:12]}; run stateviz order again")
        if is_frame(states):
            across = (self.axis == "steps") != transpose
            return frame_in_order(states, self.rows, self.signs, matrix.off, "steps" if across else "units")
        if self.axis == "steps":
            return matrix.reorder_steps(self.rows, self.signs, self.breaks)
        return matrix.reorder(self.rows, self.signs, self.breaks)

    def _difference(self, named: tuple[int | str, ...], site: str) -> str:
        """Why the order is not for units (or steps) of these names at this site."""
        if not same_site(site, self.site) or len(named) != len(self.units):
            return f"{len(self.units)} of {self.site}, not {len(named)} of {site}"
        place = next(i for i, (ours, theirs) in enumerate(zip(self.units, named, strict=True)) if ours != theirs)
        return f"{self.units[place]!r} of {site} at place {place}, not {named[place]!r}"

    def to_json(self) -> str:
        """The text of ``order.json``. Same seed and options give the same text but for ``seconds``."""
        body = {
            "schema": SCHEMA,
            "rows": self.rows.tolist(),
            "signs": self.signs.tolist(),
            "length": self.length,
            "bound": self.bound,
            "gap": self.gap,
            "proven": self.proven,
            "flip": self.flip,
            "method": self.method,
            "metric": self.metric,
            "options": dict(self.options),
            "seed": self.seed,
            "units": list(self.units),
            "site": self.site,
            "model": self.model,
            "seconds": self.seconds,
            "breaks": list(self.breaks),
            "axis": self.axis,
        } | ({"trace": [one.to_json() for one in self.trace]} if self.trace else {})
        lines = (f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in body.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Ordering:
        """Read back what ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The text of an order.json.

        Raises
        ------
        FileError
            When the text is not an order of a known schema.
        """
        try:
            body = json.loads(text)
            schema = body.pop("schema")
            if schema != SCHEMA:
                raise FileError(f"the order has schema {schema}, this version reads {SCHEMA}; update stateviz")
            body.pop("gap")
            _check_types(body)
            body["trace"] = tuple(map(Improvement.from_json, body.pop("trace", ())))
            return cls(**(body | {"units": tuple(body["units"]), "breaks": tuple(body["breaks"])}))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
            raise FileError(f"not an order written by stateviz order ({type(error).__name__}: {error})") from error

    @property
    def digest(self) -> str:
        """SHA-256 of rows and signs: the same for the same picture."""
        return hashlib.sha256(self.rows.tobytes() + self.signs.tobytes()).hexdigest()


def _check_types(body: Mapping[str, Any]) -> None:
    """Raise TypeError where a field read from JSON is of another kind than the one written."""
    number, whole = (int, float), (int,)
    kinds: dict[str, tuple[type, ...]] = {
        "length": number, "bound": (*number, type(None)), "seconds": number, "seed": whole,
        "proven": (bool,), "flip": (bool,), "method": (str,), "metric": (str,), "site": (str,),
        "model": (str, type(None)), "options": (dict,), "units": (list,), "rows": (list,), "signs": (list,),
        "breaks": (list,), "axis": (str,),
    }  # fmt: skip
    for name, kind in kinds.items():
        value = body[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
            raise TypeError(f"{name} is {json.dumps(value)[:40]}")
    if not all(type(unit) in (int, str) for unit in body["units"]):
        raise TypeError("units are not all names or numbers")
    if not all(type(value) is int for value in (*body["rows"], *body["signs"], *body["breaks"])):
        raise TypeError("rows, signs and breaks are not all whole numbers")
