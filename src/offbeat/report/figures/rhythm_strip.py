"""A stretch of a record in all of its leads, on ECG paper at true scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.paper import (
    ABOVE,
    BOX,
    CALIBRATION,
    GAIN,
    LEAST,
    SPEED,
    amplitudes,
    draw_beats,
    draw_grid,
    draw_signal,
    draw_title,
    sheet,
)
from offbeat.report.drawing.style import TIER_COLOURS, house_style
from offbeat.report.figures.beat_marks import checked_classes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["rhythm_strip"]

_BETWEEN = 1.0  # mm between leads
_MANY, _LEAST_OF_MANY = 3, 1.5  # leads, beyond which those below the first may be lower (mV): a page holds twelve
_LONGEST = 30.0  # seconds


def rhythm_strip(
    values: npt.ArrayLike,
    sampling_rate: float,
    leads: Sequence[str],
    *,
    start_s: float = 0.0,
    times_s: npt.ArrayLike = (),
    classes: npt.ArrayLike = (),
    span_s: tuple[float, float] | None = None,
    title: str = "",
    most_mv: float = 4.0,
) -> Figure:
    """Draw leads below each other: a second 25 mm wide, a millivolt 10 mm high, beats named above the first.

    Parameters
    ----------
    values : array of shape (n_times, n_leads)
        In mV; NaN where nothing was recorded.
    sampling_rate : float
        Samples per second (Hz).
    leads : sequence of str
        Their names.
    start_s : float
        When the first value was, seconds since the start of the record.
    times_s : array of shape (n_beats,)
        When the beats were.
    classes : array of str, shape (n_beats,)
        What to write above each; empty where it has no class.
    span_s : (start, stop), optional
        What to highlight, seconds since the start of the record.
    title : str
        What it shows.
    most_mv : float
        How many millivolts a lead shows at most, 2 or more; triangles at the edge say where it goes beyond.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a lead.

    Raises
    ------
    ShapeError
        If there are not as many names as leads, or classes as beats.
    DataError
        If there are no values, or more than 30 seconds of them.
    ParameterError
        If ``most_mv`` is below 2 or the sampling rate not above 0.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = rhythm_strip(np.zeros((2000, 2)), 250.0, ["II", "V5"], title="0:00:00 – at rest")
    >>> len(figure.axes)
    2
    """
    signal = np.asarray(values, dtype=np.float64)
    if signal.ndim != 2 or signal.shape[1] != len(leads):
        raise ShapeError(f"expected values of shape (n_times, {len(leads)}), a column a lead, got {signal.shape}")
    if not (sampling_rate > 0 and most_mv >= LEAST):
        raise ParameterError(f"expected a rate above 0 Hz and 2 mV or more, got {sampling_rate} and {most_mv}")
    if not 0 < len(signal) <= _LONGEST * sampling_rate:
        raise DataError(f"a strip lasts up to {_LONGEST:g} s, got {len(signal) / sampling_rate:g} s")
    seconds, most = len(signal) / sampling_rate, BOX * math.floor(most_mv / BOX)
    places = np.asarray(times_s, np.float64) - start_s
    labels = checked_classes(classes, len(places)).tolist()
    signal = np.where(np.isfinite(signal), signal, np.nan)
    times = np.arange(len(signal)) / sampling_rate
    least = [LEAST, *[LEAST if len(leads) <= _MANY else _LEAST_OF_MANY] * (len(leads) - 1)]
    ranges = [amplitudes(times, lead, seconds / 2, most, low) for lead, low in zip(signal.T, least, strict=True)]
    above = [ABOVE, *[_BETWEEN] * (len(leads) - 1)]
    with house_style():
        figure, panels = sheet(
            [GAIN * (high - low) for low, high in ranges], SPEED * (seconds + CALIBRATION), "", above=above
        )
        for axes, name, lead, (low, high) in zip(panels, leads, signal.T, ranges, strict=True):
            draw_grid(axes, seconds, low, high)
            draw_signal(axes, times, lead, name)
            if span_s is not None:
                start, stop = (float(np.clip(edge - start_s, 0, seconds)) for edge in span_s)
                axes.axvspan(start, stop, color=TIER_COLOURS["watch"], linewidth=0, zorder=0.5)
        draw_title(panels[0], title)
        draw_beats(panels[0], places, labels)
    return figure
