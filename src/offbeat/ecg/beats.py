"""The beats of a record: their places, shapes and rhythm; read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import signal

from offbeat.ecg.features.rhythm_context import CONTEXT_NAMES, rhythm_context, rr_intervals
from offbeat.ecg.features.rhythm_log_odds import LOG_ODDS_NAMES, rhythm_log_odds
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE, BEAT_TIMES, SHAPE_NAMES, beat_shapes
from offbeat.ecg.opening import as_record
from offbeat.ecg.rpeaks import Method, find_r_peaks, library_r_peaks
from offbeat.records import QualityScan, Record, Span
from offbeat.series.arrays import FloatArray
from offbeat.series.collection import Collection

__all__ = ["FEATURE_NAMES", "RHYTHM_NAMES", "Beats", "find_beats"]

RHYTHM_NAMES = (*CONTEXT_NAMES, *LOG_ODDS_NAMES)
"""The features of the rhythm around a beat."""
FEATURE_NAMES = (*RHYTHM_NAMES, *SHAPE_NAMES)
"""All features of a beat."""

_PIECE, _MARGIN = 600.0, 20.0  # seconds read at once, and more on both sides, so that pieces do not change beats
_STRETCH = 1800.0  # seconds that define the "usual" beat: half an hour, as long as the training records
_AGREE = 0.15  # seconds within which two detectors found the same beat (EC57)
_BAND = (0.5, 40.0)  # Hz
_BESIDE = 0.3  # seconds beside an unreadable stretch in which a beat is doubtful

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Beats:
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
        Beats are found in the first.
    windows : array of shape (n_beats, n_leads, 114)
        Each beat from 0.4 s before to 0.55 s after its R peak, at 120 Hz, 0.5 to 40 Hz, in mV.
    doubtful : array of bool, shape (n_beats,)
        Whether a second detector missed it, or an unreadable stretch is beside it.
    unreadable : sequence of Span
        Stretches without a search for beats.

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

    def __len__(self) -> int:
        return len(self.samples)

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
    method: Method = "fast",
    progress: Callable[[float], None] | None = None,
) -> Beats:
    """Find the beats of a record in its first lead, and cut them out of all of its leads.

    Parameters
    ----------
    record : Record, str, Path or Recording
        See :func:`offbeat.ecg.opening.as_record`; read ten minutes at a time.
    method : {"fast", "accurate"}
        See :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
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
    record = as_record(record)
    rate = record.sampling_rate
    scan = QualityScan(rate)
    pieces: list[_Piece] = []
    step, margin = int(_PIECE * rate), int(_MARGIN * rate)
    for start in range(0, record.n_times, step):
        stop = min(start + step, record.n_times)
        first = max(0, start - margin)
        values = record.read(first, min(stop + margin, record.n_times))
        scan.add(values[start - first : stop - first, 0])
        pieces.append(_piece(values, rate, method, first, (start, stop)))
        if progress is not None:
            progress(stop / record.n_times)
    spans = tuple(scan.spans())
    joined = _join(pieces, len(record.channels))
    return _leave_out(record, joined, spans)


@dataclass(frozen=True, eq=False)
class _Piece:
    samples: Samples
    windows: FloatArray
    confirmed: npt.NDArray[np.bool_]


def _piece(values: FloatArray, rate: float, method: Method, offset: int, core: tuple[int, int]) -> _Piece:
    """Find the beats whose R peak lies in the core of a piece."""
    filled = np.column_stack([_fill(lead) for lead in values.T])
    peaks = find_r_peaks(filled[:, 0], rate, method=method)
    mine = peaks[(peaks + offset >= core[0]) & (peaks + offset < core[1])]
    second = library_r_peaks(filled[:, 0], rate)
    return _Piece(mine + offset, _windows(filled, mine, rate), _near(mine, second, _AGREE * rate))


def _fill(lead: FloatArray) -> FloatArray:
    """Return the lead with straight lines across what is missing; zeros where all is."""
    lead = lead.astype(np.float64)
    missing = np.isnan(lead)
    if missing.all():
        return np.zeros_like(lead)
    if missing.any():
        places = np.arange(len(lead))
        lead[missing] = np.interp(places[missing], places[~missing], lead[~missing])
    return lead


def _windows(leads: FloatArray, peaks: Samples, rate: float) -> FloatArray:
    """Return (n_beats, n_leads, 114) at 120 Hz; 40 Hz is far enough below 60 that nothing folds over."""
    steps = np.arange(BEAT_TIMES) - round(BEAT_BEFORE * BEAT_RATE)
    places = peaks[:, None] + steps * (rate / BEAT_RATE)
    out = np.empty((len(peaks), leads.shape[1], BEAT_TIMES), np.float32)
    if not len(peaks):
        return out
    sections = signal.butter(2, _BAND, "bandpass", fs=rate, output="sos")
    for lead in range(leads.shape[1]):
        smooth = signal.sosfiltfilt(sections, leads[:, lead])
        out[:, lead] = np.interp(places, np.arange(len(smooth)), smooth)
    return out


def _near(samples: Samples, others: Samples, reach: float) -> npt.NDArray[np.bool_]:
    """Return which samples have one of the others within reach."""
    if not len(others):
        return np.zeros(len(samples), bool)
    after = np.searchsorted(others, samples).clip(0, len(others) - 1)
    before = (after - 1).clip(0)
    distance = np.minimum(np.abs(others[after] - samples), np.abs(others[before] - samples))
    return cast(npt.NDArray[np.bool_], distance <= reach)


def _join(pieces: Sequence[_Piece], n_leads: int) -> _Piece:
    empty = _Piece(np.empty(0, np.int64), np.empty((0, n_leads, BEAT_TIMES), np.float32), np.empty(0, bool))
    every = [empty, *pieces]
    return _Piece(
        np.concatenate([piece.samples for piece in every]),
        np.concatenate([piece.windows for piece in every]),
        np.concatenate([piece.confirmed for piece in every]),
    )


def _leave_out(record: Record, found: _Piece, spans: Sequence[Span]) -> Beats:
    """Drop beats in unreadable stretches, and mark those beside one as doubtful."""
    inside, beside = np.zeros(len(found.samples), bool), np.zeros(len(found.samples), bool)
    reach = int(_BESIDE * record.sampling_rate)
    for span in spans:
        inside[slice(*np.searchsorted(found.samples, (span.start, span.stop)))] = True
        beside[slice(*np.searchsorted(found.samples, (span.start - reach, span.stop + reach)))] = True
    kept = ~inside
    return Beats(
        name=record.name,
        samples=found.samples[kept],
        sampling_rate=record.sampling_rate,
        n_times=record.n_times,
        leads=record.channels,
        windows=found.windows[kept],
        doubtful=(~found.confirmed | beside)[kept],
        unreadable=spans,
    )
