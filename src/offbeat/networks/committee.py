"""Several networks trained from different initial weights, whose outputs are averaged."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

__all__ = ["Committee"]


class Committee(nn.Module):
    """Returns the mean of the outputs of its members.

    With little training data, networks with different initial weights make different errors, and their mean makes
    fewer. The mean of logits is, up to a constant, the logarithm of the geometric mean of probabilities.

    Parameters
    ----------
    members : iterable of nn.Module
        All with the same inputs and outputs.

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
        """Return the mean over the members, of the shape of their outputs."""
        return torch.stack([member(*inputs) for member in self.members]).mean(dim=0)
