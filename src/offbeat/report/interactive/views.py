"""Views of an interactive picture, each with its name: the events, gravest first, and lengths of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from offbeat.events import Event
from offbeat.report.drawing.marks import worst_first
from offbeat.report.drawing.times import MILLISECONDS_A_DAY, Timeline

__all__: list[str] = []

WHOLE = "Whole recording"

_CONTEXT, _LEAST_CONTEXT = 3, 50  # lengths of the event on either side; time steps
_MOST_SPANS = 4
_FEWEST_STEPS, _LARGEST_SHARE = 20, 0.6  # of the recording
_HOUR, _DAY = 3_600, 86_400
_SECONDS = {
    "1 second": 1, "10 seconds": 10, "1 minute": 60, "10 minutes": 600, "1 hour": _HOUR, "6 hours": 6 * _HOUR,
    "1 day": _DAY, "1 week": 7 * _DAY, "30 days": 30 * _DAY, "1 year": 365 * _DAY,
}  # fmt: skip
_STEPS = {f"{10**power:,} time steps": 10**power for power in range(2, 10)}
_UNITS = {"time (s)": 1.0, "time (min)": 60.0, "time (h)": 3_600.0}


def event_views(timeline: Timeline, events: Sequence[Event], n_times: int) -> list[dict[str, Any]]:
    """Return the name of each event, its view with some time around it, and what it is, the gravest first."""
    found = []
    for number, event in enumerate(worst_first(events), 1):
        context = max(_CONTEXT * len(event), _LEAST_CONTEXT)
        view = timeline.span(max(0, event.start - context), min(n_times, event.end + context))
        score = "no score" if np.isnan(event.score) else f"score {event.score:.4g}"
        found.append(
            {
                "name": f"Event {number}" if number > 1 else "Gravest event",
                "view": list(view),
                "peak": float(timeline.positions[event.peak]),
                "what": f"{event.severity.label}, {score}, peak at {timeline.written(event.peak)}",
            }
        )
    return found


def named_spans(timeline: Timeline) -> list[tuple[str, float]]:
    """Return lengths of time to look at by name, in the unit of the axis: the longest that are parts of the whole.

    Examples
    --------
    >>> from offbeat.series.recording import Recording
    >>> [name for name, _ in named_spans(Timeline.of(Recording(np.zeros(20_000), sampling_rate=1 / 300)))]
    ['6 hours', '1 day', '1 week', '30 days']
    >>> named_spans(Timeline.of(Recording(np.zeros(5_000))))
    [('100 time steps', 100.0), ('1,000 time steps', 1000.0)]
    """
    left, right = timeline.span(0, len(timeline.positions))
    step = (right - left) / len(timeline.positions)
    unit = MILLISECONDS_A_DAY / _DAY if timeline.dated else 1 / _UNITS.get(timeline.label, 1.0)
    lengths = _STEPS if timeline.label == "time step" else {name: s * unit for name, s in _SECONDS.items()}
    fitting = [
        (name, float(width))
        for name, width in lengths.items()
        if _FEWEST_STEPS * step <= width <= _LARGEST_SHARE * (right - left)
    ]
    return fitting[-_MOST_SPANS:]
