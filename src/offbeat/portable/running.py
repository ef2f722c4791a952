"""What detectors and classifiers do with a network after training, whichever of the two runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from offbeat.estimators.arrays import Arrays
from offbeat.estimators.extras import require_extra
from offbeat.portable.runtime import OnnxNetwork

if TYPE_CHECKING:
    from torch import nn

    Network: TypeAlias = nn.Module | OnnxNetwork

__all__ = ["network_arrays", "placed", "restored", "run"]


def run(
    network: Network, *inputs: npt.NDArray[np.float32], part: str = "forward", batch_size: int = 64
) -> npt.NDArray[Any]:
    """Return the output of a network, or of another of its methods, for all rows of the inputs.

    Parameters
    ----------
    network : nn.Module or OnnxNetwork
        Runs one batch in one thread, and as many batches at once as there are threads.
    *inputs : arrays of shape (n_rows, ...)
        What it reads.
    part : str
        The method.
    batch_size : int
        Rows in a batch.
    """
    if isinstance(network, OnnxNetwork):
        return network.run(*inputs, part=part, batch_size=batch_size)
    import torch

    from offbeat.networks.inference import in_parallel, place_of

    tensors = [torch.from_numpy(rows) for rows in inputs]
    # A module that is called runs its hooks, too, which its method does not.
    compute = network if part == "forward" else getattr(network, part)
    return in_parallel(compute, *tensors, batch_size=batch_size, device=place_of(network)).numpy()


def placed(network: Network, device: str) -> Network:
    """Return the network on the device that it is to compute on; ONNX Runtime has the processor only.

    Raises
    ------
    DeviceError
        If this machine lacks the device.
    """
    if isinstance(network, OnnxNetwork):
        return network
    from offbeat.networks.devices import computing_device

    return network.to(computing_device(device))


def network_arrays(network: Network) -> Arrays:
    """Return the arrays that stand for a network in a model folder: its weights, or its ONNX model."""
    if isinstance(network, OnnxNetwork):
        return network.arrays()
    return {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}


def restored(build: Callable[[], nn.Module], arrays: Arrays, what: str) -> Network:
    """Return the network that :func:`network_arrays` stands for.

    Parameters
    ----------
    build : callable
        Returns an untrained ``nn.Module``; not called for an ONNX model.
    arrays : mapping
        Its weights, or its ONNX model.
    what : str
        What has it, for the message where PyTorch or ONNX Runtime is needed and not installed.

    Raises
    ------
    ModelError
        If the arrays are not those of such a network.
    MissingExtraError
        If what runs it is not installed.
    """
    if OnnxNetwork.is_in(arrays):
        return OnnxNetwork.restored(arrays)
    require_extra("deep", what)
    from offbeat.networks.weights import restored_network

    return restored_network(build, arrays)
