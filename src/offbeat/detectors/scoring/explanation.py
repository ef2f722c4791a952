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
    """

    expected: FloatArray
    shares: FloatArray
    scores: FloatArray
