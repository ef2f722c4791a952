"""What the detector expected of single series, and which series are worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.style import AMBER, INK, RUST, headline, house_style, legend_below
from offbeat.report.figures.panels import series_grid, time_axis, time_label
from offbeat.series.recording import FloatArray
from offbeat.words import plural, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Chosen", "first_and_worst", "reconstructions"]

_STRIP = 0.16  # share of a panel's height that the largest error by time step takes


class Chosen(NamedTuple):
    """Positions of the chosen series, each an int array of at most k, in the arrays they were chosen from."""

    normal_first: npt.NDArray[np.intp]
    normal_worst: npt.NDArray[np.intp]
    anomaly_first: npt.NDArray[np.intp]
    anomaly_worst: npt.NDArray[np.intp]
    anomaly_oddest: npt.NDArray[np.intp]


def first_and_worst(normal_scores: npt.ArrayLike, anomaly_scores: npt.ArrayLike, k: int = 4) -> Chosen:
    """Choose the first k normal and anomalous series, the k of each on which the detector does worst, and the oddest.

    The first are an honest sample, the worst are where it errs: the normal series of highest score, worst first, and
    the anomalies of lowest score, worst first. The oddest are the anomalies of highest score, highest first. Series
    without a score (NaN) are not chosen.

    Parameters
    ----------
    normal_scores, anomaly_scores : arrays of shape (n,) and (m,)
        Higher = more anomalous.
    k : int
        How many of each.

    Returns
    -------
    Chosen
        Five arrays of positions.

    Raises
    ------
    ParameterError
        If k is below 1.

    Examples
    --------
    >>> chosen = first_and_worst([0.1, 0.4, 0.2], [0.9, np.nan, 0.3], k=2)
    >>> chosen.normal_worst, chosen.anomaly_first, chosen.anomaly_worst, chosen.anomaly_oddest
    (array([1, 2]), array([0, 2]), array([2, 0]), array([0, 2]))
    """
    if k < 1:
        raise ParameterError(f"k counts the series to choose of each kind, at least 1, not {k}")
    normal, anomaly = (np.asarray(scores, dtype=np.float64) for scores in (normal_scores, anomaly_scores))
    return Chosen(_first(normal, k), _lowest(-normal, k), _first(anomaly, k), _lowest(anomaly, k), _lowest(-anomaly, k))


def _first(scores: FloatArray, k: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero(~np.isnan(scores))[:k]


def _lowest(scores: FloatArray, k: int) -> npt.NDArray[np.intp]:
    return np.argsort(scores, kind="stable")[: int(np.sum(~np.isnan(scores)))][:k]


def reconstructions(
    values: npt.ArrayLike,
    expected: npt.ArrayLike,
    scores: npt.ArrayLike,
    errors: npt.ArrayLike | None = None,
    titles: Sequence[str] = (),
    *,
    threshold: float | None = None,
    channels: Sequence[str] = (),
    sampling_rate: float | None = None,
    columns: int = 4,
) -> Figure:
    r"""Draw single series with what the detector expected of them, the difference shaded, and the verdict.

    Parameters
    ----------
    values, expected : arrays of shape (n_series, n_channels, n_times) or (n_series, n_times)
        What was measured, and the reconstruction or forecast.
    scores : array of shape (n_series,)
        Higher = more anomalous; NaN = no score.
    errors : array of the shape of values, optional
        Share of the score by time step and channel: drawn as a strip at the foot, on one scale for all panels.
    titles : sequence of str, optional
        What each series is, such as its class.
    threshold : float, optional
        Scores above it are flagged, the others kept.
    channels : sequence of str, optional
        Their names, where there are several.
    sampling_rate : float, optional
        Samples per second (Hz).
    columns : int
        Panels side by side, for one channel; several channels stand side by side themselves.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a series, or one row of panels a series where there are several channels.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    DataError
        If there is no series to draw.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> beats = np.random.default_rng(0).normal(size=(2, 140))
    >>> figure = reconstructions(beats, 0.5 * beats, [0.2, 0.7], titles=["normal", "ectopic"], threshold=0.5)
    >>> [panel.get_title("left") for panel in figure.axes]
    ['normal\nscore 0.2, not flagged', 'ectopic\nscore 0.7, flagged']
    """
    true, guess, shares = _aligned(values, expected, errors)
    numbers = np.asarray(scores, dtype=np.float64)
    names = list(titles) or [""] * len(true)
    if numbers.shape != (len(true),) or len(names) != len(true):
        raise ShapeError(f"expected {len(true)} scores and titles, got {numbers.shape} and {len(names)}")
    leads = list(channels) or [f"ch{i}" for i in range(true.shape[1])]
    if len(leads) != true.shape[1]:
        raise ShapeError(f"expected {true.shape[1]} channel names, got {len(leads)}: {', '.join(leads)}")
    times = time_axis(true.shape[2], sampling_rate)
    largest = 0.0 if shares is None else float(np.nanmax(shares, initial=0.0))
    handles: dict[str, Any] = {}
    with house_style():
        figure, panels = series_grid(len(true), leads, wrap=columns, below=time_label(sampling_rate))
        for i, row in enumerate(panels):
            for j, axes in enumerate(row):
                handles |= _draw_series(axes, times, true[i, j], guess[i, j])
                if shares is not None:
                    handles |= _draw_strip(axes, times, shares[i, j], largest)
            row[0].set_title(_title(names[i], float(numbers[i]), threshold))
        headline(figure, _finding(numbers, threshold))
        legend_below(figure, handles)
    return figure


def _aligned(*arrays: npt.ArrayLike | None) -> list[Any]:
    """Return the arrays as (n_series, n_channels, n_times), None as None."""
    cubes = [None if array is None else np.asarray(array, dtype=np.float64) for array in arrays]
    cubes = [cube[:, None, :] if cube is not None and cube.ndim == 2 else cube for cube in cubes]
    shapes = {cube.shape for cube in cubes if cube is not None}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise ShapeError(f"expected arrays of one shape (n_series, n_channels, n_times), got {sorted(shapes)}")
    if 0 in next(iter(shapes)):
        raise DataError("expected at least one series to draw, got none")
    return cubes


def _draw_series(axes: Axes, times: FloatArray, true: FloatArray, guess: FloatArray) -> dict[str, Any]:
    gap = axes.fill_between(times, true, guess, color=AMBER, alpha=0.55, linewidth=0)
    (measured,) = axes.plot(times, true, color=INK, linestyle="-", linewidth=1.2)
    (expected,) = axes.plot(times, guess, color=RUST, linestyle="--", linewidth=1.2)
    axes.margins(x=0.01)
    return {"series": measured, "reconstruction": expected, "difference": gap}


def _draw_strip(axes: Axes, times: FloatArray, shares: FloatArray, largest: float) -> dict[str, Any]:
    """Draw the error of each time step at the foot, in the panel's own height: it has no scale in common with y."""
    heights = _STRIP * np.nan_to_num(shares) / (largest or 1.0)
    strip = axes.fill_between(
        times, 0, heights, transform=axes.get_xaxis_transform(), step="mid", color="#6b7383", linewidth=0
    )
    return {"share of the score by time step": strip}


def _title(name: str, score: float, threshold: float | None) -> str:
    text = "no score" if np.isnan(score) else f"score {score:.4g}"
    if threshold is not None and not np.isnan(score):
        text += ", flagged" if score > threshold else ", not flagged"
    return f"{shorten(name, 26)}\n{text}" if name else text


def _finding(scores: FloatArray, threshold: float | None) -> str:
    if threshold is None:
        return f"{plural(len(scores), 'series', 'series')} and what the detector expected"
    flagged = int(np.sum(scores > threshold))
    return f"{flagged} of the {len(scores):,} series chosen here flagged at the threshold {threshold:.4g}"
