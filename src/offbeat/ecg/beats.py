"""The beats of a record: their places, shapes and rhythm; read piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.ecg.blocked_p_waves import blocked_p_waves
from offbeat.ecg.cleaning import beat_windows, clean_lead
from offbeat.ecg.features.rhythm_context import CONTEXT_NAMES, rhythm_context, rr_intervals
from offbeat.ecg.features.rhythm_log_odds import LOG_ODDS_NAMES, rhythm_log_odds
from offbeat.ecg.features.shape import BEAT_RATE, BEAT_TIMES, SHAPE_NAMES, beat_shapes
from offbeat.ecg.opening import as_record
from offbeat.ecg.pacing import begins_with_spike
from offbeat.ecg.readability import DOUBTFUL, PIECE, UNREADABLE, beat_measures, quality_around
from offbeat.ecg.rpeaks import Method, search_lead
from offbeat.ecg.voting import beats_by_vote
from offbeat.records import QualityScan, Record, Span
from offbeat.series.arrays import FloatArray
from offbeat.series.collection import Collection
from offbeat.tables import ShownAsTables, Table
from offbeat.words import NOTICE, clock

__all__ = ["FEATURE_NAMES", "RHYTHM_NAMES", "Beats", "find_beats"]

RHYTHM_NAMES = (*CONTEXT_NAMES, *LOG_ODDS_NAMES)
"""The features of the rhythm around a beat."""
FEATURE_NAMES = (*RHYTHM_NAMES, *SHAPE_NAMES)
"""All features of a beat."""

_PIECE, _MARGIN = 600.0, 20.0  # seconds read at once, and more on both sides, so that pieces do not change beats
_AT_ONCE = 2  # pieces searched at a time: filters let another thread go on, the Python code between them does not
_STRETCH = 1800.0  # seconds that define the "usual" beat: half an hour, as long as the training records
_BESIDE = 0.3  # seconds beside an unreadable stretch in which a beat is doubtful

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Beats(ShownAsTables):
    """The beats of a record, made by :func:`find_beats`.

    Parameters
    ----------
    name : str
        The record.
    samples : array of shape (n_beats,)
        R peaks, in samples of the record.
    sampling_rate : float
        Of the record (Hz).
    n_times : int
        Samples of the record.
    leads : tuple of str
        Beats are found in all of them together, and lie where the first shows them.
    windows : array of shape (n_beats, n_leads, 114)
        Each beat from 0.4 s before to 0.55 s after its R peak, at 120 Hz, 0.5 to 40 Hz, in mV.
    doubtful : array of bool, shape (n_beats,)
        Whether the quality of all leads is low around it, or an unreadable stretch is beside it.
    unreadable : sequence of Span
        Stretches in which no lead can be read: no beats are given there.
    quality : array of shape (n_beats, n_leads), optional
        The quality of each lead around each beat, from 0 to 1, see :mod:`offbeat.ecg.readability`.
    pieces : array of shape (n_pieces, n_leads), optional
        The quality of each ten seconds of each lead; 0 where there are no beats.
    spikes : array of bool, shape (n_beats, n_leads), optional
        In which leads a beat begins with the spike of a pacemaker, see :mod:`offbeat.ecg.pacing`.

    Examples
    --------
    >>> windows = np.zeros((3, 1, 114), np.float32)
    >>> beats = Beats("strip", np.array([100, 300, 480]), 250.0, 600, ("II",), windows, np.zeros(3, bool))
    >>> before, after = beats.rr()
    >>> before.tolist()
    [nan, 0.8, 0.72]
    """

    name: str
    samples: Samples
    sampling_rate: float
    n_times: int
    leads: tuple[str, ...]
    windows: FloatArray
    doubtful: npt.NDArray[np.bool_]
    unreadable: Sequence[Span] = field(default_factory=tuple)
    quality: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    pieces: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    spikes: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), bool))

    def __post_init__(self) -> None:
        if not self.quality.size:  # beats of which nobody measured the quality are as good as any
            object.__setattr__(self, "quality", np.ones(self.windows.shape[:2]))
        if not self.spikes.size:
            object.__setattr__(self, "spikes", np.zeros(self.windows.shape[:2], bool))

    def __len__(self) -> int:
        return len(self.samples)

    def _summary(self) -> list[Table]:
        usual = float(np.nanmedian(self.rr()[0])) if len(self) > 1 else np.nan
        rows: list[list[Any]] = [
            ["beats", len(self)],
            ["of them doubtful", int(self.doubtful.sum())],
            ["usual interval (s)", usual],
            ["unreadable (s)", sum(span.stop - span.start for span in self.unreadable) / self.sampling_rate],
        ]
        title = f"{self.name}: {clock(self.n_times / self.sampling_rate)} of {', '.join(self.leads)}"
        return [Table(title, ["", "found"], rows, note=NOTICE)]

    @property
    def breaks(self) -> npt.NDArray[np.bool_]:
        """Whether an unreadable stretch lies between a beat and the next, shape (n_beats - 1,)."""
        begins = np.array([span.start for span in self.unreadable], np.int64)
        before = np.searchsorted(begins, self.samples)
        return np.asarray(np.diff(before) > 0)

    def rr(self) -> tuple[FloatArray, FloatArray]:
        """Return the RR interval before and after each beat (s); NaN at the ends and across what is unreadable."""
        return rr_intervals(self.samples, self.sampling_rate, self.breaks if len(self) else None)

    def describe(self, lead: int = 0, labels: npt.ArrayLike | None = None, stretch: slice | None = None) -> Collection:
        """Return each beat relative to the usual beat around it, with its rhythm and shape as features.

        Parameters
        ----------
        lead : int
            Which of the leads.
        labels : array of shape (n_beats,), optional
            The class of each beat.
        stretch : slice, optional
            One of :meth:`stretches`, so that a long record needs little memory; all of them where None.

        Returns
        -------
        Collection
            (n_beats, 2, 114): the beat, and its difference from the usual beat; features ``FEATURE_NAMES``. The usual
            beat is that of half an hour of the record at a time; no labels are used.
        """
        before, after = self.rr()
        values, features = [np.empty((0, 2, BEAT_TIMES), np.float32)], [np.empty((0, len(FEATURE_NAMES)))]
        for part in self.stretches() if stretch is None else [stretch]:
            shapes = beat_shapes(self.windows[part, lead])
            values.append(shapes.values)
            rhythm = rhythm_context(before[part], after[part]), rhythm_log_odds(before[part])
            features.append(np.hstack([*rhythm, shapes.features]))
        described = np.concatenate(values)
        return Collection(
            described,
            labels=None if labels is None else np.asarray(labels)[stretch or slice(None)],
            channels=(self.leads[lead], f"{self.leads[lead]} - usual"),
            sampling_rate=BEAT_RATE,
            groups=np.full(len(described), self.name),
            features=np.concatenate(features),
            feature_names=FEATURE_NAMES,
            name=self.name,
            domain="ecg",
        )

    def signal_quality(self) -> pd.DataFrame:
        """Return the quality of each ten seconds of each lead, from 0 to 1; 0 where no beat can be read.

        Returns
        -------
        DataFrame
            ``start_s``, ``stop_s``, and a column for each lead.

        Examples
        --------
        >>> from offbeat import Recording
        >>> flat = Recording(np.zeros(5000), sampling_rate=250.0, channels=["II"])
        >>> find_beats(flat).signal_quality().to_dict("list")
        {'start_s': [0.0, 10.0], 'stop_s': [10.0, 20.0], 'II': [0.0, 0.0]}
        """
        starts = np.arange(len(self.pieces)) * PIECE
        stops = np.minimum(starts + PIECE, self.n_times / self.sampling_rate)
        return pd.DataFrame({"start_s": starts, "stop_s": stops, **dict(zip(self.leads, self.pieces.T, strict=True))})

    def stretches(self) -> list[slice]:
        """Return the beats of each half hour, over which "usual" is defined; the remainder belongs to the last."""
        if not len(self):
            return []
        n = max(1, round(self.n_times / self.sampling_rate / _STRETCH))
        edges = np.searchsorted(self.samples, np.arange(n) * _STRETCH * self.sampling_rate)
        edges = np.unique(np.append(edges, len(self)))
        return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def find_beats(
    record: Any,
    *,
    leads: Sequence[str | int] | str | int | None = None,
    method: Method = "fast",
    at: npt.ArrayLike | None = None,
    progress: Callable[[float], None] | None = None,
) -> Beats:
    """Find the beats of a record in all of its leads together, and cut them out of each.

    Parameters
    ----------
    record : Record, str, Path or Recording
        See :func:`offbeat.ecg.opening.as_record`; read ten minutes at a time.
    leads : str, int or a sequence of them, optional
        Names or numbers from 0; all that show an ECG where None, the best first.
    method : {"fast", "accurate"}
        See :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
    at : array of int, shape (n_beats,), optional
        Where the beats are, where that is known: samples of the record, rising. They are taken as they are, also in
        what is unreadable.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    Beats
        Empty for a record that is too short, flat or unreadable throughout.

    Examples
    --------
    >>> from offbeat import Recording
    >>> flat = Recording(np.zeros(5000), sampling_rate=250.0, channels=["II"])
    >>> len(find_beats(flat))
    0
    """
    record = as_record(record, leads=leads)
    rate = record.sampling_rate
    scans = [QualityScan(rate) for _ in record.channels]
    search = _searching(rate, method) if at is None else _known(np.asarray(at, np.int64))
    pieces = [_Piece.empty(len(record.channels)), *_pieces(record, scans, search, progress or (lambda share: None))]
    return _readable(record, _Piece.joined(pieces), scans, keep_all=at is not None)


Search = Callable[[Sequence[FloatArray], int], Samples]
"""Gives the R peaks in cleaned leads of a piece, which begins at a sample of the record."""


def _searching(rate: float, method: Method) -> Search:
    def search(leads: Sequence[FloatArray], offset: int) -> Samples:
        peaks = beats_by_vote([search_lead(lead, rate, method) for lead in leads])
        return peaks[~blocked_p_waves(leads, peaks, rate)]

    return search


def _known(samples: Samples) -> Search:
    def search(leads: Sequence[FloatArray], offset: int) -> Samples:
        first, last = np.searchsorted(samples, (offset, offset + len(leads[0])))
        return samples[first:last] - offset

    return search


def _pieces(
    record: Record, scans: Sequence[QualityScan], search: Search, progress: Callable[[float], None]
) -> Iterator[_Piece]:
    """Yield the beats of ten minutes after ten minutes, and scan each lead; two pieces are searched at a time."""
    rate, pending = record.sampling_rate, deque[Future[_Piece]]()
    step, margin = int(_PIECE * rate), int(_MARGIN * rate)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, record.n_times, step):
            stop = min(start + step, record.n_times)
            first = max(0, start - margin)
            values = record.read(first, min(stop + margin, record.n_times))
            pending.append(pool.submit(_piece, values, rate, search, first, (start, stop)))
            for scan, lead in zip(scans, values[start - first : stop - first].T, strict=True):
                scan.add(lead)
            if len(pending) > _AT_ONCE:
                yield pending.popleft().result()
            progress(stop / record.n_times)
        for piece in pending:
            yield piece.result()


@dataclass(frozen=True, eq=False)
class _Piece:
    """Beats, and how each lead shows them: (n_beats,), then (n_beats, n_leads) by 114, by 2 and by nothing."""

    samples: Samples
    windows: FloatArray
    measures: FloatArray
    spikes: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls, n_leads: int) -> Self:
        return cls(
            np.empty(0, np.int64),
            np.empty((0, n_leads, BEAT_TIMES), np.float32),
            np.empty((0, n_leads, 2), np.float64),
            np.empty((0, n_leads), bool),
        )

    @classmethod
    def joined(cls, pieces: Sequence[Self]) -> Self:
        return cls(
            np.concatenate([piece.samples for piece in pieces]),
            np.concatenate([piece.windows for piece in pieces]),
            np.concatenate([piece.measures for piece in pieces]),
            np.concatenate([piece.spikes for piece in pieces]),
        )

    def kept(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Return some of the beats."""
        return type(self)(self.samples[kept], self.windows[kept], self.measures[kept], self.spikes[kept])

    def quality(self, at: FloatArray, rate: float) -> FloatArray:
        """Return the quality of each lead around points of time (s): (n, n_leads)."""
        times = self.samples / rate
        return np.column_stack(
            [quality_around(self.measures[:, lead], times, at) for lead in range(self.measures.shape[1])]
        )


