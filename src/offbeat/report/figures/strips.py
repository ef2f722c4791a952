"""Where the scores of each class lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError
from offbeat.report.drawing.scales import SCORE, ScoreAxis, draw_marks, finite, in_sight
from offbeat.report.drawing.style import BLUE, INK, RUST, TierValues, headline, house_style, legend_below, panel_grid
from offbeat.series.recording import FloatArray, as_labels
from offbeat.words import percent, shorten, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["scores_by_class"]

_STRIP_POINTS = 400


def scores_by_class(
    scores: npt.ArrayLike,
    classes: npt.ArrayLike,
    class_names: Mapping[str, str] | None = None,
    *,
    threshold: float | None = None,
    tiers: TierValues | None = None,
) -> Figure:
    r"""Draw the scores of each class as a box over a strip of points, lowest median first.

    Boxes reach from the first to the third quartile with a line at the median; whiskers from 5 % to 95 %. Of a large
    class, 400 points spread evenly over its ranks are drawn, its lowest and highest among them.

    Parameters
    ----------
    scores : array of shape (n,)
        Higher = more anomalous; NaN (no score) is left out.
    classes : array of shape (n,)
        The label of each series.
    class_names : mapping, optional
        A readable name for each label.
    threshold : float, optional
        Scores above it are flagged.
    tiers : (watch, alarm) or mapping of ``watch`` and ``alarm`` to their thresholds, optional
        Where the severities watch and alarm begin.

    Returns
    -------
    matplotlib.figure.Figure
        One panel with one row a class.

    Raises
    ------
    ShapeError
        If there are not as many classes as scores.
    DataError
        If there is no score at all.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = scores_by_class([0.1, 0.2, 0.9], [1, 1, 2], {"1": "normal"}, threshold=0.5)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['normal\nn = 2, 0% flagged', '2\nn = 1, 100% flagged']
    """
    groups = _by_class(np.asarray(scores, dtype=np.float64), as_labels(classes))
    axis = ScoreAxis.of(list(groups.values()), in_sight(threshold, tiers))
    names = dict(class_names or {})
    with house_style():
        figure, panels = panel_grid(1, 1, height=0.55 * len(groups) + 0.3)
        axes: Axes = panels[0, 0]
        handles = draw_marks(axes, axis, threshold, tiers)
        for place, values in enumerate(groups.values()):
            _draw_strip(axes, place, axis.clip(values))
        rows = [_row_name(names.get(label, label), values, threshold) for label, values in groups.items()]
        axes.set_yticks(range(len(groups)), rows)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(groups) - 0.5, -0.5)
        note = axis.note(np.concatenate(list(groups.values())))
        axes.set_xlabel(SCORE + (", log scale" if axis.log else "") + (f"\n{note}" if note else ""))
        headline(figure, _class_finding(groups, names, threshold))
        legend_below(figure, handles)
    return figure


def _by_class(scores: FloatArray, labels: npt.NDArray[np.str_]) -> dict[str, FloatArray]:
    if scores.shape != labels.shape or scores.ndim != 1:
        raise ShapeError(f"expected one class for each score, got {scores.shape} scores and {labels.shape} classes")
    groups = {str(label): finite(scores[labels == label]) for label in np.unique(labels)}
    scored = {label: values for label, values in groups.items() if values.size}
    if not scored:
        raise DataError("expected scores to draw, but every one of them is missing")
    return dict(sorted(scored.items(), key=lambda item: float(np.median(item[1]))))


def _draw_strip(axes: Axes, place: int, values: FloatArray) -> None:
    ranked = np.sort(values)
    if ranked.size > _STRIP_POINTS:
        ranked = ranked[np.linspace(0, ranked.size - 1, _STRIP_POINTS).astype(int)]
    # a private generator: the same picture every time, and the caller's random state is left alone
    height = place + np.random.default_rng(0).uniform(-0.3, 0.3, ranked.size)
    axes.scatter(ranked, height, s=6, color=BLUE, alpha=0.5, linewidths=0, rasterized=True, clip_on=False)
    line = {"color": INK, "linewidth": 1.2}
    axes.boxplot(
        values,
        positions=[place],
        orientation="horizontal",
        widths=0.5,
        whis=(5, 95),
        showfliers=False,
        manage_ticks=False,
        boxprops=line,
        whiskerprops=line,
        capprops=line,
        medianprops={"color": RUST, "linewidth": 2.2, "linestyle": "-"},
    )


def _row_name(name: str, values: FloatArray, threshold: float | None) -> str:
    flagged = "" if threshold is None else f", {percent(int(np.sum(values > threshold)), values.size)} flagged"
    return f"{wrapped(shorten(name, 56), 28)}\nn = {values.size:,}{flagged}"


def _class_finding(groups: Mapping[str, FloatArray], names: Mapping[str, str], threshold: float | None) -> str:
    label = list(groups)[-1]
    if threshold is None:
        return f"Scores by class: highest for {shorten(names.get(label, label), 40)}"
    low, high = (f(groups, key=lambda key: float(np.mean(groups[key] > threshold))) for f in (min, max))
    shares = [percent(int(np.sum(groups[key] > threshold)), groups[key].size) for key in (low, high)]
    if len(groups) == 1:
        return f"{shares[0]} of {shorten(names.get(low, low), 40)} lie above the threshold at {threshold:.4g}"
    return (
        f"The threshold at {threshold:.4g} flags from {shares[0]} ({shorten(names.get(low, low), 30)}) "
        f"to {shares[1]} ({shorten(names.get(high, high), 30)})"
    )
