"""A whole recording at a glance: its channels, what was flagged, what is known, and the score."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.events import Event
from offbeat.report.drawing.lanes import NUMBERED, draw_lanes, gravest, tiers_of
from offbeat.report.drawing.marks import (
    blamed_first,
    checked_events,
    checked_scores,
    checked_stretches,
    counted,
    need_values,
    score_peaks,
    time_looked_at,
)
from offbeat.report.drawing.scales import ScoreAxis, in_sight
from offbeat.report.drawing.style import INK, TierValues, headline, house_style, legend_below
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.lines import (
    draw_peaks,
    draw_scores,
    draw_signal,
    set_times,
    severities_first,
    stacked_panels,
)
from offbeat.series.recording import Recording
from offbeat.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["recording_overview"]

_MOST_CHANNELS = 6


def recording_overview(
    recording: Recording,
    scores: npt.ArrayLike | None = None,
    events: Iterable[Event] = (),
    *,
    threshold: float | None = None,
    tiers: TierValues | None = None,
    known: Iterable[tuple[int, int]] = (),
    train_end: int | None = None,
) -> Figure:
    """Draw a recording with its anomalies, one panel a channel, and below it the score over time.

    At most six channels are drawn, those that the events blame most first; the headline says how many are left out. Of
    a long line the lowest and highest value of every stretch is drawn, so that no peak is lost.

    Parameters
    ----------
    recording : Recording of shape (n_times, n_channels)
        The time axis shows dates where it has time stamps, seconds to hours with a sampling rate, else time steps.
    scores : array of shape (n_times,), optional
        Higher = more anomalous; NaN (no score) is a gap.
    events : iterable of Event
        What was flagged: all of it in lanes on top, one a tier, and in rust. The nine gravest bear the numbers of their
        rank, have a band shaded by severity, and a dot at the peak.
    threshold : float, optional
        Scores above it are flagged.
    tiers : (watch, alarm) or mapping of ``watch`` and ``alarm`` to their thresholds, optional
        Where the severities watch and alarm begin.
    known : iterable of (start, end)
        Windows labelled as anomalous, in time steps, ``end`` not included.
    train_end : int, optional
        The detector learned from the time steps before this one.

    Returns
    -------
    matplotlib.figure.Figure
        Lanes where there are events, one panel a channel, and one more where there are scores.

    Raises
    ------
    ShapeError
        If there are not as many scores as time steps, or an event ends beyond the recording.
    DataError
        If the recording is empty, or a known window ends before it starts.
    ParameterError
        If ``train_end`` lies outside the recording, or the watch threshold above the alarm threshold.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from offbeat.events import mask_to_events
    >>> import numpy as np
    >>> pulse = Recording(np.r_[np.zeros(90), 5.0, np.zeros(9)], name="pulse")
    >>> scores = np.abs(pulse.values[:, 0])
    >>> recording_overview(pulse, scores, mask_to_events(scores > 1, scores), threshold=1.0).get_suptitle()
    '1 event (1 alarm) in 100 time steps of pulse'
    """
    need_values(recording)
    flagged, windows = checked_events(recording, events), checked_stretches(recording, known)
    checked = None if scores is None else checked_scores(recording, scores)
    learned = checked_train_end(recording, train_end)
    timeline = Timeline.of(recording)
    channels = blamed_first(recording, flagged, _MOST_CHANNELS)
    handles: dict[str, Any] = {}
    with house_style():
        lanes = [0.24 * len(tiers_of(flagged)) + 0.05] * bool(flagged)
        heights = [*lanes, *[_height(len(channels))] * len(channels), *[1.5] * (checked is not None)]
        figure, panels = stacked_panels(heights)
        if flagged:
            draw_lanes(panels[0, 0], timeline, flagged)
        for axes, channel in zip(panels[len(lanes) :, 0], channels, strict=False):
            name = recording.channels[channel]
            handles |= draw_signal(axes, timeline, recording.values[:, channel], flagged, windows, name=name)
            axes.set_ylabel(shorten(name, 20))
        if checked is not None:
            axis = ScoreAxis.over_time(checked, in_sight(threshold, tiers))
            handles |= draw_scores(panels[-1, 0], timeline.days(), checked, axis, threshold=threshold, tiers=tiers)
            draw_peaks(panels[-1, 0], timeline.days(), checked, score_peaks(gravest(flagged), checked))
        for axes in panels[len(lanes) :, 0]:
            handles |= _draw_train_end(axes, timeline, learned)
        set_times(panels[-1, 0], timeline, 0, len(recording))
        looked_for = scores is not None or bool(flagged)
        found = _finding(recording, flagged, learned) if looked_for else _length(recording)
        headline(figure, found + _left_out(recording, flagged, len(channels)))
        legend_below(figure, severities_first(handles))
    return figure


def _length(recording: Recording) -> str:
    return f"{plural(len(recording), 'time step')} of {shorten(recording.name, 50) or 'a recording'}"


def _height(count: int) -> float:
    """Return the height of one of so many panels, in inches."""
    return {1: 2.4, 2: 1.7}.get(count, 1.2)


def checked_train_end(recording: Recording, train_end: int | None) -> int | None:
    """Return where the training part ends, None where that is not known.

    Raises
    ------
    ParameterError
        If it lies outside the recording.
    """
    if train_end is not None and not 0 <= train_end <= len(recording):
        raise ParameterError(f"train_end is a time step of the recording, 0 to {len(recording)}, not {train_end}")
    return train_end


def _draw_train_end(axes: Axes, timeline: Timeline, train_end: int | None) -> dict[str, Any]:
    # nothing was learned from the recording, or all of it: no line parts it
    if not train_end:
        return {}
    place = timeline.as_days(timeline.span(0, train_end)[1])
    line = axes.axvline(place, color=INK, linestyle="-.", linewidth=1.4)
    return {"learned from the left part": line}


def _finding(recording: Recording, events: list[Event], train_end: int | None) -> str:
    name = f" of {shorten(recording.name, 50)}" if recording.name else ""
    numbered = f"; the {NUMBERED} gravest bear numbers" if len(events) > NUMBERED else ""
    return f"{counted(events)} in {time_looked_at(recording, events, train_end)}{name}{numbered}"


def _left_out(recording: Recording, events: list[Event], drawn: int) -> str:
    """Return how many channels are not drawn; nothing where all are."""
    left_out = len(recording.channels) - drawn
    why = "most blamed first" if any(event.channels for event in events) else "in their order"
    return f"; {drawn} of {len(recording.channels)} channels drawn, {why}, {left_out} left out" if left_out else ""
