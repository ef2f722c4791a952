"""The explanation of scores: the expected signal, and where each score comes from."""

from __future__ import annotations

from dataclasses import dataclass

from offbeat.series.recording import FloatArray

__all__ = ["Explanation"]


@dataclass(frozen=True)
class Explanation:
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
