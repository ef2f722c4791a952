"""What a user is told of training data that looks like incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from offbeat.errors import warn
from offbeat.events import Event
from offbeat.thresholds import IncidentWarning
from offbeat.words import plural

__all__ = ["warn_of_incidents"]

_NAMED = 5


def warn_of_incidents(events: Sequence[Event], names: Sequence[str] = (), *, dropped: bool) -> None:
    """Warn of events in the training data.

    Parameters
    ----------
    events : sequence of Event
        One at least.
    names : sequence of str
        The recordings that they lie in, by ``series``; none where they lie in one recording or in a collection.
    dropped : bool
        Whether they were left out of the training.
    """
    of_time = bool(names) or events[0].series is None
    what = plural(len(events), "stretch", "stretches") if of_time else f"{len(events):,} series"
    named = ", ".join(_name(event, names) for event in events[:_NAMED]) + ", …" * (len(events) > _NAMED)
    look = f"{what} that look{'s' * (len(events) == 1 and of_time)} like incidents: {named}"
    advice = "pass incidents='drop' to learn without them, or label them"
    message = f"left out {look}" if dropped else f"learned from {look}; {advice}"
    warn(message, IncidentWarning)


def _name(event: Event, names: Sequence[str]) -> str:
    if event.series is not None:
        when = _name(replace(event, series=None), ())
        return f"{when} of {names[event.series]}" if names else f"series {event.series}"
    start = event.times()["start_time"]
    return f"time step {event.start:,}" if start is None else f"{pd.Timestamp(start):%Y-%m-%d %H:%M}"
