"""Learn a patient model from corrected beats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from offbeat.ecg.adaptation.examples import FEWEST, View
from offbeat.ecg.adaptation.likeness import lateness, lead_weights, shape_likeness
from offbeat.ecg.adaptation.patient_model import PatientModel, bounded_logit, share_of_s
from offbeat.ecg.beats import Beats
from offbeat.errors import DataError
from offbeat.records.aami import CLASSES
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = ["learn_patient"]

_MOST = 600  # examples of each class
_REACH, _SHORTEST = 0.05, 0.005  # 1 - correlation up to which beats are alike, at most and at least
_TOWARDS_OTHERS = 0.5  # of the distance to the nearest example of another kind
_N, _S, _V, _, _Q = range(len(CLASSES))
_KINDS = np.array([_N, _N, _V, _V, _Q])  # by shape: N and S are alike, and fusion is not told from V

Integers = npt.NDArray[np.int64]


def learn_patient(
    beats: Beats, probabilities: FloatArray, classes: npt.NDArray[np.str_], base: Classifier
) -> PatientModel:
    """Learn from the corrected beats of a record.

    Parameters
    ----------
    beats : Beats
        All beats of the record.
    probabilities : array of shape (n_beats, 5)
        By the classifier and the rules after it.
    classes : array of str, shape (n_beats,)
        N, S, V, F or Q; empty for a beat that was not corrected.
    base : Classifier
        What gave the probabilities.

    Raises
    ------
    DataError
        If no beat was corrected.
    """
    rows = _thinned(classes)
    if not len(rows):
        raise DataError("expected corrected beats to learn from, got none")
    numbers = np.array([CLASSES.index(name) for name in classes[rows]], np.int64)
    view = View(beats.windows[rows], lead_weights(beats.quality[rows]), beats.windows[rows], numbers)
    late = lateness(beats)[rows]
    model = PatientModel(
        base=base,
        record=beats.name,
        leads=beats.leads,
        windows=view.windows,
        classes=numbers,
        reach=_reach(1.0 - shape_likeness(view.windows, view.examples, view.weights), _KINDS[numbers]),
        rhythm=np.zeros(2),
        usual=np.zeros(2),
    )
    supraventricular = (numbers <= _S) & (probabilities[rows].argmax(axis=1) <= _S)
    if min((numbers == _S).sum(), (numbers[supraventricular] == _N).sum()) < FEWEST:
        return model
    features = view.features(late, np.arange(len(rows)))[supraventricular]
    ectopic = numbers[supraventricular] == _S
    usual = features[~ectopic].mean(axis=0)
    offset = bounded_logit(share_of_s(probabilities[rows][supraventricular]))
    return replace(model, rhythm=_fitted(features - usual, ectopic, offset), usual=usual)


def _thinned(classes: npt.NDArray[np.str_]) -> Integers:
    """Return the corrected beats in order, evenly thinned out to 600 of each class."""
    rows = [np.flatnonzero(classes == name) for name in CLASSES]
    return np.sort(np.concatenate([each[:: -(-len(each) // _MOST) or 1] for each in rows]))


def _reach(distance: FloatArray, kinds: Integers) -> FloatArray:
    """Return how far each example is evidence: half the way to the nearest one of another kind, within bounds."""
    others = np.where(kinds[:, None] == kinds, np.inf, distance).min(axis=0)
    return np.asarray(np.clip(_TOWARDS_OTHERS * others, _SHORTEST, _REACH))


def _fitted(features: FloatArray, ectopic: npt.NDArray[np.bool_], offset: FloatArray) -> FloatArray:
    """Return the weights of a logistic regression that begins at the log-odds of the classifier, with a penalty of 1.

    Without an intercept, so that normal beats stay as they are.
    """

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        log_odds = offset + features @ weights
        value = np.sum(np.logaddexp(0, log_odds) - ectopic * log_odds) + 0.5 * weights @ weights
        return float(value), features.T @ (special.expit(log_odds) - ectopic) + weights

    return np.asarray(optimize.minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x)
