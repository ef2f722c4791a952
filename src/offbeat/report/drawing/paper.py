"""ECG paper at true scale: 25 mm a second, 10 mm a millivolt, with boxes of 1 and 5 mm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.report.drawing.style import INK, RUST, need
from offbeat.series.recording import FloatArray
from offbeat.words import printable, shorten, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ABOVE",
    "BOX",
    "CALIBRATION",
    "GAIN",
    "LEAST",
    "SPEED",
    "amplitudes",
    "draw_beats",
    "draw_grid",
    "draw_signal",
    "draw_title",
    "sheet",
]

SPEED, GAIN = 25.0, 10.0
"""Millimetres a second, and a millivolt."""
CALIBRATION = 0.4
"""Seconds before the signal that hold the mark of 1 mV."""
LEAST = 2.0
"""Millivolts that a strip shows at least."""
BOX = 0.5
"""Millivolts of a large box."""
ABOVE = 13.5
"""Millimetres above a strip: its title, and the beats in a row."""

_INCH = 25.4  # mm
_PAGE = 9.0 * _INCH  # mm that strips side by side may take
_MARGIN, _GAP = 4.0, 6.0  # mm around and between strips
_BELOW = 7.0  # mm for the line that says the scale
_SMALL, _BIG = (0.04, 0.1), (0.2, BOX)  # seconds and mV of the boxes
_FAINT, _STRONG, _QUIET = "#f6ddd5", "#e6b3a3", "#6b7284"
_QRS = 0.15  # seconds to either side that must be on the paper


def amplitudes(
    times: FloatArray, values: FloatArray, centre: float, most: float, least: float = LEAST
) -> tuple[float, float]:
    """Return the lowest and highest amplitude on the paper, at lines of large boxes.

    Parameters
    ----------
    times, values : arrays of shape (n,)
        Seconds from the left edge, and mV.
    centre : float
        What must be on the paper where not all can be, seconds from the left edge.
    most, least : float
        Millivolts shown at most, and at least.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return -BOX * math.floor(least / 2 / BOX), BOX * math.ceil(least / 2 / BOX)
    step = _BIG[1]
    low, high = step * math.floor((known.min() - 0.1) / step), step * math.ceil((known.max() + 0.1) / step)
    if high - low > most:
        middle = _middle(values[np.abs(times - centre) <= _QRS], known)
        # where the beat leaves a choice, paper is not left empty
        low = min(max(step * round((middle - most / 2) / step), low), high - most)
        return low, low + most
    while high - low < least:
        high, low = (high + step, low) if known.max() > high - 2 * step else (high, low - step)
    return low, high


def _middle(beat: FloatArray, every: FloatArray) -> float:
    """Return the amplitude halfway up the beat, or of all where the beat has no value."""
    beat = beat[np.isfinite(beat)]
    beat = beat if beat.size else every
    return float(beat.min() + beat.max()) / 2


