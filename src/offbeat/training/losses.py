"""The loss of a classifier."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ClassLoss"]


class ClassLoss(nn.Module):
    """Weighted cross-entropy, smoothed or focal: the plain mean over the series of weight times loss.

    Parameters
    ----------
    weights : array of shape (n_classes,)
        The weight of a series of each class, see :func:`~offbeat.training.class_weights.class_weights`.
    smoothing : float
        The share of certainty that is spread evenly over all classes (Szegedy et al. 2016).
    gamma : float
        Above 0, a series classified well already counts less, by ``(1 - p) ** gamma``: the focal loss of Lin et al.
        2017.

    Examples
    --------
    >>> loss = ClassLoss(np.ones(3))
    >>> round(float(loss(torch.zeros(2, 3), torch.tensor([0, 2]))), 4)
    1.0986
    """

    weights: Tensor

    def __init__(self, weights: npt.ArrayLike, smoothing: float = 0.0, gamma: float = 0.0) -> None:
        super().__init__()
        self.smoothing, self.gamma = smoothing, gamma
        self.register_buffer("weights", torch.as_tensor(np.asarray(weights, dtype=np.float32)))

    def extra_repr(self) -> str:
        """Return the settings, for ``repr``."""
        return f"{self.weights.tolist()}, smoothing={self.smoothing}, gamma={self.gamma}"

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of logits ``(batch, class)`` and the numbers of the right classes ``(batch,)``."""
        each = F.cross_entropy(logits.float(), targets, reduction="none", label_smoothing=self.smoothing)
        if self.gamma:
            right = logits.float().softmax(dim=1).gather(1, targets[:, None])[:, 0]
            each = (1.0 - right) ** self.gamma * each
        return (self.weights[targets] * each).mean()
