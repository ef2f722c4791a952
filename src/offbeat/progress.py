"""How far long work is, where somebody waits for it."""

from __future__ import annotations

import logging
import sys

__all__ = ["in_notebook", "tell_progress"]

_log = logging.getLogger("offbeat")


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook, which shows HTML; a terminal of IPython does not.

    Examples
    --------
    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def tell_progress(line: str) -> None:
    """Write a line to stderr where that is a terminal or the cell of a notebook; log it as ``offbeat`` elsewhere.

    Examples
    --------
    >>> tell_progress("3 of 10 detectors")
    """
    if sys.stderr.isatty() or in_notebook():
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    else:
        _log.info(line)
