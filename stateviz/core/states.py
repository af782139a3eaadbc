"""StateMatrix and Recording: what a model's hidden state did over a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stateviz.core.coercion import as_matrix, coerce_values
from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.table import unknown


@dataclass(frozen=True, eq=False)
class StateMatrix:
    """Hidden states over a text: ``values[unit, step]``, read-only.

    Column ``t`` is the state after token ``t`` was read.

    Parameters
    ----------
    values : array, shape (units, steps)
        Binary matrices (bool, 0/1 or -1/+1) become int8 in {-1, +1}; all others float32.
    units : sequence of int or str, optional
        The name of each row; by default 0, 1, 2, ...
    tokens : sequence of str, optional
        The text of each step.
    site : str
        Where in the model the rows were captured, such as ``"core.h"``.
    source : mapping
        Where the values came from (digests, versions); plain JSON values.
    row_breaks, column_breaks : tuple of int
        A break at ``i`` stands between ``i - 1`` and ``i``.
    flipped : array of bool, shape (units,), optional
        True where a row was multiplied by -1.

    Raises
    ------
    InputError
        When ``values`` is not two-dimensional, is empty, holds NaN or infinity, or when units or
        tokens are not as many as rows or columns.

    Examples
    --------
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc")
    >>> states.binary, states.shape
    (True, (2, 3))
    >>> states.values.tolist()
    [[-1, 1, 1], [1, 1, -1]]
    """

    values: NDArray[Any]
    units: tuple[int | str, ...] = ()
    tokens: tuple[str, ...] | None = None
    site: str = "h"
    source: Mapping[str, Any] = field(default_factory=dict)
    row_breaks: tuple[int, ...] = ()
    column_breaks: tuple[int, ...] = ()
    flipped: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        values = coerce_values(self.values)
        rows, steps = values.shape
        units = tuple(map(_plain, self.units)) if len(self.units) else tuple(range(rows))
        tokens = None if self.tokens is None else tuple(self.tokens)
        flipped = np.zeros(rows, bool) if self.flipped is None else np.array(self.flipped, bool)
        if len(units) != rows or len(flipped) != rows:
            raise InputError(f"{len(units)} unit names and {len(flipped)} flips came for {rows} rows; give one each")
        if len(set(units)) != rows:
            raise InputError("two rows have the same unit name; unit names must differ")
        if tokens is not None and len(tokens) != steps:
            raise InputError(f"{len(tokens)} tokens came for {steps} steps; give one token a step")
        flipped.flags.writeable = False
        for name, value in (
            ("values", values),
            ("units", units),
            ("tokens", tokens),
            ("flipped", flipped),
            ("source", MappingProxyType(dict(self.source))),
            ("row_breaks", _breaks(self.row_breaks, rows, "row")),
            ("column_breaks", _breaks(self.column_breaks, steps, "column")),
        ):
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, int]:
        """(units, steps)."""
        return self.values.shape  # type: ignore[return-value]

    @property
    def binary(self) -> bool:
        """Whether the values are int8 in {-1, +1}."""
        return self.values.dtype == np.int8

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=bool(copy)) if copy else np.asarray(self.values, dtype)

    def __repr__(self) -> str:
        kind = "binary" if self.binary else "real"
        return f"StateMatrix({self.site}: {self.shape[0]} units x {self.shape[1]} steps, {kind})"

    def select(self, steps: slice) -> StateMatrix:
        """The columns of ``steps`` (a slice without a stride)."""
        start, stop, stride = steps.indices(self.shape[1])
        if stride != 1 or stop <= start:
            raise InputError(f"steps {steps.start}:{steps.stop} hold no column of {self.shape[1]}; give A:B with A < B")
        return replace(
            self,
            values=self.values[:, start:stop],
            tokens=None if self.tokens is None else self.tokens[start:stop],
            column_breaks=tuple(b - start for b in self.column_breaks if start < b < stop),
        )

    def reorder(self, rows: ArrayLike, signs: ArrayLike | None = None, row_breaks: Sequence[int] = ()) -> StateMatrix:
        """Rows taken in the order ``rows`` (a permutation), each multiplied by its sign (-1 or +1).

        ``signs`` are in the order of the result.
        """
        rows = np.asarray(rows)
        if not np.array_equal(np.sort(rows), np.arange(self.shape[0])):
            raise InputError(f"rows must be a permutation of 0 to {self.shape[0] - 1}")
        signs = np.ones(len(rows), np.int8) if signs is None else np.asarray(signs, np.int8)
        values = self.values[rows] * signs[:, None].astype(self.values.dtype)
        flipped = self.flipped[rows] ^ (signs < 0)  # type: ignore[index]
        units = tuple(self.units[i] for i in rows)
        return replace(self, values=values, units=units, flipped=flipped, row_breaks=tuple(row_breaks))

    def reorder_steps(
        self, steps: ArrayLike, signs: ArrayLike | None = None, breaks: Sequence[int] = ()
    ) -> StateMatrix:
        """Columns taken in the order ``steps`` (a permutation), each multiplied by its sign (-1 or +1).

        ``signs`` are in the order of the result; the tokens move with their columns.
        """
        steps = np.asarray(steps)
        if not np.array_equal(np.sort(steps), np.arange(self.shape[1])):
            raise InputError(f"steps must be a permutation of 0 to {self.shape[1] - 1}")
        signs = np.ones(len(steps), np.int8) if signs is None else np.asarray(signs, np.int8)
        values = self.values[:, steps] * signs.astype(self.values.dtype)
        tokens = None if self.tokens is None else tuple(self.tokens[t] for t in steps)
        return replace(self, values=values, tokens=tokens, column_breaks=tuple(breaks))


@dataclass(frozen=True, eq=False)
class Recording:
    """What one pass over a text captured.

    Parameters
    ----------
    tokens
        The text of each step.
    states
        One StateMatrix a site.
    source
        Model digest, text digest, versions; plain JSON values.
    surprisal : array, shape (steps,), optional
        ``-log2 p(token t | tokens before it)`` in bits; NaN where undefined.
    entropy : array, shape (steps,), optional
        Entropy in bits of the prediction made at step t, of token t + 1.
    top_ids, top_probabilities : array, shape (steps, k), optional
        The k likeliest next tokens at step t, likeliest first, as int32 places in the vocabulary, and their
        probabilities.
    """

    tokens: tuple[str, ...]
    states: Mapping[str, StateMatrix]
    source: Mapping[str, Any] = field(default_factory=dict)
    surprisal: NDArray[np.float32] | None = None
    entropy: NDArray[np.float32] | None = None
    top_ids: NDArray[np.int32] | None = None
    top_probabilities: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if not self.states:
            raise InputError("a recording needs at least one site")
        tokens = tuple(self.tokens)
        for site, states in self.states.items():
            if states.shape[1] != len(tokens):
                raise InputError(f"site {site!r} has {states.shape[1]} steps, the text {len(tokens)} tokens")
        for name in ("surprisal", "entropy"):
            track = getattr(self, name)
            if track is not None:
                track = np.array(track, np.float32)
                if track.shape != (len(tokens),):
                    raise InputError(f"{name} has shape {track.shape}; expected ({len(tokens)},)")
                track.flags.writeable = False
                object.__setattr__(self, name, track)
        self._check_tops(len(tokens))
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "states", MappingProxyType(dict(self.states)))
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    def _check_tops(self, steps: int) -> None:
        if (self.top_ids is None) != (self.top_probabilities is None):
            raise InputError("top_ids and top_probabilities belong together; give both or neither")
        for name, dtype in (("top_ids", np.int32), ("top_probabilities", np.float32)):
            given = getattr(self, name)
            if given is not None:
                track = np.array(given, dtype)
                if track.ndim != 2 or len(track) != steps or track.shape != np.shape(self.top_ids):  # type: ignore[arg-type]
                    raise InputError(f"{name} has shape {track.shape}; expected ({steps}, k), the same k for both")
                track.flags.writeable = False
                object.__setattr__(self, name, track)

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites, in the order they were asked for."""
        return tuple(self.states)

    @property
    def vocabulary(self) -> tuple[str, ...] | None:
        """What ``top_ids`` are places in; None where it was not recorded."""
        known = self.source.get("vocabulary")
        return None if known is None else tuple(known)

    @property
    def boundaries(self) -> NDArray[np.bool_]:
        """True at the first step of each text, shape (steps,)."""
        first = np.zeros(len(self.tokens), bool)
        first[[0, *self[self.sites[0]].column_breaks]] = True
        return first

    def __getitem__(self, site: str) -> StateMatrix:
        try:
            return self.states[site]
        except KeyError:
            raise UnknownNameError(unknown("site", site, self.states)) from None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return coerce_states(self).__array__(dtype, copy)

    def __repr__(self) -> str:
        return f"Recording({len(self.tokens)} steps; {', '.join(map(repr, self.states.values()))})"