def _piece(values: FloatArray, rate: float, search: Search, offset: int, core: tuple[int, int]) -> _Piece:
    """Find the beats whose R peak lies in the core of a piece."""
    leads = [clean_lead(lead, rate) for lead in values.T]
    peaks = search(leads, offset)
    windows = beat_windows(leads, peaks, rate)
    # Beats of the margins are the neighbours of those at the edges of the core.
    measures = [beat_measures(lead, windows[:, i], peaks, rate) for i, lead in enumerate(leads)]
    mine = (peaks + offset >= core[0]) & (peaks + offset < core[1])
    spikes = begins_with_spike(leads, peaks, rate)
    return _Piece(peaks + offset, windows, np.stack(measures, axis=1), spikes).kept(mine)


def _readable(record: Record, found: _Piece, scans: Sequence[QualityScan], *, keep_all: bool) -> Beats:
    """Leave out the beats of unreadable stretches, and mark those beside one or in a poor signal as doubtful."""
    rate = record.sampling_rate
    _mark_noise(record, found, scans)
    spans = tuple(_in_all([scan.spans() for scan in scans]))
    inside, beside = np.zeros(len(found.samples), bool), np.zeros(len(found.samples), bool)
    reach = int(_BESIDE * rate)
    for span in spans:
        inside[slice(*np.searchsorted(found.samples, (span.start, span.stop)))] = True
        beside[slice(*np.searchsorted(found.samples, (span.start - reach, span.stop + reach)))] = True
    kept = ~inside | keep_all
    left = found.kept(kept)
    quality = found.quality(found.samples / rate, rate)
    middles = PIECE * (np.arange(np.ceil(record.duration / PIECE)) + 0.5)
    return Beats(
        name=record.name,
        samples=left.samples,
        sampling_rate=rate,
        n_times=record.n_times,
        leads=record.channels,
        windows=left.windows,
        doubtful=(beside | (quality.max(axis=1) < DOUBTFUL))[kept],
        unreadable=spans,
        quality=quality[kept],
        pieces=left.quality(middles, rate),
        spikes=left.spikes,
    )


