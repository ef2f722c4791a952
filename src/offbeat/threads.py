"""How many threads libraries and loops of this library use: the one place that decides.

- Matrix products (BLAS) of a ``fit`` or a scoring keep to one thread: they are of small blocks, for which several
  threads take longer than one, many times longer where other work keeps the processors busy.
- Compiled loops over pairs of windows use as many threads as there are processors, or as ``OMP_NUM_THREADS`` or
  ``NUMBA_NUM_THREADS`` allow.
- Networks use the threads that PyTorch was given.
- Where calls run beside each other in processes of their own, each keeps to one thread in all of these ways.

All limits end where they began: what the caller had set is set again.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import threadpoolctl

__all__ = ["n_threads", "one_blas_thread", "one_thread", "processors"]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_threads() -> int:
    """Return how many threads a compiled loop of this library may use."""
    if _OPENMP.in_force:
        return 1
    given = [os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")]
    return min([processors(), *[int(number) for number in given if number.isdigit() and int(number) > 0]])


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products of NumPy and SciPy to one thread inside.

    Examples
    --------
    >>> import numpy as np
    >>> with one_blas_thread():
    ...     float((np.ones((2, 3)) @ np.ones((3, 2))).sum())
    12.0
    """
    with _BLAS.held():
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep all libraries to one thread inside: what runs beside it is not slowed down, and times compare."""
    with _BLAS.held(), _OPENMP.held(), ExitStack() as before:
        # Numba first: when it starts its threads, it sets the number that PyTorch goes by, too.
        for module in (sys.modules[name] for name in ("numba", "torch") if name in sys.modules):
            before.callback(module.set_num_threads, module.get_num_threads())
            module.set_num_threads(1)
        yield


class _Limit:
    """One thread for the libraries of a kind, as long as anybody holds the limit.

    The limit belongs to the process: two threads of the caller that each set it, and each put back what they had found,
    could leave the limit of the other behind.
    """

    def __init__(self, kind: str) -> None:
        self._kind, self._lock, self._n_holders = kind, threading.Lock(), 0
        self._limiter: Any = None

    @property
    def in_force(self) -> bool:
        return self._n_holders > 0

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if not self._n_holders:
                self._limiter = _controller().limit(limits=1, user_api=self._kind)
                _release()
            self._n_holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_holders -= 1
                if not self._n_holders:
                    self._limiter.restore_original_limits()
                    _release()


def _release() -> None:
    """Let any thread change limits: threadpoolctl from 3.8 on heeds only the thread that was the last to set one."""
    release = getattr(getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", None)
    if release is not None:
        release(force=True)


@cache
def _controller() -> Any:
    """Return what knows the libraries that are loaded: to look for them takes as long as a small fit."""
    return threadpoolctl.ThreadpoolController()


_BLAS, _OPENMP = _Limit("blas"), _Limit("openmp")
