"""What the data looks like: how many series of each class, and the mean series of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError, ParameterError
from offbeat.report.drawing.style import (
    BLUE,
    INK,
    PALE,
    RUST,
    headline,
    house_style,
    legend_below,
    panel_grid,
    plain_numbers,
)
from offbeat.report.figures.panels import series_grid, time_axis, time_label
from offbeat.series.recording import Collection, FloatArray
from offbeat.words import percent, plural, shorten, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["class_counts", "class_means"]


def class_counts(collection: Collection) -> Figure:
    """Draw how many series each class has, largest first, with numbers and shares.

    Parameters
    ----------
    collection : Collection of shape (n_series, n_channels, n_times)
        With labels.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with one bar a class.

    Raises
    ------
    DataError
        If the collection has no labels, or no series.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from offbeat.series.recording import Collection
    >>> beats = Collection(np.zeros((4, 9)), labels=[1, 1, 1, 2], class_names={"1": "normal", "2": "ectopic"})
    >>> [text.get_text() for text in class_counts(beats).axes[0].texts]
    ['3 (75%)', '1 (25%)']
    """
    counts = _counts(collection)
    total = sum(counts.values())
    names = [wrapped(shorten(collection.class_name(label), 60), 30) for label in counts]
    with house_style():
        figure, panels = panel_grid(1, 1, height=0.36 * len(counts) + 0.3)
        axes: Axes = panels[0, 0]
        bars = axes.barh(range(len(counts)), list(counts.values()), height=0.7, color=BLUE)
        axes.bar_label(bars, [f"{count:,} ({percent(count, total)})" for count in counts.values()], padding=4)
        axes.set_yticks(range(len(counts)), names)
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.2 * max(counts.values()))  # room for the numbers
        axes.set_xlabel("number of series")
        plain_numbers(axes.xaxis)
        headline(figure, _largest(collection, counts, total))
    return figure


def _counts(collection: Collection) -> dict[str, int]:
    counts = collection.counts()
    if not counts:
        raise DataError("class figures need a labelled collection, but this one has no labels or no series")
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _largest(collection: Collection, counts: dict[str, int], total: int) -> str:
    label, count = next(iter(counts.items()))
    name = shorten(collection.class_name(label), 40)
    return f"{percent(count, total)} of {plural(total, 'series', 'series')} are of class {name}"


def class_means(collection: Collection, window: int = 10, *, max_channels: int = 4) -> Figure:
    """Draw the mean series of each class, with its rolling mean and ± 2 rolling standard deviations.

    The rolling window is centred, so that the band lies around the curve it describes; half a window at either end has
    none. Missing values are left out of the mean.

    Parameters
    ----------
    collection : Collection of shape (n_series, n_channels, n_times)
        With labels.
    window : int
        Time steps of the rolling mean and standard deviation.
    max_channels : int
        Draw the first so many channels; the headline says so where there are more.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a class, or one row of panels a class where there are several channels.

    Raises
    ------
    DataError
        If the collection has no labels, or no series.
    ParameterError
        If the window is shorter than 2 or longer than the series.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from offbeat.series.recording import Collection
    >>> beats = Collection(np.random.default_rng(0).normal(size=(30, 50)), labels=[1] * 20 + [2] * 10)
    >>> [panel.get_title("left") for panel in class_means(beats).axes]
    ['1 (n = 20)', '2 (n = 10)']
    """
    if not 2 <= window <= collection.n_times:
        raise ParameterError(
            f"the window is 2 to {collection.n_times} time steps, the length of a series, not {window}"
        )
    counts = _counts(collection)
    channels = collection.channels[:max_channels]
    handles: dict[str, Any] = {}
    with house_style():
        figure, panels = series_grid(len(counts), channels, wrap=3, below=time_label(collection.sampling_rate))
        for row, (label, count) in zip(panels, counts.items(), strict=True):
            mean = _mean(collection.where(label).values)
            for axes, values in zip(row, mean, strict=False):
                handles = _draw_mean(axes, time_axis(collection.n_times, collection.sampling_rate), values, window)
            row[0].set_title(f"{shorten(collection.class_name(label), 24)} (n = {count:,})")
        left_out = len(collection.channels) - len(channels)
        more = f" (first {len(channels)} of {len(collection.channels)} channels)" if left_out else ""
        headline(figure, f"Mean series of each class{more}")
        legend_below(figure, handles)
    return figure


def _mean(values: FloatArray) -> FloatArray:
    """Return the mean over series, (n_channels, n_times): NaN where none has a value."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0, dtype=np.float64)
    count = known.sum(axis=0)
    mean: FloatArray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def _rolling(values: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """Return the centred rolling mean and sample standard deviation, NaN where the window does not fit."""
    views = np.lib.stride_tricks.sliding_window_view(values, window)
    mean, deviation = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    middle = slice(window // 2, window // 2 + len(views))
    mean[middle], deviation[middle] = views.mean(axis=1), views.std(axis=1, ddof=1)
    return mean, deviation


def _draw_mean(axes: Axes, times: FloatArray, values: FloatArray, window: int) -> dict[str, Any]:
    mean, deviation = _rolling(values, window)
    band = axes.fill_between(times, mean - 2 * deviation, mean + 2 * deviation, color=PALE, linewidth=0)
    (raw,) = axes.plot(times, values, color=INK, linestyle="-")
    (smooth,) = axes.plot(times, mean, color=RUST, linestyle="--")
    axes.margins(x=0.01)
    return {
        "mean series": raw,
        f"rolling mean, {window} time steps": smooth,
        "± 2 rolling standard deviations": band,
    }
