"""The event: a run of anomalous time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, FormatError, ShapeError, failing_as
from offbeat.events.severity import Severity
from offbeat.files.cells import read_number
from offbeat.series.zones import Stamp, Zone, as_stamp, stamp_of, stamp_text

__all__ = ["TIMES", "Event"]

TIMES = ("start_time", "end_time", "peak_time")
"""The fields that hold time stamps."""
_NAMED = 3
"""Channels that a line names at most."""


@dataclass(frozen=True)
class Event:
    """A run of anomalous time.

    Parameters
    ----------
    start, end : int
        First time step, and the one after the last.
    peak : int
        The most anomalous time step; ``start`` where there are no scores.
    score : float
        The highest score; NaN where there are no scores.
    severity : Severity
        The worst tier reached.
    channels : tuple of (name, share)
        Which channels caused it, and the share of the score of each; empty where that is not known.
    series : int, optional
        Index of the series in its collection; None for a recording.
    start_time, end_time, peak_time : datetime64 or pandas.Timestamp, optional
        Time stamps of the *first*, the *last* and the peak time step; with the time zone of the recording, if it has
        one, as a ``Timestamp``.
    known_at : int, optional
        Time step from which on the event was known, 0 or later: that at which the last window that the score of its
        first flagged time step comes from is complete, or the recording ends.
        It may lie before ``start``: an event is placed where most of its scores come from, not where the first does.
        None where that is not known: for series of a collection, and events read from a file without it.

    Raises
    ------
    DataError
        If not ``0 <= start <= peak < end``, or ``known_at`` is negative.

    Examples
    --------
    >>> event = Event(start=10, end=14, peak=12, score=0.9, severity=Severity.ALARM)
    >>> len(event)
    4
    >>> event.to_dict()["severity"]
    'alarm'
    >>> print(event)
    alarm, time steps 10 to 13, score 0.9
    """

    start: int
    end: int
    peak: int
    score: float = float("nan")
    severity: Severity = Severity.ALARM
    channels: tuple[tuple[str, float], ...] = ()
    series: int | None = None
    start_time: Stamp | None = None
    end_time: Stamp | None = None
    peak_time: Stamp | None = None
    known_at: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.peak < self.end:
            raise DataError(
                f"an event has 0 <= start <= peak < end, got start {self.start}, peak {self.peak}, end {self.end}"
            )
        if self.known_at is not None and self.known_at < 0:
            raise DataError(f"an event is known at time step 0 or later, got known_at {self.known_at}")

    def __len__(self) -> int:
        return self.end - self.start

    def __str__(self) -> str:
        times, steps = self.times(), f"time steps {self.start:,} to {self.end - 1:,}"
        where = f"series {self.series}" if self.series is not None else steps
        if times["start_time"] is not None and times["end_time"] is not None:
            where = f"{pd.Timestamp(times['start_time'])} to {pd.Timestamp(times['end_time'])}, {steps}"
        score = [] if np.isnan(self.score) else [f"score {self.score:.4g}"]
        cause = [self.cause] if len(self.channels) > 1 else []
        return ", ".join([self.severity.label, where, *score, *cause])

    @property
    def cause(self) -> str:
        """The three channels that are most to blame, with their shares of the score; the name alone of a single one.

        Examples
        --------
        >>> Event(0, 1, 0, channels=(("io", 0.25), ("cpu", 0.75))).cause
        '75% by cpu, 25% by io'
        >>> Event(0, 1, 0, channels=(("io", 0.001), ("cpu", 0.999))).cause
        '100% by cpu'
        """
        if len(self.channels) == 1:
            return self.channels[0][0]
        worst = sorted(self.channels, key=lambda pair: -pair[1])[:_NAMED]
        said = [f"{share:.0%} by {name}" for name, share in worst]
        # What rounds to nothing is none of the causes, unless all of many channels do.
        return ", ".join([one for one in said if not one.startswith("0%")] or said[:1])

    def with_times(self, timestamps: npt.NDArray[np.datetime64], zone: Zone | None = None) -> Self:
        """Return the event with the time stamps of its recording.

        Parameters
        ----------
        timestamps : array of shape (n_times,)
            In UTC where there is a zone.
        zone : Zone, optional
            That of the recording.
        """
        if self.end > len(timestamps):
            raise ShapeError(f"the event ends at time step {self.end}, got only {len(timestamps)} time stamps")
        first, last, peak = (stamp_of(timestamps[step], zone) for step in (self.start, self.end - 1, self.peak))
        return replace(self, start_time=first, end_time=last, peak_time=peak)

    def times(self) -> dict[str, Stamp | None]:
        """Return the time stamps by name; None also where one is NaT."""
        found = {key: getattr(self, key) for key in TIMES}
        return {key: None if time is None or pd.isna(time) else time for key, time in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return the event for JSON: severity as a word, times as ISO text, unknown values as None."""
        return {
            "start": int(self.start),
            "end": int(self.end),
            "peak": int(self.peak),
            "known_at": None if self.known_at is None else int(self.known_at),
            "score": _json_number(float(self.score)),
            "severity": self.severity.label,
            "channels": {name: _json_number(float(share)) for name, share in self.channels},
            "series": None if self.series is None else int(self.series),
            **{key: None if time is None else stamp_text(time) for key, time in self.times().items()},
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """Return an event from what :meth:`to_dict` returned; numbers may be text, other keys are ignored.

        Raises
        ------
        FormatError
            If ``start``, ``end``, ``peak`` or ``severity`` is missing, or a value is of the wrong type.

        Examples
        --------
        >>> event = Event(start=10, end=14, peak=12, channels=(("V1", 1.0),))
        >>> Event.from_dict(event.to_dict()).channels
        (('V1', 1.0),)
        """
        with failing_as(FormatError, "expected an event with start, end, peak and severity, got something else"):
            shares = dict(found.get("channels") or {})
            known = {key: found[key] for key in ("score", "series", "known_at", *TIMES) if found.get(key) is not None}
            return cls(
                start=_whole(found["start"]),
                end=_whole(found["end"]),
                peak=_whole(found["peak"]),
                score=_number(known.get("score", "nan")),
                severity=Severity[str(found["severity"]).upper()],
                channels=tuple((name, _number(share)) for name, share in shares.items() if share is not None),
                series=_whole(known["series"]) if "series" in known else None,
                known_at=_whole(known["known_at"]) if "known_at" in known else None,
                **{key: as_stamp(known[key]) for key in TIMES if key in known},
            )


def _json_number(value: float) -> float | str | None:
    """Return a number for JSON, which has only finite ones: NaN as None, infinity as text."""
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)


def _number(value: Any) -> float:
    return read_number(value) if isinstance(value, str) else float(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number) or abs(number) >= 2**53:  # from there on floats skip whole numbers
        raise ValueError(f"{value!r} is not a whole number")
    return int(number)
