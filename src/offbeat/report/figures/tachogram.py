"""The rhythm of a record at a glance: the interval before each beat, over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.downsample import downsample
from offbeat.report.drawing.style import INK, headline, house_style, legend_below, panel_grid, plain_numbers
from offbeat.report.figures.beat_marks import (
    UNREADABLE,
    Labels,
    checked_classes,
    checked_spans,
    clock_axis,
    mark_of,
    named,
    present,
)
from offbeat.series.recording import FloatArray
from offbeat.words import clock, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["rr_tachogram"]

_LOWEST_TOP = 1.5  # seconds; the interval axis reaches at least so far
_HIGHEST_TOP = 3.0  # and at most so far: one long pause must not flatten the rest


def rr_tachogram(
    times_s: npt.ArrayLike,
    rr_s: npt.ArrayLike,
    classes: npt.ArrayLike,
    unreadable: Iterable[Sequence[Any]] = (),
    *,
    duration_s: float | None = None,
    pause_s: float = 2.0,
    most_points: int = 12_000,
    title: str = "",
) -> Figure:
    """Draw the RR interval that ends at each beat over time, marked by the class of that beat.

    Of a class with many beats the shortest and the longest interval of every stretch of time are kept, besides some
    spread evenly over time, so that a day of beats draws quickly and no extreme is lost. Intervals above 3 seconds are
    drawn at the upper edge.

    Parameters
    ----------
    times_s : array of shape (n_beats,)
        When each beat was, seconds since the start, rising.
    rr_s : array of shape (n_beats,)
        Seconds since the beat before; NaN where it is not known, as at the first beat or after unreadable time.
    classes : array of str, shape (n_beats,)
        N, S, V, F, Q; empty for beats without a class.
    unreadable : iterable of (start_s, stop_s) or (start_s, stop_s, reason)
        Shaded grey.
    duration_s : float, optional
        Length of the record; up to the last beat where it is not given.
    pause_s : float
        Where a line marks what counts as a pause.
    most_points : int
        How many points to draw of one class, at least 4.
    title : str
        What to say above instead of the counts.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.

    Raises
    ------
    ShapeError
        If there are not as many times, intervals and classes.
    DataError
        If unreadable time stops before it starts.
    ParameterError
        If ``most_points`` is below 4.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = rr_tachogram([1, 1.8, 2.3, 3.4], [np.nan, 0.8, 0.5, 1.1], ["N", "N", "V", "N"])
    >>> figure.get_suptitle()
    '4 beats in 0:00:03: 1 V (25%)'
    """
    if most_points < 4:
        raise ParameterError(f"a class is drawn with 4 points or more, not {most_points}")
    times, intervals = np.asarray(times_s, np.float64), np.asarray(rr_s, np.float64)
    if times.ndim != 1 or times.shape != intervals.shape:
        raise ShapeError(f"expected one interval for each beat, got {times.shape} times, {intervals.shape}")
    labels, spans = checked_classes(classes, len(times)), checked_spans(unreadable)
    stop = _end(times, spans, duration_s)
    top = _top(intervals)
    with house_style():
        figure, panels = panel_grid(1, 1, height=3.0)
        axes: Axes = panels[0, 0]
        handles = _draw_beats(axes, times, intervals, labels, top, most_points)
        handles |= _draw_marks(axes, spans, pause_s, top)
        axes.set_ylim(0, 1.03 * top)
        axes.set_ylabel("RR interval (s)")
        plain_numbers(axes.yaxis)
        clock_axis(axes, 0.0, stop)
        headline(figure, title or _finding(labels, stop))
        legend_below(figure, handles, columns=4)
    return figure


def _end(times: FloatArray, spans: list[tuple[float, float]], duration_s: float | None) -> float:
    if duration_s is None:
        return max([*times[-1:].tolist(), *(stop for _, stop in spans)], default=1.0)
    if not 0 < duration_s < np.inf:
        raise DataError(f"a record to draw lasts longer than 0 seconds, not {duration_s}")
    return float(duration_s)


def _top(intervals: FloatArray) -> float:
    known = intervals[np.isfinite(intervals)]
    longest = float(known.max()) if known.size else 0.0
    return float(np.clip(1.05 * longest, _LOWEST_TOP, _HIGHEST_TOP))


def _draw_beats(
    axes: Axes, times: FloatArray, intervals: FloatArray, labels: Labels, top: float, most_points: int
) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    seen = intervals <= top
    for name in present(labels):
        count = int(np.sum(labels == name))
        at = np.flatnonzero((labels == name) & seen)
        at = at[_thinned(intervals[at], most_points)]
        # rare beats are drawn over frequent ones; many points as text would make a vector picture of megabytes
        style = {**mark_of(name).style(count), "zorder": 3 - count / (len(labels) + 1), "rasterized": len(at) > 500}
        axes.plot(times[at], intervals[at], clip_on=False, **style)
        handles[f"{named(name)} ({count:,})"] = _legend_mark(name)
    return handles | _draw_beyond(axes, times, intervals, top)


def _legend_mark(name: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], **mark_of(name).style())


def _thinned(values: FloatArray, most: int) -> npt.NDArray[np.intp]:
    """Return which values to draw: the extremes of every stretch, and as many spread evenly."""
    if len(values) <= most:
        return np.arange(len(values))
    spread = np.linspace(0, len(values) - 1, most // 2).astype(np.intp)
    return np.union1d(downsample(values, max(most // 2, 2)), spread)


def _draw_beyond(axes: Axes, times: FloatArray, intervals: FloatArray, top: float) -> dict[str, Any]:
    beyond = np.flatnonzero(intervals > top)
    if not beyond.size:
        return {}
    style: dict[str, Any] = {"marker": (3, 0, 0), "markersize": 7, "color": INK, "linestyle": "none"}
    shown = beyond[_thinned(intervals[beyond], 400)]
    (line,) = axes.plot(times[shown], np.full(len(shown), 1.03 * top), clip_on=False, zorder=4, **style)
    return {f"longer than {top:g} s ({len(beyond):,})": line}


def _draw_marks(axes: Axes, spans: list[tuple[float, float]], pause_s: float, top: float) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    if spans:
        bars = [(start, stop - start) for start, stop in spans]
        style: dict[str, Any] = {"facecolor": UNREADABLE, "edgecolor": UNREADABLE, "linewidth": 0.6, "zorder": 0.5}
        handles["unreadable"] = axes.broken_barh(bars, (0, 1), transform=axes.get_xaxis_transform(), **style)
    if pause_s <= top:
        handles[f"pause ({pause_s:g} s)"] = axes.axhline(pause_s, color=INK, linestyle=":", linewidth=1.0, zorder=1)
    return handles


def _finding(labels: Labels, stop: float) -> str:
    text = f"{plural(len(labels), 'beat')} in {clock(stop)}"
    ectopic = {name: int(np.sum(labels == name)) for name in "SVFQ"}
    parts = [f"{count:,} {name} ({percent(count, len(labels))})" for name, count in ectopic.items() if count]
    return f"{text}: {', '.join(parts)}" if parts else text
