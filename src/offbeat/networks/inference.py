"""Run a network over many series: one thread a batch, as many batches at once as there are threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor

__all__ = ["in_parallel", "one_thread"]

_BATCH = 64


def in_parallel(compute: Callable[[Tensor], Tensor], rows: Tensor, batch_size: int = _BATCH) -> Tensor:
    """Return ``compute`` of all rows, without gradients.

    Batches, of 64 rows if not asked for otherwise, go to one thread each: small matrices gain nothing from several
    threads, and threads that wait for each other at every step lose much on a busy machine.
    """

    def alone(batch: Tensor) -> Tensor:
        with torch.inference_mode():
            return compute(batch)

    if len(rows) <= batch_size:
        with one_thread():
            return alone(rows)
    batches = torch.split(rows, batch_size)
    workers = min(torch.get_num_threads(), len(batches))
    with one_thread():
        if workers <= 1:
            return torch.cat([alone(batch) for batch in batches])
        with ThreadPoolExecutor(workers) as pool:
            return torch.cat(list(pool.map(alone, batches)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside, and restore the caller's setting after."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