def coerce_states(obj: Any, *, site: str | None = None, transpose: bool = False) -> StateMatrix:
    """A StateMatrix from what a user has in memory.

    Parameters
    ----------
    obj : StateMatrix, Recording, array-like, torch.Tensor or pandas.DataFrame
        Arrays and tensors are units x steps. A DataFrame holds one row a step and one column a
        unit, as data frames do.
    site
        Which site of a Recording; needed where it has more than one.
    transpose
        Arrays are steps x units.
    """
    if isinstance(obj, Recording):
        if site is None and len(obj.sites) > 1:
            raise InputError(f"the recording has {len(obj.sites)} sites; name one of {', '.join(obj.sites)}")
        return obj[obj.sites[0] if site is None else site]
    if isinstance(obj, StateMatrix):
        if site is not None and site != obj.site:
            raise UnknownNameError(unknown("site", site, {obj.site: None}))
        return obj
    if hasattr(obj, "columns") and hasattr(obj, "to_numpy"):
        return _from_table(obj, site or "table")
    if hasattr(obj, "detach"):
        obj = obj.detach().cpu()
        obj = (obj.float() if obj.is_floating_point() else obj).numpy()
    return StateMatrix(as_matrix(obj).T if transpose else obj, site=site or "array")


def _from_table(table: Any, site: str) -> StateMatrix:
    """A data frame's columns as units; a column named ``token`` is the text of the steps."""
    tokens = None
    if "token" in table.columns:
        tokens, table = tuple(map(str, table["token"])), table.drop(columns="token")
    for name, kind in zip(table.columns, table.dtypes, strict=True):
        if getattr(kind, "kind", "O") not in "biuf":
            raise InputError(
                f"column {name!r} holds {kind}, and states are numbers; leave it out: df.drop(columns={name!r})"
            )
    units = tuple(c if isinstance(c, int) else str(c) for c in map(_plain, table.columns))
    # Booleans beside numbers are read as 0 and 1.
    values = np.stack([np.asarray(table.iloc[:, i], None) for i in range(len(units))]) if units else np.zeros((0, 0))
    return StateMatrix(values, units=units, tokens=tokens, site=site)


def _plain(name: Any) -> Any:
    """A NumPy scalar as Python's own int or str, so that it can be written as JSON."""
    return name.item() if isinstance(name, np.generic) else name


def _breaks(breaks: Sequence[int], size: int, axis: str) -> tuple[int, ...]:
    result = tuple(int(b) for b in breaks)
    if list(result) != sorted(set(result)) or any(not 0 < b < size for b in result):
        raise InputError(f"{axis} breaks {result} must rise and lie within 1 to {size - 1}")
    return result
