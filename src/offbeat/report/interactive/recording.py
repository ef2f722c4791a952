"""A picture of a recording to zoom and to hover over, for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.events import Event
from offbeat.report.drawing.marks import (
    blamed_first,
    checked_events,
    checked_expected,
    checked_scores,
    checked_stretches,
    counted,
    need_values,
    time_looked_at,
)
from offbeat.report.drawing.scales import ScoreAxis, in_sight
from offbeat.report.drawing.style import TierValues, need
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.recordings import checked_train_end, recording_overview
from offbeat.report.interactive.layout import layout_of
from offbeat.report.interactive.traces import channel_lines, event_lanes, event_peaks, grave_bands, known_bands, line
from offbeat.series.recording import FloatArray, Recording
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Interactive", "interactive_recording"]

_MOST_CHANNELS = 12
_FULL_LINES = 4  # so many lines get all the points they may have; more lines share them


@dataclass(frozen=True, eq=False)
class Interactive:
    """A picture of the page that can be zoomed, with a still one in its place where scripts do not run.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        What to show.
    still : matplotlib.figure.Figure
        The same without interaction: shown until the script has run, in print, and where there are no scripts.
    caption : str
        What to read off it, shown below; says how many points were left out.
    alt : str
        What it shows, for those who cannot see it.
    """

    figure: Any
    still: Figure
    caption: str
    alt: str


def interactive_recording(
    recording: Recording,
    scores: npt.ArrayLike,
    events: Iterable[Event],
    *,
    expected: npt.ArrayLike | None = None,
    threshold: float | None = None,
    tiers: TierValues | None = None,
    known: Iterable[tuple[int, int]] = (),
    train_end: int | None = None,
    max_points: int = 20_000,
) -> Interactive:
    """Make an interactive picture of a recording: the series above, the score below, events to hover over.

    One channel is shown at first, the one that the events blame most; a click on its name in the legend shows another.
    At most twelve channels are held. Buttons lead to the worst events.

    Parameters
    ----------
    recording : Recording of shape (n_times, n_channels)
        The time axis shows dates where it has time stamps, seconds to hours with a sampling rate, else time steps.
    scores : array of shape (n_times,)
        Higher = more anomalous; NaN (no score) is a gap.
    events : iterable of Event
        What was flagged.
    expected : array of shape (n_times, n_channels), optional
        What the detector expected; NaN where it expected nothing.
    threshold : float, optional
        Scores above it are flagged.
    tiers : (watch, alarm) or mapping of ``watch`` and ``alarm`` to their thresholds, optional
        Where the severities watch and alarm begin.
    known : iterable of (start, end)
        Windows labelled as anomalous, in time steps, ``end`` not included.
    train_end : int, optional
        The detector learned from the time steps before this one.
    max_points : int
        Points of one line at most; more than four lines share four times as many. The lowest and highest value of each
        stretch is kept.

    Returns
    -------
    Interactive
        For :class:`~offbeat.report.Section`.

    Raises
    ------
    ShapeError
        If scores, expected signal or events do not fit the recording.
    DataError
        If the recording is empty, or a known window ends before it starts.
    ParameterError
        If ``train_end`` or ``max_points`` is out of range, or the watch threshold above the alarm threshold.
    MissingExtraError
        If plotly or matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat.events import mask_to_events
    >>> pulse = Recording(np.r_[np.zeros(90), 5.0, np.zeros(9)], name="pulse")
    >>> scores = np.abs(pulse.values[:, 0])
    >>> picture = interactive_recording(pulse, scores, mask_to_events(scores > 1, scores), threshold=1.0)
    >>> picture.caption
    '1 event (1 alarm) in 100 time steps of pulse. Every value is drawn.'
    """
    need_values(recording)
    if max_points < 100:
        raise ParameterError(f"max_points counts the points of one line, at least 100, not {max_points}")
    flagged, windows = checked_events(recording, events), checked_stretches(recording, known)
    checked, learned = checked_scores(recording, scores), checked_train_end(recording, train_end)
    guess = None if expected is None else checked_expected(recording, expected)
    channels = blamed_first(recording, flagged, _MOST_CHANNELS)
    lines = 1 + len(channels) * (1 if guess is None else 2)
    points = max(100, min(max_points, max_points * _FULL_LINES // lines))
    time = time_looked_at(recording, flagged, learned)
    timeline, axis = Timeline.of(recording), ScoreAxis.over_time(checked, in_sight(threshold, tiers))
    traces = [
        *grave_bands(timeline, flagged),
        *event_lanes(timeline, flagged),
        *known_bands(timeline, windows),
        *channel_lines(recording, guess, timeline, channels, points),
        line(timeline, checked, points, name="score", axis="y2"),
        *event_peaks(timeline, flagged, checked),
    ]
    layout = layout_of(timeline, axis, recording, flagged, threshold=threshold, tiers=tiers, train_end=learned)
    return Interactive(
        figure=need("plotly.graph_objects").Figure(data=traces, layout=layout),
        still=recording_overview(
            recording, checked, flagged, threshold=threshold, tiers=tiers, known=windows, train_end=learned
        ),
        caption=_caption(recording, flagged, channels, points, time),
        alt=_alt(flagged, guess, time),
    )


def _caption(recording: Recording, events: Sequence[Event], channels: Sequence[int], points: int, time: str) -> str:
    name = f" of {shorten(recording.name, 60)}" if recording.name else ""
    sentences = [f"{counted(events)} in {time}{name}."]
    if left_out := len(recording.channels) - len(channels):
        sentences.append(f"{len(channels)} of {len(recording.channels)} channels are here; {left_out} are left out.")
    if len(channels) > 1:
        sentences.append("Click on a channel in the legend to show or hide it.")
    if len(recording) > points:
        sentences.append(
            f"Points were left out: each line has about {points:,} of {len(recording):,}. The lowest and the highest "
            "value of every stretch were kept, so no peak is missing; zooming in does not bring the others back."
        )
    else:
        sentences.append("Every value is drawn.")
    return " ".join(sentences)


def _alt(events: Sequence[Event], expected: FloatArray | None, time: str) -> str:
    signals = "the series" if expected is None else "the series with the expected signal"
    return f"{counted(events)} in {time}: {signals} above, the score below."
