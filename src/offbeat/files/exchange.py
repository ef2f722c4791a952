"""Two paths change places in one step, where the system can do it, so that something is there at every moment."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["exchange"]

_HERE = -100  # AT_FDCWD: paths are relative to the working folder
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def exchange(one: Path, other: Path) -> bool:
    """Let what lies at two paths of one disk change places.

    Parameters
    ----------
    one, other : Path
        Something lies at both.

    Returns
    -------
    bool
        Whether it was done; False where this system or this disk cannot, and then nothing was changed.
    """
    call = _system_call()
    return call is not None and call(os.fsencode(one), os.fsencode(other)) == 0


@cache
def _system_call() -> Callable[[bytes, bytes], int] | None:
    """Return what this system has for it; Python itself has nothing."""
    try:
        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            rename = library.renamex_np
            return lambda one, other: int(rename(one, other, _SWAP))
        rename = library.renameat2
        return lambda one, other: int(rename(_HERE, one, _HERE, other, _SWAP))
    except (OSError, AttributeError, TypeError):
        return None
