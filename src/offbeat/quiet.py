"""Warnings that are not for the user, without a trace in the filters of the process.

Python keeps one list of warning filters for all threads. ``warnings.catch_warnings`` puts back the list that it found,
so two threads that use it at once can put back each other's, and leave the process with filters that nobody set. Here
what is put in is taken out again, and nothing else; and what a library does with ``catch_warnings`` is done by one
thread at a time.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["ignoring", "one_thread_at_a_time"]

_LOCK = threading.RLock()


@contextmanager
def ignoring(*categories: type[Warning], message: str = "", module: str = "") -> Iterator[None]:
    """Leave warnings out inside: those of the categories, which begin with a message or come from a module.

    Parameters
    ----------
    *categories : type
        None leaves out nothing.
    message, module : str
        Regular expressions; everything where empty.

    Examples
    --------
    >>> with ignoring(UserWarning, message="too few"):
    ...     warnings.warn("too few scores", UserWarning)
    """
    text, where = (re.compile(pattern, re.IGNORECASE) if pattern else None for pattern in (message, module))
    ours = [("ignore", text, category, where, 0) for category in categories]
    with _LOCK:
        _filters()[:0] = ours
    try:
        yield
    finally:
        with _LOCK:
            kept = [entry for entry in _filters() if not any(entry is own for own in ours)]
            _filters()[:] = kept


@contextmanager
def one_thread_at_a_time() -> Iterator[None]:
    """Keep other threads that do so, too, or that are :func:`ignoring`, waiting: for libraries that catch warnings."""
    with _LOCK:
        yield


def _filters() -> list[Any]:
    filters: Any = warnings.filters
    assert isinstance(filters, list)
    return filters
