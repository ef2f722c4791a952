"""How each class of beats looks in every figure, and the axis that tells the time of day of a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ShapeError
from offbeat.records.aami import CLASSES, SHORT_NAMES
from offbeat.report.drawing.style import AMBER, BLUE, INK, PALE, RUST
from offbeat.series.recording import FloatArray
from offbeat.words import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__: list[str] = []

Labels = npt.NDArray[np.str_]

UNREADABLE = "#e3e5ea"

_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_MOST_TICKS = 9
_FEW = 400  # marks of one class that leave each other room


@dataclass(frozen=True)
class BeatMark:
    """The name, colour and marker of a class; classes differ in shape and lightness, not in hue alone."""

    name: str
    colour: str
    marker: str
    size: float = 5.0

    def style(self, count: int = 1) -> dict[str, Any]:
        """Return the settings of a line of markers: smaller and without an edge where there are many."""
        dot = self.marker == "."
        size = self.size * float(np.clip(np.sqrt(_FEW / max(count, 1)), 0.55, 1.0))
        edged = self.marker == "o" or (not dot and count <= _FEW)
        edge: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.6 if edged else 0.0}
        face = "none" if self.marker == "o" else self.colour
        return {"marker": self.marker, "markersize": size, "markerfacecolor": face, "linestyle": "none", **edge}


MARKS = {
    "N": BeatMark(SHORT_NAMES["N"], BLUE, ".", 5.0),
    "": BeatMark("no class", INK, "o", 3.5),
    "S": BeatMark(SHORT_NAMES["S"], AMBER, "^", 5.0),
    "V": BeatMark(SHORT_NAMES["V"], RUST, "v", 5.0),
    "F": BeatMark(SHORT_NAMES["F"], INK, "s", 4.0),
    "Q": BeatMark(SHORT_NAMES["Q"], PALE, "D", 4.0),
}
"""Marks by class."""


def mark_of(beat_class: str) -> BeatMark:
    """Return how a class looks; one that is not of the AAMI looks like a beat without a class, by its own name."""
    return MARKS.get(beat_class) or BeatMark(beat_class, INK, "o", 3.5)


def named(beat_class: str) -> str:
    """Return a class with its meaning.

    Examples
    --------
    >>> named("V"), named(""), named("r")
    ('V ventricular', 'no class', 'r')
    """
    known = MARKS.get(beat_class)
    return f"{beat_class} {known.name}".strip() if known else beat_class


def present(classes: Labels) -> list[str]:
    """Return the classes there are: N S V F Q first, others by name, beats without a class last.

    Examples
    --------
    >>> present(np.array(["V", "", "N", "V", "A"]))
    ['N', 'V', 'A', '']
    """
    order = {name: place for place, name in enumerate(CLASSES)}
    return sorted(map(str, np.unique(classes)), key=lambda name: (not name, order.get(name, len(order)), name))


def checked_classes(classes: npt.ArrayLike, count: int) -> Labels:
    """Return one class for each of ``count`` beats; None and NaN become empty.

    Raises
    ------
    ShapeError
        If there are more or fewer.
    """
    array = np.asarray(classes, dtype=object)
    if array.shape != (count,):
        raise ShapeError(f"expected {count} classes, one for each beat, got {array.shape}")
    return np.where(pd.isna(array), "", array).astype(np.str_)


def checked_spans(unreadable: Iterable[Sequence[Any]]) -> list[tuple[float, float]]:
    """Return pairs of (start, stop) in seconds from pairs, or from triples with a reason.

    Raises
    ------
    DataError
        If one stops before it starts.
    """
    spans = [(float(span[0]), float(span[1])) for span in unreadable]
    for start, stop in spans:
        if not start <= stop:
            raise DataError(f"unreadable time is a pair (start, stop) in seconds, got ({start:g}, {stop:g})")
    return spans


def clock_axis(axes: Axes, start: float, stop: float) -> None:
    """Set the time axis from ``start`` to ``stop`` (seconds), with ticks at full minutes or hours, as 1:30."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    step = next((step for step in _TICKS if (stop - start) / step <= _MOST_TICKS), None)
    # beyond nine days, full days
    step = step or 86_400 * int(np.ceil((stop - start) / 86_400 / _MOST_TICKS))
    ticks: FloatArray = np.arange(np.ceil(start / step), np.floor(stop / step) + 1) * step

    def written(seconds: float, _: int | None) -> str:
        return clock(seconds) if step < 60 else clock(seconds)[: -len(":00")]

    axes.set_xlim(start, stop)
    axes.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
    axes.xaxis.set_major_formatter(FuncFormatter(written))
    axes.set_xlabel("time since the start (h:mm:ss)" if step < 60 else "time since the start (h:mm)")
