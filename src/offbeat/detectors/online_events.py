"""The events of a stream: known when they begin, and placed when they are over, as ``detect`` places them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.detectors.scorer import BATCH, Scorer
from offbeat.detectors.scoring.location import (
    AT_ONCE,
    LONGEST,
    About,
    Flagged,
    apart,
    blame_of,
    both,
    channel_shares,
    stretch_of,
    within,
)
from offbeat.detectors.scoring.views import Flags, Rows, Scores
from offbeat.errors import ModelError, failing_as
from offbeat.estimators.folder import Arrays, array_of
from offbeat.events import Event
from offbeat.events.masks import named_shares
from offbeat.events.severity import Severity
from offbeat.series.bridging import bridged
from offbeat.series.recording import FloatArray
from offbeat.series.zones import Stamp, Times, Zone, as_zone, stamp_of

__all__ = ["FlaggedRun", "OnlineEvents"]

_Explained = tuple[int, FloatArray | None, Scores]
"""A time step, how much the steps of the first window that its score comes from are to blame, None where there is none,
and the score of each channel."""


class FlaggedRun(NamedTuple):
    """What is known of an open event without placing it."""

    known_at: int
    n_steps: int
    """Time steps from its first flagged one to its last."""
    score: float
    severity: int


@dataclass
class _Part:
    """A run of flagged time steps so far, or the last part of a long one."""

    start: int
    end: int
    """One after the last flagged time step."""
    severity: int
    gap_severity: int
    """The worst since the last flagged one: part of the event only if it goes on."""
    causes: Scores
    sums: Scores
    counts: Scores
    levels: Scores
    """The score of each time step from the start, and then zeros."""

    def flag(self, step: int, score: float, severity: int) -> None:
        self._keep(step, score)
        self.severity = max(self.severity, self.gap_severity, severity)
        self.end, self.gap_severity = step + 1, 0

    def pass_over(self, step: int, score: float, severity: int) -> None:
        self._keep(step, score)
        self.gap_severity = max(self.gap_severity, severity)

    def _keep(self, step: int, score: float) -> None:
        if step - self.start >= len(self.levels):
            self.levels = _of_length(2 * len(self.levels), self.levels)
        self.levels[step - self.start] = score

    @property
    def scores(self) -> FloatArray:
        """The score of each time step up to the last flagged one."""
        return self.levels[: self.end - self.start]

    @property
    def score(self) -> float:
        """The highest of them."""
        return float(np.fmax.reduce(self.scores))

    def blame(self, end: int, blame: FloatArray) -> None:
        """Add the blame of a window that ends before an index of the sums."""
        if end > len(self.sums):
            self.sums, self.counts = _of_length(2 * end, self.sums), _of_length(2 * end, self.counts)
        self.sums[end - len(blame) : end] += blame
        self.counts[end - len(blame) : end] += 1


def _of_length(n: int, mass: Scores) -> Scores:
    return np.append(mass[:n], np.zeros(max(0, n - len(mass))))


def _finite(causes: FloatArray) -> FloatArray:
    """Return causes with 0 where there is no score; infinite scores stay."""
    return np.where(np.isnan(causes), 0.0, causes)


class OnlineEvents:
    """Turns the flags of a stream into the events that :meth:`offbeat.Detector.detect` gives for the whole recording.

    It remembers how much each time step of the open event is to blame, for at most 64 windows: ``detect`` places longer
    events in parts of that length, too.

    Parameters
    ----------
    scorer : Scorer
        Of the fitted detector; explains the windows of events.
    channels : tuple of str
        The names of the channels.
    span : int
        Time steps of a window.
    after : range
        How many time steps after a time step the windows end that its score comes from.
    gap : int
        Time steps between flagged scores up to which they are of one event; no fewer than ``after`` is long.

    Attributes
    ----------
    settled : list of Event
        What the last ``push`` or ``finish`` settled.
    known_at : int or None
        When the open event was known; None where none is open.
    n_seen : int
        Time steps seen.
    """

    def __init__(self, scorer: Scorer, channels: tuple[str, ...], span: int, after: range, gap: int) -> None:
        self._scorer, self._channels, self._span, self._after, self._gap = scorer, channels, span, after, gap
        self._delay, self._offset, self._later = after.stop - 1, after.start, len(after) - 1
        self.settled: list[Event] = []
        self.known_at: int | None = None
        self._part: _Part | None = None
        self._earlier: Event | None = None
        """The parts of the open event before its last one."""
        self._pending: list[Event] = []
        self._times: Times = np.empty(0, dtype="datetime64[s]")
        self._zone: Zone | None = None
        self.n_seen = 0

    @property
    def open_event(self) -> Event | None:
        """The open event, placed by what is known of it so far; None where none is open."""
        return None if self._part is None else self._placed(self._part)

    @property
    def run(self) -> FlaggedRun | None:
        """The open event as far as it is known without placing it; None where none is open."""
        part, earlier = self._part, self._earlier
        if part is None:
            return None
        first = part.start if earlier is None else min(part.start, earlier.start)
        score = float(part.score if earlier is None else np.fmax(part.score, earlier.score))
        worst = part.severity if earlier is None else max(part.severity, int(earlier.severity))
        severity = max(worst, int(Severity.WATCH))
        return FlaggedRun(int(self.known_at or 0), part.end - first, score, severity)

    @property
    def closing(self) -> list[Event]:
        """The events that are over, but may still be joined with a later one."""
        return list(self._pending)

    def push(
        self,
        known: FloatArray,
        scores: Scores,
        flags: Sequence[int] | Flags,
        severities: Sequence[int] | Flags,
        times: Times | None = None,
        zone: Zone | None = None,
    ) -> None:
        """Take the next scores and what was decided about them.

        Parameters
        ----------
        known : array of shape (n_known, n_channels)
            The newest values: those that the scores came with, and before them the delay, a window, and as many time
            steps as a gap may have that is bridged.
        scores, flags, severities : array of shape (n_times,)
            One for each new value, about the time step ``delay`` before it.
        times : array of shape (n_times,), optional
            ``datetime64`` of each new value, in UTC where there is a zone.
        zone : Zone, optional
            Of these times.
        """
        self.n_seen += len(scores)
        self.settled = []
        self._add_times(len(scores), times)
        # An event that is open when the clocks change gets the newer offset throughout.
        self._zone = zone or self._zone
        if self._part is not None or self._pending or np.any(flags):
            first = self.n_seen - self._delay - len(scores)
            self._take(known, first, scores, np.asarray(flags), np.asarray(severities))
        self._times = self._times[-self._n_kept :]

    def finish(self, known: FloatArray) -> list[Event]:
        """Settle what is open, as nothing comes any more, and return the events."""
        self.settled = []
        # The last windows have no time step of their own that gets a score, but may be to blame.
        nothing = np.zeros(self._delay, dtype=np.int64)
        self._take(known, self.n_seen - self._delay, np.full(self._delay, np.nan), nothing, nothing)
        if self._part is not None:
            self._close(self._part)
        self._settle_before(self.n_seen + self._span)
        return self.settled

    def _take(self, known: FloatArray, first: int, scores: Scores, flags: Flags, severities: Flags) -> None:
        """Take scores from a time step on."""
        flagged, explained = np.flatnonzero(flags), self._explanations(known, first, scores, flags)
        newest = next(explained, None)
        at = 0
        while at < len(scores):
            if self._part is None:
                following = flagged[np.searchsorted(flagged, at) :]
                if not len(following):
                    break
                at = int(following[0])
            step, score, severity = first + at, float(scores[at]), int(severities[at])
            part = self._flagged(step, score, severity) if flags[at] else self._part
            assert part is not None
            if not flags[at]:
                part.pass_over(step, score, severity)
            if newest is not None and newest[0] == step:
                if newest[1] is not None:
                    part.blame(step + self._offset + 1 - self._first(part), newest[1])
                if flags[at]:
                    part.causes += newest[2]
                newest = next(explained, None)
            at += 1
            if first + at - part.end > self._gap:
                self._close(part)
                self._settle_before(first + at)
        self._settle_before(first + len(scores) if self._part is None else self._part.start)

    def _flagged(self, step: int, score: float, severity: int) -> _Part:
        """Return the part that a flagged time step belongs to, with it."""
        part = self._part
        if part is not None and step >= part.start + LONGEST * self._span:
            self._earlier, part = self._placed(part, end=step), None
        if self.known_at is None:
            self.known_at = step + self._delay
        if part is None:
            zeros = np.zeros(self._span + self._delay)
            causes = np.zeros(len(self._channels))
            part = self._part = _Part(step, step, 0, 0, causes, zeros, zeros.copy(), zeros.copy())
        part.flag(step, score, severity)
        return part

    def _explanations(self, known: FloatArray, first: int, scores: Scores, flags: Flags) -> Iterator[_Explained]:
        """Yield the explanation of each flagged time step, and of the later ones that share windows with one."""
        wanted = within(flags == 1, 0, self._later)
        if self._part is not None:
            wanted[: max(0, self._part.end + self._later - first)] = True
        steps = np.flatnonzero(wanted)
        if not len(steps):
            return
        if self._after == AT_ONCE:
            yield from self._explained_at_once(known, first, steps, scores)
            return
        viewed, at_first = self._scorer.view.read(known), first - (self.n_seen - len(known))
        begin = at_first + self._offset
        ends = np.zeros(len(known) + self._later, dtype=bool)
        ends[begin + steps] = True
        # The score of a flagged time step comes from windows that end later, too.
        ends[begin:] |= within(np.append(flags == 1, np.zeros(len(ends) - begin - len(flags))) == 1, 0, self._later)
        about, done = About(len(known), len(self._channels), self._after), 0
        blame: dict[int, FloatArray] = {}
        for row, batch in self._scorer.batches(viewed, ends[viewed.score_index] & viewed.scored):
            expected, shares = self._scorer.explain(batch)
            about.add(viewed.score_index[row], expected, shares)
            blame |= dict(zip((viewed.score_index[row] - begin).tolist(), blame_of(shares), strict=True))
            known_of = int(np.searchsorted(steps, viewed.score_index[row[-1]] - begin - self._later, side="right"))
            yield from self._explained(first, steps[done:known_of], about, blame, scores, at_first)
            done = max(done, known_of)
        yield from self._explained(first, steps[done:], about, blame, scores, at_first)

    def _explained_at_once(self, known: FloatArray, first: int, steps: Rows, scores: Scores) -> Iterator[_Explained]:
        """Yield the explanations of steps whose scores come from the one window that ends there."""
        windows = sliding_window_view(bridged(known, self._scorer.view.max_gap), self._span, axis=0)
        ends = steps + first - (self.n_seen - len(known))
        begins, in_gap = ends - self._span + 1, np.asarray(np.isnan(known[ends]).any(axis=1))
        for start in range(0, len(steps), BATCH):
            part = slice(start, start + BATCH)
            values = windows[begins[part]]
            whole = np.flatnonzero(~np.isnan(values).any(axis=(1, 2)) & ~in_gap[part])
            causes, blame = np.zeros(values.shape[:2]), dict[int, FloatArray]()
            if len(whole):
                shares = self._scorer.explain(self._scorer.scale(values[whole]))[1]
                causes[whole] = shares.sum(axis=2)
                blame = dict(zip(whole.tolist(), blame_of(shares), strict=True))
            found = _finite(channel_shares(causes, scores[steps[part]]))
            for row, (step, cause) in enumerate(zip(steps[part].tolist(), found, strict=True)):
                yield first + step, blame.get(row), cause

    def _explained(
        self, first: int, steps: Rows, about: About, blame: dict[int, FloatArray], scores: Scores, at_first: int
    ) -> Iterator[_Explained]:
        """Yield the explanation of some steps after the first, all of whose windows are there; forget their blame."""
        causes = _finite(about.shares(scores[steps], at_first + steps))
        for step, cause in zip(steps.tolist(), causes, strict=True):
            yield first + step, blame.pop(step, None), cause

    def _first(self, part: _Part) -> int:
        """Return the first time step that may be to blame."""
        return max(0, part.start + self._offset - self._span + 1)

    def _masses(self, part: _Part, end: int | None = None) -> tuple[FloatArray, FloatArray]:
        last = part.end + self._later if end is None else min(part.end + self._later, end)
        n = last + self._offset - self._first(part)
        return _of_length(n, part.sums), _of_length(n, part.counts)

    def _placed(self, part: _Part, end: int | None = None) -> Event:
        """Return the open event, with the part where it is to blame; ``end`` is where the next part begins."""
        run = Flagged(part.start, part.scores, self._span, self._after)
        start, stop, peak = stretch_of(self._first(part), *self._masses(part, end), run, self._scorer.view.gap)
        placed = Event(
            start,
            stop,
            peak,
            score=part.score,
            severity=Severity(max(part.severity, Severity.WATCH)),
            channels=named_shares(part.causes[None], self._channels)[0],
            known_at=self.known_at,
            start_time=self._time(start),
            end_time=self._time(stop - 1),
            peak_time=self._time(peak),
        )
        return placed if self._earlier is None else both(self._earlier, placed)

    def _close(self, part: _Part) -> None:
        self._pending = apart([*self._pending, self._placed(part)])
        self._part = self._earlier = self.known_at = None

    def _settle_before(self, start: int) -> None:
        """Settle what no event that is flagged from a time step on, or later, can touch."""
        while self._pending and self._pending[0].end < start - self._span + 1:
            self.settled.append(self._pending.pop(0))

    def _add_times(self, n: int, times: Times | None) -> None:
        if times is None and not len(self._times):
            return
        new = np.full(n, np.datetime64("NaT"), dtype=self._times.dtype) if times is None else times
        self._times = np.concatenate([self._times, new])

    @property
    def _n_kept(self) -> int:
        """How many of the newest time steps may be part of an event that is open, or begins now."""
        newest = self._span + self._delay
        return newest if self._part is None else max(newest, self.n_seen - self._first(self._part))

    def _time(self, step: int) -> Stamp | None:
        at = len(self._times) - (self.n_seen - step)
        return None if at < 0 or np.isnat(self._times[at]) else stamp_of(self._times[at], self._zone)

    def arrays(self) -> Arrays:
        """Return what is remembered of events that are not settled."""
        part = self._part
        empty = np.empty(0)
        run: list[int] = []
        if part is not None:
            run = [int(self.known_at or 0), part.start, part.end, part.severity, part.gap_severity]
        placed: dict[str, Any] = {
            "earlier": None if self._earlier is None else self._earlier.to_dict(),
            "pending": [event.to_dict() for event in self._pending],
            "clock": self._times.dtype.name,
            "zone": None if self._zone is None else self._zone.newest,
        }
        sums, counts = (empty, empty) if part is None else self._masses(part)
        return {
            "n_seen": np.array([self.n_seen], dtype=np.int64),
            "run": np.array(run, dtype=np.int64),
            "levels": empty if part is None else part.levels[: self.n_seen - self._delay - part.start],
            "causes": empty if part is None else part.causes,
            "sums": sums,
            "counts": counts,
            "times": self._times.astype(np.int64),
            "placed": np.frombuffer(json.dumps(placed).encode(), dtype=np.uint8),
        }

    def of_today(self, saved: Arrays) -> Arrays:
        """Return what version 0.1.0 saved as it would be saved today: it kept one score of an event, and not each."""
        if "causes" in saved:
            return saved
        run, levels = saved["run"], saved["levels"]
        if not len(run):
            return {**saved, "causes": levels}
        start, end = int(run[1]), int(run[2])
        scores = np.full(int(saved["n_seen"][0]) - self._delay - start, levels[1])
        scores[: end - start] = levels[0]
        return {**saved, "levels": scores, "causes": levels[2:]}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it is not what such a stream remembers.
        """
        run, times = array_of(arrays, "run", None, kinds="i"), array_of(arrays, "times", None, kinds="i")
        self.n_seen = int(array_of(arrays, "n_seen", 1, kinds="i")[0])
        placed = json.loads(array_of(arrays, "placed", None, kinds="u").tobytes())
        self._earlier = None if placed["earlier"] is None else Event.from_dict(placed["earlier"])
        self._pending = [Event.from_dict(event) for event in placed["pending"]]
        clock = np.dtype(placed["clock"])
        if clock.kind != "M":
            raise ModelError(f"expected times as datetime64, got {clock}")
        with failing_as(ModelError, "expected the time zone of a stream, got something else"):
            self._times, self._zone = times.astype(clock), as_zone(placed.get("zone"))
        if len(run):
            self.known_at, start, end, severity, gap_severity = run.tolist()
            levels = array_of(arrays, "levels", self.n_seen - self._delay - start, gaps=True)
            causes = array_of(arrays, "causes", len(self._channels))
            n = end + self._delay - max(0, start + self._offset - self._span + 1)
            sums, counts = array_of(arrays, "sums", n), array_of(arrays, "counts", n)
            worst = int(Severity(severity)), int(Severity(gap_severity))
            self._part = _Part(start, end, *worst, causes.copy(), sums, counts, levels.copy())
        self._require_sound()

    def _require_sound(self) -> None:
        """Refuse what no stream comes to."""
        part, decided = self._part, self.n_seen - self._delay
        newest = [event.end - 1 for event in self._placed_before()]
        sound = len(self._times) <= self._n_kept and max(newest, default=-1) < max(self.n_seen, 0)
        sound &= self._pending == apart(self._pending) and len(self._pending) <= self._span
        if part is not None:
            # Windows that end later are about time steps before the first one ends.
            earliest = self._span - 1 - self._delay
            run = self.known_at is not None and earliest <= self.known_at - self._delay <= part.start
            sound &= run and part.start < part.end <= min(decided, part.start + LONGEST * self._span)
            sound &= decided - part.end <= self._gap and not np.isnan(part.score)
            sound &= bool((part.sums >= 0).all() and (part.counts >= 0).all())
        if not sound or (part is None and self._earlier is not None):
            raise ModelError("expected an open event of the last time steps, got something else")

    def _placed_before(self) -> list[Event]:
        return [*self._pending, *([] if self._earlier is None else [self._earlier])]
