"""Single beats with what surrounds them, on ECG paper at true scale: 25 mm a second, 10 mm a millivolt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report.drawing.paper import (
    BOX,
    CALIBRATION,
    GAIN,
    LEAST,
    SPEED,
    amplitudes,
    draw_beats,
    draw_grid,
    draw_signal,
    draw_title,
    sheet,
)
from offbeat.report.drawing.style import TIER_COLOURS, house_style
from offbeat.report.figures.beat_marks import Labels, checked_classes, named
from offbeat.series.recording import FloatArray
from offbeat.words import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["EcgStrip", "ecg_strips"]

_HALF_BEAT = 0.3  # seconds to either side that are highlighted at most


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
    if not (1 <= seconds <= 30 and most_mv >= LEAST):
        raise ParameterError(
            f"a strip shows 1 to 30 seconds and at most 2 mV or more, got seconds={seconds}, most_mv={most_mv}"
        )
    most = BOX * math.floor(most_mv / BOX)
    ranges = [amplitudes(*_in_sight(strip, seconds), seconds / 2, most) for strip in strips]
    with house_style():
        figure, panels = sheet([GAIN * (high - low) for low, high in ranges], SPEED * (seconds + CALIBRATION), title)
        for axes, strip, (low, high) in zip(panels, strips, ranges, strict=True):
            draw_grid(axes, seconds, low, high)
            draw_title(axes, strip.heading())
            draw_signal(axes, *_in_sight(strip, seconds), strip.lead)
            _draw_beats(axes, strip, seconds)
    return figure


def _in_sight(strip: EcgStrip, seconds: float) -> tuple[FloatArray, FloatArray]:
    """Return the times on the paper (seconds from its left edge) and values of what the strip shows."""
    values = strip.signal()
    times = strip.start_s - strip.middle_s + seconds / 2 + np.arange(len(values)) / strip.sampling_rate
    shown = (times >= 0) & (times <= seconds)
    return times[shown], np.where(np.isfinite(values), values, np.nan)[shown]


def _draw_beats(axes: Axes, strip: EcgStrip, seconds: float) -> None:
    """Write the beats above the paper, and highlight the one in the middle."""
    chosen = strip.chosen()
    places = strip.beats() - strip.middle_s + seconds / 2
    draw_beats(axes, places, strip.labels().tolist(), chosen)
    near = np.delete(np.abs(places - seconds / 2), [] if chosen is None else chosen)
    half = min(_HALF_BEAT, near.min(initial=2 * _HALF_BEAT) / 2)
    axes.axvspan(seconds / 2 - half, seconds / 2 + half, color=TIER_COLOURS["watch"], linewidth=0, zorder=0.5)
