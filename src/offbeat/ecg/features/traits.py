"""Traits of beats: what decides on them after the classifier, such as their likeness to the usual beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from offbeat.errors import DataError
from offbeat.series.arrays import FloatArray
from offbeat.series.collection import Collection

__all__ = ["Traits"]

_COLUMNS = {
    "p_share": "share with its P wave",
    "p_likeness": "P correlation",
    "qrs_share": "share like it (0.85)",
    "qrs_likeness": "QRS correlation, best lag",
    "fibrillation": "fibrillation by rhythm",
}


@dataclass(frozen=True, eq=False)
class Traits:
    """Features of the beats of a record by lead, each an array of shape (n_beats, n_leads).

    Parameters
    ----------
    p_share : array
        The share of the other beats whose P wave is like this one's, 0 to 1.
    p_likeness : array
        The correlation of the P wave with that of the usual beat.
    qrs_share : array
        The share of the other beats whose QRS complex is like this one's, 0 to 1.
    qrs_likeness : array
        The correlation of the QRS complex with that of the usual beat.
    fibrillation : array
        The log-odds of atrial fibrillation by the RR intervals, the same in all leads.
    """

    p_share: FloatArray
    p_likeness: FloatArray
    qrs_share: FloatArray
    qrs_likeness: FloatArray
    fibrillation: FloatArray

    @classmethod
    def empty(cls, n_beats: int, n_leads: int) -> Self:
        """Return traits to be filled in by :meth:`put`, zeros at first."""
        return cls(**{name: np.zeros((n_beats, n_leads)) for name in _COLUMNS})

    def put(self, stretch: slice, lead: int, described: Collection) -> None:
        """Copy the features of a stretch of beats in a lead, as :meth:`offbeat.ecg.beats.Beats.describe` gives them."""
        if described.features is None:
            raise DataError("expected beats described by their features, got none: use Beats.describe()")
        for trait, column in _COLUMNS.items():
            getattr(self, trait)[stretch, lead] = described.features[:, described.feature_names.index(column)]
