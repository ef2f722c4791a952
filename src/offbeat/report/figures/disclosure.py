"""Full disclosure: every second of a lead, a line a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError
from offbeat.report.drawing.downsample import downsample
from offbeat.report.drawing.style import INK, house_style, new_figure
from offbeat.report.figures.beat_marks import checked_classes, mark_of
from offbeat.series.recording import FloatArray
from offbeat.words import clock, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["full_disclosure"]

_LINE = 60.0  # seconds a line
_POINTS = 2200  # a line: what its width can show
_HEIGHT, _WIDTH = 0.26, 11.0  # inches a line
_BEAT = 0.25  # seconds to either side that are coloured


def full_disclosure(
    values: npt.ArrayLike,
    sampling_rate: float,
    *,
    start_s: float = 0.0,
    times_s: npt.ArrayLike = (),
    classes: npt.ArrayLike = (),
    lead: str = "",
) -> Figure:
    """Draw up to an hour of a lead, a minute a line, ectopic and paced beats in the colour of their class.

    Parameters
    ----------
    values : array of shape (n_times,)
        One lead, in any unit; NaN where nothing was recorded.
    sampling_rate : float
        Samples per second (Hz).
    start_s : float
        When the first value was, seconds since the start of the record.
    times_s : array of shape (n_beats,)
        When the beats were.
    classes : array of str, shape (n_beats,)
        Their classes.
    lead : str
        Name of the lead.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.

    Raises
    ------
    DataError
        If there are no values, or more than an hour of them.
    ParameterError
        If the sampling rate is not above 0.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = full_disclosure(np.zeros(250 * 150), 250.0, start_s=60.0)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['0:01:00', '0:02:00', '0:03:00']
    """
    signal = np.asarray(values, dtype=np.float64)
    if not sampling_rate > 0:
        raise ParameterError(f"a sampling rate is above 0 Hz, not {sampling_rate}")
    if signal.ndim != 1 or not 0 < len(signal) <= 60 * _LINE * sampling_rate:
        raise DataError(f"expected one lead of up to an hour, got {signal.shape} at {sampling_rate:g} Hz")
    beats = np.asarray(times_s, np.float64)
    named = checked_classes(classes, len(beats))
    length = int(_LINE * sampling_rate)
    n_lines = -(-len(signal) // length)
    scale = _usual_deflection(signal)
    with house_style():
        figure = new_figure(figsize=(_WIDTH, _HEIGHT * n_lines + 0.5), layout="constrained")
        axes = figure.add_subplot()
        for line in range(n_lines):
            part = signal[line * length : (line + 1) * length]
            begins = start_s + line * _LINE
            here = (beats >= begins) & (beats < begins + _LINE)
            _draw_line(axes, part, sampling_rate, line, scale, beats[here] - begins, named[here])
        axes.set(xlim=(0, _LINE), ylim=(n_lines - 0.3, -0.7), xlabel=f"seconds{', ' * bool(lead)}{printable(lead)}")
        axes.set_yticks(range(n_lines), [clock(start_s + line * _LINE) for line in range(n_lines)])
        axes.tick_params(axis="y", length=0, labelsize=6.5)
        axes.grid(visible=False)
    return figure


def _usual_deflection(signal: FloatArray) -> float:
    """Return what half a line is high: most beats fit in it."""
    known = signal[np.isfinite(signal)]
    if not known.size:
        return 1.0
    low, middle, high = np.percentile(known, [0.2, 50, 99.8])
    return float(max(high - middle, middle - low)) or 1.0


def _draw_line(
    axes: Axes,
    part: FloatArray,
    rate: float,
    line: int,
    scale: float,
    places: FloatArray,
    classes: npt.NDArray[np.str_],
) -> None:
    kept = downsample(part, _POINTS)
    seconds, middle = kept / rate, np.nanmedian(part) if np.isfinite(part).any() else 0.0
    heights = line - np.clip(0.5 * (part[kept] - middle) / scale, -0.9, 0.9)
    axes.plot(seconds, heights, color=INK, linewidth=0.35, linestyle="-", rasterized=True)
    for name in sorted(set(classes) - {"N", ""}):
        near = np.abs(seconds[:, None] - places[classes == name]).min(axis=1) <= _BEAT
        axes.plot(
            seconds,
            np.where(near, heights, np.nan),
            color=mark_of(name).colour,
            linewidth=0.6,
            linestyle="-",
            rasterized=True,
        )
