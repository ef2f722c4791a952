"""The explanation of scores: the expected signal, and where each score comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offbeat.series.recording import FloatArray
from offbeat.tables import PrintedAsTables, Table

__all__ = ["Explanation"]


@dataclass(frozen=True, repr=False)
class Explanation(PrintedAsTables):
    """The expected signal, and the shares of time steps and channels in each score.

    Attributes
    ----------
    expected : array
        The signal that would have been normal, in the units and of the shape of the input's values.
    shares : array of the same shape
        How much each time step and channel contributed to the score. For a collection the shares of a series sum to its
        score; for a recording those of the channels at a time step sum to the score of the time step.
    scores : array of shape (n,)
        The scores explained.

    Examples
    --------
    >>> from offbeat import PCADetector, load_data
    >>> curves = load_data("synthetic-curves").where("normal")
    >>> PCADetector().fit(curves).explain(curves[:2]).shares.shape
    (2, 1, 150)
    """

    expected: FloatArray
    shares: FloatArray
    scores: FloatArray

    def _summary(self) -> list[Table]:
        what = "time steps" if self.shares.ndim == 2 else "series"
        title = f"An explanation of the scores of {len(self.scores):,} {what}"
        if np.isnan(self.scores).all():
            return [Table(title, ["highest score"], [[None]])]
        highest = int(np.nanargmax(self.scores))
        rows = [["highest score", float(self.scores[highest])], ["of", highest]]
        heads = ["", what.removesuffix("s") if self.shares.ndim == 2 else what]
        note = "expected: what would have been normal; shares: what of each score each value is to blame for."
        return [Table(title, heads, rows, note=note)]
