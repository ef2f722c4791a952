"""Thresholds side by side: where each lies among the scores, and the events that it raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.report.drawing.marks import checked_events, checked_scores, checked_stretches
from offbeat.report.drawing.scales import ScoreAxis
from offbeat.report.drawing.style import AMBER, BLUE, INK, RUST, headline, house_style, legend_below
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.lines import draw_known, draw_line, draw_peaks, set_times, stacked_panels
from offbeat.report.figures.recordings import checked_train_end
from offbeat.series.recording import Recording
from offbeat.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["threshold_previews"]

_COLOURS = {Severity.ALARM: RUST, Severity.WATCH: AMBER}
_ROW = 0.28
"""Inches of the row of one threshold."""


def threshold_previews(
    recording: Recording,
    scores: npt.ArrayLike,
    choices: Mapping[str, tuple[float, Sequence[Event]]],
    *,
    chosen: str,
    known: Iterable[tuple[int, int]] = (),
    train_end: int = 0,
) -> Figure:
    """Draw scores with several thresholds, and below them a row with the events of each.

    Parameters
    ----------
    recording : Recording of shape (n_times, n_channels)
        What was scored; gives the time axis.
    scores : array of shape (n_times,)
        Higher = more anomalous; NaN (no score) is a gap.
    choices : mapping of str to (float, sequence of Event)
        By name: the threshold value, and the events that it raises.
    chosen : str
        The name of the threshold whose peaks are marked.
    known : iterable of (start, end)
        Windows labelled as anomalous, in time steps, ``end`` not included.
    train_end : int
        The detector learned from the time steps before this one, which are left out of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        A panel of scores, and one with a row for each threshold.

    Raises
    ------
    ShapeError
        If there are not as many scores as time steps, or an event ends beyond the recording.
    DataError
        If there is no threshold of the name that is chosen.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from offbeat.events import mask_to_events
    >>> pulse = Recording(np.r_[np.zeros(90), 5.0, np.zeros(9)])
    >>> high = pulse.values[:, 0]
    >>> choices = {name: (value, mask_to_events(high > value, high)) for name, value in (("now", 6.0), ("new", 1.0))}
    >>> figure = threshold_previews(pulse, high, choices, chosen="new")
    >>> [label.get_text() for label in figure.axes[1].get_yticklabels()]
    ['now: 0 events', 'new: 1 event']
    """
    if chosen not in choices:
        raise DataError(f"expected the chosen threshold to be one of {', '.join(choices)}, got {chosen!r}")
    checked, windows = checked_scores(recording, scores), checked_stretches(recording, known)
    events = {name: checked_events(recording, found) for name, (_, found) in choices.items()}
    first, timeline = checked_train_end(recording, train_end) or 0, Timeline.of(recording)
    values = [value for value, _ in choices.values() if np.isfinite(value)]
    with house_style():
        figure, panels = stacked_panels([2.6, _ROW * len(choices) + 0.2])
        top, below = panels[:, 0]
        axis = ScoreAxis.over_time(checked, values)
        axis.apply(top, "y")
        handles: dict[str, Any] = {"score": draw_line(top, timeline.days(), checked, color=BLUE)}
        handles |= _draw_values(top, {name: value for name, (value, _) in choices.items()}, chosen)
        peaks = [event.peak for event in events[chosen] if np.isfinite(checked[event.peak])]
        draw_peaks(top, timeline.days(), checked, peaks)
        handles |= draw_known(top, timeline, windows)
        top.set_ylabel("score (log)" if axis.log else "score")
        handles |= _draw_rows(below, timeline, events)
        set_times(below, timeline, first, len(recording))
        headline(figure, _finding(recording, choices[chosen][0], events[chosen]))
        legend_below(figure, handles)
    return figure


def _draw_values(axes: Axes, values: Mapping[str, float], chosen: str) -> dict[str, Any]:
    """Draw a line at each finite threshold value, solid where it is chosen; return legend handles by name."""
    others, handles = iter(("--", ":", "-.", (0, (1, 4))) * len(values)), {}
    for name, value in values.items():
        style: dict[str, Any] = {"linestyle": next(others), "linewidth": 1.0}
        if name == chosen:
            style = {"linestyle": "-", "linewidth": 1.4}
        if np.isfinite(value):
            handles[f"{name}: {value:.4g}"] = axes.axhline(value, color=INK, **style)
    return handles


def _draw_rows(axes: Axes, timeline: Timeline, events: Mapping[str, Sequence[Event]]) -> dict[str, Any]:
    """Draw the events of each threshold in a row of its own, however short they are; return legend handles."""
    handles: dict[str, Any] = {}
    for row, found in enumerate(events.values()):
        for severity, colour in _COLOURS.items():
            ends = [timeline.span(event.start, event.end) for event in found if event.severity == severity]
            bars = [(timeline.as_days(left), timeline.as_days(right) - timeline.as_days(left)) for left, right in ends]
            if bars:
                style: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 1.6}
                handles[severity.label] = axes.broken_barh(bars, (row - 0.3, 0.6), **style)
    axes.set_yticks(range(len(events)), [f"{name}: {plural(len(found), 'event')}" for name, found in events.items()])
    axes.set_ylim(len(events) - 0.5, -0.5)
    return handles


def _finding(recording: Recording, value: float, events: Sequence[Event]) -> str:
    name = f" of {shorten(recording.name, 50)}" if recording.name else ""
    return f"{plural(len(events), 'event')}{name} above the threshold {value:.4g}"
