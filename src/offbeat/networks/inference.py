"""Run a network over many series, on the processor's threads or on another device."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

from offbeat.threads import torch_threads

__all__ = ["in_parallel", "place_of"]

_BATCH = 64
_BATCHES_AT_ONCE = 16
"""Another device than the processor takes that many batches as one: each call of it costs as much as many series."""


def in_parallel(
    compute: Callable[..., Tensor], *rows: Tensor, batch_size: int = _BATCH, device: torch.device | str = "cpu"
) -> Tensor:
    """Return ``compute`` of all rows, without gradients.

    On the processor, batches, of 64 rows if not asked for otherwise, go to one thread each: small matrices gain nothing
    from several threads, and threads that wait for each other at every step lose much on a busy machine.

    Parameters
    ----------
    compute : callable
        Takes a batch of each of ``rows``.
    *rows : Tensor
        On the processor, with the same number of rows.
    batch_size : int
        Rows of a batch.
    device : torch.device or str
        Where ``compute`` runs.

    Returns
    -------
    Tensor
        On the processor.

    Examples
    --------
    >>> in_parallel(torch.add, torch.ones(2), torch.arange(2.0))
    tensor([1., 2.])
    """
    if torch.device(device).type != "cpu":
        return _on_device(compute, rows, _BATCHES_AT_ONCE * batch_size, device)
    with torch_threads(1) as threads:
        if len(rows[0]) <= batch_size:
            return _alone(compute, *rows)
        batches = list(zip(*(torch.split(part, batch_size) for part in rows), strict=True))
        if threads == 1:
            return torch.cat([_alone(compute, *batch) for batch in batches])
        with ThreadPoolExecutor(min(threads, len(batches))) as pool:
            return torch.cat(list(pool.map(lambda batch: _alone(compute, *batch), batches)))


def place_of(network: nn.Module) -> torch.device:
    """Return the device that the weights of a network lie on; the processor where it has none."""
    return next((weights.device for weights in network.parameters()), torch.device("cpu"))


def _alone(compute: Callable[..., Tensor], *batch: Tensor) -> Tensor:
    # For each batch: inference mode is a setting of the thread.
    with torch.inference_mode():
        return compute(*batch)


def _on_device(
    compute: Callable[..., Tensor], rows: tuple[Tensor, ...], batch_size: int, device: torch.device | str
) -> Tensor:
    batches = zip(*(torch.split(part, batch_size) for part in rows), strict=True)
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # which rounds to ten bits
        return torch.cat([_alone(compute, *(part.to(device) for part in batch)).cpu() for batch in batches])
