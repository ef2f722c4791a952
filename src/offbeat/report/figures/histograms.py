"""Where the scores of each part of the data lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.report.drawing.scales import SCORE, ScoreAxis, draw_marks, finite, in_sight
from offbeat.report.drawing.style import BLUE, INK, TierValues, halo, headline, house_style, legend_below, panel_grid
from offbeat.series.recording import FloatArray
from offbeat.words import percent, plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["score_histograms"]

_CURVE_POINTS = 400
_CURVE_SAMPLES = 2000  # a density from so many quantiles looks the same, and costs the same for a million scores


def score_histograms(
    scores_by_part: Mapping[str, npt.ArrayLike],
    *,
    threshold: float | None = None,
    tiers: TierValues | None = None,
    bins: int = 50,
) -> Figure:
    """Draw one histogram with a density curve for each part of the data, all on one axis of scores.

    The axis is logarithmic where all scores are positive and span more than a factor of 30. Where some are not, a long
    tail is gathered in the outermost bar and the panel says how many scores that are.

    Parameters
    ----------
    scores_by_part : mapping of str to array of shape (n,)
        Scores by name of the part, such as train, test (normal) and anomalies, in the order to draw them. NaN (no
        score) is left out and counted in the title.
    threshold : float, optional
        Scores above it are flagged.
    tiers : (watch, alarm) or mapping of ``watch`` and ``alarm`` to their thresholds, optional
        Where the severities watch and alarm begin.
    bins : int
        Bars over the whole axis.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a part.

    Raises
    ------
    DataError
        If there is no part.
    ParameterError
        If the watch threshold is above the alarm threshold.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = score_histograms({"test": [0.1, 0.2, 0.3, np.nan], "anomalies": [0.5, 0.7]}, threshold=0.25)
    >>> figure.axes[0].get_title("left")
    'test: 3 scores, 1 above the threshold (33.3%), 1 without a score'
    """
    if not scores_by_part:
        raise DataError("expected scores of at least one part, such as {'train': scores}, got none")
    parts = {name: finite(scores) for name, scores in scores_by_part.items()}
    axis = ScoreAxis.of(list(parts.values()), in_sight(threshold, tiers))
    with house_style():
        figure, panels = panel_grid(len(parts), 1, height=1.55, sharex=True)
        handles: dict[str, Any] = {}
        for axes, (name, scores) in zip(panels[:, 0], parts.items(), strict=True):
            handles |= draw_marks(axes, axis, threshold, tiers) | _draw_part(axes, scores, axis, bins)
            axes.set_title(_part_title(name, scores, np.size(scores_by_part[name]), threshold, axis.note(scores)))
        panels[-1, 0].set_xlabel(SCORE + (", log scale" if axis.log else ""))
        figure.supylabel("share of the part's scores (%)")
        headline(figure, _part_finding(parts, threshold))
        legend_below(figure, handles, columns=6)
    return figure


def _draw_part(axes: Axes, scores: FloatArray, axis: ScoreAxis, bins: int) -> dict[str, Any]:
    if not scores.size:
        axes.text(0.5, 0.5, "no scores", transform=axes.transAxes, ha="center", va="center")
        axes.set_yticks([])
        return {}
    edges = axis.edges(bins)
    counts, _ = np.histogram(axis.clip(scores), edges)
    shares = 100 * counts / scores.size
    # one outline for all bars: separate bars show seams in a browser
    handles: dict[str, Any] = {"histogram": axes.stairs(shares, edges, fill=True, color=BLUE, linewidth=0)}
    places, density = _density(scores, axis, bins)
    if places.size:
        (handles["density"],) = axes.plot(places, density, color=INK, linestyle="-", path_effects=halo())
    return handles


def _density(scores: FloatArray, axis: ScoreAxis, bins: int) -> tuple[FloatArray, FloatArray]:
    """Return places on the axis and the smoothed share of scores in a bar there, in %; empty if all are equal."""
    from scipy.stats import gaussian_kde

    inside = scores[(scores >= axis.low) & (scores <= axis.high)]
    values = np.sort(axis.forward(inside))
    if values.size > _CURVE_SAMPLES:
        values = np.quantile(values, (np.arange(_CURVE_SAMPLES) + 0.5) / _CURVE_SAMPLES)
    if values.size < 2 or values.std() <= 1e-9 * np.abs(values).max():
        return np.empty(0), np.empty(0)
    places = axis.edges(_CURVE_POINTS)
    bar = float(np.diff(axis.forward([axis.low, axis.high]))[0]) / bins
    density = gaussian_kde(values)(axis.forward(places))
    return places, 100 * bar * density * inside.size / scores.size


def _part_title(name: str, scores: FloatArray, total: int, threshold: float | None, note: str) -> str:
    counts = [plural(scores.size, "score")]
    if threshold is not None and scores.size:
        above = int(np.sum(scores > threshold))
        counts.append(f"{above:,} above the threshold ({percent(above, scores.size)})")
    if missing := total - scores.size:
        counts.append(f"{missing:,} without a score")
    return f"{shorten(name, 50)}: {', '.join(counts)}" + (f"\n{note}" if note else "")


def _part_finding(parts: Mapping[str, FloatArray], threshold: float | None) -> str:
    if threshold is None:
        return "Where the scores of each part lie"
    flagged = [f"{percent(int(np.sum(v > threshold)), v.size)} of {shorten(n, 30)}" for n, v in parts.items() if v.size]
    return f"The threshold at {threshold:.4g} flags {', '.join(flagged)}" if flagged else "No part has scores"
