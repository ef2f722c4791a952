"""Many recordings by key, of different lengths, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from offbeat.errors import DataError
from offbeat.plotting import drawn
from offbeat.series.joined import Joined
from offbeat.series.recording import Recording
from offbeat.tables import ShownAsTables, Table
from offbeat.words import plural

__all__ = ["Panel"]

_Result = TypeVar("_Result")
_MOST_SHOWN = 10


def _as_it_is(source: Any) -> Any:
    return source


class Panel(ShownAsTables, Mapping[str, Recording]):
    """Many recordings by key (host, patient, file), of different lengths.

    A mapping whose values are read when they are asked for, and not kept: a panel of 10,000 files takes the memory of
    their paths. :func:`offbeat.read_panel` makes one of files, frames and long tables.

    Parameters
    ----------
    sources : mapping
        By key, in the order that results are shown in: recordings, or whatever ``read`` makes a recording of.
    read : callable, optional
        Makes a recording of a source. At the top level of a module, so that other processes find it.

    Raises
    ------
    DataError
        If there is none, or a key is no text or is empty.

    Examples
    --------
    >>> panel = Panel({"web1": Recording([0.5, 0.7]), "web2": Recording([0.1, 9.9, 0.2])})
    >>> panel
    Panel(2 recordings: web1, web2)
    >>> panel.map(len)
    {'web1': 2, 'web2': 3}
    """

    def __init__(self, sources: Mapping[str, Any], read: Callable[[Any], Recording] = _as_it_is) -> None:
        self.sources, self.read = dict(sources), read
        if not self.sources:
            raise DataError("expected at least one recording in a panel, got none")
        for key in self.sources:
            if not isinstance(key, str) or not key.strip():
                raise DataError(f"expected text as the key of each recording, got {key!r}: name each")

    def __getitem__(self, key: str) -> Recording:
        """Read the recording of a key; it is called by its key."""
        recording = self.read(self.sources[key])
        return recording if recording.name == key else replace(recording, name=key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)

    def __contains__(self, key: object) -> bool:
        return key in self.sources

    def __repr__(self) -> str:
        keys = list(self.sources)
        shown = keys if len(keys) <= 6 else [*keys[:3], "…", *keys[-3:]]
        return f"Panel({len(keys):,} recording{'s'[: len(keys) != 1]}: {', '.join(shown)})"

    def _summary(self) -> Iterable[Table]:
        rows = [
            [key, repr(source) if isinstance(source, Recording) else "read when it is asked for"]
            for key, source in list(self.sources.items())[:_MOST_SHOWN]
        ]
        more = len(self) - len(rows)
        note = f"{more:,} more are not shown here." if more else ""
        return [Table(plural(len(self), "recording"), ["key", "holds"], rows, note=note)]

    def pick(self, keys: Any) -> Panel:
        """Return a panel of some of the keys, in the order given.

        Raises
        ------
        DataError
            If a key is not there.
        """
        wanted = list(keys)
        if missing := [key for key in wanted if key not in self.sources]:
            raise DataError(f"no recording of the panel has the key {missing[0]!r}")
        return Panel({key: self.sources[key] for key in wanted}, self.read)

    def map(self, function: Callable[[Recording], _Result]) -> dict[str, _Result]:
        """Return what a function gives for each recording, by key; one recording is held at a time.

        Examples
        --------
        >>> import numpy as np
        >>> from offbeat import NaiveForecast
        >>> panel = Panel({"web1": Recording(np.arange(200.0)), "web2": Recording(np.arange(300.0))})
        >>> {key: len(scores) for key, scores in panel.map(NaiveForecast().fit(panel).decision_function).items()}
        {'web1': 200, 'web2': 300}
        """
        return {key: function(self[key]) for key in self}

    def plot(self, events: Mapping[str, Iterable[Any]] | None = None, *, most: int = 24) -> Any:
        """Draw a small panel for each of the recordings, of its first channel or the one that events blame most.

        Parameters
        ----------
        events : mapping of str to iterable of Event, optional
            What was flagged, by key; those with the gravest are drawn first.
        most : int
            How many recordings are drawn, and read.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.

        Examples
        --------
        >>> figure = Panel({"web1": Recording([0.5, 0.7]), "web2": Recording([0.1, 9.9])}).plot()
        >>> [panel.get_title("left") for panel in figure.axes]
        ['web1: ch0', 'web2: ch0']
        """
        return drawn("panel", self, {} if events is None else events, most)

    def joined(self) -> Joined:
        """Return all recordings one after the other, to learn from; see :class:`~offbeat.series.joined.Joined`."""
        return Joined.of([self[key] for key in self])
