"""Affiliation precision and recall: how near flagged time lies to anomalies, compared with time drawn at random.

Every time step belongs to the zone of its nearest anomaly. All figures are means over zones of the probability that a
time drawn at random from the zone lies farther away than what was found. Distances are piecewise linear in time, so
that the integrals are in closed form: one pass over the flagged intervals, however long they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events.runs import Runs
from offbeat.metrics._checks import Scores, as_decisions
from offbeat.metrics.decisions import DecisionQuality, harmonic_mean

__all__ = ["affiliation_precision_recall_f1"]

Steps = npt.NDArray[np.intp]


def affiliation_precision_recall_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> DecisionQuality:
    """Return affiliation precision, recall and F1 of the decisions about the time steps of a recording.

    Precision asks how near each flagged time lies to an anomaly, recall how near to each time of an anomaly something
    is flagged; both are compared with chance, so that flagging at random gives a precision of about 0.5, and flagging
    everything does, too. Recall is close to 1 as soon as something near each anomaly is flagged: look at precision
    before F1.

    Parameters
    ----------
    labels, predicted : array of shape (n_times,)
        1 anomalous, 0 normal; what is, and what was decided.

    Returns
    -------
    DecisionQuality
        Precision is the mean over the anomalies with flagged time in their zone, NaN where nothing is flagged; recall
        is the mean over all anomalies, 0 for those without.

    Raises
    ------
    DataError
        If there are other values, no anomalies, or the lengths differ (ShapeError).

    References
    ----------
    A. Huet, J. M. Navarro and D. Rossi, "Local Evaluation of Time Series Anomaly Detection Algorithms", KDD, 2022.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 0], [45, 10, 45])
    >>> near, far = np.repeat([0, 1, 0], [56, 5, 39]), np.repeat([0, 1, 0], [90, 5, 5])
    >>> [round(affiliation_precision_recall_f1(labels, flagged).precision, 2) for flagged in (near, far)]
    [0.83, 0.15]
    """
    truth, decided = as_decisions(labels, predicted)
    known, flagged = Runs.of_mask(truth == 1), Runs.of_mask(decided == 1)
    if not len(known):
        raise DataError("affiliation needs an anomaly to be near to, but all labels are 0: use a series that holds one")
    borders = (known.ends[:-1] + known.starts[1:]) / 2
    pieces = _pieces(flagged, borders)
    zone = np.searchsorted(borders, pieces.starts, side="right")
    begins, ends = np.r_[0, borders], np.r_[borders, len(truth)]
    zones = _Zones(known.starts[zone], known.ends[zone], begins[zone], ends[zone])
    near = np.bincount(zone, _precision(pieces, zones), minlength=len(known))
    time = np.bincount(zone, pieces.ends - pieces.starts, minlength=len(known))
    reached = np.bincount(zone, _recall(pieces, zones), minlength=len(known)) / known.lengths
    precision = float(np.mean(near[time > 0] / time[time > 0])) if len(pieces.starts) else float("nan")
    recall = float(np.mean(reached))
    return DecisionQuality(precision, recall, harmonic_mean(precision, recall))


class _Pieces(NamedTuple):
    """Flagged intervals, each within one zone, in order; shape ``(n_pieces,)``."""

    starts: Scores
    ends: Scores


class _Zones(NamedTuple):
    """For each piece the anomaly of its zone, and where the zone begins and ends; shape ``(n_pieces,)``."""

    starts: Steps
    ends: Steps
    begin: Scores
    end: Scores

    @property
    def width(self) -> Scores:
        return self.end - self.begin


def _pieces(flagged: Runs, borders: Scores) -> _Pieces:
    """Cut the flagged runs where zones meet."""
    run = np.searchsorted(flagged.starts, borders, side="left") - 1
    inside = (run >= 0) & (borders < np.r_[flagged.ends, 0][run])
    cuts = borders[inside]
    return _Pieces(np.sort(np.r_[flagged.starts, cuts]), np.sort(np.r_[flagged.ends, cuts]))


def _precision(pieces: _Pieces, zones: _Zones) -> Scores:
    """Return, integrated over each piece, how likely a random time of the zone is farther from the anomaly."""
    inside = np.minimum(pieces.ends, zones.ends) - np.maximum(pieces.starts, zones.starts)
    total: Scores = np.maximum(inside, 0.0)
    room_before, room_after = zones.starts - zones.begin, zones.end - zones.ends
    sides = (
        (zones.starts - pieces.ends, zones.starts - pieces.starts, room_after),
        (pieces.starts - zones.ends, pieces.ends - zones.ends, room_before),
    )
    for nearest, farthest, room_beyond in sides:
        low, high = np.maximum(nearest, 0.0), np.maximum(farthest, 0.0)
        # As near as a distance d are the anomaly, d on this side, and on the other as much of d as there is room for.
        nearer = (zones.ends - zones.starts) * (high - low)
        nearer += (high**2 - low**2) / 2 + _capped(high, room_beyond) - _capped(low, room_beyond)
        total += high - low - nearer / zones.width
    return total


def _recall(pieces: _Pieces, zones: _Zones) -> Scores:
    """Return, integrated over the part of the anomaly nearest to each piece, how likely a random time is farther."""
    middle = (pieces.ends[:-1] + pieces.starts[1:]) / 2
    same = zones.begin[1:] == zones.begin[:-1]
    first = np.r_[zones.begin[:1], np.where(same, middle, zones.begin[1:])]
    last = np.r_[np.where(same, middle, zones.end[:-1]), zones.end[-1:]]
    inside = np.minimum(pieces.ends, zones.ends) - np.maximum(pieces.starts, zones.starts)
    total: Scores = np.maximum(inside, 0.0)
    sides = (
        (pieces.starts - zones.ends, pieces.starts - np.maximum(first, zones.starts), pieces.starts - zones.begin),
        (zones.starts - pieces.ends, np.minimum(last, zones.ends) - pieces.ends, zones.end - pieces.ends),
    )
    for nearest, farthest, room in sides:
        low = np.maximum(nearest, 0.0)
        high = np.maximum(farthest, low)
        # Seen from a time of the anomaly at distance d, as near are d towards the piece and, away from it, d or what
        # room the zone has left there.
        nearer = (high**2 - low**2) / 2 + _tent(high, room) - _tent(low, room)
        total += high - low - nearer / zones.width
    return total


def _capped(distance: Scores, limit: Scores) -> Scores:
    """Return the integral of ``min(d, limit)`` for d from 0 to ``distance``."""
    below = np.minimum(distance, limit)
    return np.asarray(below**2 / 2 + limit * (distance - below))


def _tent(distance: Scores, room: Scores) -> Scores:
    """Return the integral of ``min(d, room - d)`` for d from 0 to ``distance``, which is at most ``room``."""
    rising, falling = np.minimum(distance, room / 2), np.maximum(distance - room / 2, 0.0)
    return np.asarray(rising**2 / 2 + falling * (room - falling) / 2)
