"""What the beats of each class look like: their mean, how far they spread, and the normal beat to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.style import AMBER, INK, PALE, headline, house_style, legend_below, plain_numbers
from offbeat.report.figures.beat_marks import checked_classes, named, present
from offbeat.report.figures.panels import series_grid
from offbeat.series.recording import FloatArray
from offbeat.words import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["beat_shapes"]

_BLOCK = 4096  # beats whose squares are summed at a time, so that a day of them needs no second copy

Shape = tuple[FloatArray, FloatArray, int]


def beat_shapes(
    beats: npt.ArrayLike,
    classes: npt.ArrayLike,
    sampling_rate: float,
    peak: int,
    *,
    unit: str = "mV",
    title: str = "",
) -> Figure:
    """Draw the mean beat of each class with a band of ± 2 standard deviations, and the mean normal beat behind it.

    Parameters
    ----------
    beats : array of shape (n_beats, n_times)
        One lead, each row cut around a beat; missing values (NaN) are left out of mean and deviation.
    classes : array of str, shape (n_beats,)
        The class of each beat; empty for beats without one.
    sampling_rate : float
        Samples per second (Hz).
    peak : int
        Which time step is the R peak; it is 0 ms in the picture.
    unit : str
        Of the values.
    title : str
        What to say above the panels instead of the usual.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a class, all with the same axes.

    Raises
    ------
    ShapeError
        If the beats are not rows, or there are not as many classes.
    DataError
        If there is no beat.
    ParameterError
        If the peak lies outside the beats, or the sampling rate is not above 0.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = beat_shapes(np.eye(6), list("NNNVVV"), sampling_rate=100.0, peak=2)
    >>> [panel.get_title("left") for panel in figure.axes]
    ['N normal (n = 3)', 'V ventricular (n = 3)']
    """
    rows = np.asarray(beats)
    if rows.ndim != 2:
        raise ShapeError(f"beats of one lead have the shape (n_beats, n_times), got {rows.shape}")
    labels = checked_classes(classes, len(rows))
    if not rows.size:
        raise DataError("a picture of the shapes of beats needs at least one beat, got none")
    if not (0 <= peak < rows.shape[1] and sampling_rate > 0):
        raise ParameterError(
            f"the R peak is one of the {rows.shape[1]} time steps and the sampling rate above 0 Hz, "
            f"got peak={peak}, sampling_rate={sampling_rate}"
        )
    times = 1000.0 * (np.arange(rows.shape[1]) - peak) / sampling_rate
    shapes = {name: _shape(rows[labels == name]) for name in present(labels)}
    handles: dict[str, Any] = {}
    with house_style():
        figure, panels = series_grid(len(shapes), ["one lead"], wrap=3, below="time from the R peak (ms)")
        for axes, (name, shape) in zip(panels[:, 0], shapes.items(), strict=True):
            handles |= _draw(axes, times, shape, None if name == "N" else shapes.get("N"))
            axes.set_title(f"{named(name)} (n = {shape[2]:,})")
            axes.set_xlim(times[0], times[-1])
        for axes in panels[::3, 0]:
            axes.set_ylabel(unit)
        axes.set_ylim(_limits(list(shapes.values())))
        headline(figure, title or f"Mean beat of each class, of {plural(len(rows), 'beat')}")
        legend_below(figure, handles)
    return figure


def _shape(rows: npt.NDArray[Any]) -> Shape:
    """Return mean and standard deviation of each time step, (n_times,), and how many beats there are."""
    known = np.isfinite(rows)
    count = known.sum(axis=0)
    total = np.where(known, rows, 0.0).sum(axis=0, dtype=np.float64)
    missing = np.full(rows.shape[1], np.nan)
    mean: FloatArray = np.divide(total, count, out=missing.copy(), where=count > 0)
    squares = np.zeros(rows.shape[1])
    for start in range(0, len(rows), _BLOCK):
        off = np.where(known[start : start + _BLOCK], rows[start : start + _BLOCK] - mean, 0.0)
        squares += (off**2).sum(axis=0)
    deviation: FloatArray = np.sqrt(np.divide(squares, count - 1, out=missing, where=count > 1))
    return mean, deviation, len(rows)


def _limits(shapes: list[Shape]) -> tuple[float, float]:
    """Return the amplitudes to show: every mean whole, and bands as far as they leave the means in sight."""
    means = np.concatenate([mean for mean, _, _ in shapes])
    edges = np.concatenate([mean + sign * 2 * deviation for mean, deviation, _ in shapes for sign in (-1, 1)])
    if not np.isfinite(means).any():
        return 0.0, 1.0
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    room = 0.3 * (high - low) or 1.0
    edges = edges[np.isfinite(edges)]
    low, high = (max(low - room, edges.min(initial=low)), min(high + room, edges.max(initial=high)))
    return low - 0.1 * room, high + 0.1 * room


def _draw(axes: Axes, times: FloatArray, shape: Shape, normal: Shape | None) -> dict[str, Any]:
    mean, deviation, _ = shape
    handles: dict[str, Any] = {}
    axes.axvline(0, color=INK, linestyle=":", linewidth=0.6, zorder=0.5)
    (handles["mean beat"],) = axes.plot(times, mean, color=INK, linestyle="-", zorder=3)
    if np.isfinite(deviation).any():
        band = axes.fill_between(times, mean - 2 * deviation, mean + 2 * deviation, color=PALE, linewidth=0)
        handles["± 2 standard deviations"] = band
    if normal is not None:
        style: dict[str, Any] = {"color": AMBER, "linestyle": "--", "linewidth": 1.2, "zorder": 2}
        (handles["mean normal beat"],) = axes.plot(times, normal[0], **style)
    plain_numbers(axes.yaxis)
    plain_numbers(axes.xaxis)
    return handles
