"""Which part of a recording a detector was fitted on, so that only the rest is evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.app.rounding import Written, near
from offbeat.detectors.base import Detector
from offbeat.detectors.learned_from import LAST_KEPT, LearnedFrom, digest_of, microseconds
from offbeat.errors import DataError
from offbeat.series.recording import Recording

__all__ = ["Learned", "learned_part"]

Steps = npt.NDArray[np.int64]

_ALIKE = 0.9
"""Share of the rows kept that must be the same where their place is known: a few may have been mended since."""
_FEWEST, _RARE = 32, 3
"""Rows kept that must be the same where their place is not known, and how many of them must be no usual ones: a flat
stretch is like any other."""
_COMPARABLE = 0.5
"""Share of the rows kept that must have values here and there."""
_SAMPLE = 1024
"""Rows that show how finely the numbers of a channel are written."""

_FEW_STRETCHES = 2
"""A recording, and what was held out to validate; more are many recordings, each known by its name."""

_NOTHING = "Nothing of this recording was learned from"


class Learned(NamedTuple):
    """What was learned from of a recording."""

    until: int
    """The time step from which on nothing was."""
    note: str = ""
    """How that was found out; empty where the very numbers are there."""


def learned_part(detector: Detector, recording: Recording) -> Learned:
    """Return up to where a detector has been fitted on a recording with its channels.

    The numbers themselves decide, where they are the same; else timestamps, where values agree but for rounding; else
    values alone, those of its end if others are gone. A recording that neither is like counts as another one.

    Raises
    ------
    DataError
        If that is undecidable: the model does not record what it was fitted on, or values are flat or
        come again and again.
    """
    if not detector.learned_from_:
        raise DataError(
            "the model does not record what it was fitted on, as those of older versions do not: say from where on to "
            "evaluate (--until), or fit it again"
        )
    for stretch in detector.learned_from_:
        if len(detector.learned_from_) > _FEW_STRETCHES and stretch.begins(recording):
            return Learned(stretch.n_times)
    until, parts = 0, []
    for stretch in _candidates(detector.learned_from_, recording):
        part = _Search(stretch, recording).learned(after=until)
        until = max(until, part.until)
        parts.append(part)
    if not parts:
        return Learned(0, f"{_NOTHING}: it is none of the {len(detector.learned_from_):,} recordings learned from.")
    notes = [part.note for part in parts if part.until or not until]
    return Learned(until, notes[-1])


def _candidates(stretches: Sequence[LearnedFrom], recording: Recording) -> Sequence[LearnedFrom]:
    """Return what to search a recording for: of many recordings learned from, those of its name."""
    if len(stretches) <= _FEW_STRETCHES:
        return stretches
    return [stretch for stretch in stretches if stretch.name == recording.name]


@dataclass(frozen=True, eq=False)
class _Search:
    """A stretch that was learned from, to be found in a recording."""

    stretch: LearnedFrom
    recording: Recording

    def learned(self, after: int) -> Learned:
        """Return up to where the stretch reaches."""
        for start in dict.fromkeys((0, after)):
            if self._is_when(start) and self._is_at(start):
                return Learned(start + self.stretch.n_times)
        by_time = self._by_time() if self._times_known else None
        if by_time and self._rare.sum() >= _RARE:
            return by_time
        return self._by_another_clock() or by_time or self._by_values() or Learned(0, self._elsewhere())

    @cached_property
    def _times(self) -> Steps:
        times = microseconds(self.recording)
        return np.empty(0, np.int64) if times is None else times

    @property
    def _times_known(self) -> bool:
        return bool(len(self._times) and len(self.stretch.times))

    def _is_at(self, start: int) -> bool:
        """Whether the very numbers of the stretch begin at a time step."""
        end = start + self.stretch.n_times
        if end > len(self.recording):
            return False
        return digest_of(self.recording.values[start:end]) == self.stretch.digest

    def _is_when(self, start: int) -> bool:
        """Whether a time step is when the stretch begins, as far as that is known."""
        if not self._times_known or start >= len(self._times):
            return not self._times_known
        return bool(self._times[start] == self.stretch.times[0])

    @property
    def _overlaps(self) -> bool:
        """Whether the recording has times of those learned from."""
        return bool(self._times[0] <= self.stretch.times[-1] and self._times[-1] >= self.stretch.times[0])

    def _by_time(self) -> Learned | None:
        """Return up to where the times of the stretch reach; None where they or the values are others."""
        first, last = self.stretch.times[[0, -1]]
        until = int(np.searchsorted(self._times, last, side="right"))
        begun = int(np.searchsorted(self._times, first, side="left"))
        if begun >= until:
            return None
        at = np.minimum(np.searchsorted(self._times, self.stretch.times), len(self._times) - 1)
        shared = self._times[at] == self.stretch.times
        if not shared.any():
            # A clock that is off by less than a time step, if the values say so.
            return (
                self._by_another_clock()
                or self._by_values(ask=False)
                or Learned(until, f"{self._how_much(until)} by its timestamps; between them its rows are others.")
            )
        if not self._alike(at[shared], np.flatnonzero(shared)):
            return None
        whole = until - begun == self.stretch.n_times
        if whole and digest_of(self.recording.values[begun:until]) == self.stretch.digest:
            return Learned(until)
        exact = np.array_equal(self._values[at[shared]], self.stretch.rows[shared], equal_nan=True)
        what = "its rows are not all the same" if exact else "its values are rounded otherwise, or some were changed"
        return Learned(until, f"{self._how_much(until)} by its timestamps; {what}.")

    def _by_another_clock(self) -> Learned | None:
        """Return up to where the very numbers of the stretch reach at the beginning, at other times that overlap."""
        return self._found_at(0) if self._times_known and self._overlaps and self._is_at(0) else None

    def _by_values(self, *, ask: bool = True) -> Learned | None:
        """Return up to where the stretch reaches by its values alone, wherever it begins; None where it is not there.

        Where both have timestamps, these have not agreed: the clock of another time zone, perhaps.
        """
        if not self._times_known and self._begins_alike():
            return self._found_at(0)
        self._require_shape()
        offsets = self._offsets()
        if not len(offsets):
            offsets = self._offsets_of_end()
        if len(offsets) == 1:
            return self._found_at(int(offsets[0]))
        if not len(offsets) or not ask or (self._times_known and not self._overlaps):
            return None
        raise DataError(
            f"what the model has learned from may lie at {len(offsets):,} places of this recording, whose values come "
            "again and again: say from where on to evaluate (--until; 0 if the model was fitted on none of it)"
        )

    def _found_at(self, start: int) -> Learned:
        until, rows = min(start + self.stretch.n_times, len(self.recording)), self._rows_inside(start)
        exact = np.array_equal(self._values[self.stretch.at[rows] + start], self.stretch.rows[rows], equal_nan=True)
        how = "" if exact else ", which are rounded otherwise, or some were changed"
        how += ", though its timestamps are others" if self._times_known else ""
        return Learned(until, f"{self._how_much(until)} by its values{how}.")

    def _require_shape(self) -> None:
        """Refuse a flat stretch, which cannot be told from others without times."""
        if self._times_known or self._rare.sum() >= _RARE:
            return
        usual = np.flatnonzero(~self._rare)[:1]
        if self._same(np.arange(len(self.recording)), np.repeat(usual, len(self.recording))).any():
            raise DataError(
                "whether the model was fitted on this recording is undecidable, as the data that it was fitted on are "
                "nearly flat: say from where on to evaluate (--until; 0 if the model was fitted on none of it)"
            )

    def _begins_alike(self) -> bool:
        rows = self._rows_inside(0)
        steps = self.stretch.at[rows]
        shaped = self._rare[rows] & self._comparable(steps, rows)
        return bool(shaped.sum() >= _RARE and self._alike(steps, rows))

    def _offsets(self) -> Steps:
        """Return every time step, below 0 too, at which the stretch may begin by its values."""
        at, n = self.stretch.at, len(self.recording)
        offsets: Steps = np.arange(1 - self.stretch.n_times, n)
        for rows, least in ((at, min(_FEWEST, len(at))), (at[self._rare], _RARE)):
            inside = np.searchsorted(rows, n - offsets) - np.searchsorted(rows, -offsets)
            offsets = offsets[inside >= least]
        # First what leaves the fewest places: rows that are no usual ones, from both ends, where few lie outside.
        from_ends = np.minimum(np.arange(len(at)), np.arange(len(at))[::-1])
        for row in np.lexsort((from_ends, ~self._rare)):
            steps = offsets + at[row]
            out = (steps < 0) | (steps >= n)
            offsets = offsets[out | self._same(np.where(out, 0, steps), np.full(len(steps), row))]
        return offsets

    def _offsets_of_end(self) -> Steps:
        """Return the time steps at which the stretch may begin by its last rows alone: before them some may be gone."""
        rows = np.flatnonzero(self.stretch.at >= self.stretch.n_times - LAST_KEPT)
        offsets = np.arange(-self.stretch.at[rows[0]], len(self.recording) - self.stretch.n_times + 1)
        if len(rows) < _FEWEST or self._rare[rows].sum() < _RARE:
            return offsets[:0]
        for row in rows[np.argsort(~self._rare[rows], kind="stable")]:
            offsets = offsets[self._same(offsets + self.stretch.at[row], np.full(len(offsets), row))]
        return offsets

    def _rows_inside(self, start: int) -> Steps:
        steps = self.stretch.at + start
        return np.flatnonzero((steps >= 0) & (steps < len(self.recording)))

    @cached_property
    def _rare(self) -> npt.NDArray[np.bool_]:
        """Which of the rows kept are not the most usual one, ``(n_kept,)``."""
        _, which, counts = np.unique(self.stretch.rows, axis=0, return_inverse=True, return_counts=True)
        return np.asarray(which.reshape(-1) != counts.argmax())

    def _alike(self, steps: Steps, rows: Steps) -> bool:
        """Whether most of these time steps are these rows kept, and most of those that are no usual ones, too."""
        known = self._comparable(steps, rows)
        if known.mean() < _COMPARABLE:
            return False
        same, rare = self._same(steps, rows)[known], self._rare[rows][known]
        return bool(same.mean() >= _ALIKE and (not rare.any() or same[rare].mean() >= _ALIKE))

    def _same(self, steps: Steps, rows: Steps) -> npt.NDArray[np.bool_]:
        """Return which time steps of the recording are the given rows kept, but for rounding."""
        same = np.ones(len(steps), dtype=bool)
        for channel, (here, there) in enumerate(self._written):
            same &= near(self._values[steps, channel], self.stretch.rows[rows, channel], here, there)
        return same

    def _comparable(self, steps: Steps, rows: Steps) -> npt.NDArray[np.bool_]:
        """Return where nothing is missing on one side only: gaps may have been filled or made since."""
        gaps = np.isnan(self._values[steps]) != np.isnan(self.stretch.rows[rows])
        return np.asarray(~gaps.any(axis=1))

    @cached_property
    def _values(self) -> npt.NDArray[np.float64]:
        return self.recording.values.astype(np.float64, copy=False)

    @cached_property
    def _written(self) -> list[tuple[Written, Written]]:
        some = np.linspace(0, len(self.recording) - 1, min(_SAMPLE, len(self.recording))).astype(np.int64)
        return [
            (Written.of(here), Written.of(there))
            for here, there in zip(self._values[some].T, self.stretch.rows.T, strict=True)
        ]

    def _how_much(self, until: int) -> str:
        return f"The model has learned from its first {until:,} time steps,"

    def _elsewhere(self) -> str:
        if not self._times_known:
            return f"{_NOTHING}: its values are others."
        first, last = self.stretch.times[[0, -1]]
        if self._times[0] > last:
            return f"{_NOTHING}: it begins after that ended."
        if self._times[-1] < first:
            return f"{_NOTHING}: it ended before that began."
        return f"{_NOTHING}: its timestamps overlap with those learned from, but its values are others."
