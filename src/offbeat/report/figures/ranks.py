"""Mean ranks of methods, and which of them differ by more than chance; and one measure series by series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from offbeat.errors import DataError
from offbeat.report.drawing.style import BLUE, INK, PALE, PALETTE, headline, house_style, legend_below, panel_grid
from offbeat.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["critical_difference", "values_by_series"]

_MARKERS = "osD^vP"


def critical_difference(
    mean_ranks: Mapping[str, float], difference: float, *, n_series: int, shown_hollow: Sequence[str] = ()
) -> Figure:
    """Draw the mean rank of each method with a bar as long as the critical difference, best on top.

    Two methods differ by more than chance where their bars do not overlap.

    Parameters
    ----------
    mean_ranks : mapping of str to float
        By method; 1 is the best.
    difference : float
        The critical difference of mean ranks; NaN where it is not known.
    n_series : int
        Series that were ranked.
    shown_hollow : sequence of str
        Methods that are only compared with, such as published ones and baselines.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with one row a method.

    Raises
    ------
    DataError
        If there is no method.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> critical_difference({"pca": 1.5, "random": 3.5}, 1.0, n_series=9).get_suptitle()
    'pca ranks first over 9 series, better than 1 of 1 others by more than chance'
    """
    ranked = sorted(mean_ranks.items(), key=lambda entry: entry[1])
    if not ranked:
        raise DataError("expected the mean rank of at least one method, got none")
    half = difference / 2 if np.isfinite(difference) else 0.0
    with house_style():
        figure, panels = panel_grid(1, 1, height=0.24 * len(ranked) + 0.4)
        axes: Axes = panels[0, 0]
        for place, (name, rank) in enumerate(ranked):
            axes.hlines(place, rank - half, rank + half, color=PALE, linewidth=5)
            fill = "white" if name in shown_hollow else BLUE
            axes.plot([rank], [place], marker="o", markersize=6, color=INK, markerfacecolor=fill, linestyle="none")
            axes.annotate(f"{rank:.2f}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7)
        _name_rows(axes, [name for name, _ in ranked])
        axes.set_xlabel("mean rank (1 is the best), with the critical difference as the length of the bar")
        headline(figure, _finding(ranked, difference, n_series))
    return figure


def values_by_series(
    series: Sequence[str], values: Mapping[str, Sequence[float]], *, metric: str, published: Sequence[float] = ()
) -> Figure:
    """Draw one measure for each series, a mark for each detector.

    Parameters
    ----------
    series : sequence of str
        Their names, drawn from top to bottom.
    values : mapping of str to sequence of float
        One value a series by detector; NaN is left out.
    metric : str
        What the values are.
    published : sequence of float
        The best published value of each series, where there is one.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with one row a series.

    Raises
    ------
    DataError
        If there is no series or no detector.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> values_by_series(["a", "b"], {"pca": [0.5, 1.0]}, metric="AUROC").get_suptitle()
    'AUROC of each of 2 series'
    """
    if not len(series) or not values:
        raise DataError("expected values of at least one detector on one series, got none")
    places = np.arange(len(series))
    with house_style():
        figure, panels = panel_grid(1, 1, height=0.22 * len(series) + 0.4)
        axes: Axes = panels[0, 0]
        handles: dict[str, object] = {}
        if len(published):
            (handles["best published"],) = axes.plot(published, places, "|", color=INK, markersize=9, markeredgewidth=2)
        for number, (name, own) in enumerate(values.items()):
            marker, colour = _MARKERS[number % len(_MARKERS)], PALETTE[1:][number % (len(PALETTE) - 1)]
            (mark,) = axes.plot(own, places, marker, color=colour, markeredgecolor=INK, markersize=5, alpha=0.9)
            handles[shorten(name, 30)] = mark
        _name_rows(axes, series)
        axes.grid(axis="y", color="#e8ebf0", linewidth=0.6)
        axes.set_xlabel(metric)
        headline(figure, f"{metric} of each of {plural(len(series), 'series', 'series')}")
        legend_below(figure, handles)
    return figure


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [shorten(name, 44) for name in names], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)


def _finding(ranked: Sequence[tuple[str, float]], difference: float, n_series: int) -> str:
    first, best = ranked[0]
    text = f"{shorten(first, 40)} ranks first over {plural(n_series, 'series', 'series')}"
    if not np.isfinite(difference):
        return text
    worse = sum(rank - best > difference for _, rank in ranked[1:])
    return f"{text}, better than {worse} of {len(ranked) - 1} others by more than chance"
