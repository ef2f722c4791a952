"""How a stream goes on with a detector that is new to it: after a restart, or with a model that has changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.errors import DataError
from offbeat.service.database import Database
from offbeat.service.newest_points import newest_points
from offbeat.service.stream import EventChange, LastFlagged, Stream

__all__ = ["check_channels", "last_flagged", "renew", "warm_up"]

_LOOKED_AT = 100_000
"""Points of an open event that are looked at for its end."""


def check_channels(expected: Sequence[str], channels: Sequence[str]) -> None:
    """Check that a model has the channels of the points of a stream.

    Raises
    ------
    DataError
        If it has others, also where these are as many.

    Examples
    --------
    >>> check_channels(("cpu", "load"), ("cpu", "load"))
    """
    if tuple(channels) != tuple(expected):
        raise DataError(
            f"expected a model of the channels {', '.join(expected[:10])}, got one of {', '.join(channels[:10])}: "
            "give it a name of its own"
        )


def renew(database: Database, stream: Stream, detector: Detector, fingerprint: str) -> None:
    """Let a stream go on with a model that has changed: from its state where only thresholds have.

    Raises
    ------
    DataError
        If the model has other channels than the points of the stream.
    """
    check_channels(stream.channels, detector.channels_)
    online = OnlineDetector(detector, event_tier=stream.online.event_tier)
    if fingerprint == stream.fingerprint:
        stream.online = online.restore(stream.online.arrays())
    else:
        warm_up(database, stream, online)
    stream.fingerprint = fingerprint


def warm_up(database: Database, stream: Stream, online: OnlineDetector) -> None:
    """Show a detector the newest points of a stream, so that it has scores from the next one on, and let it take over.

    Parameters
    ----------
    database : Database
        Has the points that are not in memory.
    stream : Stream
        Ends the events of its earlier detector.
    online : OnlineDetector
        New; may be that of the stream itself, which has seen nothing then.
    """
    newest = newest_points(database, stream.id, stream.tail.block(), online.n_remembered)
    if len(newest):
        update_all([online], [newest.values], [newest.time.view("datetime64[us]")])
    stream.take_over(online, stream.n_points - len(newest))


def last_flagged(database: Database, stream: Stream) -> list[EventChange]:
    """Return the ends of the open events of a stream by its stored points, and note that there are none.

    For a model that is gone: an event ends with the last point that it flagged.
    """
    begins = sorted(stream.announced)
    stream.announced = {}
    if not begins:
        return []
    n = min(max(1, stream.n_points - begins[0]), _LOOKED_AT)
    block = newest_points(database, stream.id, stream.tail.block(), n)
    first, delay = stream.n_points - len(block), stream.online.delay
    found = []
    for known_at, following in pairwise([*begins, stream.n_points]):
        part = block.part(slice(max(0, known_at - first), max(0, following - first)))
        flagged = np.flatnonzero(part.flag)
        end = None
        if len(flagged):
            last = int(flagged[-1])
            time = int(part.time[max(0, last - delay)])
            end = LastFlagged(time, last + 1, float(np.max(part.score[flagged])), int(np.max(part.severity[flagged])))
        found.append(EventChange("closed", known_at, None, "closed", end))
    return found
