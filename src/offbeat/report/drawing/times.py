"""When each time step of a recording was: a date, seconds or hours since the start, or its number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from offbeat.series.recording import FloatArray, Recording
from offbeat.words import clock

__all__: list[str] = []

MILLISECONDS_A_DAY = 86_400_000.0

_UNITS = ((10_800.0, 3600.0, "time (h)"), (180.0, 60.0, "time (min)"), (0.0, 1.0, "time (s)"))


_IN_UTC = "time (UTC)"


@dataclass(frozen=True, eq=False)
class Timeline:
    """Where time steps lie on a time axis.

    Parameters
    ----------
    positions : array of shape (n_times,)
        Milliseconds since 1970 where ``dated``, else in the unit that the label names.
    label : str
        What to write under the axis.
    dated : bool
        Whether positions are dates.
    sampling_rate : float, optional
        Samples per second (Hz).
    """

    positions: FloatArray
    label: str
    dated: bool = False
    sampling_rate: float | None = None

    @classmethod
    def of(cls, recording: Recording, shown: int | None = None) -> Timeline:
        """Choose dates where there are time stamps, else a unit for a picture of ``shown`` time steps (all of them).

        Examples
        --------
        >>> Timeline.of(Recording(np.zeros(5), sampling_rate=0.0001)).label
        'time (h)'
        """
        stamps, steps = recording.timestamps, np.arange(len(recording), dtype=np.float64)
        if stamps is not None and not np.isnat(stamps).any():
            since = stamps - np.datetime64(0, "D")
            # In UTC, because a local clock that is set back would draw an hour over another.
            label = "time" if recording.zone is None else _IN_UTC
            return cls(since / np.timedelta64(1, "us") / 1000.0, label, dated=True)
        if not recording.sampling_rate:
            return cls(steps, "time step")
        seconds = (len(recording) if shown is None else shown) / recording.sampling_rate
        unit, label = next((unit, label) for least, unit, label in _UNITS if seconds >= least)
        return cls(steps / recording.sampling_rate / unit, label, sampling_rate=recording.sampling_rate)

    def days(self) -> FloatArray:
        """Return positions as matplotlib counts dates, in days since 1970; other positions as they are."""
        return self.positions / MILLISECONDS_A_DAY if self.dated else self.positions

    def as_days(self, position: float) -> float:
        """Return one position as matplotlib counts it."""
        return position / MILLISECONDS_A_DAY if self.dated else position

    def span(self, start: int, end: int) -> tuple[float, float]:
        """Return where the time steps from ``start`` up to ``end`` (not included) begin and end.

        Each step reaches half a usual step to either side, so that a single one can be seen.
        """
        half = self._half_step
        last = len(self.positions) - 1
        return float(self.positions[min(start, last)]) - half, float(self.positions[min(end - 1, last)]) + half

    @cached_property
    def _half_step(self) -> float:
        steps = np.diff(self.positions)
        return float(np.median(steps)) / 2 if steps.size else 0.5

    def written(self, step: int) -> str:
        """Return when a time step was, in words.

        Examples
        --------
        >>> day = np.datetime64("2015-08-11T12:07") + np.arange(3) * np.timedelta64(30, "s")
        >>> dated, timed, plain = (Recording(np.zeros(3), timestamps=day), Recording(np.zeros(3), sampling_rate=0.01),
        ...                        Recording(np.zeros(3)))
        >>> [Timeline.of(recording).written(1) for recording in (dated, timed, plain)]
        ['2015-08-11 12:07:30', '100 s', 'time step 1']
        """
        if self.dated:
            moment = np.datetime64(round(float(self.positions[step])), "ms")
            text = str(moment).replace("T", " ").removesuffix(".000").removesuffix(":00")
            return f"{text} UTC" if self.label == _IN_UTC else text
        if self.sampling_rate:
            return elapsed(step / self.sampling_rate)
        return f"time step {step:,}"


def elapsed(seconds: float) -> str:
    """Return a time since the start, as h:mm:ss where it is more than three minutes.

    Examples
    --------
    >>> elapsed(12.345678), elapsed(1805.25), elapsed(90_000)
    ('12.35 s', '0:30:05.250', '25:00:00')
    """
    return f"{seconds:.4g} s" if seconds < 180 else clock(seconds, 3).removesuffix(".000")
