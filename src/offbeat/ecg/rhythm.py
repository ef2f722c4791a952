"""Summary of the beats of a record: rates, ectopic beats, runs and pauses, for the whole record and by the hour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from offbeat.ecg.episodes import Episode, episodes_of
from offbeat.ecg.sequences import PATTERNS, BeatSequence, Bools, Integers, Pause, Run
from offbeat.ecg.summary import RhythmSummary
from offbeat.errors import ParameterError
from offbeat.records.aami import CLASSES, PACED
from offbeat.series.arrays import FloatArray
from offbeat.tables import Table
from offbeat.words import clock

__all__ = ["Episode", "Pause", "RhythmSummary", "Run", "hourly", "rhythm_summary"]

_HOUR = 3600.0
_TITLES = {_HOUR: "Hour by hour", 60.0: "Minute by minute"}
_SHORTEST_NN = 0.3  # seconds; what is shorter is a beat found twice

Span = Sequence[Any]


def rhythm_summary(
    beats: pd.DataFrame,
    duration_s: float,
    unreadable: Iterable[Span] = (),
    *,
    pause_s: float = 2.0,
    rate_beats: int = 8,
) -> RhythmSummary:
    """Summarise the beats of a record. The time it takes grows with the number of beats.

    Parameters
    ----------
    beats : pandas.DataFrame, one row a beat
        With the columns ``time_s`` (seconds since the start, rising) and ``class`` (N, S, V, F, Q, or empty); where
        there are ``fibrillation`` (its probability), ``confidence`` (of the class) and ``symbol`` (``/`` for a paced
        beat), the rhythms are named by them, too.
    duration_s : float
        Length of the record, seconds.
    unreadable : iterable of (start_s, stop_s) or (start_s, stop_s, reason)
        Where no beats could be found. No interval, run or pause reaches across.
    pause_s : float
        An interval longer than this many seconds is a pause.
    rate_beats : int
        Over how many intervals in a row the lowest and highest rates are taken.

    Returns
    -------
    RhythmSummary
        NaN where a figure is undefined.

    Raises
    ------
    DataError
        If a column is missing, the beats are not in order of time or outside the record, or a span ends before it
        starts.
    ParameterError
        If the duration is negative, or a setting is not above 0.

    Examples
    --------
    >>> times = np.arange(1.0, 31.0)
    >>> table = pd.DataFrame({"time_s": times, "class": ["N"] * 20 + ["V"] * 3 + ["N"] * 7})
    >>> rhythm = rhythm_summary(table, duration_s=32, unreadable=[(5.2, 5.8, "noise")])
    >>> rhythm.mean_rate, rhythm.v_burden, rhythm.longest_run("V")
    (60.0, 0.1, Run(pattern='V', start_s=21.0, stop_s=23.0, beats=3))
    """
    _check_settings(pause_s, rate_beats)
    sequence = BeatSequence.of(beats, duration_s, unreadable)
    counts = _counts(sequence)
    known = len(sequence) > counts[""]
    figures: dict[str, Any] = _rates(sequence, rate_beats) | _variability(sequence, pause_s)
    return RhythmSummary(
        beats=len(sequence),
        counts=counts,
        duration_s=sequence.duration,
        readable_s=sequence.duration - sequence.unreadable,
        unreadable_s=sequence.unreadable,
        doubtful_s=float(sequence.doubtful_between(np.array([0.0, sequence.duration])).sum()),
        v_burden=counts["V"] / len(sequence) if known else math.nan,
        s_burden=counts["S"] / len(sequence) if known else math.nan,
        **figures,
        **_rhythms(sequence, beats),
        pauses=_pauses(sequence, pause_s),
        pause_s=pause_s,
    )


def _rhythms(sequence: BeatSequence, beats: pd.DataFrame) -> dict[str, Any]:
    """Return the figures about what several beats make together: couplets, runs, patterns, episodes."""
    in_row = {name: sequence.runs(name) for name in "VS"}
    patterns = [run for period in PATTERNS for run in sequence.periodic(period)]
    ectopic = [run for runs in in_row.values() for run in runs if run.beats > 2]
    fibrillation, confidence = (_optional(beats, name) for name in ("fibrillation", "confidence"))
    paced = (beats["symbol"] == PACED).to_numpy(bool) if "symbol" in beats else np.zeros(len(beats), bool)
    episodes = episodes_of(sequence, fibrillation, confidence, paced, ectopic, patterns)
    return {
        "pairs": _in_order(run for runs in in_row.values() for run in runs if run.beats == 2),
        "runs": _in_order(ectopic),
        "patterns": _in_order(patterns),
        "episodes": episodes,
        "af_burden": _burden(episodes, "AFIB"),
    }


def _check_settings(pause_s: float, rate_beats: int) -> None:
    if not pause_s > 0:
        raise ParameterError(f"a pause is longer than pause_s seconds, above 0, got pause_s={pause_s}")
    if rate_beats < 1:
        raise ParameterError(f"rates are taken over rate_beats intervals, 1 or more, got {rate_beats}")


def _in_order(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(sorted(runs, key=lambda run: run.start_s))


def _optional(beats: pd.DataFrame, column: str) -> FloatArray:
    return beats[column].to_numpy(np.float64) if column in beats else np.full(len(beats), np.nan)


def _burden(episodes: Iterable[Episode], rhythm: str) -> float:
    """Return the share of the time of all episodes that is of one rhythm."""
    lengths = [(episode.stop_s - episode.start_s, episode.rhythm == rhythm) for episode in episodes]
    total = sum(length for length, _ in lengths)
    return sum(length for length, named in lengths if named) / total if total else math.nan


def _counts(sequence: BeatSequence) -> dict[str, int]:
    return {name: int(np.sum(sequence.classes == name)) for name in (*CLASSES, "")}


def _rates(sequence: BeatSequence, rate_beats: int) -> dict[str, float]:
    whole = sequence.intervals()[sequence.joined()]
    rates, starts = _window_rates(sequence, rate_beats)
    lowest, highest = (int(rates.argmin()), int(rates.argmax())) if rates.size else (-1, -1)
    at = sequence.times[starts]
    return {
        "mean_rate": 60.0 * len(whole) / float(whole.sum()) if whole.size else math.nan,
        "min_rate": float(rates[lowest]) if rates.size else math.nan,
        "max_rate": float(rates[highest]) if rates.size else math.nan,
        "min_rate_s": float(at[lowest]) if rates.size else math.nan,
        "max_rate_s": float(at[highest]) if rates.size else math.nan,
    }


def _window_rates(sequence: BeatSequence, rate_beats: int) -> tuple[FloatArray, Integers]:
    """Return the rate over each ``rate_beats`` clear intervals in a row, and the first beat of each."""
    lost = np.append(0, np.cumsum(~sequence.clear()))
    starts = np.flatnonzero(lost[rate_beats:] == lost[:-rate_beats])
    rates = 60.0 * rate_beats / (sequence.times[starts + rate_beats] - sequence.times[starts])
    return rates, starts


def _variability(sequence: BeatSequence, pause_s: float) -> dict[str, float]:
    intervals = sequence.intervals()
    between: Bools = sequence.normal() & sequence.clear() & (intervals >= _SHORTEST_NN) & (intervals <= pause_s)
    kept = intervals[between]
    steps = np.diff(intervals)[between[1:] & between[:-1]]
    return {
        "mean_nn_rate": 60.0 / float(kept.mean()) if kept.size else math.nan,
        "sdnn_ms": 1000.0 * float(kept.std(ddof=1)) if kept.size > 1 else math.nan,
        "rmssd_ms": 1000.0 * float(np.sqrt(np.mean(steps**2))) if steps.size else math.nan,
    }


def _pauses(sequence: BeatSequence, pause_s: float) -> tuple[Pause, ...]:
    intervals, clear = sequence.intervals(), sequence.clear()
    long = np.flatnonzero((intervals > pause_s) & sequence.joined())
    return tuple(Pause(float(sequence.times[at]), float(intervals[at]), not clear[at]) for at in long)


def hourly(
    beats: pd.DataFrame,
    duration_s: float,
    unreadable: Iterable[Span] = (),
    *,
    pause_s: float = 2.0,
    rate_beats: int = 8,
    step_s: float = _HOUR,
) -> Table:
    """Return the summary by the hour: beats, rates, classes, pauses and unreadable minutes, one row an hour begun.

    Parameters are those of :func:`rhythm_summary`, and ``step_s``: the seconds of a row, other than an hour for a short
    record. An interval, and a stretch over which a rate is taken, belongs to the hour in which it ends; a pause to that
    in which it begins.

    Returns
    -------
    Table
        Columns hour (from 0; of another step "from", as h:mm:ss), beats, mean rate, lowest, highest (per minute), N, S,
        V, F, Q, no class, pauses, unreadable (min). Rates are NaN where they are undefined.

    Raises
    ------
    DataError, ParameterError
        As :func:`rhythm_summary`.

    Examples
    --------
    >>> table = pd.DataFrame({"time_s": np.arange(3000.0, 4000), "class": ["N"] * 999 + ["V"]})
    >>> for row in hourly(table, 5400, [(4200, 4500, "lead off")]).cells():
    ...     print(*row)
    0 600 60.0 60.0 60.0 600 0 0 0 0 0 0 0.0
    1 400 60.0 60.0 60.0 399 0 1 0 0 0 0 5.0
    """
    _check_settings(pause_s, rate_beats)
    if not step_s > 0:
        raise ParameterError(f"a row is of more than 0 seconds, got step_s={step_s}")
    sequence = BeatSequence.of(beats, duration_s, unreadable)
    rows = max(math.ceil(sequence.duration / step_s), int(len(sequence) > 0))
    first = {"hour": list(range(rows))} if step_s == _HOUR else {"from": [clock(row * step_s) for row in range(rows)]}
    columns = {**first, **_columns_by_step(sequence, rows, step_s, pause_s, rate_beats)}
    formats = ["", "", ".1f", ".1f", ".1f", *[""] * 7, ".1f"]
    note = f"Rates are beats per minute, the lowest and highest of them over {rate_beats} intervals in a row."
    title = _TITLES.get(step_s, f"Every {step_s / 60:g} minutes")
    return Table(title, list(columns), list(zip(*columns.values(), strict=True)), formats, note)


def _columns_by_step(
    sequence: BeatSequence, rows: int, step_s: float, pause_s: float, rate_beats: int
) -> dict[str, list[Any]]:
    def row_of(times: FloatArray) -> Integers:
        # a beat at the very end of a full hour is still of that hour
        return np.minimum((times // step_s).astype(np.int64), max(rows - 1, 0))

    def counted(times: FloatArray) -> list[int]:
        return [int(count) for count in np.bincount(row_of(times), minlength=rows)]

    intervals, joined = sequence.intervals(), sequence.joined()
    rates, starts = _window_rates(sequence, rate_beats)
    ends = row_of(sequence.times[starts + rate_beats])
    lowest, highest = np.full(rows, np.nan), np.full(rows, np.nan)
    np.fmin.at(lowest, ends, rates)
    np.fmax.at(highest, ends, rates)
    edges = np.append(np.arange(rows) * step_s, sequence.duration)
    named = [*CLASSES, ""]
    return {
        "beats": counted(sequence.times),
        "mean rate": _mean_rates(intervals[joined], row_of(sequence.times[1:][joined]), rows),
        "lowest": lowest.tolist(),
        "highest": highest.tolist(),
        **{name or "no class": counted(sequence.times[sequence.classes == name]) for name in named},
        "pauses": counted(sequence.times[:-1][(intervals > pause_s) & joined]),
        "unreadable (min)": (sequence.unreadable_between(edges) / 60).tolist() if rows else [],
    }


def _mean_rates(intervals: FloatArray, row: Integers, rows: int) -> list[float]:
    total = np.bincount(row, weights=intervals, minlength=rows)
    count = np.bincount(row, minlength=rows)
    rates: FloatArray = np.divide(60.0 * count, total, out=np.full(rows, np.nan), where=count > 0)
    return [float(rate) for rate in rates]
