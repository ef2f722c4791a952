"""The score of the Numenta Anomaly Benchmark: early detections inside a window earn, false ones outside cost.

Lavin & Ahmad, "Evaluating Real-time Anomaly Detection Algorithms - the Numenta Anomaly Benchmark", ICMLA 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError

__all__ = [
    "NAB_PROFILES",
    "NABProfile",
    "NABResult",
    "nab_credits",
    "nab_normalised",
    "nab_probation",
    "nab_rows",
    "nab_score",
    "nab_threshold",
]

Spans = Sequence[tuple[int, int]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NABProfile:
    """How detections are weighed.

    Parameters
    ----------
    true_positive : float
        What the earliest detection of a window earns.
    false_positive : float
        What a false detection far from any window costs.
    false_negative : float
        What a missed window costs.
    """

    true_positive: float = 1.0
    false_positive: float = 0.11
    false_negative: float = 1.0


NAB_PROFILES = {
    "standard": NABProfile(),
    "reward_low_FP_rate": NABProfile(false_positive=0.22),
    "reward_low_FN_rate": NABProfile(false_negative=2.0),
}
"""The three profiles of the benchmark, by its names for them."""


@dataclass(frozen=True)
class NABResult:
    """The score of one series, or the sum over several.

    Attributes
    ----------
    score : float
        Raw; :func:`nab_normalised` brings it to 0 … 100.
    threshold : float
        Rows with a score of at least this were flagged.
    tp, tn, fp, fn : int
        Rows after the probation, by flag and by whether they lie in a window.
    n_windows : int
        Windows that reach beyond the probation.
    """

    score: float
    threshold: float
    tp: int
    tn: int
    fp: int
    fn: int
    n_windows: int

    def __add__(self, other: NABResult) -> NABResult:
        return NABResult(
            self.score + other.score,
            self.threshold,
            self.tp + other.tp,
            self.tn + other.tn,
            self.fp + other.fp,
            self.fn + other.fn,
            self.n_windows + other.n_windows,
        )


def nab_probation(n_times: int) -> int:
    """Return how many leading rows are not scored: 15 % of the series, and never more than 750.

    Examples
    --------
    >>> nab_probation(2162), nab_probation(22695)
    (324, 750)
    """
    return int(min(np.floor(0.15 * n_times), 0.15 * 5000))


def nab_credits(n_times: int, windows: Spans, profile: NABProfile | str = "standard") -> Floats:
    """Return what flagging each row alone would earn or cost.

    Parameters
    ----------
    n_times : int
        Rows of the series.
    windows : sequence of (start, end)
        Anomaly windows in order, ``end`` exclusive.
    profile : NABProfile or str
        Or its name in :data:`NAB_PROFILES`.

    Returns
    -------
    array of shape (n_times,)
        0 during the probation.

    Raises
    ------
    ParameterError
        If there is no such profile.
    DataError
        If the windows overlap, are empty, or go beyond the series.

    Examples
    --------
    >>> nab_credits(10, [(4, 7)]).round(2)
    array([ 0.  , -0.11, -0.11, -0.11,  1.  ,  0.94,  0.69, -0.09, -0.11, -0.11])
    """
    worth = _profile(profile)
    _check_windows(windows, n_times)
    earned = np.full(n_times, -worth.false_positive)
    steps = np.arange(n_times)
    most = _scaled_sigmoid(np.array(-1.0))
    for start, end in windows:
        width = end - start
        earned[start:end] = worth.true_positive * _scaled_sigmoid((steps[start:end] - end) / width) / most
        # A false alarm soon after a window costs less; a window of one row leaves no such grace.
        past = (steps[end:] - (end - 1)) / (width - 1) if width > 1 else np.full(n_times - end, np.inf)
        earned[end:] = worth.false_positive * _scaled_sigmoid(past)
    earned[: nab_probation(n_times)] = 0.0
    return earned


def nab_rows(scores: npt.ArrayLike, windows: Spans, threshold: float, profile: NABProfile | str = "standard") -> Floats:
    """Return what each row brought in at one threshold, the benchmark's ``S(t)``.

    A false detection has its cost in its own row. A window has what its best detection earned, or what missing it
    cost, in its first row.

    Parameters
    ----------
    scores : array of shape (n_times,)
        Higher is more anomalous; NaN is never flagged.
    windows : sequence of (start, end)
        Anomaly windows, ``end`` exclusive.
    threshold : float
        Rows with a score of at least this are flagged.
    profile : NABProfile or str
        Or its name in :data:`NAB_PROFILES`.

    Returns
    -------
    array of shape (n_times,)

    Examples
    --------
    >>> nab_rows([0, 0, 1, 0, 0, 1, 0, 0, 0, 0], [(4, 7)], threshold=0.5).round(3).tolist()
    [0.0, 0.0, -0.11, 0.0, 0.944, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    worth, flagged = _profile(profile), _flags(scores, threshold)
    earned, start = nab_credits(len(flagged), windows, worth), nab_probation(len(flagged))
    rows = np.where(flagged & (_window_of(len(flagged), windows) < 0), earned, 0.0)
    for first, end in windows:
        if end > start:
            hits = earned[first:end][flagged[first:end]]
            rows[max(first, start)] = hits.max(initial=-worth.false_negative)
    return rows


def nab_score(
    scores: npt.ArrayLike, windows: Spans, threshold: float, profile: NABProfile | str = "standard"
) -> NABResult:
    """Score one series at one threshold; the parameters are those of :func:`nab_rows`.

    Examples
    --------
    >>> nab_score([0, 0, 1, 0, 0, 1, 0, 0, 0, 0], [(4, 7)], threshold=0.5).score
    0.83...
    """
    flagged = _flags(scores, threshold)
    start = nab_probation(len(flagged))
    inside = _window_of(len(flagged), windows) >= 0
    tp, fp = int(np.sum(flagged & inside)), int(np.sum(flagged & ~inside))
    fn = int(np.sum(inside[start:])) - tp
    total = float(nab_rows(scores, windows, threshold, profile).sum())
    n_windows = sum(end > start for _, end in windows)
    return NABResult(total, float(threshold), tp, len(flagged) - start - tp - fp - fn, fp, fn, n_windows)


def nab_threshold(series: Sequence[tuple[npt.ArrayLike, Spans]], profile: NABProfile | str = "standard") -> NABResult:
    """Return the threshold that gives the highest sum of scores over several series, as the benchmark chooses it.

    It uses the labels: the result measures how well scores rank, not how well a threshold was set.

    Parameters
    ----------
    series : sequence of (scores, windows)
        As :func:`nab_score` takes them.
    profile : NABProfile or str
        Or its name in :data:`NAB_PROFILES`.

    Returns
    -------
    NABResult
        The sum over all series at that threshold; the threshold is infinite where it is best to flag nothing.

    Examples
    --------
    >>> nab_threshold([([0, 0, 1, 0, 0, 2, 0, 0, 0, 0], [(4, 7)])]).threshold
    2.0
    """
    worth = _profile(profile)
    values, gains = zip(*[_gains(_as_scores(scores), windows, worth) for scores, windows in series], strict=True)
    value, gain = np.concatenate(values), np.concatenate(gains)
    order = np.argsort(-value, kind="stable")
    total = np.cumsum(gain[order])
    # Rows of one score are flagged together: only the total at the last of them belongs to a threshold there.
    last = np.flatnonzero(np.diff(value[order], append=np.nan) != 0)
    best = last[np.argmax(total[last])] if len(last) else 0
    threshold = float(value[order][best]) if len(last) and total[best] > 0 else float("inf")
    results = [nab_score(scores, windows, threshold, worth) for scores, windows in series]
    return sum(results[1:], start=results[0])


def nab_normalised(result: NABResult, profile: NABProfile | str = "standard") -> float:
    """Return the score on the scale on which 0 is a detector that flags nothing and 100 a perfect one.

    NaN where there is no window.

    Examples
    --------
    >>> nab_normalised(NABResult(score=14.0, threshold=0.5, tp=1, tn=0, fp=0, fn=0, n_windows=14))
    100.0
    """
    worth, n = _profile(profile), result.n_windows
    if n == 0:
        return float("nan")
    null, perfect = -worth.false_negative * n, worth.true_positive * n
    return 100.0 * (result.score - null) / (perfect - null)


def _gains(scores: Floats, windows: Spans, worth: NABProfile) -> tuple[Floats, Floats]:
    """Return the scores that may be flagged, and what each adds to the sum when the threshold falls to it."""
    earned, inside = nab_credits(len(scores), windows, worth), _window_of(len(scores), windows)
    rows = np.flatnonzero(~np.isnan(scores) & (np.arange(len(scores)) >= nab_probation(len(scores))))
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    gain = earned[rows]
    for window in np.unique(inside[rows][inside[rows] >= 0]):
        # Of a window only its best row counts, so a row adds what it is better than those before it.
        own = inside[rows] == window
        gain[own] = np.diff(np.maximum.accumulate(gain[own]), prepend=-worth.false_negative)
    return scores[rows], gain


def _scaled_sigmoid(position: Floats) -> Floats:
    """Return 1 … -1 for a position in (or, above 0, past) a window; -1 from three widths past it."""
    near = np.minimum(position, 3.0)
    return np.where(position > 3.0, -1.0, 2.0 / (1.0 + np.exp(5.0 * near)) - 1.0)


def _window_of(n_times: int, windows: Spans) -> npt.NDArray[np.intp]:
    """Return the number of the window that each row lies in, -1 outside."""
    inside = np.full(n_times, -1, dtype=np.intp)
    for number, (start, end) in enumerate(windows):
        inside[start:end] = number
    return inside


def _profile(profile: NABProfile | str) -> NABProfile:
    if isinstance(profile, NABProfile):
        return profile
    if profile not in NAB_PROFILES:
        raise ParameterError(f"expected a profile of {', '.join(NAB_PROFILES)}, got {profile!r}")
    return NAB_PROFILES[profile]


def _flags(scores: npt.ArrayLike, threshold: float) -> npt.NDArray[np.bool_]:
    """Return which rows are flagged; none is during the probation."""
    flagged = _as_scores(scores) >= threshold
    flagged[: nab_probation(len(flagged))] = False
    return flagged


def _as_scores(scores: npt.ArrayLike) -> Floats:
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(f"scores have the shape (n_times,), got {array.shape}")
    return array


def _check_windows(windows: Spans, n_times: int) -> None:
    edges = [edge for window in windows for edge in window]
    if edges != sorted(edges) or any(start >= end for start, end in windows):
        raise DataError(f"expected windows in order that are not empty and do not overlap, got {list(windows)}")
    if edges and not 0 <= edges[0] <= edges[-1] <= n_times:
        raise DataError(f"expected windows within the {n_times} time steps of the series, got {list(windows)}")
