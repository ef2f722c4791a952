"""What a user is told of training data that looks like incidents."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from offbeat.events import Event
from offbeat.thresholds import IncidentWarning
from offbeat.words import plural

__all__ = ["warn_of_incidents"]

_NAMED = 5


def warn_of_incidents(events: Sequence[Event], *, dropped: bool) -> None:
    """Warn of events in the training data.

    Parameters
    ----------
    events : sequence of Event
        One at least.
    dropped : bool
        Whether they were left out of the training.
    """
    what = plural(len(events), "stretch", "stretches") if events[0].series is None else f"{len(events):,} series"
    named = ", ".join(map(_name, events[:_NAMED])) + ", …" * (len(events) > _NAMED)
    look = f"{what} that look{'s' * (len(events) == 1 and events[0].series is None)} like incidents: {named}"
    advice = "pass incidents='drop' to learn without them, or label them"
    message = f"left out {look}" if dropped else f"learned from {look}; {advice}"
    warnings.warn(message, IncidentWarning, stacklevel=6)


def _name(event: Event) -> str:
    if event.series is not None:
        return f"series {event.series}"
    start = event.times()["start_time"]
    return f"time step {event.start:,}" if start is None else f"{pd.Timestamp(start):%Y-%m-%d %H:%M}"
