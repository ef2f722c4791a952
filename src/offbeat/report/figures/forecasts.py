"""What was measured against what was expected, and the error between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.marks import checked_expected
from offbeat.report.drawing.style import AMBER, INK, RUST, headline, house_style, legend_below
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.lines import draw_line, fit_height, set_times, stacked_panels
from offbeat.series.recording import FloatArray, Recording
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["forecast_against_truth"]


def forecast_against_truth(
    recording: Recording,
    expected: npt.ArrayLike,
    *,
    around: int | None = None,
    length: int = 400,
    channel: str | None = None,
) -> Figure:
    """Draw truth and expected signal of one channel for a stretch of time, and below them the error.

    Parameters
    ----------
    recording : Recording of shape (n_times, n_channels)
        The truth.
    expected : array of shape (n_times, n_channels)
        The forecast, or reconstruction, of each time step; NaN where there is none.
    around : int, optional
        Time step in the middle of the stretch; where the error is largest unless given.
    length : int
        Time steps to show, fewer where the recording is shorter.
    channel : str, optional
        Name of the channel to draw; unless given the one of largest error, at ``around`` where that is given.

    Returns
    -------
    matplotlib.figure.Figure
        The signals in one panel, truth minus expectation in a second below it.

    Raises
    ------
    ShapeError
        If the expected signal does not have the shape of the recording, or there is no channel of that name.
    DataError
        If no time step has both a value and an expectation.
    ParameterError
        If ``around`` lies outside the recording, or ``length`` is below 2.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> ramp = Recording(np.arange(9.0), name="ramp")
    >>> forecast_against_truth(ramp, np.r_[np.nan, np.arange(8.0)]).get_suptitle()
    'ramp, ch0: largest error of the stretch 1 at time step 1, mean 1'
    """
    guess = checked_expected(recording, expected)
    if length < 2:
        raise ParameterError(f"length counts the time steps to show, at least 2, not {length}")
    errors = np.asarray(recording.values - guess, dtype=np.float64)
    middle, picked = _picked(recording, errors, around, channel)
    part = _part(len(recording), middle, length)
    timeline = Timeline.of(recording, shown=part.stop - part.start)
    with house_style():
        figure, panels = stacked_panels([2.6, 1.4])
        places, (above, below) = timeline.days()[part], panels[:, 0]
        truth, expectation, error = recording.values[part, picked], guess[part, picked], errors[part, picked]
        handles = {
            "series": draw_line(above, places, truth, color=INK, linewidth=1.2),
            "expected": draw_line(above, places, expectation, color=RUST, linestyle="--", linewidth=1.2),
            "error (series − expected)": below.fill_between(places, 0, error, color=AMBER, alpha=0.55, linewidth=0),
        }
        draw_line(below, places, error, color=INK)
        below.axhline(0, color=INK, linewidth=0.6, linestyle="-")
        fit_height(above, truth, expectation)
        fit_height(below, error, np.zeros(1))
        above.set_ylabel(shorten(recording.channels[picked], 20))
        below.set_ylabel("error")
        set_times(below, timeline, part.start, part.stop)
        headline(figure, _finding(recording, error, part.start, picked))
        legend_below(figure, handles)
    return figure


def _picked(recording: Recording, errors: FloatArray, around: int | None, channel: str | None) -> tuple[int, int]:
    """Return the time step in the middle and the channel to draw."""
    if channel is not None and channel not in recording.channels:
        raise ShapeError(f"no channel named {channel!r}: the channels are {', '.join(recording.channels)}")
    if around is not None and not 0 <= around < len(recording):
        raise ParameterError(f"around is a time step of the recording, 0 to {len(recording) - 1}, not {around}")
    sizes = np.where(np.isfinite(errors), np.abs(errors), -1.0)
    if not sizes.size or sizes.max() < 0:
        raise DataError("expected time steps with both a value and an expectation, but there is none")
    picked = None if channel is None else recording.channels.index(channel)
    if picked is None:
        picked = int(np.argmax(sizes.max(axis=0) if around is None else sizes[around]))
    return (int(np.argmax(sizes[:, picked])) if around is None else around), picked


def _part(n_times: int, middle: int, length: int) -> slice:
    """Return ``length`` time steps around the middle, moved inwards where they would reach beyond an end."""
    start = max(0, min(middle - length // 2, n_times - length))
    return slice(start, min(n_times, start + length))


def _finding(recording: Recording, error: FloatArray, start: int, channel: int) -> str:
    what = ", ".join(shorten(text, 40) for text in (recording.name, recording.channels[channel]) if text)
    sizes = np.where(np.isfinite(error), np.abs(error), np.nan)
    if np.isnan(sizes).all():
        return f"{what}: nothing was expected in this stretch"
    worst = int(np.nanargmax(sizes))
    when = Timeline.of(recording).written(start + worst)
    return f"{what}: largest error of the stretch {sizes[worst]:.4g} at {when}, mean {np.nanmean(sizes):.4g}"
