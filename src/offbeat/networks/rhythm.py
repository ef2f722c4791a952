"""Classification of each beat by the times between beats alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["BeatByBeat", "RhythmNetwork"]

_DILATIONS = (1, 1, 2, 4, 8, 16, 32, 64, 1)  # the distance of the three beats that each convolution reads


class RhythmNetwork(nn.Module):
    """Dilated convolutions along the beats of a record, with residual connections.

    Each beat is classified among the 129 before and after it, by the logarithm of its RR interval: as it is, and
    relative to the median and the mean of all. The norms between the convolutions are over all beats, too.

    Parameters
    ----------
    n_classes : int
        Classes of beats.
    width : int
        Channels between the convolutions.

    References
    ----------
    Bai, Kolter, Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
    Modeling", 2018.

    Examples
    --------
    >>> RhythmNetwork(n_classes=4)(torch.ones(2, 50)).shape
    torch.Size([2, 4, 50])
    """

    def __init__(self, n_classes: int, width: int = 48) -> None:
        super().__init__()
        self.widen = _convolution(3, width, 1)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(1, width), nn.GELU(), _convolution(width, width, dilation))
            for dilation in _DILATIONS
        )
        self.head = nn.Sequential(nn.GroupNorm(1, width), nn.GELU(), nn.Conv1d(width, n_classes, 1))

    def forward(self, intervals: Tensor) -> Tensor:
        """Return logits ``(batch, class, beat)`` of the RR intervals ``(batch, beat)`` before each beat, in seconds."""
        own = intervals.log()
        # The lower of the two in the middle, as Tensor.median has it; that is no operator of ONNX.
        n_beats = intervals.shape[1]
        median = intervals.sort(dim=1).values[:, (n_beats - 1) // 2, None].log()
        mean = intervals.mean(dim=1, keepdim=True).log()
        hidden = self.widen(torch.stack([own, own - median, own - mean], dim=1))
        for layer in self.layers:
            hidden = hidden + layer(hidden)
        logits: Tensor = self.head(hidden)
        return logits


class BeatByBeat(nn.Module):
    """A rhythm network over one record, with a row for each of its beats.

    Parameters
    ----------
    network : RhythmNetwork
        What classifies the beats.

    Examples
    --------
    >>> BeatByBeat(RhythmNetwork(n_classes=4))(torch.ones(50, 1)).shape
    torch.Size([50, 4])
    """

    def __init__(self, network: RhythmNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, intervals: Tensor) -> Tensor:
        """Return logits ``(beat, class)`` of the RR intervals ``(beat, 1)`` before each beat, in seconds."""
        logits: Tensor = self.network(intervals.transpose(0, 1))[0].transpose(0, 1)
        return logits


def _convolution(before: int, after: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(before, after, 3, padding=dilation, dilation=dilation, padding_mode="replicate")
