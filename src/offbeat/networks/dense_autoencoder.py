"""The dense autoencoder: fully connected layers down to a code and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

__all__ = ["DenseAutoencoderNetwork"]


class DenseAutoencoderNetwork(nn.Module):
    """Layers of ``hidden_sizes`` down to a code, and the same back up.

    Parameters
    ----------
    n_channels, n_times : int
        Shape of a series.
    code_size : int
        Numbers in the code.
    hidden_sizes : sequence of int
        Width of each layer before the code, mirrored in the decoder.

    Examples
    --------
    >>> import torch
    >>> DenseAutoencoderNetwork(1, 140)(torch.zeros(3, 1, 140)).shape
    torch.Size([3, 1, 140])
    """

    def __init__(
        self, n_channels: int, n_times: int, code_size: int = 8, hidden_sizes: Sequence[int] = (128, 128)
    ) -> None:
        super().__init__()
        self.n_channels = n_channels
        sizes = [n_channels * n_times, *hidden_sizes, code_size]
        self.encoder = _layers(sizes)
        self.decoder = _layers(sizes[::-1])

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes, ``(batch, code)``, of series ``(batch, channel, time)``."""
        code: Tensor = self.encoder(x.flatten(1))  # (batch, channel · time)
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Return series ``(batch, channel, time)`` from codes ``(batch, code)``."""
        flat = self.decoder(code)
        # The channels lie one after the other; -1 would be ambiguous in an empty batch.
        series: Tensor = flat.reshape(flat.shape[0], self.n_channels, flat.shape[1] // self.n_channels)
        return series

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct series ``(batch, channel, time)``."""
        return self.decode(self.encode(x))


def _layers(sizes: Sequence[int]) -> nn.Sequential:
    """Return linear layers with a ReLU between each two."""
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
