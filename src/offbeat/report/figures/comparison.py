"""Detectors beside the baselines they have to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from offbeat.errors import DataError
from offbeat.report.drawing.scales import finite
from offbeat.report.drawing.style import BLUE, INK, headline, house_style, legend_below, panel_grid, plain_numbers
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["comparison"]

Row = tuple[str, float, float, float, bool]


def comparison(rows: Sequence[Row], *, metric: str = "AUROC") -> Figure:
    """Draw one dot with its interval for each detector, best on top, baselines hollow.

    Parameters
    ----------
    rows : sequence of (name, value, low, high, is_baseline)
        The metric of each detector and the ends of its (bootstrap) interval, NaN where there is none; whether it is a
        baseline, a simple method that the others should beat. Rows without a value are left out.
    metric : str
        What the values are; higher is better.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with one row a detector.

    Raises
    ------
    DataError
        If no row has a value.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> comparison([("LSTM", 0.991, 0.989, 0.993, False), ("5-NN", 0.997, 0.996, 0.998, True)]).get_suptitle()
    'The baseline 5-NN (AUROC 0.9970) is not beaten: LSTM has 0.9910'
    """
    ranked = sorted((row for row in rows if np.isfinite(row[1])), key=lambda row: -row[1])
    if not ranked:
        raise DataError(f"expected rows of (name, value, low, high, is_baseline) with a value, got {len(rows)} without")
    with house_style():
        figure, panels = panel_grid(1, 1, height=0.3 * len(ranked) + 0.4)
        axes: Axes = panels[0, 0]
        handles = {}
        for place, row in enumerate(ranked):
            handles["baseline" if row[4] else "detector"] = _draw_row(axes, place, row)
        axes.set_yticks(range(len(ranked)), [shorten(row[0], 40) for row in ranked])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#d5d9e0", linewidth=0.6)
        axes.set_ylim(len(ranked) - 0.5, -0.5)
        _set_range(axes, ranked)
        axes.set_xlabel(f"{metric} with its interval")
        headline(figure, _finding(ranked, metric))
        legend_below(figure, handles)
    return figure


def _draw_row(axes: Axes, place: int, row: Row) -> object:
    _, value, low, high, is_baseline = row
    dashes = "--" if is_baseline else "-"
    axes.plot([low, high], [place, place], color=INK, linestyle=dashes, linewidth=1.3, marker="|", markersize=7)
    fill = "white" if is_baseline else BLUE
    (dot,) = axes.plot([value], [place], marker="o", markersize=8, color=INK, markerfacecolor=fill, linestyle="none")
    # the numbers stand in a column of their own, where no interval can cross them
    axes.annotate(f"{value:.4f}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    return dot


def _set_range(axes: Axes, ranked: Sequence[Row]) -> None:
    ends = finite([number for row in ranked for number in row[1:4]])
    margin = 0.05 * (float(np.ptp(ends)) or 0.1)
    axes.set_xlim(ends.min() - margin, ends.max() + margin)
    plain_numbers(axes.xaxis)


def _finding(ranked: Sequence[Row], metric: str) -> str:
    ours = next((row for row in ranked if not row[4]), None)
    baseline = next((row for row in ranked if row[4]), None)
    if ours is None or baseline is None:
        return f"Best: {shorten(ranked[0][0], 40)}, {metric} {ranked[0][1]:.4f}"
    level = ours[2] < baseline[1] < ours[3]
    if level or ours[1] > baseline[1]:
        place = "level with" if level else "above"
        return (
            f"{shorten(ours[0], 40)} ({metric} {ours[1]:.4f}) is {place} the best baseline, "
            f"{shorten(baseline[0], 40)} ({baseline[1]:.4f})"
        )
    return (
        f"The baseline {shorten(baseline[0], 40)} ({metric} {baseline[1]:.4f}) is not beaten: "
        f"{shorten(ours[0], 40)} has {ours[1]:.4f}"
    )
