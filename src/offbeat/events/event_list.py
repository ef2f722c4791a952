"""Events as a list that can show itself, and be a frame or a figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import pandas as pd

from offbeat.events.event import Event
from offbeat.plotting import drawn
from offbeat.tables import PrintedAsTables, Table
from offbeat.words import plural

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Events"]

_MOST_SHOWN = 20


class Events(PrintedAsTables, list[Event]):
    """A list of events that a notebook shows as a table, and a terminal as text.

    Examples
    --------
    >>> events = Events([Event(start=10, end=14, peak=12, score=0.9), Event(start=30, end=31, peak=30, score=0.4)])
    >>> len(events[1:]), events.to_frame()["score"].tolist()
    (1, [0.9, 0.4])
    >>> events
    2 events
       begins  time steps  score  tier
    0      10           4    0.9  alarm
    1      30           1    0.4  alarm
    """

    @overload
    def __getitem__(self, which: SupportsIndex) -> Event: ...

    @overload
    def __getitem__(self, which: slice) -> Events: ...

    def __getitem__(self, which: Any) -> Any:
        found = super().__getitem__(which)
        return Events(found) if isinstance(which, slice) else found

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row for each event, see :func:`offbeat.events_to_frame`."""
        from offbeat.events.files import events_to_frame  # which reads files to events, and stands above

        return events_to_frame(self)

    def plot(self, recording: Any, scores: npt.ArrayLike, **options: Any) -> Any:
        """Draw the events of highest score with their surroundings.

        Parameters
        ----------
        recording : Recording, DataFrame or array
            What they were found in, as ``detect`` takes it.
        scores : array of shape (n_times,)
            Higher = more anomalous.
        **options
            ``expected``, ``threshold``, ``tiers``, ``known`` and ``limit``, see :func:`offbeat.event_zooms`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        """
        return drawn("events", self, recording, scores, **options)

    def _summary(self) -> Iterable[Table]:
        shown = sorted(sorted(range(len(self)), key=lambda place: -self[place].score)[:_MOST_SHOWN])
        heads = ["", "series" if any(event.series is not None for event in self) else "begins"]
        heads += ["time steps", "score", "tier"]
        rows = [[place, *_cells(self[place])] for place in shown]
        if any(len(event.channels) > 1 for event in self):
            heads.append("most to blame")
            rows = [[*row, _causes(self[place])] for row, place in zip(rows, shown, strict=True)]
        left_out = len(self) - len(shown)
        note = f"The {len(shown)} of highest score; {left_out:,} more are not shown here." if left_out else ""
        return [Table(plural(len(self), "event"), heads, rows, note=note)]


def _cells(event: Event) -> list[Any]:
    place = event.series if event.series is not None else event.times()["start_time"]
    where = event.start if place is None else place if isinstance(place, int) else str(pd.Timestamp(place))
    return [where, len(event), event.score, event.severity.label]


def _causes(event: Event) -> str:
    blamed = sorted(event.channels, key=lambda channel: -channel[1])[:2]
    return ", ".join(f"{name} {share:.0%}" for name, share in blamed)
