"""What the corrected beats of a patient say about the others: examples of shapes, and two weights for the rhythm.

A beat is compared with every corrected one. What is near enough is evidence for its class, beside the probabilities of
the classifier: of a shape that the patient never showed there is no evidence, and nothing changes. Among beats of
supraventricular origin shape says little: whether one is ectopic is a logistic regression on how early it comes and on
its P wave, that begins where the classifier stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from offbeat.ecg.adaptation.likeness import lateness, lead_weights, p_likeness, shape_likeness
from offbeat.ecg.beats import Beats
from offbeat.errors import DataError, ModelError
from offbeat.records.aami import CLASSES
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = ["FEWEST", "PatientModel", "learn_patient"]

FEWEST = 3
"""Corrected beats of a class from which on it is learned."""

_MOST = 600  # examples of each class
_PRIOR = 2.0  # what the classifier counts, in like beats
_NEAREST = 5  # beats that are evidence
_REACH, _SHORTEST = 0.05, 0.005  # 1 - correlation up to which beats are alike, at most and at least
_TOWARDS_OTHERS = 0.5  # of the distance to the nearest example of another kind
_SCALES = np.array([0.15, 0.3])  # of lateness (logarithm) and of the P waves (correlation)
_TINY = 1e-12
_N, _S, _V, _F, _Q = range(len(CLASSES))
_KINDS = np.array([_N, _N, _V, _V, _Q])  # by shape: N and S are alike, and fusion is not told from V
_LEARNED = (_N, _S, _V, _Q)  # fusion beats are evidence for nothing: they are named by no rule of ours

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PatientModel:
    """A classifier of beats, adapted to a patient; made by :func:`learn_patient`.

    Parameters
    ----------
    base : Classifier
        The classifier that it stands on.
    record : str
        The record whose beats were corrected.
    leads : tuple of str
        The leads of the examples.
    windows : array of shape (n_examples, n_leads, 114)
        The corrected beats, as :class:`~offbeat.ecg.beats.Beats` has them.
    classes : array of int, shape (n_examples,)
        Of each, by its place in ``CLASSES`` (N, S, V, F, Q).
    reach : array of shape (n_examples,)
        How far each is evidence: 1 - correlation, the standard deviation of a bell.
    rhythm : array of shape (2,)
        Weights of lateness and P wave for S against N; zeros where S was too rare to learn.
    usual : array of shape (2,)
        The means of both among the corrected normal beats.
    """

    base: Classifier
    record: str
    leads: tuple[str, ...]
    windows: FloatArray
    classes: Integers
    reach: FloatArray
    rhythm: FloatArray
    usual: FloatArray

    def counts(self) -> dict[str, int]:
        """Return how many examples there are of each class."""
        return {name: int((self.classes == number).sum()) for number, name in enumerate(CLASSES)}

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder, which ``offbeat classify --model`` reads.

        Raises
        ------
        OutputError
            If it cannot be written, or the folder holds something that is no model.
        """
        from offbeat.ecg.adaptation.saving import save_patient_model

        return save_patient_model(self, folder)

    def revised(self, probabilities: FloatArray, beats: Beats) -> FloatArray:
        """Return the probabilities of beats by the classifier and by what is known of the patient.

        Parameters
        ----------
        probabilities : array of shape (n_beats, 5)
            By the classifier and the rules after it.
        beats : Beats
            Of a record of the same patient.

        Returns
        -------
        array of shape (n_beats, 5)
            The same where no example is like a beat and its rhythm teaches nothing.

        Raises
        ------
        ModelError
            If the record has none of the leads of the examples.
        """
        shared = [lead for lead in self.leads if lead in beats.leads]
        if not shared:
            raise ModelError(
                f"expected a record with one of the leads {', '.join(self.leads)}, got {', '.join(beats.leads)}: "
                f"what was learned from {self.record} is about the shapes in those"
            )
        ours = [self.leads.index(lead) for lead in shared]
        theirs = [beats.leads.index(lead) for lead in shared]
        windows, weights = beats.windows[:, theirs], lead_weights(beats.quality[:, theirs])
        late, revised = lateness(beats), probabilities.copy()
        for part in beats.stretches():  # half an hour at a time: a table of all pairs would be large
            view = _View(windows[part], weights[part], self.windows[:, ours], self.classes)
            features = view.features(late[part])
            revised[part] = self._revised(probabilities[part], view.evidence(self.reach), features)
        return revised

    def _revised(self, probabilities: FloatArray, evidence: FloatArray, features: FloatArray) -> FloatArray:
        total = _PRIOR * probabilities + evidence
        both = total[:, _N] + total[:, _S]
        # By shape alone N and S are alike: the classifier tells them apart. What it took for something else it did not
        # tell apart, and those like it do.
        other = probabilities.argmax(axis=1) > _S
        share = np.where(other, total[:, _S] / np.maximum(both, _TINY), _share_of_s(probabilities))
        if self.rhythm.any():
            share = special.expit(_logit(share) + (features - self.usual) @ self.rhythm)
        total[:, _N], total[:, _S] = both * (1 - share), both * share
        return np.asarray(total / total.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class _View:
    """Beats as seen from the examples: windows and weights of leads of both."""

    windows: FloatArray
    weights: FloatArray
    examples: FloatArray
    classes: Integers

    def evidence(self, reach: FloatArray) -> FloatArray:
        """Return the evidence for each class, (n_beats, 5): of the examples that are most alike, by their reach."""
        distance = 1.0 - shape_likeness(self.windows, self.examples, self.weights)
        alike = np.exp(-0.5 * (distance / reach) ** 2)
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_NEAREST]
        alike, classes = np.take_along_axis(alike, nearest, axis=1), self.classes[nearest]
        found = np.zeros((len(self.windows), len(CLASSES)))
        for number in _LEARNED:
            if (self.classes == number).sum() >= FEWEST:
                found[:, number] = (alike * (classes == number)).sum(axis=1)
        return found

    def features(self, late: FloatArray, itself: Integers | None = None) -> FloatArray:
        """Return lateness, and how much more the P wave is like those of S than like those of N, (n_beats, 2).

        ``itself`` gives the beats of the examples, which are not compared with themselves.
        """
        means = [np.zeros(len(late)), np.zeros(len(late))]
        for place, number in enumerate((_N, _S)):
            among = np.flatnonzero(self.classes == number)
            if len(among) < FEWEST:
                return np.asarray(np.column_stack([late, np.zeros_like(late)]) / _SCALES)
            alike = p_likeness(self.windows, self.examples[among], self.weights).astype(np.float64)
            if itself is not None:
                alike[itself[among], np.arange(len(among))] = np.nan
            means[place] = np.nanmean(alike, axis=1)
        return np.asarray(np.column_stack([late, means[1] - means[0]]) / _SCALES)


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
    view = _View(beats.windows[rows], lead_weights(beats.quality[rows]), beats.windows[rows], numbers)
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
    offset = _logit(_share_of_s(probabilities[rows][supraventricular]))
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


def _share_of_s(probabilities: FloatArray) -> FloatArray:
    """Return the probability of S, were a beat N or S."""
    return np.asarray(probabilities[:, _S] / np.maximum(probabilities[:, _N] + probabilities[:, _S], _TINY))


def _logit(share: FloatArray) -> FloatArray:
    return np.asarray(special.logit(np.clip(share, 1e-3, 1 - 1e-3)))
