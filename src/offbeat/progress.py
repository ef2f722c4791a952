"""How far long work is, where somebody waits for it."""

from __future__ import annotations

import importlib
import logging
import sys

__all__ = ["in_notebook", "tell_progress"]

_log = logging.getLogger("offbeat")
_cells: set[str] = set()
"""The cells of the notebook that show a line."""


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
    """Write a line to stderr where that is a terminal, show it in place of the last one below the cell of a notebook.

    Elsewhere it is logged as ``offbeat``.

    Examples
    --------
    >>> tell_progress("3 of 10 detectors")
    """
    if in_notebook():
        _show_in_cell(line)
    elif sys.stderr.isatty():
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    else:
        _log.info(line)


def _show_in_cell(line: str) -> None:
    display = importlib.import_module("IPython.display")
    cell = f"offbeat-{sys.modules['IPython'].get_ipython().execution_count}"
    display.display({"text/plain": line}, raw=True, display_id=cell, update=cell in _cells)
    _cells.add(cell)
