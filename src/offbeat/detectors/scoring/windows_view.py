"""The view of detectors with a window: the windows of a recording."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.scoring.location import LONGEST, About, Blame, apart, together, within
from offbeat.detectors.scoring.stages import Folding, Stage
from offbeat.detectors.scoring.views import Explained, Flags, Found, Mask, Rows, Scores, View, Viewed, n_held_out
from offbeat.errors import ShapeError
from offbeat.estimators.inputs import as_recording
from offbeat.estimators.scaling import Scaler
from offbeat.events import Event, hysteresis
from offbeat.events.masks import events_of_runs
from offbeat.events.runs import Runs
from offbeat.series.bridging import bridged_parts
from offbeat.series.recording import FloatArray, Recording
from offbeat.series.timeline import long_steps
from offbeat.series.windows import Windows
from offbeat.thresholds import Budget, Threshold, Tiers

__all__ = ["WindowsView"]


@dataclass(frozen=True)
class WindowsView(View[Recording]):
    """Shows a recording as windows; each of its time steps gets a score.

    Parameters
    ----------
    windows : Windows
        With stride 1.
    length : int, optional
        Time steps of the windows that people chose, where those that a score depends on are longer.
    """

    windows: Windows
    length: int | None = None

    reads = "recordings"
    shows = "windows"
    if_too_few = "give more data, or a shorter window"

    @property
    def gap(self) -> int:
        """Time steps between flagged scores up to which they are of one event: a window as people know it."""
        return self.length or self.windows.span

    @property
    def described(self) -> str:
        """What its windows are, in words."""
        return f"windows of {self.windows.span} time steps"

    @property
    def max_gap(self) -> int:
        """How long a gap of a channel may be to be bridged."""
        return self.windows.max_gap

    def _as_data(self, X: Any) -> Recording:
        return as_recording(X)

    def _filled(self, data: Recording) -> FloatArray:
        return bridged_parts(data, self.max_gap)

    def _series(self, values: FloatArray) -> FloatArray:
        if self.length is not None and len(values) < self.windows.span:
            raise ShapeError(
                f"expected at least {self.windows.span} time steps, as many as a score depends on with a window of "
                f"{self.length}, got {len(values)}: give a longer recording, or fit with a shorter window"
            )
        return self.windows.slide(values)

    def _score_index(self, n_scores: int) -> Rows:
        return self.windows.ends(n_scores)

    def containing(self, marked: Mask) -> Mask:
        """Return which windows contain a marked time step."""
        if not marked.any():
            return np.zeros(self.windows.count(len(marked)), dtype=bool)
        before = np.concatenate([[0], np.cumsum(marked)])
        ends = self.windows.ends(len(marked)) + 1
        return np.asarray(before[ends] > before[ends - self.windows.span])

    def scaled(self, viewed: Viewed[Recording], scaler: Scaler) -> npt.NDArray[np.float32]:
        """Return the windows of the scaled recording: each value is scaled once, whatever windows it is in."""
        whole = scaler.apply(viewed.values.T[None])[0].T
        return np.asarray(self.windows.slide(whole), dtype=np.float32)

    def whole(self, viewed: Viewed[Recording]) -> Mask:
        """Return which windows lie in one of the recordings that are joined."""
        if len(viewed.data.parts) == 1:
            return np.ones(len(viewed), dtype=bool)
        starts, begins = np.arange(len(viewed)), np.array(viewed.data.begins)
        part = np.searchsorted(begins, starts, side="right") - 1
        lengths = np.array([len(each) for each in viewed.data.parts])
        return np.asarray(starts + self.windows.span <= (begins + lengths)[part])

    def located(self, viewed: Viewed[Recording], events: list[Event]) -> tuple[list[Event], Sequence[str]]:
        """Return events counted from the beginning of their recording, with its number and its times."""
        parts, begins = viewed.data.parts, viewed.data.begins
        if len(parts) == 1:
            return events, ()
        found = []
        for event in events:
            number = bisect_right(begins, event.peak) - 1
            begin, part = begins[number], parts[number]
            known_at = None if event.known_at is None else event.known_at - begin
            start, end = max(event.start - begin, 0), min(event.end - begin, len(part))
            moved = replace(event, start=start, end=end, peak=event.peak - begin, known_at=known_at, series=number)
            found.append(moved if part.timestamps is None else moved.with_times(part.timestamps, part.zone))
        return found, [part.name or f"recording {number}" for number, part in enumerate(parts)]

    def hold_out(self, viewed: Viewed[Recording], rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
        """Keep the last windows of each recording aside, and learn from those that do not overlap them."""
        kept = [part[max(0, len(part) - n_held_out(len(part), share)) :] for part in _by_part(viewed, rows)]
        return self._apart(viewed, rows, kept), np.concatenate([rows[:0], *kept])

    def folds(self, viewed: Viewed[Recording], rows: Rows, n: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Yield a part of the time of each recording after the other, and the windows that share no time with it."""
        parts = _by_part(viewed, rows)
        n = max(1, min(n, max(map(len, parts), default=0)))
        splits = [np.array_split(part, n) for part in parts]
        for fold in zip(*splits, strict=True):
            yield self._apart(viewed, rows, fold), np.concatenate(fold)

    def _apart(self, viewed: Viewed[Recording], rows: Rows, folds: Sequence[Rows]) -> Rows:
        """Return the rows that share no time step with a fold of their recording, of which there is one for each."""
        apart = [
            part[(part + self.windows.span <= fold[0]) | (part >= fold[-1] + self.windows.span)] if len(fold) else part
            for part, fold in zip(_by_part(viewed, rows), folds, strict=True)
        ]
        return np.concatenate([rows[:0], *apart])

    def kept(self, viewed: Viewed[Recording], rows: Rows) -> Rows:
        """Return the time steps from the end of the first window to that of the last."""
        return np.arange(viewed.score_index[rows[0]], viewed.score_index[rows[-1]] + 1)

    def groups(self, viewed: Viewed[Recording], rows: Rows) -> Rows:
        """Return nothing: a recording is of one host or patient."""
        return np.empty(0, dtype=np.intp)

    def overlap(self, n_times: int) -> int:
        """Return the time steps of a window: windows closer to each other share some."""
        return self.windows.span

    def default_threshold(self) -> Threshold:
        """Return one alarm a week."""
        return Budget(1)

    def default_tiers(self, threshold: Threshold) -> Tiers:
        """Return an alarm for whatever is flagged, and seven times the budget of alarms to watch, or one a day."""
        return Tiers((isinstance(threshold, Budget) and threshold.times(7)) or Budget(7), threshold)

    def span(self, n_times: int) -> int:
        """Return the time steps of a window, its horizon included."""
        return self.windows.span

    def n_features(self, n_channels: int, n_times: int) -> int:
        """Return the number of channels: a row of a recording is a time step."""
        return n_channels

    def stage(self, fold: str) -> Stage:
        """Return a stage that folds the scores of windows."""
        return Folding(self.windows, fold)

    def step(self, data: Recording) -> float | None:
        """Return the seconds between two time steps; None where the recording does not say."""
        return None if np.isnan(data.step) else float(data.step)

    def spans_gaps(self, data: Recording) -> bool:
        """Return whether rows follow each other across gaps in time so often that windows usually reach over one."""
        times = [each.timestamps for each in data.parts if each.timestamps is not None]
        n_gaps = sum(int(long_steps(part).sum()) for part in times)
        return n_gaps * self.windows.span >= sum(map(len, times)) > 0

    def fingerprints(self, train: FloatArray, held_out: FloatArray) -> npt.NDArray[np.uint64]:
        """Return nothing: windows are known by the stretch of the recording."""
        return np.empty(0, dtype=np.uint64)

    def stretches(self, *viewed: Viewed[Recording]) -> tuple[LearnedFrom, ...]:
        """Return what is kept of each recording, once."""
        recordings = {id(each.data): each.data for each in viewed}
        return tuple(LearnedFrom.of(part) for data in recordings.values() for part in data.parts)

    def flags(self, scores: Scores, threshold: Threshold, low: float | None) -> Flags:
        """Return 1 above the threshold, and where scores stay above ``low`` after that."""
        return threshold.predict(scores) if low is None else hysteresis(scores, threshold.value_, low)

    def explained(
        self, viewed: Viewed[Recording], scores: Scores, after: range, explained: Iterable[Explained]
    ) -> tuple[FloatArray, FloatArray]:
        """Return what the windows about a time step expected there, and the share of each channel in its score."""
        about = About(viewed.n_scores, len(viewed.data.channels), after)
        for rows, expected, shares in explained:
            about.add(viewed.score_index[rows], expected, shares)
        return about.expected(), about.shares(scores)

    def to_explain(self, viewed: Viewed[Recording], found: Found) -> Mask:
        """Return the windows that the scores of flagged time steps come from."""
        wanted = within(found.flags == 1, 0, len(found.after) - 1)
        return viewed.scored & wanted[viewed.score_index - found.after.start]

    def events(self, viewed: Viewed[Recording], found: Found, explained: Iterable[Explained]) -> list[Event]:
        """Return the runs of flagged time steps, each at the time steps to blame for its scores."""
        gap = self.gap if found.merge_gap is None else found.merge_gap
        runs = Runs.of_mask(found.flags == 1).joined(gap).at_least(found.min_length)
        if not len(runs):
            return []
        parts, of_run = runs.parts(LONGEST * self.windows.span, found.flags == 1)
        blame = Blame(parts, span=self.windows.span, after=found.after, start=found.start)
        about = About(viewed.n_scores, len(found.channels), found.after)
        for rows, expected, shares in explained:
            blame.add(viewed.score_index[rows], shares)
            about.add(viewed.score_index[rows], expected, shares)
        causes = about.shares(found.scores)
        causes[found.flags == 0] = np.nan
        flagged = events_of_runs(parts, found.scores, tiers=found.tiers, shares=causes, channels=found.channels)
        # No window after the recording adds to the scores of its last time steps.
        last = viewed.n_scores - 1
        placed = [
            replace(event, start=start, end=end, peak=peak, known_at=min(event.start + found.delay, last))
            for event, (start, end, peak) in zip(flagged, blame.stretches(found.scores, self.gap), strict=True)
        ]
        times, zone = viewed.data.timestamps, viewed.data.zone
        events = apart(together(placed, of_run.tolist()))
        return [event if times is None else event.with_times(times, zone) for event in events]


def _by_part(viewed: Viewed[Recording], rows: Rows) -> list[Rows]:
    """Return the rows that begin in each of the recordings that are joined; they are in order."""
    return np.split(rows, np.searchsorted(rows, viewed.data.begins[1:]))
