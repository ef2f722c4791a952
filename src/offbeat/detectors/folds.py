"""Normal scores that are as new to a detector as what it will score: by folds of the training data."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from sklearn.base import clone

from offbeat.detectors.scorer import Algorithm, Scorer
from offbeat.detectors.scoring.views import Rows, View, Viewed
from offbeat.errors import DataError, ignoring
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.series.recording import FloatArray
from offbeat.words import to_go

__all__ = ["fitted_copy", "held_out_outputs", "hold_out_if_needed"]

D = TypeVar("D", bound=Algorithm)

_log = logging.getLogger("offbeat")


def held_out_outputs(detector: Algorithm, view: View[Any], viewed: Viewed[Any], rows: Rows) -> FloatArray | None:
    """Return what a detector gives for each of its training series when it has not learned from them.

    The rows are cut into folds; for each fold a copy of the detector is fitted on those that share nothing with it
    (no time step, no group), and scores the fold.

    Parameters
    ----------
    detector : Detector
        Not fitted yet.
    view : View
        How it sees its data.
    viewed : Viewed
        The training data.
    rows : array of shape (n_rows,)
        The series or windows of it to learn from, in order.

    Returns
    -------
    array of shape (n_series, ...) or None
        NaN for series that are not among ``rows``, or in a fold that leaves too little to learn from; None where all
        do.
    """
    outputs: FloatArray | None = None
    begun = time.monotonic()
    if detector.uses_held_out:
        _log.info("fitting %d models, each without a part of the data, to set the threshold", detector.n_folds)
    # Each fold knows less than the whole: what it warns of is said once, by the fit on the whole.
    with ignoring(Warning):
        for number, (learned, fold) in enumerate(view.folds(viewed, rows, detector.n_folds, detector.random_state)):
            _tell(number, detector.n_folds, time.monotonic() - begun)
            found = None
            with suppress(DataError):
                found = _outputs(detector, view, viewed, learned, fold)
            if found is None:
                continue
            if outputs is None:
                outputs = np.full((len(viewed), *found.shape[1:]), np.nan)
            outputs[fold] = found[fold]
    return outputs


def hold_out_if_needed(detector: Algorithm, view: View[Any], viewed: Viewed[Any], rows: Rows) -> tuple[Rows, Rows]:
    """Return the rows to learn from, and those held out by which a training is stopped, if it is."""
    if detector.uses_held_out:
        return view.hold_out(viewed, rows, detector.held_out, detector.random_state)
    return rows, rows[:0]


def fitted_copy(detector: D, view: View[Any], viewed: Viewed[Any], learned: Rows) -> D | None:
    """Return a copy of an unfitted detector that has learned from some rows; None where they are too few."""
    with borrowed_randomness(detector.random_state):
        return _fitted(detector, view, viewed, learned)


def _tell(done: int, n_folds: int, seconds: float) -> None:
    """Log how far a long fit is: each fold that is left, and the whole after them, takes about as long as a fold."""
    left = to_go(seconds / done * (n_folds + 1 - done)) if done else ""
    if left:
        _log.info("scored %d of %d folds of the training data to set the threshold%s", done, n_folds, left)


def _outputs(detector: Algorithm, view: View[Any], viewed: Viewed[Any], learned: Rows, fold: Rows) -> FloatArray | None:
    with borrowed_randomness(detector.random_state):
        copy = _fitted(detector, view, viewed, learned)
        return None if copy is None else Scorer(copy).all_outputs(viewed, viewed.mask(fold))


def _fitted(detector: D, view: View[Any], viewed: Viewed[Any], learned: Rows) -> D | None:
    train, kept = hold_out_if_needed(detector, view, viewed, learned)
    train = train[:: detector.stride]
    if len(train) < 2 or (detector.uses_held_out and not len(kept)):
        return None
    copy: D = clone(detector)._for_fold()
    scorer = Scorer(copy)
    scorer.prepare(viewed.data)
    scorer.fit(viewed.series[train], viewed.series[kept], viewed.data.channels)
    return copy
