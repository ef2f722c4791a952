"""The heart rate of a record over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ShapeError
from offbeat.report.drawing.style import BLUE, TIER_COLOURS, headline, house_style, legend_below, panel_grid
from offbeat.report.figures.beat_marks import UNREADABLE, checked_spans, clock_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["heart_rate"]

_PARTS = 240  # of the record at most, each with its mean rate
_SHORTEST = 10.0  # seconds of a part
_FEWEST = 3  # intervals of a part whose rate is drawn

Span = Sequence[Any]


def heart_rate(
    times_s: npt.ArrayLike,
    rr_s: npt.ArrayLike,
    duration_s: float,
    *,
    unreadable: Iterable[Span] = (),
    doubtful: Iterable[Span] = (),
) -> Figure:
    """Draw the mean heart rate of each part of a record, of ten seconds or more.

    Parameters
    ----------
    times_s : array of shape (n_beats,)
        When each beat was, seconds since the start, rising.
    rr_s : array of shape (n_beats,)
        Seconds since the beat before; NaN where it is not known.
    duration_s : float
        Length of the record.
    unreadable, doubtful : iterable of (start_s, stop_s) or (start_s, stop_s, reason)
        Shaded grey and amber.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.

    Raises
    ------
    ShapeError
        If there are not as many times and intervals.
    DataError
        If a span stops before it starts.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = heart_rate(range(1, 31), [0.8] * 30, 32.0)
    >>> figure.get_suptitle()
    'Heart rate'
    """
    times, intervals = np.asarray(times_s, np.float64), np.asarray(rr_s, np.float64)
    if times.ndim != 1 or times.shape != intervals.shape:
        raise ShapeError(f"expected one interval for each beat, got {times.shape} times, {intervals.shape}")
    known = np.isfinite(intervals) & (intervals > 0)
    step = max(_SHORTEST, duration_s / _PARTS)
    part = (times[known] // step).astype(np.int64)
    n_parts = int(max(part.max(initial=0) + 1, np.ceil(duration_s / step)))
    count = np.bincount(part, minlength=n_parts)
    total = np.bincount(part, weights=intervals[known], minlength=n_parts)
    rates = np.divide(60.0 * count, total, out=np.full(n_parts, np.nan), where=count >= _FEWEST)
    middles = (np.arange(n_parts) + 0.5) * step
    with house_style():
        figure, panels = panel_grid(1, 1, height=2.0)
        axes: Axes = panels[0, 0]
        handles: dict[str, Any] = {}
        for name, spans, colour in (
            ("doubtful signal", checked_spans(doubtful), TIER_COLOURS["watch"]),
            ("unreadable", checked_spans(unreadable), UNREADABLE),
        ):
            if spans:
                bars = [(start, stop - start) for start, stop in spans]
                style: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 0.6, "zorder": 0.5}
                handles[name] = axes.broken_barh(bars, (0, 1), transform=axes.get_xaxis_transform(), **style)
        (handles["mean rate"],) = axes.plot(middles, rates, color=BLUE, linewidth=1.2, marker=".", markersize=2)
        axes.set_ylabel("beats per minute")
        clock_axis(axes, 0.0, duration_s)
        headline(figure, "Heart rate")
        legend_below(figure, handles, columns=3)
    return figure
