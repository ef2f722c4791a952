"""DeepAnT: two small convolutions that forecast what follows a window."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["DeepAnTNetwork"]

_SHORTEST_UNPADDED = 10
"""From this length on, two unpadded convolutions of width 3, each halved, leave something."""


class DeepAnTNetwork(nn.Module):
    """Convolution, ReLU and maximum of pairs for each of ``filters``; then one hidden layer, dropout and the forecast.

    Windows shorter than 10 are padded, so that something is left of them.

    Parameters
    ----------
    n_channels, window, horizon : int
        Channels of a series, time steps seen, and time steps forecast.
    filters : sequence of int
        Filters of each convolution, all of width 3.
    hidden_size : int
        Width of the hidden layer.
    dropout : float
        Share of the hidden layer left out in training.

    References
    ----------
    Munir et al., "DeepAnT: A Deep Learning Approach for Unsupervised Anomaly Detection in Time Series", IEEE Access
    2019.

    Examples
    --------
    >>> network = DeepAnTNetwork(n_channels=1, window=10, horizon=1)
    >>> network(torch.zeros(3, 1, 10)).shape
    torch.Size([3, 1, 1])
    """

    def __init__(
        self,
        n_channels: int,
        window: int,
        horizon: int = 1,
        filters: Sequence[int] = (32, 32),
        hidden_size: int = 40,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.n_channels = n_channels
        short = window < _SHORTEST_UNPADDED * 2 ** (len(filters) - 2)
        layers: list[nn.Module] = []
        for before, after in zip((n_channels, *filters), filters, strict=False):
            convolution = nn.Conv1d(before, after, kernel_size=3, padding=1 if short else 0)
            layers += [convolution, nn.ReLU(), nn.MaxPool1d(2, ceil_mode=short)]
        self.features = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            n_features = self.features(torch.zeros(1, n_channels, window)).shape[1]
        self.head = nn.Sequential(
            nn.Linear(n_features, hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_size, horizon * n_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the forecast ``(batch, channel, horizon)`` of windows ``(batch, channel, time)``."""
        flat: Tensor = self.head(self.features(x))
        # (batch, horizon · channel) -> (batch, horizon, channel); -1 would be ambiguous in an empty batch.
        steps = flat.reshape(flat.shape[0], flat.shape[1] // self.n_channels, self.n_channels)
        return steps.transpose(1, 2)
