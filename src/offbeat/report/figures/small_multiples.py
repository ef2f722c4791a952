"""Many recordings at a glance: a small picture of each, with what was flagged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError
from offbeat.report.drawing.style import INK, TIER_COLOURS, house_style, panel_grid
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["small_multiples"]

_COLUMNS = 4
_NAME = 28
_TIERS = ("normal", "watch", "alarm")


def small_multiples(pictures: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw a small panel for each of many recordings, each with a scale of its own.

    Parameters
    ----------
    pictures : mapping
        By key: ``channel`` (its name), ``values`` (in the order of time, None where one is missing), and ``events``, a
        list of start and end (as shares of the time, from 0 to 1) and tier (1 watch, 2 alarm).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If there are none.

    Examples
    --------
    >>> figure = small_multiples({"web1": {"channel": "cpu", "values": [1.0, 2.0, None], "events": [[0.5, 0.7, 2]]}})
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['web1: cpu']
    """
    if not pictures:
        raise DataError("expected at least one recording to draw, got none")
    columns = min(_COLUMNS, len(pictures))
    with house_style():
        figure, grid = panel_grid(-(-len(pictures) // columns), columns, height=1.1)
        panels = grid.ravel()
        for axes, (key, picture) in zip(panels, pictures.items(), strict=False):
            values = np.array([np.nan if value is None else value for value in picture["values"]], dtype=float)
            for start, end, tier in picture["events"]:
                # A short event is still to be seen.
                axes.axvspan(start, max(end, start + 0.01), color=TIER_COLOURS[_TIERS[tier]], linewidth=0)
            axes.plot(np.linspace(0, 1, len(values)), values, color=INK, linewidth=0.6)
            axes.set_title(shorten(f"{key}: {picture['channel']}", _NAME), loc="left", fontsize=8)
            axes.set_xlim(0, 1)
            axes.set_xticks([])
            axes.tick_params(labelsize=6)
        for spare in panels[len(pictures) :]:
            spare.remove()
    return figure
