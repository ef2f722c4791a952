"""Grids of small panels for series: wrapped for one channel, a row of channels each for several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.report.drawing.style import panel_grid
from offbeat.series.recording import FloatArray
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__: list[str] = []

Panels = npt.NDArray[np.object_]


def time_axis(n_times: int, sampling_rate: float | None) -> FloatArray:
    """Return the time of each step: seconds where the sampling rate is known, else the step's number from 0."""
    return np.arange(n_times) / (sampling_rate or 1.0)


def time_label(sampling_rate: float | None) -> str:
    """Return what to write under a time axis."""
    return "time (s)" if sampling_rate else "time step"


def series_grid(n_items: int, channels: Sequence[str], *, wrap: int, below: str) -> tuple[Figure, Panels]:
    """Return a figure and its panels as (n_items, n_channels), with ``below`` written under the lowest of them."""
    return _wrapped(n_items, wrap, below) if len(channels) == 1 else _by_channel(n_items, channels, below)


def _wrapped(n_items: int, wrap: int, below: str) -> tuple[Figure, Panels]:
    columns = min(wrap, n_items)
    rows = -(-n_items // columns)
    figure, grid = panel_grid(rows, columns, sharex=True, sharey=True)
    panels = grid.ravel()
    for spare in panels[n_items:]:
        spare.remove()
    # a panel with nothing below it carries the numbers of its column
    for lowest in panels[max(0, n_items - columns) : n_items]:
        lowest.tick_params(labelbottom=True)
        lowest.set_xlabel(below)
    return figure, panels[:n_items, None]


def _by_channel(n_items: int, channels: Sequence[str], below: str) -> tuple[Figure, Panels]:
    shared: dict[str, Any] = {"sharex": True, "sharey": "col"}
    figure, grid = panel_grid(n_items, len(channels), height=1.5, **shared)
    for row in grid:
        for axes, name in zip(row, channels, strict=True):
            axes.set_ylabel(shorten(name, 20))
            axes.tick_params(labelleft=True)
    for axes in grid[-1]:
        axes.set_xlabel(below)
    return figure, grid
