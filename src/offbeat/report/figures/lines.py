"""Long lines over time, and what is marked on them: events, known windows, scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.events import Event, events_to_mask
from offbeat.report.drawing.downsample import downsample
from offbeat.report.drawing.lanes import gravest
from offbeat.report.drawing.marks import Stretches, blaming
from offbeat.report.drawing.scales import ScoreAxis, draw_marks, finite
from offbeat.report.drawing.style import BLUE, INK, RUST, TIER_COLOURS, TierValues, panel_grid, plain_numbers
from offbeat.report.drawing.times import Timeline
from offbeat.series.recording import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__: list[str] = []

POINTS = 4000  # of one line: more than the pixels of a page

_STRIP = 0.05  # share of a panel's height that known windows take at its top


def stacked_panels(heights: Sequence[float], *, columns: int = 1, sharex: str = "all") -> tuple[Figure, Any]:
    """Return a figure and its panels, (rows, columns), of the given heights in inches."""
    rows = len(heights)
    return panel_grid(
        rows, columns, height=sum(heights) / rows, gridspec_kw={"height_ratios": list(heights)}, sharex=sharex
    )


def draw_line(axes: Axes, places: FloatArray, values: FloatArray, **style: Any) -> Any:
    """Draw a line that keeps its extremes; a value between two gaps, which no line reaches, becomes a dot."""
    shown = np.where(np.isfinite(values), values, np.nan)
    kept = downsample(shown, POINTS)
    (line,) = axes.plot(places[kept], shown[kept], **{"linestyle": "-", "linewidth": 0.9, **style})
    lone = kept[_alone(shown[kept])]
    if lone.size:
        axes.plot(places[lone], shown[lone], color=line.get_color(), marker=".", markersize=2.5, linestyle="none")
    return line


def _alone(values: FloatArray) -> Any:
    """Return where a value stands between two missing ones."""
    missing = np.pad(np.isnan(values), 1, constant_values=True)
    return ~missing[1:-1] & missing[:-2] & missing[2:]


def draw_signal(
    axes: Axes, timeline: Timeline, values: FloatArray, events: Sequence[Event], known: Stretches, *, name: str
) -> dict[str, Any]:
    """Draw the channel of that name, marked where events blame it, and bands of the gravest; return legend handles."""
    named = gravest(events)
    handles = draw_events(axes, timeline, named)
    handles["series"] = draw_line(axes, timeline.days(), values, color=INK)
    handles |= draw_anomalous(axes, timeline, values, blaming(events, name), blaming(named, name))
    fit_height(axes, values, room_above=bool(known))
    handles |= draw_known(axes, timeline, known)
    if not finite(values).size:
        axes.text(0.5, 0.5, "no values", transform=axes.transAxes, ha="center", va="center")
        axes.set_yticks([])
    return handles


def fit_height(axes: Axes, *values: FloatArray, room_above: bool = False) -> None:
    """Set the y axis to all values, with room for the strip of known windows above them."""
    ends = finite([end for array in map(finite, values) if array.size for end in (array.min(), array.max())])
    low, high = (float(ends.min()), float(ends.max())) if ends.size else (0.0, 1.0)
    room = (high - low) or abs(high) or 1.0
    axes.set_ylim(low - 0.06 * room, high + (0.18 if room_above else 0.06) * room)
    plain_numbers(axes.yaxis)


def draw_events(axes: Axes, timeline: Timeline, events: Iterable[Event], *, height: float = 1.0) -> dict[str, Any]:
    """Shade the time of events in the colour of their severity, up to a share of the height; return legend handles."""
    handles: dict[str, Any] = {}
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in events:
        spans.setdefault(event.severity.label, []).append(_bar(timeline, event.start, event.end))
    for name in (name for name in TIER_COLOURS if name in spans):
        colour = TIER_COLOURS[name]
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 1.2, "zorder": 0.5}
        handles[name] = axes.broken_barh(spans[name], (0, height), transform=axes.get_xaxis_transform(), **style)
    return handles


def draw_known(axes: Axes, timeline: Timeline, known: Stretches) -> dict[str, Any]:
    """Draw labelled windows as a strip along the top, where it hides neither data nor events."""
    if not known:
        return {}
    bars = [_bar(timeline, start, end) for start, end in known]
    style: dict[str, Any] = {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 1.0}
    strip = axes.broken_barh(bars, (1 - _STRIP, _STRIP), transform=axes.get_xaxis_transform(), **style)
    return {"labelled window": strip}


def _bar(timeline: Timeline, start: int, end: int) -> tuple[float, float]:
    left, right = (timeline.as_days(edge) for edge in timeline.span(start, end))
    return left, right - left


def draw_anomalous(
    axes: Axes, timeline: Timeline, values: FloatArray, events: Sequence[Event], dotted: Sequence[Event]
) -> dict[str, Any]:
    """Draw the values within events again, in rust, with a dot at the peak of some of them."""
    if not events:
        return {}
    places = timeline.days()
    inside = events_to_mask(events, len(values)).astype(bool)
    draw_line(axes, places, np.where(inside, values, np.nan), color=RUST, linewidth=1.5)
    return draw_peaks(axes, places, values, [event.peak for event in dotted])


def draw_peaks(axes: Axes, places: FloatArray, values: FloatArray, peaks: Sequence[int]) -> dict[str, Any]:
    """Draw a dot on the line of values at each peak."""
    dot: dict[str, Any] = {
        "color": RUST,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
        "marker": "o",
        "markersize": 4.5,
    }
    (dots,) = axes.plot(places[list(peaks)], values[list(peaks)], linestyle="none", **dot)
    return {"anomalous, peak": dots}


def draw_scores(
    axes: Axes,
    places: FloatArray,
    scores: FloatArray,
    axis: ScoreAxis,
    *,
    threshold: float | None,
    tiers: TierValues | None,
) -> dict[str, Any]:
    """Draw scores at their places in time, with threshold and tiers; return legend handles by name."""
    handles = draw_marks(axes, axis, threshold, tiers, along="y")
    handles["score"] = draw_line(axes, places, scores, color=BLUE)
    axes.set_ylabel("score (log)" if axis.log else "score")
    if not finite(scores).size:
        axes.text(0.5, 0.5, "no scores", transform=axes.transAxes, ha="center", va="center")
        axes.set_yticks([])
    return handles


def set_times(axes: Axes, timeline: Timeline, start: int, end: int) -> None:
    """Set the limits, tick numbers and label of the time axis for the time steps from ``start`` up to ``end``."""
    left, right = (timeline.as_days(edge) for edge in timeline.span(start, end))
    axes.set_xlim(left, right)
    axes.set_xlabel(timeline.label)
    if not timeline.dated:
        plain_numbers(axes.xaxis)
        return
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def severities_first(handles: dict[str, Any]) -> dict[str, Any]:
    """Return legend handles with the severities first, mildest to worst."""
    return {name: handles[name] for name in TIER_COLOURS if name in handles} | handles