def _mark_noise(record: Record, found: _Piece, scans: Sequence[QualityScan]) -> None:
    """Mark the seconds whose beats are like noise in all leads.

    Where there is no beat, a heart may stand still in a good signal.
    """
    rate = record.sampling_rate
    seconds = np.arange(int(record.duration))
    times = found.samples / rate
    any_beats = np.diff([np.searchsorted(times, seconds + shift) for shift in (-PIECE / 2, PIECE / 2)], axis=0)[0] > 0
    noisy = any_beats & (found.quality(seconds + 0.5, rate).max(axis=1) < UNREADABLE)
    for second in np.flatnonzero(noisy):
        for scan in scans:
            scan.mark_noise(int(second * rate), int((second + 1) * rate))


def _in_all(leads: Sequence[Sequence[Span]]) -> list[Span]:
    """Return the time that is unreadable in all leads, with the reason in the first."""
    common = list(leads[0])
    for spans in leads[1:]:
        both, i, j = [], 0, 0
        while i < len(common) and j < len(spans):
            start, stop = max(common[i].start, spans[j].start), min(common[i].stop, spans[j].stop)
            if start < stop:
                both.append(Span(start, stop, common[i].reason))
            i, j = (i + 1, j) if common[i].stop <= spans[j].stop else (i, j + 1)
        common = both
    return common
