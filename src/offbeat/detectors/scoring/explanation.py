"""What a detector expected, and why it scored as it did."""

from __future__ import annotations

from dataclasses import dataclass

from offbeat.series.recording import FloatArray

__all__ = ["Explanation"]


@dataclass(frozen=True)
class Explanation:
    """What a detector expected, and which part of each score came from where.

    Attributes
    ----------
    expected : array
        The signal the detector took for normal, in the units and shape of the input's values.
    shares : array of the same shape
        The part of the score that each time step and channel brought in. For a collection they sum to the score
        of the series; for a recording the channels of a time step sum to the score of that time step.
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
