"""Which loops compare windows: those that numba compiles, where it is installed, or the same by NumPy.

This is the one place that asks for numba. It is an extra (``offbeat[fast]``), because it takes as much room as NumPy,
SciPy and pandas together. Compiled loops are seven times as fast where there are many windows, and a step of a stream
three times; but to compile them takes some seconds a process, in which NumPy has done with ten thousand time steps.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType

from offbeat.errors import SlowLoopsWarning, warn
from offbeat.estimators.extras import has_extra

__all__ = ["are_compiled", "correlation_kernel", "kernels", "stream_kernels", "tell_if_slow"]

_MANY = 2e9
"""Pairs of windows that take about ten seconds by NumPy."""


@cache
def are_compiled() -> bool:
    """Whether there are compiled loops."""
    return has_extra("fast")


@cache
def kernels() -> ModuleType:
    """Return the loops over pairs of windows. They are compiled by the first call, not when a command starts."""
    if are_compiled():
        from offbeat.detectors.scoring import kernels as compiled

        return compiled
    from offbeat.detectors.scoring import plain_kernels

    return plain_kernels


@cache
def stream_kernels() -> ModuleType:
    """Return the loops of streams."""
    if are_compiled():
        from offbeat.detectors.scoring import stream_kernels as compiled

        return compiled
    from offbeat.detectors.scoring import plain_stream_kernels

    return plain_stream_kernels


def correlation_kernel() -> ModuleType:
    """Return the loop over windows of two series. There is none by NumPy: products of matrices do the same."""
    from offbeat.detectors.scoring import correlation_kernel as compiled

    return compiled


def tell_if_slow(n_pairs: int) -> None:
    """Warn if so many pairs of windows take long without compiled loops.

    Warns
    -----
    SlowLoopsWarning
    """
    if n_pairs > _MANY and not are_compiled():
        warn(
            "comparing all windows takes several times as long without numba: pip install 'offbeat[fast]'",
            SlowLoopsWarning,
        )
