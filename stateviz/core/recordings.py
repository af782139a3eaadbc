"""Recording: what one pass over a text captured; in memory, and the interface of those on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.html import grey_levels
from stateviz.core.interop import to_pandas, to_xarray
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.selection import Steps, Units
from stateviz.core.states import StateMatrix
from stateviz.core.table import unknown
from stateviz.core.tracks import Track, coerce_tracks, joined_tracks
from stateviz.core.values import States

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

BLOCK_STEPS = 2**14
"""Steps that ``blocks`` gives at once, unless it is told another number."""
_SHOWN = 400  # steps in the picture of a notebook


class Recording(Noun):
    """What one pass over a text captured: the states of each site, and what is known of each step.

    This one is in memory. ``open_recording`` gives the same on disk (StoredRecording), with the same attributes and
    methods, which are read when they are asked for. Like a mapping, it iterates over the names of its sites.

    Parameters
    ----------
    tokens : sequence of str
        The text of each step.
    states : mapping of str to StateMatrix
        One StateMatrix a site, each with as many steps as there are tokens.
    source : mapping, optional
        Where the states come from (digests of model and text, versions); plain JSON values.
    tracks : mapping of str to array, shape (steps,) or (steps, k), optional
        What is known of each step beside the states; any names. Those that ``record(predictions=k)`` gives:
        ``surprisal``, ``-log2 p(token t | tokens before it)`` in bits, NaN where undefined; ``entropy`` in bits of the
        prediction made at step t, of token t + 1; ``top_ids`` and ``top_probabilities``, shape (steps, k), the k
        likeliest next tokens at step t, likeliest first, as places in the vocabulary, and their probabilities.

    Raises
    ------
    InputError
        When there is no site, or a site or a track has another number of steps than there are tokens.

    Examples
    --------
    >>> states = StateMatrix([[0, 1, 1], [1, 1, 0]], tokens="abc", site="core.h")
    >>> recording = Recording("abc", {"core.h": states}, tracks={"entropy": [2.0, 1.5, 0.5]})
    >>> recording
    Recording(3 steps; StateMatrix(core.h: 2 units x 3 steps, binary))
    >>> recording.select(steps=slice(1, 3), units=[1]).values.tolist()
    [[1, 0]]
    >>> recording.tracks["entropy"].tolist()
    [2.0, 1.5, 0.5]
    """

    _tokens: tuple[str, ...]
    _states: Mapping[str, StateMatrix]
    _source: Mapping[str, Any]
    _tracks: Mapping[str, Track]

    def __init__(
        self,
        tokens: Sequence[str],
        states: Mapping[str, StateMatrix],
        source: Mapping[str, Any] | None = None,
        tracks: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        if not states:
            raise InputError("a recording needs at least one site")
        tokens = tuple(tokens)
        for site, matrix in states.items():
            if matrix.shape[1] != len(tokens):
                raise InputError(f"site {site!r} has {matrix.shape[1]} steps, the text {len(tokens)} tokens")
        self._hold(
            _tokens=tokens,
            _states=FrozenDict(states),
            _source=FrozenDict(source or {}),
            _tracks=coerce_tracks(tracks or {}, len(tokens)),
        )

    @property
    def tokens(self) -> tuple[str, ...]:
        """The text of each step."""
        return self._tokens

    @property
    def states(self) -> Mapping[str, StateMatrix]:
        """The states of each site, shape (units, steps) each."""
        return self._states

    @property
    def source(self) -> Mapping[str, Any]:
        """Where the states come from; plain JSON values."""
        return self._source

    @property
    def tracks(self) -> Mapping[str, Track]:
        """What is known of each step beside the states, by name: arrays of shape (steps,) or (steps, k)."""
        return self._tracks

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites, in the order they were asked for."""
        return tuple(self.states)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.tokens)

    @property
    def boundaries(self) -> NDArray[np.bool_]:
        """True at the first step of each text, shape (steps,)."""
        first = np.zeros(self.steps, np.bool_)
        first[[0, *self._breaks()]] = True
        return first

    @property
    def vocabulary(self) -> tuple[str, ...] | None:
        """What ``top_ids`` are places in; None where it was not recorded."""
        known = self.source.get("vocabulary")
        return None if known is None else tuple(known)

    def shape(self, site: str | None = None) -> tuple[int, int]:
        """(units, steps) of a site.

        Parameters
        ----------
        site : str, optional
            Needed where the recording has more than one.
        """
        return self.states[self.only(site)].shape

    def only(self, site: str | None = None) -> str:
        """The name of a site, once it is known to be there.

        Parameters
        ----------
        site : str, optional
            By default the only one.

        Raises
        ------
        InputError, UnknownNameError
            When there are several and none is named, or there is none of this name.
        """
        if site is None and len(self.sites) > 1:
            raise InputError(f"the recording has {len(self.sites)} sites; name one of {', '.join(self.sites)}")
        if site is not None and site not in self.sites:
            raise UnknownNameError(unknown("site", site, dict.fromkeys(self.sites)))
        return self.sites[0] if site is None else site

    def select(self, site: str | None = None, *, steps: Steps | None = None, units: Units | None = None) -> StateMatrix:
        """Some steps and units of a site; of a recording on disk no more than their chunks are read.

        Parameters
        ----------
        site : str, optional
            Needed where the recording has more than one.
        steps : slice or int, optional
            A slice, whose stride may be more than 1, or one step.
        units : slice, sequence of int or str, int or str, optional
            A slice of the rows, or names of units in any order.

        Returns
        -------
        StateMatrix
            Shape (units, steps).

        Raises
        ------
        UnknownNameError
            When there is no such site or unit.
        InputError
            When there is no such step.

        Examples
        --------
        >>> from stateviz.storage import shipped_recording
        >>> shipped_recording().select(steps=slice(10, 20), units=[3, 1]).units
        (3, 1)
        """
        return self.states[self.only(site)].select(steps, units=units)

    def blocks(self, site: str | None = None, *, steps: int = BLOCK_STEPS) -> Iterator[States]:
        """The states of a site from first to last, ``steps`` at a time.

        Parameters
        ----------
        site : str, optional
            Needed where the recording has more than one.
        steps : int
            How many at once; the last block may have fewer.

        Yields
        ------
        array, shape (steps, units)
        """
        values = self.states[self.only(site)].values
        for start in range(0, self.steps, steps):
            yield values[:, start : start + steps].T

    def with_tracks(self, tracks: Mapping[str, ArrayLike]) -> Recording:
        """This recording with more tracks, or with others in place of those of the same name.

        Parameters
        ----------
        tracks : mapping of str to array, shape (steps,) or (steps, k)

        Returns
        -------
        Recording

        Raises
        ------
        InputError
            When a track has another shape, or holds no numbers.
        """
        return Recording(self.tokens, self.states, self.source, joined_tracks(self.tracks, tracks))

    def to_pandas(self, site: str | None = None, *, steps: Steps | None = None) -> DataFrame:
        """A site as a pandas.DataFrame: one row a step, its token and one column a unit.

        Parameters
        ----------
        site : str, optional
            Needed where the recording has more than one.
        steps : slice or int, optional
            As of ``select``.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        return to_pandas(self.select(site, steps=steps))

    def to_xarray(self, site: str | None = None) -> Dataset:
        """A site as an xarray.Dataset of (step, unit), the tokens and tracks along its steps.

        Of a recording on disk the numbers are read when they are used.

        Parameters
        ----------
        site : str, optional
            Needed where the recording has more than one.

        Raises
        ------
        MissingExtraError
            When xarray is not installed.
        """
        return to_xarray(self[self.only(site)], self.tracks)

    def __getitem__(self, site: str) -> StateMatrix:
        return self.states[self.only(site)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sites)

    def __len__(self) -> int:
        return len(self.sites)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return self[self.only()].__array__(dtype, copy)

    def __repr__(self) -> str:
        kinds = [(name, units, "binary" if binary else "real") for name, (units, binary) in self._layout().items()]
        sites = [f"StateMatrix({name}: {units} units x {self.steps} steps, {kind})" for name, units, kind in kinds]
        shown = sites[:2] + ([f"... {len(sites)} sites in all"] if len(sites) > 2 else [])
        return f"Recording({self.steps} steps; {', '.join(shown)})"

    def _breaks(self) -> tuple[int, ...]:
        """The steps at which a new text begins, but for the first."""
        return self.states[self.sites[0]].column_breaks

    def _layout(self) -> Mapping[str, tuple[int, bool]]:
        """How many units each site has, and whether it is binary; known without reading a state."""
        return {name: (states.shape[0], states.binary) for name, states in self.states.items()}

    def _facts(self) -> Mapping[str, object]:
        kinds = self._layout().items()
        sites = {name: f"{units:,} units, {'binary' if binary else 'real'}" for name, (units, binary) in kinds}
        found = {"steps": f"{self.steps:,}", "texts": f"{1 + len(self._breaks()):,}", **sites}
        return {**found, "tracks": ", ".join(self.tracks) or "none"}

    def _picture(self) -> NDArray[np.uint8]:
        return grey_levels(self.select(self.sites[0], steps=slice(0, _SHOWN)).values)
