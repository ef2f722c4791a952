"""How much memory a piece of work took."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Peak", "peak_memory"]

_RESET_PEAK = "5"
"""What Linux takes to forget the highest memory so far, see proc(5)."""
_PROCESS = Path("/proc/self")


class Peak:
    """The highest memory of the process during a block.

    Attributes
    ----------
    mebibytes : float
        Beyond what the process held when the block began; NaN where the system does not tell.
    """

    mebibytes: float = math.nan


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Yield an object that holds, after the block, the memory that it took at most.

    Examples
    --------
    >>> with peak_memory() as peak:
    ...     held = bytearray(64 << 20)
    >>> math.isnan(peak.mebibytes) or peak.mebibytes > 32
    True
    """
    peak, before = Peak(), _start()
    yield peak
    peak.mebibytes = max(0.0, _kibibytes("VmHWM") - before) / 1024


def _start() -> float:
    """Forget the highest memory so far, and return what is held now; NaN where the system cannot."""
    # What is garbage by now may be freed within the block, and would hide as much of what that takes.
    gc.collect()
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK, encoding="ascii")
        return _kibibytes("VmRSS")
    return math.nan


def _kibibytes(name: str) -> float:
    with suppress(OSError):
        for line in (_PROCESS / "status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return float(line.split()[1])
    return math.nan
