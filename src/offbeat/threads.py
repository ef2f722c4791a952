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

__all__ = ["n_threads", "one_blas_thread", "one_thread", "processors", "torch_threads"]


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
    numba = sys.modules.get("numba")
    # Numba is asked first: when it starts its threads, it sets the number that PyTorch goes by, too.
    before = numba.get_num_threads() if numba is not None else 1
    with ExitStack() as limits:
        if "torch" in sys.modules:
            limits.enter_context(torch_threads(1))
        limits.enter_context(_BLAS.held())
        limits.enter_context(_OPENMP.held())
        if numba is not None:
            limits.callback(numba.set_num_threads, before)  # which are those of this thread
            numba.set_num_threads(1)
        yield


@contextmanager
def torch_threads(count: int) -> Iterator[int]:
    """Let PyTorch, which is imported already, use ``count`` threads inside; gives how many it used outside.

    Any threads of the caller may do so at once: each finds what it had set when it leaves, and threads that begin later
    find what was set before the first of them came.

    Examples
    --------
    >>> import torch
    >>> with torch_threads(1):
    ...     torch.get_num_threads()
    1
    """
    with _TORCH.held(count) as before:
        yield before


class _Limit:
    """One thread for the libraries of a kind whose setting belongs to the process, as long as anybody holds the limit.

    Two threads of the caller that each set it, and each put back what they had found, could leave the limit of the
    other behind.
    """

    def __init__(self, kind: str) -> None:
        self._kind, self._lock, self._n_holders = kind, threading.Lock(), 0
        self._limiter: Any = None

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


class _OwnLimit:
    """One thread for OpenMP, whose setting belongs to each thread: so each puts back its own."""

    def __init__(self) -> None:
        self._lock, self._n_holders = threading.Lock(), 0

    @property
    def in_force(self) -> bool:
        return self._n_holders > 0

    @contextmanager
    def held(self) -> Iterator[None]:
        limiter = _controller().limit(limits=1, user_api="openmp")
        with self._lock:
            self._n_holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_holders -= 1
            limiter.restore_original_limits()


class _TorchLimit:
    """A number of threads for PyTorch, whose setting is one of each thread and one of the process.

    To set it sets both. A thread takes that of the process when it first computes: if that were the limit of another
    thread, it would keep it for good.
    """

    def __init__(self) -> None:
        self._lock, self._own = threading.Lock(), threading.local()
        self._counts: list[int] = []
        self._usual = 0

    @contextmanager
    def held(self, count: int) -> Iterator[int]:
        torch, is_inner = sys.modules["torch"], getattr(self._own, "is_held", False)
        with self._lock:
            before = torch.get_num_threads()
            if not self._counts:
                self._usual = before
            elif not is_inner and before in self._counts:
                before = self._usual  # it began to compute just now
            self._counts.append(count)
            _set_torch_threads(count)
        self._own.is_held = True
        try:
            yield before
        finally:
            self._own.is_held = is_inner
            with self._lock:
                self._counts.remove(count)
                _set_torch_threads(before)
                left = self._counts[-1] if self._counts else self._usual
                if left != before:  # another thread leaves its own setting alone, and sets that of the process
                    elsewhere = threading.Thread(target=torch.set_num_threads, args=(left,))
                    elsewhere.start()
                    elsewhere.join()


def _set_torch_threads(count: int) -> None:
    torch = sys.modules["torch"]
    if torch.get_num_threads() != count:  # to set them takes as long as a small network
        torch.set_num_threads(count)


def _release() -> None:
    """Let any thread change limits: threadpoolctl from 3.8 on heeds only the thread that was the last to set one."""
    release = getattr(getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", None)
    if release is not None:
        release(force=True)


@cache
def _controller() -> Any:
    """Return what knows the libraries that are loaded: to look for them takes as long as a small fit."""
    return threadpoolctl.ThreadpoolController()


_BLAS, _OPENMP, _TORCH = _Limit("blas"), _OwnLimit(), _TorchLimit()
