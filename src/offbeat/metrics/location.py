"""Where and when an anomaly was found: the rule of the UCR archive, and the delay until an event was known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.events.runs import Runs
from offbeat.metrics._checks import Scores, as_binary, as_numbers, same_length
from offbeat.metrics.overlap import as_spans, spans_of

__all__ = ["detection_delays", "ucr_located"]

_NEAR = 100


def ucr_located(labels: npt.ArrayLike, scores: npt.ArrayLike) -> bool:
    """Return whether the highest score of a recording lies at its anomaly: the rule of the UCR anomaly archive.

    It may lie before or after the anomaly by 100 time steps, or by the length of the anomaly where that is more.

    Parameters
    ----------
    labels : array of shape (n_times,)
        1 anomalous, 0 normal; where there are several anomalies, any of them will do.
    scores : array of shape (n_times,)
        Higher = more anomalous. Time steps without a score (NaN) are left out; of several highest the first counts.

    Raises
    ------
    DataError
        If there is no anomaly or no score, or the lengths differ (ShapeError).

    References
    ----------
    R. Wu and E. J. Keogh, "Current Time Series Anomaly Detection Benchmarks are Flawed and are Creating the Illusion of
    Progress", IEEE Transactions on Knowledge and Data Engineering, 2021.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 0], [500, 20, 500])
    >>> ucr_located(labels, np.arange(1020) == 400), ucr_located(labels, np.arange(1020) == 399)
    (True, False)
    """
    truth, values = as_binary(labels, "labels"), as_numbers(scores, "scores")
    same_length(truth, values, "labels as scores")
    if not truth.any() or np.isnan(values).all():
        raise DataError(
            "the location of the highest score needs an anomaly and a score, got none: use a series that holds one"
        )
    known, at = Runs.of_mask(truth == 1), int(np.nanargmax(values))
    margins = np.maximum(_NEAR, known.lengths)
    return bool(np.any((known.starts - margins <= at) & (at < known.ends + margins)))


def detection_delays(predicted: Iterable[Event | tuple[int, int]], known: Iterable[tuple[int, int]]) -> Scores:
    """Return for each known window how many time steps pass from its start until the first event in it is known.

    Parameters
    ----------
    predicted : iterable of Event or (start, end)
        Of one series; time steps, the end exclusive. An event is known at its ``known_at``, or at its start where that
        is not given.
    known : iterable of (start, end)
        Time steps, the end exclusive.

    Returns
    -------
    array of shape (n_known,)
        0 where an event was known before the window began; NaN where no event overlaps it.

    Raises
    ------
    DataError
        If a window does not have ``0 <= start < end`` in whole numbers, or the events are of several series.

    Examples
    --------
    >>> detection_delays([(13, 15), (18, 22), (35, 41)], [(10, 20), (40, 50), (60, 70)]).tolist()
    [3.0, 0.0, nan]
    """
    found = list(predicted)
    events, windows = spans_of(found), as_spans(list(known))
    since = events[:, 0].copy()
    for i, event in enumerate(found):
        if isinstance(event, Event) and event.known_at is not None:
            since[i] = event.known_at
    return np.array(
        [_delay(int(start), since[(events[:, 0] < end) & (start < events[:, 1])]) for start, end in windows]
    )


def _delay(start: int, since: npt.NDArray[np.int64]) -> float:
    return float(max(since.min() - start, 0)) if len(since) else float("nan")
