"""Many events on one time axis: a lane for each tier, and numbers for the gravest few.

A band over the full height for each of a hundred events is a wall of stripes. Bands and numbers are for the gravest
few, the same numbers as in the list of events; the lanes hold all of them, one tier in a row, so that a tier is told by
its place and its name, not by its colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.events import Event
from offbeat.report.drawing.marks import worst_first
from offbeat.report.drawing.style import INK, TIER_MARKS
from offbeat.report.drawing.times import Timeline
from offbeat.words import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__: list[str] = []

NUMBERED = 9
"""So many events bear numbers; their bands leave most of a picture free."""

Span = tuple[float, float]

_NEAREST = 1 / 300  # of the width: marks nearer than this, three pixels, look like one and are drawn as one
_ROOM = 1 / 25  # of the width, for a number


def gravest(events: Sequence[Event]) -> list[Event]:
    """Return the events that bear numbers, in the order of time."""
    return sorted(worst_first(events)[:NUMBERED], key=lambda event: event.start)


def tiers_of(events: Iterable[Event]) -> list[str]:
    """Return the tiers that have events, the gravest last."""
    return [severity.label for severity in sorted({event.severity for event in events})]


def spans_of(timeline: Timeline, events: Iterable[Event], tier: str) -> list[Span]:
    """Return where the events of a tier begin and end."""
    return [timeline.span(event.start, event.end) for event in events if event.severity.label == tier]


def joined(spans: Iterable[Span], width: float) -> list[Span]:
    """Return the spans in order, those joined that lie too near each other to be told apart in so wide a picture.

    Examples
    --------
    >>> joined([(0.0, 1.0), (1.5, 2.0), (90.0, 91.0)], 300.0)
    [(0.0, 2.0), (90.0, 91.0)]
    """
    found: list[Span] = []
    for left, right in sorted(spans):
        if found and left - found[-1][1] < width * _NEAREST:
            found[-1] = (found[-1][0], max(found[-1][1], right))
        else:
            found.append((left, right))
    return found


def numbers(timeline: Timeline, events: Sequence[Event], width: float) -> list[tuple[float, str]]:
    """Return where to write which numbers over the gravest events; what would lie over another stands beside it.

    Examples
    --------
    >>> from offbeat.series.recording import Recording
    >>> timeline = Timeline.of(Recording(np.zeros(1000)))
    >>> grave = [Event(start=s, end=s + 1, peak=s, score=score) for s, score in ((5, 1.0), (9, 3.0), (700, 2.0))]
    >>> numbers(timeline, grave, 1000.0)
    [(9.0, '1, 3'), (700.0, '2')]
    """
    places: list[tuple[float, list[str]]] = []
    for number, event in enumerate(worst_first(events)[:NUMBERED], 1):
        place = float(np.mean(timeline.span(event.start, event.end)))
        near = next((entry for entry in places if abs(entry[0] - place) < width * _ROOM * len(entry[1])), None)
        if near is None:
            places.append((place, [str(number)]))
        else:
            near[1].append(str(number))
    return [(place, ", ".join(written)) for place, written in places]


def draw_lanes(axes: Axes, timeline: Timeline, events: Sequence[Event]) -> None:
    """Draw the lanes of all events into an axes of their own, the gravest tier on top, with the numbers above."""
    tiers = tiers_of(events)
    whole = timeline.span(0, len(timeline.positions))
    width, n_drawn = whole[1] - whole[0], 0
    for row, tier in enumerate(tiers):
        spans = joined(spans_of(timeline, events, tier), width)
        bars = [(timeline.as_days(left), timeline.as_days(right) - timeline.as_days(left)) for left, right in spans]
        colour = TIER_MARKS[tier]
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 1.2}
        axes.broken_barh(bars, (row + 0.18, 0.64), **style)
        n_drawn += len(spans)
    for place, written in numbers(timeline, events, width):
        above: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8, "fontweight": "bold", "color": INK}
        axes.annotate(written, (timeline.as_days(place), len(tiers)), (0, 1), textcoords="offset points", **above)
    axes.set_ylim(0, len(tiers))
    axes.set_yticks(np.arange(len(tiers)) + 0.5, tiers)
    axes.tick_params(left=False)
    if n_drawn < len(events):
        left_out = f"{plural(len(events), 'event')} drawn as {plural(n_drawn, 'mark')}: near ones are joined"
        axes.set_title(left_out, loc="right", fontsize=8, pad=14)
