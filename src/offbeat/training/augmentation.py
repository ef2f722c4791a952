"""Vary training series a little, so that a network learns what does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from offbeat.estimators.hints import Count, Range
from offbeat.estimators.settings import SettingsGroup

if TYPE_CHECKING:
    from torch import Tensor

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
    >>> import torch
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
        # The settings are read without PyTorch, too.
        from offbeat.training.variation import varied

        return varied(x, features, self)
