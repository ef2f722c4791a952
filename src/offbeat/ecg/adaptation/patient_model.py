"""A classifier adapted to a patient: corrected beats as examples of shapes, and two weights for the rhythm.

A beat is compared with every corrected one. Those that are similar enough are evidence for their class, added to the
probabilities of the classifier; a shape that was never corrected has no evidence, and its class does not change. Shape
does not separate N from S: a logistic regression on prematurity and P wave does, which starts from the log-odds of the
classifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from offbeat.ecg.adaptation.examples import View
from offbeat.ecg.adaptation.likeness import lateness, lead_weights
from offbeat.ecg.beats import Beats
from offbeat.errors import ModelError, UnfamiliarBeatsWarning, warn
from offbeat.records.aami import CLASSES
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = ["PatientModel", "bounded_logit", "share_of_s"]

_PRIOR = 2.0  # the weight of the classifier, in similar beats
_FAMILIAR, _SHARE_FAMILIAR = 0.5, 0.5  # similar beats that make one familiar; the least share of familiar ones
_TINY = 1e-12
_N, _S = CLASSES.index("N"), CLASSES.index("S")

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PatientModel:
    """A classifier of beats, adapted to a patient; made by :func:`~offbeat.ecg.adaptation.learning.learn_patient`.

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
        """Return the probabilities of beats, revised by the examples of the patient.

        Parameters
        ----------
        probabilities : array of shape (n_beats, 5)
            By the classifier and the rules after it.
        beats : Beats
            Of a record of the same patient.

        Returns
        -------
        array of shape (n_beats, 5)
            The same where no example is like a beat.

        Warns
        -----
        UnfamiliarBeatsWarning
            If this is so for most of them.

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
        late, revised, familiar = lateness(beats), probabilities.copy(), 0
        for part in beats.stretches():  # half an hour at a time: a table of all pairs would be large
            view = View(windows[part], weights[part], self.windows[:, ours], self.classes)
            evidence, features = view.evidence(self.reach), view.features(late[part])
            familiar += int((evidence.sum(axis=1) > _FAMILIAR).sum())
            revised[part] = self._revised(probabilities[part], evidence, features)
        if familiar < _SHARE_FAMILIAR * len(beats):
            warn(
                f"most beats of {beats.name} look like none of {self.record}, from which the model was learned, and "
                "are named as without it: is it the same patient?",
                UnfamiliarBeatsWarning,
            )
        return revised

    def _revised(self, probabilities: FloatArray, evidence: FloatArray, features: FloatArray) -> FloatArray:
        total = _PRIOR * probabilities + evidence
        both = total[:, _N] + total[:, _S]
        # Shape does not separate N from S: the classifier does, except in beats that it took for another class, where
        # the similar examples do.
        other = probabilities.argmax(axis=1) > _S
        share = np.where(other, total[:, _S] / np.maximum(both, _TINY), share_of_s(probabilities))
        if self.rhythm.any():
            familiar = np.minimum(evidence[:, _N] + evidence[:, _S], 1.0)
            share = special.expit(bounded_logit(share) + familiar * ((features - self.usual) @ self.rhythm))
        total[:, _N], total[:, _S] = both * (1 - share), both * share
        return np.asarray(total / total.sum(axis=1, keepdims=True))


def share_of_s(probabilities: FloatArray) -> FloatArray:
    """Return the probability of S, were a beat N or S."""
    return np.asarray(probabilities[:, _S] / np.maximum(probabilities[:, _N] + probabilities[:, _S], _TINY))


def bounded_logit(share: FloatArray) -> FloatArray:
    """Return the log-odds of a probability, of no more than 999 to 1."""
    return np.asarray(special.logit(np.clip(share, 1e-3, 1 - 1e-3)))
