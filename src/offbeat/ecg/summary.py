"""The rhythm of a record in numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from offbeat.ecg.episodes import Episode
from offbeat.ecg.sequences import Pause, Run
from offbeat.tables import json_ready

__all__ = ["RhythmSummary"]


@dataclass(frozen=True)
class RhythmSummary:
    """The rhythm of a record in numbers. What is undefined, such as the rate of a single beat, is NaN.

    Parameters
    ----------
    beats : int
        How many were found.
    counts : mapping of str to int
        How many of each class: N, S, V, F, Q, and ``""`` for those without a class.
    duration_s, readable_s, unreadable_s : float
        Length of the record and of its parts, seconds.
    doubtful_s : float
        Readable time whose signal is poor, so that beats may be missed or misnamed there, seconds.
    mean_rate, min_rate, max_rate : float
        Heart rate of all beats, per minute: over all intervals, and the lowest and highest over ``rate_beats``
        intervals in a row. Intervals that overlap unreadable time do not count; for the lowest and highest neither do
        those that overlap doubtful time.
    min_rate_s, max_rate_s : float
        When those intervals began, seconds.
    mean_nn_rate : float
        Heart rate between normal beats, per minute.
    sdnn_ms, rmssd_ms : float
        Standard deviation of the intervals between normal beats, and root mean square of the difference from one to
        the next, milliseconds (Task Force of the ESC and NASPE 1996). Intervals below 0.3 s, pauses and those in
        a doubtful signal are left out.
    v_burden, s_burden : float
        Share of all beats that are V, and that are S, 0 to 1; NaN where no beat has a class.
    pairs : tuple of Run
        Couplets: exactly two V, or exactly two S, in a row, in order of time.
    runs : tuple of Run
        Three or more V or S beats in a row, in order of time.
    patterns : tuple of Run
        Stretches of bigeminy and trigeminy, at least three whole repeats each, in order of time.
    episodes : tuple of Episode
        The rhythms, one after the other, in order of time.
    af_burden : float
        Share of the time of all episodes in which the atria fibrillate or flutter, 0 to 1.
    pauses : tuple of Pause
        Intervals longer than ``pause_s``, in order of time.
    pause_s : float
        From how many seconds an interval is a pause.
    """

    beats: int
    counts: Mapping[str, int]
    duration_s: float
    readable_s: float
    unreadable_s: float
    doubtful_s: float
    mean_rate: float
    min_rate: float
    max_rate: float
    min_rate_s: float
    max_rate_s: float
    mean_nn_rate: float
    sdnn_ms: float
    rmssd_ms: float
    v_burden: float
    s_burden: float
    pairs: tuple[Run, ...]
    runs: tuple[Run, ...]
    patterns: tuple[Run, ...]
    episodes: tuple[Episode, ...]
    af_burden: float
    pauses: tuple[Pause, ...]
    pause_s: float

    @property
    def couplets(self) -> dict[str, int]:
        """How many times exactly two V, and exactly two S, came in a row."""
        return {name: sum(pair.pattern == name for pair in self.pairs) for name in "VS"}

    @property
    def longest_pause_s(self) -> float:
        """Length of the longest pause in seconds, NaN where there is none."""
        return max((pause.length_s for pause in self.pauses), default=math.nan)

    def longest_run(self, beat_class: str) -> Run | None:
        """Return the run of that class with the most beats, the first of them, or None where there is none."""
        return max((run for run in self.runs if run.pattern == beat_class), key=lambda run: run.beats, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON, NaN as None."""
        rates = {name: [{**asdict(run), "rate": run.rate} for run in getattr(self, name)] for name in ("runs", "pairs")}
        derived = {"couplets": self.couplets, "longest_pause_s": self.longest_pause_s}
        plain: dict[str, Any] = json_ready({**asdict(self), **rates, **derived})
        return plain
