"""How an augmentation varies a batch of series."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from offbeat.training.augmentation import Augmentation

__all__ = ["varied"]


def varied(x: Tensor, features: Tensor, by: Augmentation) -> tuple[Tensor, Tensor]:
    """Return varied series ``(batch, channel, time)`` and features ``(batch, feature)``, new ones."""
    if by.shift and by.p_shift:
        x = _rolled(x, _shifts(x, by))
    if by.signals is None:
        return _varied(x, by), _varied_features(features, by)
    signals, others = x[:, : by.signals], x[:, by.signals :]
    return torch.cat([_varied(signals, by), others], dim=1), _varied_features(features, by)


def _varied(x: Tensor, by: Augmentation) -> Tensor:
    if by.inversion:
        x = torch.where(_drawn(x) < by.inversion, -x, x)
    if by.scaling:
        x = x * (1 + by.scaling * (2 * _drawn(x) - 1))
    if by.baseline_wander:
        x = x + by.baseline_wander * _drawn(x) * _wave(x)
    if by.noise_uniform and by.p_noise:
        x = x + by.noise_uniform * torch.rand_like(x) * (_drawn(x) < by.p_noise)
    if by.noise:
        x = x + by.noise * _drawn(x) * torch.randn_like(x)
    return x


def _shifts(x: Tensor, by: Augmentation) -> Tensor:
    """Return the shift of each series in time steps, ``(batch,)``."""
    shifts = torch.randint(-by.shift, by.shift + 1, (len(x),), device=x.device)
    return shifts * (torch.rand(len(x), device=x.device) < by.p_shift)


def _varied_features(features: Tensor, by: Augmentation) -> Tensor:
    if by.feature_noise:
        features = features + by.feature_noise * torch.randn_like(features)
    if by.feature_drop:
        # The mean of a scaled feature is 0.
        features = features * (torch.rand_like(features) >= by.feature_drop)
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
