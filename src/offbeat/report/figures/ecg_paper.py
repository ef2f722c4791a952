"""Single beats with what surrounds them, on ECG paper at true scale: 25 mm a second, 10 mm a millivolt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.style import INK, RUST, TIER_COLOURS, house_style, need
from offbeat.report.figures.beat_marks import Labels, checked_classes, named
from offbeat.series.recording import FloatArray
from offbeat.words import clock, shorten, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["EcgStrip", "ecg_strips"]

SPEED, GAIN = 25.0, 10.0  # mm a second, mm a millivolt

_INCH = 25.4  # mm
_PAGE = 9.0 * _INCH  # mm that strips side by side may take
_MARGIN, _GAP = 4.0, 6.0  # mm around and between strips
_ABOVE = 13.5  # mm above a strip: its title, and the beats in a row
_BELOW = 7.0  # mm for the line that says the scale
_CALIBRATION = 0.4  # seconds before the signal that hold the mark of 1 mV
_LEAST = 2.0  # mV that a strip shows at least
_SMALL, _BIG = (0.04, 0.1), (0.2, 0.5)  # seconds and mV of the boxes
_FAINT, _STRONG, _QUIET = "#f6ddd5", "#e6b3a3", "#6b7284"
_HALF_BEAT = 0.3  # seconds to either side that are highlighted at most
_QRS = 0.15  # seconds to either side that must be on the paper


@dataclass(frozen=True, eq=False)
class EcgStrip:
    """A beat to look at, with what was recorded around it.

    Parameters
    ----------
    values : array of shape (n_times,)
        One lead in mV; NaN where nothing was recorded.
    sampling_rate : float
        Samples per second (Hz).
    start_s : float
        When the first value was, seconds since the start of the record.
    middle_s : float
        When the beat to look at was. The strip is centred there; what ``values`` do not reach stays empty.
    times_s : array of shape (n_beats,)
        When the beats around it were, itself among them.
    classes : array of str, shape (n_beats,)
        What to write above each beat; empty where it has no class.
    confidence : float
        How sure the class of the beat in the middle is, 0 to 1; NaN is not written.
    lead : str
        Name of the lead.
    note : str
        What else to say in the title, such as why it is shown.

    Raises
    ------
    ShapeError
        If values or times have more than one axis, or there are not as many classes as beats.
    ParameterError
        If the sampling rate is not above 0.

    Examples
    --------
    >>> EcgStrip(np.zeros(720), 360.0, 59.0, 60.0, [59.2, 60.0, 60.8], ["N", "V", "N"], confidence=0.62).heading()
    '0:01:00.0 – V ventricular, confidence 0.62'
    """

    values: npt.ArrayLike
    sampling_rate: float
    start_s: float
    middle_s: float
    times_s: npt.ArrayLike = ()
    classes: npt.ArrayLike = ()
    confidence: float = math.nan
    lead: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.signal().ndim != 1 or self.beats().ndim != 1:
            raise ShapeError(f"a strip holds one lead, (n_times,), got {self.signal().shape}: one at a time")
        checked_classes(self.classes, len(self.beats()))
        if not self.sampling_rate > 0:
            raise ParameterError(f"a sampling rate is above 0 Hz, not {self.sampling_rate}")

    def signal(self) -> FloatArray:
        """Return the values as numbers, (n_times,)."""
        return np.asarray(self.values, dtype=np.float64)

    def beats(self) -> FloatArray:
        """Return the times of the beats, (n_beats,)."""
        return np.asarray(self.times_s, dtype=np.float64)

    def labels(self) -> Labels:
        """Return the classes as text, (n_beats,)."""
        return checked_classes(self.classes, len(self.beats()))

    def chosen(self) -> int | None:
        """Return which of the beats is the one in the middle, None where none is within 50 ms of it."""
        off = np.abs(self.beats() - self.middle_s)
        return int(off.argmin()) if off.size and off.min() <= 0.05 else None

    def heading(self) -> str:
        """Return when it was, what it is, how sure that is, and the note."""
        chosen = self.chosen()
        what = [] if chosen is None else [named(str(self.labels()[chosen]))]
        sure = [] if math.isnan(self.confidence) else [f"confidence {self.confidence:.2f}"]
        details = ", ".join([*what, *sure, *([self.note] if self.note else [])])
        return clock(self.middle_s, 1) + (f" – {details}" if details else "")


def ecg_strips(strips: Sequence[EcgStrip], *, seconds: float = 6.0, most_mv: float = 4.0, title: str = "") -> Figure:
    """Draw strips below each other on ECG paper, the beat in the middle highlighted, all beats named above.

    The figure has true scale: printed, or shown at its own size, a second is 25 mm and a millivolt 10 mm wide. A small
    box is 1 mm, 0.04 s by 0.1 mV; a large one five of them. The mark at the left is 1 mV high and 0.2 s long. Numbers
    between beats are RR intervals in ms. What would need more paper than ``most_mv`` is cut off there, and triangles
    at the edge say so. Short strips stand side by side as far as the page is wide.

    Parameters
    ----------
    strips : sequence of EcgStrip
        In the order in which they are drawn.
    seconds : float
        How much time each shows, 1 to 30.
    most_mv : float
        How many millivolts of height a strip has at most, 2 or more.
    title : str
        What to say above all of them.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a strip.

    Raises
    ------
    DataError
        If there is no strip.
    ParameterError
        If ``seconds`` or ``most_mv`` is out of range.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> strip = EcgStrip(np.zeros(2160), 360.0, 57.0, 60.0, [60.0], ["V"])
    >>> figure = ecg_strips([strip])
    >>> round(float(figure.axes[0].get_position().width * figure.get_figwidth() * 25.4 / 25.0), 3)  # 6 s and the mark
    6.4
    """
    if not strips:
        raise DataError("a gallery needs at least one strip, got none")
    if not (1 <= seconds <= 30 and most_mv >= _LEAST):
        raise ParameterError(
            f"a strip shows 1 to 30 seconds and at most 2 mV or more, got seconds={seconds}, most_mv={most_mv}"
        )
    most = _BIG[1] * math.floor(most_mv / _BIG[1])
    ranges = [_range(*_in_sight(strip, seconds), seconds / 2, most) for strip in strips]
    with house_style():
        figure, panels = _paper([GAIN * (high - low) for low, high in ranges], SPEED * (seconds + _CALIBRATION), title)
        for axes, strip, (low, high) in zip(panels, strips, ranges, strict=True):
            axes.set(xlim=(-_CALIBRATION, seconds), ylim=(low, high))
            _draw_grid(axes, seconds, low, high)
            _draw_strip(axes, strip, seconds)
            _draw_beats(axes, strip, seconds)
    return figure


def _in_sight(strip: EcgStrip, seconds: float) -> tuple[FloatArray, FloatArray]:
    """Return the times on the paper (seconds from its left edge) and values of what the strip shows."""
    values = strip.signal()
    times = strip.start_s - strip.middle_s + seconds / 2 + np.arange(len(values)) / strip.sampling_rate
    shown = (times >= 0) & (times <= seconds)
    return times[shown], np.where(np.isfinite(values), values, np.nan)[shown]


def _range(times: FloatArray, values: FloatArray, centre: float, most: float) -> tuple[float, float]:
    """Return the lowest and highest amplitude on the paper, at lines of large boxes."""
    known = values[np.isfinite(values)]
    if not known.size:
        return -_LEAST / 2, _LEAST / 2
    step = _BIG[1]
    low, high = step * math.floor((known.min() - 0.1) / step), step * math.ceil((known.max() + 0.1) / step)
    if high - low > most:
        middle = _middle(values[np.abs(times - centre) <= _QRS], known)
        # where the beat leaves a choice, paper is not left empty
        low = min(max(step * round((middle - most / 2) / step), low), high - most)
        return low, low + most
    while high - low < _LEAST:
        high, low = (high + step, low) if known.max() > high - 2 * step else (high, low - step)
    return low, high


def _middle(beat: FloatArray, every: FloatArray) -> float:
    """Return the amplitude halfway up the beat, or of all where the beat has no value."""
    beat = beat[np.isfinite(beat)]
    beat = beat if beat.size else every
    return float(beat.min() + beat.max()) / 2


def _paper(heights: Sequence[float], width: float, title: str) -> tuple[Figure, list[Axes]]:
    """Return a figure and its panels, each of that width and those heights in mm to a hair's breadth."""
    new_figure = need("matplotlib.figure").Figure
    columns = max(1, min(int((_PAGE - 2 * _MARGIN + _GAP) // (width + _GAP)), len(heights)))
    rows = [heights[start : start + columns] for start in range(0, len(heights), columns)]
    across = 2 * _MARGIN + columns * width + (columns - 1) * _GAP
    lines = wrapped(title, int(across / 2.5)) if title else ""
    head = _MARGIN + (5.0 * (lines.count("\n") + 1) if lines else 0.0)
    down = head + sum(max(row) + _ABOVE for row in rows) + _BELOW
    figure: Figure = new_figure(figsize=(across / _INCH, down / _INCH))
    figure.suptitle(lines, x=_MARGIN / across, y=1 - 2.0 / down, ha="left", va="top")
    scale = f"25 mm/s, 10 mm/mV when {across:.0f} mm wide; small box 0.04 s × 0.1 mV; mark 1 mV, 0.2 s"
    figure.text(_MARGIN / across, 2.0 / down, scale, fontsize=7, color=_QUIET)
    panels, top = [], down - head
    for row in rows:
        for column, height in enumerate(row):
            left = _MARGIN + column * (width + _GAP)
            place = (left / across, (top - _ABOVE - height) / down, width / across, height / down)
            panels.append(figure.add_axes(place))
        top -= max(row) + _ABOVE
    return figure, panels


def _draw_grid(axes: Axes, seconds: float, low: float, high: float) -> None:
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=_STRONG, linewidth=0.8)
    for (across, up), colour, width, order in ((_SMALL, _FAINT, 0.4, 0.6), (_BIG, _STRONG, 0.6, 0.7)):
        style: dict[str, Any] = {"color": colour, "linewidth": width, "zorder": order, "linestyle": "-"}
        left = round(-_CALIBRATION / across)
        axes.vlines(across * np.arange(left, math.floor(seconds / across) + 1), low, high, **style)
        axes.hlines(up * np.arange(round(low / up), round(high / up) + 1), -_CALIBRATION, seconds, **style)


def _draw_strip(axes: Axes, strip: EcgStrip, seconds: float) -> None:
    low, high = axes.get_ylim()
    mark = low + _BIG[1] + np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    axes.plot([-0.36, -0.32, -0.32, -0.12, -0.12, -0.08], mark, color=INK, linestyle="-", linewidth=0.9)
    times, values = _in_sight(strip, seconds)
    axes.plot(times, values, color=INK, linestyle="-", linewidth=0.9, zorder=3, solid_joinstyle="round")
    for beyond, edge, marker in ((values > high, high, "^"), (values < low, low, "v")):
        starts = np.flatnonzero(beyond & ~np.append(False, beyond[:-1]))
        style: dict[str, Any] = {"color": RUST, "markersize": 4, "linestyle": "none", "clip_on": False, "zorder": 4}
        axes.plot(times[starts], np.full(len(starts), edge), marker=marker, **style)
    if not np.isfinite(values).any():
        axes.text(seconds / 2, (low + high) / 2, "no values", ha="center", va="center")
    axes.text(-0.36, high - 0.08, shorten(strip.lead, 5), va="top", fontsize=7, color=_QUIET)


def _draw_beats(axes: Axes, strip: EcgStrip, seconds: float) -> None:
    """Write the title and the beats above the paper, and highlight the one in the middle."""
    top = axes.get_ylim()[1]
    fits = int(SPEED * (seconds + _CALIBRATION) / 1.75)
    axes.text(-_CALIBRATION, top + 0.62, shorten(strip.heading(), fits), fontweight="bold", fontsize=8.5, va="bottom")
    chosen, labels = strip.chosen(), strip.labels()
    places = strip.beats() - strip.middle_s + seconds / 2
    for beat in np.flatnonzero((places >= 0) & (places <= seconds)):
        look: dict[str, Any] = {"color": RUST, "fontweight": "bold"} if beat == chosen else {"color": INK}
        axes.plot(
            [places[beat]] * 2, [top, top + 0.1], linestyle="-", linewidth=0.8, color=look["color"], clip_on=False
        )
        axes.text(places[beat], top + 0.14, labels[beat] or "·", ha="center", va="bottom", fontsize=8, **look)
    _draw_intervals(axes, places[(places >= 0) & (places <= seconds)], top)
    near = np.delete(np.abs(places - seconds / 2), [] if chosen is None else chosen)
    half = min(_HALF_BEAT, near.min(initial=2 * _HALF_BEAT) / 2)
    axes.axvspan(seconds / 2 - half, seconds / 2 + half, color=TIER_COLOURS["watch"], linewidth=0, zorder=0.5)


def _draw_intervals(axes: Axes, places: FloatArray, top: float) -> None:
    """Write RR intervals in ms between beats that leave room for it."""
    for left, right in pairwise(places.tolist()):
        if right - left >= 0.45:
            text = f"{1000 * (right - left):.0f}"
            axes.text((left + right) / 2, top + 0.16, text, ha="center", va="bottom", fontsize=6, color=_QUIET)
