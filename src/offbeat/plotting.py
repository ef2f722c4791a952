"""The way from an object's ``plot`` to the figures of :mod:`offbeat.report`, which stand above the objects."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["drawn"]


def drawn(what: str, *drawn_of: Any, **options: Any) -> Any:
    """Return what a function of :mod:`offbeat.report.plots` draws.

    The room of figures is imported when something is drawn, as pandas does with its plotting backend: rooms below it
    never load matplotlib, and ``plot`` is there on their objects all the same.

    Raises
    ------
    MissingExtraError
        If matplotlib, or plotly for an interactive figure, is not installed.
    """
    return getattr(import_module("offbeat.report.plots"), what)(*drawn_of, **options)
