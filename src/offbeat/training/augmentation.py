"""Vary training series a little, so that a network learns what does not matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from offbeat.estimators.hints import Count, Range
from offbeat.estimators.settings import SettingsGroup

__all__ = ["Augmentation"]

_NotNegative = Annotated[float, Range(0)]
_SomeOrAll = Annotated[float, Range(0, 1)]


@dataclass(frozen=True)
class Augmentation(SettingsGroup):
    """How training series are varied, each batch anew; drawn from torch's generator, which the training seeds.

    Amplitudes are in the unit of the scaled series that the network reads. Each series gets draws of its own, the same
    for all its channels except for the noise. The defaults are the reference's.

    Parameters
    ----------
    signals : int or None, default None
        Only the first so many channels are varied in amplitude, the others are shifted along with them; None is all.
    noise_uniform : float, default 0.05
        Noise drawn evenly from 0 up to this is added to each value.
    p_noise : float, default 0.5
        The share of series that get such noise.
    shift : int, default 10
        Series are shifted by up to that many time steps to either side; what leaves at one end enters at the other.
    p_shift : float, default 0.5
        The share of series that are shifted.
    noise : float, default 0.0
        The largest standard deviation of Gaussian noise; each series draws its own up to it.
    baseline_wander : float, default 0.0
        The largest amplitude of a slow wave of up to one and a half periods that is added to a series.
    scaling : float, default 0.0
        Each series is multiplied by a factor from ``1 - scaling`` to ``1 + scaling``.
    inversion : float, default 0.0
        The share of series that are turned upside down, as by swapped electrodes.
    feature_noise : float, default 0.0
        Standard deviation of Gaussian noise on the scaled features.
    feature_drop : float, default 0.0
        The share of features set to their mean.

    Examples
    --------
    >>> gentle = Augmentation(shift=2, scaling=0.2, baseline_wander=0.1)
    >>> varied, _ = gentle.vary(torch.zeros(4, 1, 50), torch.zeros(4, 0))
    >>> varied.shape
    torch.Size([4, 1, 50])
    """

    signals: Count | None = None
    noise_uniform: _NotNegative = 0.05
    p_noise: _SomeOrAll = 0.5
    shift: Annotated[int, Range(0, 1_000_000)] = 10
    p_shift: _SomeOrAll = 0.5
    noise: _NotNegative = 0.0
    baseline_wander: _NotNegative = 0.0
    scaling: _NotNegative = 0.0
    inversion: _SomeOrAll = 0.0
    feature_noise: _NotNegative = 0.0
    feature_drop: _SomeOrAll = 0.0

    def vary(self, x: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return varied series ``(batch, channel, time)`` and features ``(batch, feature)``, new ones."""
        if self.shift and self.p_shift:
            x = _rolled(x, self._shifts(x))
        if self.signals is None:
            return self._varied(x), self._varied_features(features)
        signals, others = x[:, : self.signals], x[:, self.signals :]
        return torch.cat([self._varied(signals), others], dim=1), self._varied_features(features)

    def _varied(self, x: Tensor) -> Tensor:
        if self.inversion:
            x = torch.where(_drawn(x) < self.inversion, -x, x)
        if self.scaling:
            x = x * (1 + self.scaling * (2 * _drawn(x) - 1))
        if self.baseline_wander:
            x = x + self.baseline_wander * _drawn(x) * _wave(x)
        if self.noise_uniform and self.p_noise:
            x = x + self.noise_uniform * torch.rand_like(x) * (_drawn(x) < self.p_noise)
        if self.noise:
            x = x + self.noise * _drawn(x) * torch.randn_like(x)
        return x

    def _shifts(self, x: Tensor) -> Tensor:
        """Return the shift of each series in time steps, ``(batch,)``."""
        shifts = torch.randint(-self.shift, self.shift + 1, (len(x),), device=x.device)
        return shifts * (torch.rand(len(x), device=x.device) < self.p_shift)

    def _varied_features(self, features: Tensor) -> Tensor:
        if self.feature_noise:
            features = features + self.feature_noise * torch.randn_like(features)
        if self.feature_drop:
            # The mean of a scaled feature is 0.
            features = features * (torch.rand_like(features) >= self.feature_drop)
        return features


def _drawn(x: Tensor) -> Tensor:
    """Return one number from 0 to 1 for each series, ``(batch, 1, 1)``."""
    return torch.rand(len(x), 1, 1, device=x.device, dtype=x.dtype)


def _rolled(x: Tensor, shifts: Tensor) -> Tensor:
    """Return each series shifted along a circle by its own number of time steps."""
    n_times = x.shape[2]
    steps = (torch.arange(n_times, device=x.device) - shifts[:, None]) % n_times
    return x.gather(2, steps[:, None, :].expand_as(x))


def _wave(x: Tensor) -> Tensor:
    """Return a slow sine for each series, ``(batch, 1, time)``, of any phase and 0.5 to 1.5 periods."""
    time = torch.linspace(0, 1, x.shape[2], device=x.device, dtype=x.dtype)
    return torch.sin(2 * math.pi * ((0.5 + _drawn(x)) * time + _drawn(x)))
