"""The last month of a stream: its scores, and where events lie of which somebody said what they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.series.timeline import usual_step
from offbeat.service.columns import about
from offbeat.service.points import MICRO
from offbeat.service.reading import MOST_POINTS, VERDICTS
from offbeat.service.service import Service
from offbeat.service.stream import Stream

__all__ = ["DAYS", "Month", "events_said", "month_of"]

DAYS = 30
_LATEST = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Month:
    """The scores of a stream in the 30 days before its newest point, at the points that they are about.

    Parameters
    ----------
    scores : array of shape (n_times,)
        NaN where there is none.
    times : array of shape (n_times,)
        ``datetime64`` of microseconds, in UTC and in order.
    """

    scores: npt.NDArray[np.float64]
    times: npt.NDArray[np.datetime64]

    @property
    def step(self) -> float | None:
        """Seconds between two points; None for fewer than two, or where they have one time."""
        found = usual_step(self.times)
        return found if found > 0 else None

    @property
    def seconds(self) -> float:
        """Time with a score; 0 where nothing says how long a step is."""
        return int(np.sum(np.isfinite(self.scores))) * (self.step or 0.0)


def month_of(service: Service, stream: Stream) -> Month:
    """Return the last month of a stream, as far as the present model has scored it; its newest points if too many."""
    block = service.reader.points(stream, stream.newest.time - DAYS * 86_400 * MICRO, _LATEST, MOST_POINTS)
    block = block.part(slice(max(0, len(block) - (stream.n_points - stream.first)), None))
    # Points that are placed by a number come with any times.
    times = np.maximum.accumulate(block.time).view("datetime64[us]")
    return Month(about(block.score, stream.online.delay, math.nan), times)


def events_said(service: Service, stream: Stream, month: Month) -> dict[str, list[tuple[int, int]]]:
    """Return by verdict where events are flagged of which somebody said so: first time step, and one after the last.

    An event is placed where the anomaly is, but all windows over it are flagged: until a window after it.
    """
    later = stream.detector.n_times_ - 1
    found: dict[str, list[tuple[int, int]]] = {verdict: [] for verdict in VERDICTS}
    micros = month.times.astype(np.int64)
    rows = service.database.read(
        "SELECT verdict, start_time, end_time FROM events "
        "WHERE stream = ? AND verdict IS NOT NULL AND status != 'merged'",
        stream.id,
    )
    for row in rows:
        start, end = np.searchsorted(micros, row["start_time"]), np.searchsorted(micros, row["end_time"], "right")
        if end > start:
            found[row["verdict"]].append((int(start), int(end) + later))
    return found
