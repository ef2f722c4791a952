"""Processes to measure in, and how much other work disturbs them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

__all__ = ["Disturbance", "Side"]


class Side:
    """A process of its own, for threads that one side has started can slow the other down."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"))

    def __call__(self, work: Callable[..., float], *sizes: int) -> float:
        """Return what the work measures in there."""
        return self._pool.submit(work, *sizes).result()


class Disturbance:
    """How many cores other work keeps busy, from now on; NaN where the system does not tell (it does on Linux)."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides
        self._start, self._others = time.perf_counter(), self._seconds()

    def cores(self) -> float:
        """Return the average since the start."""
        return float(np.maximum(self._seconds() - self._others, 0.0) / (time.perf_counter() - self._start))

    def _seconds(self) -> float:
        return _machine_seconds() - _own_seconds() - sum(side(_own_seconds) for side in self._sides)


def _machine_seconds() -> float:
    """Return the processor time that all work has used since the machine started."""
    counters = Path("/proc/stat")
    if not counters.is_file():
        return float("nan")
    user, nice, system, _, _, irq, soft_irq, *_ = map(int, counters.read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + soft_irq) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """Return the processor time of this process and its finished children."""
    return sum(os.times()[:4])
