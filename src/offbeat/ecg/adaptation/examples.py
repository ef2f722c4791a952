"""Beats beside the corrected ones of a patient: evidence for classes by shape, and what tells S from N."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.ecg.adaptation.likeness import p_likeness, shape_likeness
from offbeat.records.aami import CLASSES
from offbeat.series.arrays import FloatArray

__all__ = ["FEWEST", "View"]

FEWEST = 3
"""Corrected beats of a class from which on it is learned."""

_NEAREST = 5  # beats that are evidence
_SCALES = np.array([0.15, 0.3])  # of lateness (logarithm) and of the P waves (correlation)
_N, _S, _V, _, _Q = range(len(CLASSES))
_LEARNED = (_N, _S, _V, _Q)  # fusion beats are evidence for nothing: they are named by no rule of ours

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class View:
    """Beats beside the examples of a patient, in leads that both have.

    Parameters
    ----------
    windows : array of shape (n_beats, n_leads, 114)
        The beats, as :class:`~offbeat.ecg.beats.Beats` has them.
    weights : array of shape (n_beats, n_leads)
        How much each lead counts, see :func:`~offbeat.ecg.adaptation.likeness.lead_weights`.
    examples : array of shape (n_examples, n_leads, 114)
        The corrected beats.
    classes : array of int, shape (n_examples,)
        Of each, by its place in ``CLASSES`` (N, S, V, F, Q).
    """

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
