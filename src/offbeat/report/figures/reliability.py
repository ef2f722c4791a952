"""Whether a confidence can be trusted: how often predictions with a confidence of 90 % are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError
from offbeat.metrics.calibration import ReliabilityBin
from offbeat.metrics.intervals import wilson
from offbeat.report.drawing.style import (
    AMBER,
    BLUE,
    INK,
    RUST,
    headline,
    house_style,
    legend_below,
    panel_grid,
    plain_numbers,
)
from offbeat.series.recording import FloatArray
from offbeat.words import percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["reliability_figure"]

_NEEDED = ("confidence", "accuracy", "n")


def reliability_figure(
    bins: Sequence[ReliabilityBin] | pd.DataFrame | Mapping[str, npt.ArrayLike], title: str = ""
) -> Figure:
    """Draw accuracy against confidence, bin by bin, and below it how many predictions each bin holds.

    Bars of each point are 95 % intervals of its accuracy (Wilson 1927). The expected calibration error (Naeini et al.
    2015) in the headline is the mean distance between accuracy and confidence, weighted by the counts.

    Parameters
    ----------
    bins : what :func:`offbeat.metrics.calibration.reliability` returns, pandas.DataFrame or mapping of arrays
        ``confidence`` (mean, 0 to 1), ``accuracy`` (share that is right, 0 to 1) and ``n``; confidence and accuracy of
        empty bins are NaN. ``low`` and ``high`` are the edges of the bins; without them bins are of one width.
    title : str
        What to say above instead of the usual.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.

    Raises
    ------
    DataError
        If a column is missing, a share lies outside 0 to 1, or every bin is empty.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> bins = {"confidence": [np.nan, 0.8], "accuracy": [np.nan, 0.7], "n": [0, 50]}
    >>> reliability_figure(bins).get_suptitle()
    'Expected calibration error 0.100 over 50 predictions: mean confidence 80%, right 70%'
    """
    frame = _checked(pd.DataFrame(bins if isinstance(bins, pd.DataFrame | Mapping) else list(bins)))
    edges = _edges(frame)
    filled = frame[frame["n"] > 0]
    with house_style():
        figure, panels = panel_grid(2, 1, height=2.1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
        handles = _draw_accuracy(panels[0, 0], filled)
        _draw_counts(panels[1, 0], edges, frame["n"].to_numpy(np.float64))
        panels[1, 0].set_xlabel("confidence")
        panels[1, 0].set_xlim(max(0.0, _first(edges, frame)), 1.0)
        plain_numbers(panels[1, 0].xaxis)
        headline(figure, title or _finding(filled))
        legend_below(figure, handles)
    return figure


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise DataError(f"bins have the columns {', '.join(_NEEDED)}, but {missing[0]} is not there")
    filled = frame[frame["n"] > 0]
    if filled.empty:
        raise DataError("a reliability figure needs predictions, but every bin is empty")
    shares = filled[["confidence", "accuracy"]].to_numpy(np.float64)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise DataError("confidence and accuracy of a bin lie between 0 and 1: give shares, not percentages")
    return frame


def _edges(frame: pd.DataFrame) -> FloatArray:
    """Return where the bins begin, and the last one ends, (n_bins + 1,)."""
    if "low" in frame and "high" in frame:
        return np.append(frame["low"].to_numpy(np.float64), float(frame["high"].iloc[-1]))
    return np.linspace(0.0, 1.0, len(frame) + 1)


def _first(edges: FloatArray, frame: pd.DataFrame) -> float:
    """Return where the first bin begins that holds a prediction: with five classes none is below 0.2."""
    return float(edges[int(np.argmax(frame["n"].to_numpy() > 0))])


def _draw_accuracy(axes: Axes, filled: pd.DataFrame) -> dict[str, Any]:
    confidence, accuracy = (filled[name].to_numpy(np.float64) for name in ("confidence", "accuracy"))
    low, high = wilson(accuracy, filled["n"].to_numpy(np.float64))
    (ideal,) = axes.plot([0, 1], [0, 1], color=AMBER, linestyle="--", zorder=1)
    around = np.clip([accuracy - low, high - accuracy], 0, None)
    axes.errorbar(confidence, accuracy, around, fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.5, zorder=2)
    (points,) = axes.plot(confidence, accuracy, color=RUST, linestyle="-", marker="o", markeredgecolor=INK, zorder=3)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share that is right")
    plain_numbers(axes.yaxis)
    return {"right by confidence, 95% interval": points, "as right as confident": ideal}


def _draw_counts(axes: Axes, edges: FloatArray, counts: FloatArray) -> None:
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.8)
    axes.set_ylabel("predictions")
    filled = counts[counts > 0]
    if filled.max() > 30 * filled.min():
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.set_ylabel("predictions\n(log scale)")
    plain_numbers(axes.yaxis)


def _finding(filled: pd.DataFrame) -> str:
    confidence, accuracy, count = (filled[name].to_numpy(np.float64) for name in _NEEDED)
    total = float(count.sum())
    error = float(count @ np.abs(accuracy - confidence)) / total
    text = (
        f"mean confidence {percent(float(count @ confidence), total)}, right {percent(float(count @ accuracy), total)}"
    )
    return f"Expected calibration error {error:.3f} over {plural(round(total), 'prediction')}: {text}"
