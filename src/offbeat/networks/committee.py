"""Several networks that learned the same from other beginnings, and answer together."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

__all__ = ["Committee"]


class Committee(nn.Module):
    """Gives the mean of what its members give.

    Where there is little to learn from, networks that begin with other weights end with other mistakes, and their mean
    makes fewer. The mean of logits is, but for a constant, the logarithm of the product of probabilities.

    Parameters
    ----------
    members : iterable of nn.Module
        All of them take and give the same.

    References
    ----------
    Hansen and Salamon, "Neural Network Ensembles", 1990. Lakshminarayanan et al., "Simple and Scalable Predictive
    Uncertainty Estimation using Deep Ensembles", 2017.

    Examples
    --------
    >>> Committee([nn.Identity(), nn.Threshold(0, 0)])(torch.tensor([-2.0, 4.0]))
    tensor([-1.,  4.])
    """

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the mean over the members, of the shape that each of them gives."""
        return torch.stack([member(*inputs) for member in self.members]).mean(dim=0)
