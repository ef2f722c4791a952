"""The lines, bands and dots of an interactive picture, as plotly describes them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.events import Event
from offbeat.report.drawing.downsample import downsample
from offbeat.report.drawing.lanes import gravest, numbers, spans_of, tiers_of
from offbeat.report.drawing.marks import Stretches, score_peaks
from offbeat.report.drawing.style import AMBER, BLUE, INK, RUST, TIER_COLOURS, TIER_MARKS
from offbeat.report.drawing.times import Timeline
from offbeat.series.recording import FloatArray, Recording
from offbeat.words import percent, plural, shorten

__all__: list[str] = []

Trace = dict[str, Any]

STRIP = 0.95  # where the strip of known windows begins, as a share of the height

_COLOURS = (INK, BLUE, AMBER, "#6b7383")


def plain(text: str, width: int = 40) -> str:
    """Return text that plotly shows as it stands, tags and all.

    Examples
    --------
    >>> plain("<b>load</b> & more")
    '&lt;b&gt;load&lt;/b&gt; &amp; more'
    """
    return html.escape(shorten(text, width), quote=False)


def line(timeline: Timeline, values: FloatArray, points: int, *, name: str, axis: str = "y", **style: Any) -> Trace:
    """Return a line that keeps its extremes; NaN is a gap."""
    shown = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    kept = downsample(shown, points)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": timeline.positions[kept],
        "y": shown[kept],
        "yaxis": axis,
        "line": {"color": BLUE, "width": 1.2, **style},
        "hovertemplate": "%{y:.5~g}",
    }


def channel_lines(
    recording: Recording, expected: FloatArray | None, timeline: Timeline, channels: Sequence[int], points: int
) -> list[Trace]:
    """Return the line of each channel and of what was expected of it; only the first is shown from the start."""
    traces = []
    for place, channel in enumerate(channels):
        name = plain(recording.channels[channel])
        colour = _COLOURS[place % len(_COLOURS)]
        traces.append(line(timeline, recording.values[:, channel], points, name=name, color=colour))
        if expected is not None:
            dashed = {"color": RUST, "dash": "dash"}
            traces.append(line(timeline, expected[:, channel], points, name=f"{name}, expected", **dashed))
            # a channel and what was expected of it come and go together: one entry in the legend will do
            traces[-1]["showlegend"] = not place
        for trace in traces[-1 if expected is None else -2 :]:
            trace |= {"legendgroup": str(channel), "visible": "legendonly" if place else True}
    return traces


def event_lanes(timeline: Timeline, events: Sequence[Event]) -> list[Trace]:
    """Return the marks of all events in rows, one a tier, and the numbers of the gravest above them."""
    tiers = tiers_of(events)
    lanes = [
        _boxes(spans_of(timeline, events, tier), row + 0.15, row + 0.85, name=tier, colour=TIER_MARKS[tier], axis="y4")
        for row, tier in enumerate(tiers)
    ]
    left, right = timeline.span(0, len(timeline.positions))
    places = numbers(timeline, events, right - left)
    written = {
        "type": "scatter",
        "mode": "text",
        "x": [place for place, _ in places],
        "y": [len(tiers) + 0.5] * len(places),
        "yaxis": "y4",
        "text": [text for _, text in places],
        "textfont": {"color": INK, "size": 12, "weight": "bold"},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": "numbers",
    }
    return [*lanes, written] if lanes else []


def grave_bands(timeline: Timeline, events: Sequence[Event]) -> list[Trace]:
    """Return one trace a tier that shades the gravest events over the full height."""
    return [
        _boxes(spans, 0.0, 1.0, name=f"gravest, {tier}", colour=TIER_COLOURS[tier]) | {"showlegend": False}
        for tier in tiers_of(gravest(events))
        if (spans := spans_of(timeline, gravest(events), tier))
    ]


def known_bands(timeline: Timeline, known: Stretches) -> list[Trace]:
    """Return the labelled windows as a strip along the top."""
    spans = [timeline.span(start, end) for start, end in known]
    return [_boxes(spans, STRIP, 1.0, name="labelled window", colour=BLUE)] if spans else []


def _boxes(
    spans: Sequence[tuple[float, float]], low: float, high: float, *, name: str, colour: str, axis: str = "y3"
) -> Trace:
    """Return filled boxes, by default on the axis of shares; their outline keeps the shortest in sight."""
    x = np.array([[left, left, right, right, np.nan] for left, right in spans]).ravel()
    y = np.tile([low, high, high, low, np.nan], len(spans))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "yaxis": axis,
        "fill": "toself",
        "fillcolor": colour,
        "line": {"color": colour, "width": 1.5},
        "hoverinfo": "skip",
    }


def event_peaks(timeline: Timeline, events: Sequence[Event], scores: FloatArray) -> list[Trace]:
    """Return a dot for each of the gravest on the score, with a hover text, and dots along all with such texts."""
    if not events:
        return []
    dotted = gravest(events)
    peaks = score_peaks(dotted, scores)
    dots = _dots(timeline.positions[peaks], scores[peaks], [described(timeline, event) for event in dotted], dotted)
    dots |= {"name": "peak of an event", "yaxis": "y2", "marker": _MARKER}
    return [dots, _along_bands(timeline, events, [described(timeline, event) for event in events])]


_MARKER = {"color": RUST, "size": 8, "line": {"color": "white", "width": 1}}
_STOPS = 15  # hover dots along the band of an event; many events have fewer each
_ALL_STOPS = 6000


def _along_bands(timeline: Timeline, events: Sequence[Event], texts: Sequence[str]) -> Trace:
    """Return dots that cannot be seen, so that a band can be hovered over anywhere."""
    stops = int(np.clip(_ALL_STOPS // len(events), 1, _STOPS))
    places = [np.unique(np.linspace(event.start, event.end - 1, stops).astype(int)) for event in events]
    counts = [len(stop) for stop in places]
    x = timeline.positions[np.concatenate(places)]
    labels = np.repeat(np.array(texts, dtype=object), counts)
    dots = _dots(x, np.full(len(x), 0.5), labels, np.repeat(np.array(events, dtype=object), counts))
    return dots | {"name": "event", "yaxis": "y3", "marker": {"opacity": 0, "size": 14}, "showlegend": False}


def _dots(x: FloatArray, y: FloatArray, texts: Sequence[str] | npt.NDArray[Any], events: Any) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
        "hoverlabel": {"bordercolor": [TIER_MARKS[event.severity.label] for event in events]},
    }


def described(timeline: Timeline, event: Event) -> str:
    """Return the lines to show over an event: when, how bad, and which channels caused it."""
    score = "no score" if np.isnan(event.score) else f"score {event.score:.4g}"
    parts = [
        f"<b>{event.severity.label}</b>, {score}",
        f"peak: {timeline.written(event.peak)}",
        f"from {timeline.written(event.start)}, {plural(len(event), 'time step')}",
    ]
    causes = [f"{plain(name, 24)} {percent(share, 1)}" for name, share in event.channels[:3]]
    return "<br>".join(parts + ([f"by {', '.join(causes)}"] if causes else []))
