"""All channels of a profile together: the score of a time step from the scores of its channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, gammaln

from offbeat.detectors.scoring.profile_channels import Channel, Known
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.estimators.hints import Range, validate_types

__all__ = ["Channels"]

Values = npt.NDArray[np.float64]

_TINY = 1e-200
"""Probabilities below this one are taken from their asymptotic series."""
_MOST = 100
"""The largest shape, a channel."""


@dataclass(frozen=True)
class Channels:
    """What is known of each channel, and how their scores become one.

    One channel that is compared says itself how rare its score is. The digits of several are added, and the sum is
    turned to digits again (Fisher's method) by the gamma distribution that has the mean and the variance of the sum in
    the training part, so that it does not matter how much the channels depend on each other (Brown's method). A channel
    that was constant adds what it has, but is none of those that are compared.

    Attributes
    ----------
    each : sequence of Channel or None
        None for those that do not count.
    mean : float
        The mean score of the channels that are compared, in the training part.
    shape : float
        The shape of the gamma distribution: 1 for an exponential one, the more the less the sum varies; NaN where
        there is nothing to add.

    References
    ----------
    Fisher, "Statistical Methods for Research Workers", 1932. Brown, "A method for combining non-independent, one-sided
    tests of significance", Biometrics 1975.
    """

    each: Sequence[Channel | None]
    mean: float = np.nan
    shape: float = np.nan

    @classmethod
    def learned(cls, each: Sequence[Channel | None], scores: Values) -> Self:
        """Return the channels with what the scores of the training part, ``(n_channels, n_times)``, say of them."""
        compared = scores[[isinstance(channel, Known) for channel in each]]
        means = compared[:, ~np.isnan(compared).any(axis=0)].mean(axis=0) if len(compared) > 1 else np.empty(0)
        if not means.any():
            return cls(each)
        mean, most = float(means.mean()), _MOST * len(compared)
        return cls(each, mean, float(np.clip(mean**2 / max(means.var(), mean**2 / most), 1, most)))

    @property
    def counting(self) -> dict[int, Channel]:
        """The channels that count, by number."""
        return {number: channel for number, channel in enumerate(self.each) if channel is not None}

    def total(self, scores: Values) -> Values:
        """Return the score, ``(n_times,)``, from those of the channels that count, ``(n_counting, n_times)``."""
        n_compared = max(1, sum(isinstance(channel, Known) for channel in self.each))
        means = scores.sum(axis=0) / n_compared
        return means if np.isnan(self.shape) else _digits(means / self.mean, self.shape)

    def shares(self, scores: Values) -> Values:
        """Return what each channel has of the total, ``(n_channels, n_times)``, from the scores of all of them."""
        counting = list(self.counting)
        added, shares = scores[counting].sum(axis=0), np.zeros(scores.shape)
        shares[counting] = scores[counting] * self.total(scores[counting]) / np.where(added > 0, added, 1.0)
        return shares

    def arrays(self, kind: str) -> Arrays:
        """Return what was learned by name, to be saved."""
        samples = {
            f"{kind}{number}.{place}": sample
            for number, channel in enumerate(self.each)
            for place, sample in enumerate(channel.samples if isinstance(channel, Known) else ())
        }
        return samples | {f"{kind}.together": np.array([self.mean, self.shape])}

    @classmethod
    def restored(cls, each: Sequence[Channel | None], arrays: Arrays, kind: str) -> Self:
        """Return the channels with what was saved.

        Raises
        ------
        ModelError
            If it does not fit.
        """
        mean, shape = array_of(arrays, f"{kind}.together", 2, gaps=True).tolist()
        if np.isnan(mean) != np.isnan(shape):
            raise ModelError("expected the mean and the shape of the sum of the channels, got one of them")
        if not np.isnan(mean):
            expected = {"mean": Annotated[float, Range(0, open_low=True)], "shape": Annotated[float, Range(1, 1e9)]}
            validate_types({"mean": mean, "shape": shape}, expected)
        return cls(each, mean, shape)


def _digits(means: Values, shape: float) -> Values:
    """Return −log10 of the probability that a gamma distribution of mean 1 is above each of these."""
    reached = np.maximum(means, 0.0) * shape
    probability = gammaincc(shape, reached)
    far = probability < _TINY
    digits = -np.log10(np.where(far, 1.0, probability))
    reached = np.where(far, reached, 1.0 + shape)
    beyond = reached - (shape - 1) * np.log(reached) + gammaln(shape) - np.log1p((shape - 1) / reached)
    return np.asarray(np.where(far, beyond / np.log(10), digits))
