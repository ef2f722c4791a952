"""Rebuild a network from its saved weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from offbeat.errors import ModelError
from offbeat.networks.size import require_network_room

__all__ = ["restored_network"]

Network = TypeVar("Network", bound=nn.Module)


def restored_network(build: Callable[[], Network], weights: Mapping[str, npt.NDArray[Any]]) -> Network:
    """Return the network with these weights, ready to be used; the caller's random state is not touched.

    Parameters
    ----------
    build : callable
        Returns it untrained.
    weights : mapping
        An array for each name in its state.

    Raises
    ------
    ModelError
        If the weights are those of another network or not finite, or the settings ask for more of them than there is
        room for.

    Examples
    --------
    >>> restored_network(lambda: nn.Linear(2, 1), {"weight": np.ones((1, 2)), "bias": np.zeros(1)})(torch.ones(1, 2))
    tensor([[2.]], grad_fn=<AddmmBackward0>)
    """
    for name, value in weights.items():
        if value.dtype.kind not in "fib" or not np.isfinite(value).all():
            raise ModelError(f"the weights {name!r} are not finite numbers")
    require_network_room(build, ModelError)
    with torch.random.fork_rng(devices=()):  # it is built on the processor
        network = build()
    _require_same_shapes(network, weights)
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return network.eval()


def _require_same_shapes(network: nn.Module, weights: Mapping[str, npt.NDArray[Any]]) -> None:
    for name, tensor in network.state_dict().items():
        if name in weights and weights[name].shape != tensor.shape:
            raise ModelError(
                f"expected weights {name!r} of shape {tuple(tensor.shape)} by its settings, got {weights[name].shape}"
            )