def sheet(heights: Sequence[float], width: float, title: str, above: Sequence[float] = ()) -> tuple[Figure, list[Axes]]:
    """Return a figure and its panels, each of that width and those heights in mm to a hair's breadth.

    Panels stand side by side as far as the page is wide; below each other where ``above`` says how many mm are left
    above each.
    """
    new_figure = need("matplotlib.figure").Figure
    columns = 1 if above else max(1, min(int((_PAGE - 2 * _MARGIN + _GAP) // (width + _GAP)), len(heights)))
    rows = [heights[start : start + columns] for start in range(0, len(heights), columns)]
    across = 2 * _MARGIN + columns * width + (columns - 1) * _GAP
    lines = wrapped(title, int(across / 2.5)) if title else ""
    head = _MARGIN + (5.0 * (lines.count("\n") + 1) if lines else 0.0)
    left_above = list(above) or [ABOVE] * len(rows)
    down = head + sum(map(max, rows)) + sum(left_above) + _BELOW
    figure: Figure = new_figure(figsize=(across / _INCH, down / _INCH))
    figure.suptitle(lines, x=_MARGIN / across, y=1 - 2.0 / down, ha="left", va="top")
    scale = f"25 mm/s, 10 mm/mV when {across:.0f} mm wide; small box 0.04 s × 0.1 mV; mark 1 mV, 0.2 s"
    figure.text(_MARGIN / across, 2.0 / down, scale, fontsize=7, color=_QUIET)
    panels, top = [], down - head
    for row, room in zip(rows, left_above, strict=True):
        for column, height in enumerate(row):
            left = _MARGIN + column * (width + _GAP)
            place = (left / across, (top - room - height) / down, width / across, height / down)
            panels.append(figure.add_axes(place))
        top -= max(row) + room
    return figure, panels


def draw_grid(axes: Axes, seconds: float, low: float, high: float) -> None:
    """Draw the boxes, and set the limits."""
    axes.set(xticks=[], yticks=[], xlim=(-CALIBRATION, seconds), ylim=(low, high))
    for spine in axes.spines.values():
        spine.set(visible=True, color=_STRONG, linewidth=0.8)
    for (across, up), colour, width, order in ((_SMALL, _FAINT, 0.4, 0.6), (_BIG, _STRONG, 0.6, 0.7)):
        style: dict[str, Any] = {"color": colour, "linewidth": width, "zorder": order, "linestyle": "-"}
        left = round(-CALIBRATION / across)
        axes.vlines(across * np.arange(left, math.floor(seconds / across) + 1), low, high, **style)
        axes.hlines(up * np.arange(round(low / up), round(high / up) + 1), -CALIBRATION, seconds, **style)


def draw_signal(axes: Axes, times: FloatArray, values: FloatArray, lead: str) -> None:
    """Draw the signal and, where there is room beside its name, the mark of 1 mV.

    Triangles at the edge say where the signal goes beyond the paper.
    """
    low, high = axes.get_ylim()
    seconds = axes.get_xlim()[1]
    if high - low > LEAST - BOX / 2:
        mark = low + BOX + np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
        axes.plot([-0.36, -0.32, -0.32, -0.12, -0.12, -0.08], mark, color=INK, linestyle="-", linewidth=0.9)
    axes.plot(times, values, color=INK, linestyle="-", linewidth=0.9, zorder=3, solid_joinstyle="round")
    for beyond, edge, marker in ((values > high, high, "^"), (values < low, low, "v")):
        starts = np.flatnonzero(beyond & ~np.append(False, beyond[:-1]))
        style: dict[str, Any] = {"color": RUST, "markersize": 4, "linestyle": "none", "clip_on": False, "zorder": 4}
        axes.plot(times[starts], np.full(len(starts), edge), marker=marker, **style)
    if not np.isfinite(values).any():
        axes.text(seconds / 2, (low + high) / 2, "no values", ha="center", va="center")
    axes.text(-0.36, high - 0.08, shorten(printable(lead), 5), va="top", fontsize=7, color=_QUIET)


def draw_title(axes: Axes, title: str) -> None:
    """Write the title of a strip above its beats."""
    seconds, top = axes.get_xlim()[1], axes.get_ylim()[1]
    fits = int(SPEED * (seconds + CALIBRATION) / 1.75)
    axes.text(-CALIBRATION, top + 0.62, shorten(printable(title), fits), fontweight="bold", fontsize=8.5, va="bottom")


def draw_beats(axes: Axes, places: FloatArray, labels: Sequence[str], chosen: int | None = None) -> None:
    """Write the beats above the paper, one of them highlighted, and the RR intervals in ms between them.

    Parameters
    ----------
    axes : Axes
        A panel with its grid.
    places : array of shape (n_beats,)
        Seconds from the left edge.
    labels : sequence of str
        What to write above each; a dot where empty.
    chosen : int, optional
        Which to highlight.
    """
    seconds, top = axes.get_xlim()[1], axes.get_ylim()[1]
    shown = np.flatnonzero((places >= 0) & (places <= seconds))
    for beat in shown.tolist():
        look: dict[str, Any] = {"color": RUST, "fontweight": "bold"} if beat == chosen else {"color": INK}
        axes.plot(
            [places[beat]] * 2, [top, top + 0.1], linestyle="-", linewidth=0.8, color=look["color"], clip_on=False
        )
        axes.text(places[beat], top + 0.14, labels[beat] or "·", ha="center", va="bottom", fontsize=8, **look)
    for left, right in pairwise(places[shown].tolist()):
        if right - left >= 0.45:
            text = f"{1000 * (right - left):.0f}"
            axes.text((left + right) / 2, top + 0.16, text, ha="center", va="bottom", fontsize=6, color=_QUIET)
