"""Each event in detail: the recording, what was expected, and the score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError
from offbeat.events import Event
from offbeat.report.drawing.marks import (
    Stretches,
    checked_events,
    checked_expected,
    checked_scores,
    checked_stretches,
    counted,
    worst_first,
)
from offbeat.report.drawing.scales import ScoreAxis, in_sight
from offbeat.report.drawing.style import AMBER, INK, RUST, TierValues, headline, house_style, legend_below
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.lines import (
    draw_events,
    draw_known,
    draw_line,
    draw_scores,
    fit_height,
    set_times,
    severities_first,
    stacked_panels,
)
from offbeat.series.recording import FloatArray, Recording
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["event_zooms"]

_CONTEXT = 3  # lengths of the event that are shown on either side
_LEAST_CONTEXT = 50  # time steps
DRAWN = 6
"""So many events are drawn by default."""
_FOOT = 0.07  # share of the height that other events take


def event_zooms(
    recording: Recording,
    scores: npt.ArrayLike,
    events: Iterable[Event],
    *,
    expected: npt.ArrayLike | None = None,
    threshold: float | None = None,
    tiers: TierValues | None = None,
    known: Iterable[tuple[int, int]] = (),
    limit: int = DRAWN,
) -> Figure:
    """Draw each event with its surroundings, worst first and numbered in this order, and the score below it.

    Of several channels the one with the largest share of the event is drawn; where shares are not known, the one whose
    value at the peak is furthest from what was expected.

    Parameters
    ----------
    recording : Recording of shape (n_times, n_channels)
        What the events were found in.
    scores : array of shape (n_times,)
        Higher = more anomalous; NaN (no score) is a gap.
    events : iterable of Event
        At least one.
    expected : array of shape (n_times, n_channels), optional
        What the detector expected; NaN where it expected nothing.
    threshold : float, optional
        Scores above it are flagged.
    tiers : (watch, alarm) or mapping of ``watch`` and ``alarm`` to their thresholds, optional
        Where the severities watch and alarm begin.
    known : iterable of (start, end)
        Windows labelled as anomalous, in time steps, ``end`` not included.
    limit : int
        Draw at most so many events; the headline says how many are left out.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels an event: signal and score, one after the other.

    Raises
    ------
    DataError
        If there is no event.
    ShapeError
        If scores, expected signal or events do not fit the recording.
    ParameterError
        If the limit is below 1, or the watch threshold above the alarm threshold.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from offbeat.events import mask_to_events
    >>> pulse = Recording(np.r_[np.zeros(90), 5.0, np.zeros(9)], sampling_rate=10.0)
    >>> scores = np.abs(pulse.values[:, 0])
    >>> event_zooms(pulse, scores, mask_to_events(scores > 1, scores)).axes[0].get_title("left")
    '1: 9 s, score 5, alarm'
    """
    every = checked_events(recording, events)
    chosen = _chosen(every, limit)
    checked, windows = checked_scores(recording, scores), checked_stretches(recording, known)
    guess = None if expected is None else checked_expected(recording, expected)
    views = [_view(event, len(recording)) for event in chosen]
    timeline = Timeline.of(recording, shown=max(map(len, views)))
    # one axis of scores for all events: the worst looks the worst
    axis = ScoreAxis.over_time(
        np.concatenate([checked[view.start : view.stop] for view in views]), in_sight(threshold, tiers)
    )
    handles: dict[str, Any] = {}
    with house_style():
        figure, pairs = _pairs(len(chosen))
        for number, (event, view, (above, below)) in enumerate(zip(chosen, views, pairs, strict=True), 1):
            handles |= _draw_event(above, recording, guess, event, view, timeline)
            above.set_title(f"{number}: {_title(timeline, event)}")
            handles |= _draw_marks(above, timeline, event, every, windows, view)
            part, places = checked[view.start : view.stop], _part(timeline, view)
            handles |= draw_scores(below, places, part, axis, threshold=threshold, tiers=tiers)
            set_times(below, timeline, view.start, view.stop)
        headline(figure, _finding(every, len(chosen)))
        legend_below(figure, severities_first(handles))
    return figure


def _chosen(events: Sequence[Event], limit: int) -> list[Event]:
    if limit < 1:
        raise ParameterError(f"limit counts the events to draw, at least 1, not {limit}")
    if not events:
        raise DataError("expected at least one event to draw, got none: leave this figure out")
    return worst_first(events)[:limit]


def _pairs(count: int) -> tuple[Figure, list[Any]]:
    """Return a figure and one pair of panels, signal above score, for each event; two events stand side by side."""
    columns = min(count, 2)
    rows = -(-count // columns)
    figure, grid = stacked_panels([1.7, 0.9] * rows, columns=columns, sharex="none")
    pairs = [(grid[2 * row, column], grid[2 * row + 1, column]) for row in range(rows) for column in range(columns)]
    for spare in pairs[count:]:
        for axes in spare:
            axes.remove()
    for above, below in pairs[:count]:
        below.sharex(above)
        above.tick_params(labelbottom=False)
    return figure, pairs[:count]


def _view(event: Event, n_times: int) -> range:
    """Return the time steps to show: the event with three lengths of it, and 50 steps at least, on either side."""
    context = max(_CONTEXT * len(event), _LEAST_CONTEXT)
    return range(max(0, event.start - context), min(n_times, event.end + context))


def _part(timeline: Timeline, view: range) -> FloatArray:
    return timeline.days()[view.start : view.stop]


def _draw_event(
    axes: Axes, recording: Recording, expected: FloatArray | None, event: Event, view: range, timeline: Timeline
) -> dict[str, Any]:
    """Draw truth and expectation of the channel to blame, and the peak; return legend handles by name."""
    channel = to_blame(recording, expected, event)
    values = recording.values[view.start : view.stop, channel]
    handles = {"series": draw_line(axes, _part(timeline, view), values, color=INK, linewidth=1.2)}
    drawn = [values]
    if expected is not None:
        drawn.append(expected[view.start : view.stop, channel])
        style = {"color": RUST, "linestyle": "--", "linewidth": 1.2}
        handles["expected"] = draw_line(axes, _part(timeline, view), drawn[1], **style)
    peak: dict[str, Any] = {"color": AMBER, "markeredgecolor": INK, "marker": "D", "markersize": 5.5, "zorder": 3}
    place, height = timeline.days()[event.peak], recording.values[event.peak, channel]
    (handles["peak"],) = axes.plot([place], [height], linestyle="none", **peak)
    fit_height(axes, *drawn, room_above=True)
    axes.set_ylabel(shorten(recording.channels[channel], 16))
    return handles


def to_blame(recording: Recording, expected: FloatArray | None, event: Event) -> int:
    """Return the channel with the largest share of the event, else with the largest error at its peak, else the first.

    Examples
    --------
    >>> pair = Recording(np.zeros((9, 2)), channels=["a", "b"])
    >>> to_blame(pair, None, Event(start=1, end=2, peak=1, channels=(("a", 0.2), ("b", 0.8))))
    1
    >>> to_blame(pair, np.tile([0.0, 5.0], (9, 1)), Event(start=1, end=2, peak=1))
    1
    """
    shares = [(share, name) for name, share in event.channels if name in recording.channels and np.isfinite(share)]
    if shares:
        return recording.channels.index(max(shares)[1])
    if expected is None:
        return 0
    errors = np.abs(recording.values[event.peak] - expected[event.peak])
    return int(np.argmax(np.nan_to_num(errors, nan=-1.0)))


def _draw_marks(
    axes: Axes, timeline: Timeline, event: Event, events: Sequence[Event], known: Stretches, view: range
) -> dict[str, Any]:
    """Shade the event, and others in view along the foot; draw the known windows; return legend handles by name."""
    others = [other for other in events if other != event and other.start < view.stop and other.end > view.start]
    windows = [(start, end) for start, end in known if start < view.stop and end > view.start]
    beside = draw_events(axes, timeline, others, height=_FOOT)
    return beside | draw_events(axes, timeline, [event]) | draw_known(axes, timeline, windows)


def _title(timeline: Timeline, event: Event) -> str:
    score = "no score" if np.isnan(event.score) else f"score {event.score:.4g}"
    return f"{timeline.written(event.peak)}, {score}, {event.severity.label}"


def _finding(events: Sequence[Event], drawn: int) -> str:
    if drawn == len(events):
        return counted(events) + ", worst first" * (drawn > 1)
    return f"The {drawn} worst of {counted(events)}"
