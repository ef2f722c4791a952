"""The batches of a training: rows of tensors in memory, in an order that the seed and the epoch decide."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import cycle, islice

import torch
from torch import Tensor

from offbeat.training.tasks import Reconstruct, Task

__all__ = ["Batches", "Blocks", "Rows"]

Rows = Tensor | tuple[Tensor, ...]

_BLOCK = 16
"""Batches in a block."""


class Batches:
    """Rows in batches; with a seed, in the order of the task, which depends on the seed and the epoch alone.

    A resumed training therefore gets the batches it would have got. The batch of one tensor is a tensor, that of
    several (series, features, targets) a tuple.

    Parameters
    ----------
    rows : Tensor or tuple of Tensor
        All rows.
    size : int
        Rows in a batch; the last one may have fewer, but with a seed not one alone, of which networks with batch
        normalisation cannot learn: then it has one more.
    seed : int, optional
        Seed of the order; without one, rows stay in theirs.
    task : Task, optional
        Gives the order of each epoch; all rows at random where None.
    limit : int, optional
        Rows in an epoch, at most: the first of the order, or without a seed evenly spaced ones.
    world : int
        Devices that share an epoch, each with batches of its own; what is left over at its end is learned from twice.

    Notes
    -----
    Rows that lie on a device are gathered there, so that no batch is copied to it.
    """

    def __init__(
        self,
        rows: Rows,
        size: int,
        seed: int | None = None,
        task: Task | None = None,
        limit: int | None = None,
        world: int = 1,
    ) -> None:
        self.rows, self.size, self.seed, self.epoch = rows, size, seed, 0
        self.rank, self.world = 0, world
        self.task = task or Reconstruct()
        self.n_all = len(rows if isinstance(rows, Tensor) else rows[0])
        n_rows = self.n_all if seed is None else len(self.task.order(rows, torch.Generator()))
        self.n_rows = n_rows if limit is None else min(n_rows, limit)
        n_full, n_left = divmod(self.n_rows, self.size)
        self.sizes = [size] * n_full + [n_left] * (n_left > 0)
        if seed is not None and n_full and n_left == 1:
            self.sizes[-2:] = [size + 1]

    def __len__(self) -> int:
        return math.ceil(len(self.sizes) / self.world)

    def __iter__(self) -> Iterator[Rows]:
        device = (self.rows if isinstance(self.rows, Tensor) else self.rows[0]).device
        batches = torch.split(self._order()[: self.n_rows].to(device), self.sizes)
        shared = islice(cycle(batches), self.rank, len(self) * self.world, self.world)
        yield from map(self._pick, shared)

    def _order(self) -> Tensor:
        """Return the numbers of the rows of this epoch, in their order."""
        if self.seed is None:
            return torch.arange(self.n_rows) * self.n_all // self.n_rows
        return self.task.order(self.rows, torch.Generator().manual_seed(self.seed + self.epoch))

    def _pick(self, picked: Tensor) -> Rows:
        if isinstance(self.rows, Tensor):
            return self.rows.index_select(0, picked)
        return tuple(part.index_select(0, picked) for part in self.rows)


class Blocks:
    """Batches by the dozen: Lightning counts, checks and calls hooks once a block.

    For each batch, that took as long as the arithmetic of a small network.
    """

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return math.ceil(len(self.batches) / _BLOCK)

    def __iter__(self) -> Iterator[list[Rows]]:
        left = iter(self.batches)
        while block := list(islice(left, _BLOCK)):
            yield block
