"""Which leads of a record show an ECG that can be read, and which shows it best."""

from __future__ import annotations

import numpy as np

from offbeat.ecg.cleaning import beat_windows, clean_lead
from offbeat.ecg.readability import PIECE, UNREADABLE, beat_measures, contrast, quality_around
from offbeat.ecg.rpeaks import search_lead
from offbeat.records import Record, unreadable
from offbeat.records.sources import looks_like_ecg
from offbeat.series.arrays import FloatArray

__all__ = ["lead_note", "lead_quality", "readable_leads"]

_PROBE, _PROBES = 30.0, 6  # seconds of a record that are looked at, and in how many places
_TALLEST, _SMALLEST = 30.0, 0.01  # mV within a second: beyond, it is another unit
_HARDLY = 0.1  # of quality: a lead that is worse by no more shows an ECG as well as the best
_CLEARLY = 0.5  # by which the logarithm of how far QRS complexes stand out must be larger than in a lead before


def lead_quality(record: Record) -> FloatArray:
    """Return the quality of each lead by itself, from 0 to 1: the mean of six half minutes of the record.

    Returns
    -------
    array of shape (n_leads,)

    Examples
    --------
    >>> lead_quality(Record.from_array(np.zeros((5000, 2)), sampling_rate=250))
    array([0., 0.])
    """
    return _probed(record)[:, 0]


def readable_leads(record: Record) -> list[int]:
    """Return the positions of the leads that show an ECG, the best first; all of them, in order, if none does.

    The best is the one in which QRS complexes stand out most of all that is between them: of a lead whose T waves are
    as tall as its R waves, the quality may be high. The others stay in the order of the record, as does a lead that is
    hardly worse than the best.

    Examples
    --------
    >>> readable_leads(Record.from_array(np.zeros((5000, 2)), sampling_rate=250))
    [0, 1]
    """
    if len(record.channels) == 1:
        return [0]
    quality, stands_out = _probed(record).T
    good = np.where(quality >= quality.max() - _HARDLY, stands_out, -np.inf)
    first = int(np.argmax(good >= good.max() - _CLEARLY))
    alive = np.flatnonzero(quality >= min(UNREADABLE, quality.max()))
    return [first, *(int(lead) for lead in alive if lead != first)]


def _probed(record: Record) -> FloatArray:
    """Return the mean of the measures of six half minutes of the record, (n_leads, 2)."""
    length = min(record.n_times, round(_PROBE * record.sampling_rate))
    starts = np.unique(np.linspace(0, record.n_times - length, _PROBES).astype(np.int64))
    if record.n_times <= _PROBES * length:
        starts, length = np.zeros(1, np.int64), record.n_times
    probes = [record.read(int(start), int(start) + length) for start in starts]
    measured = [[_measured(lead, record.sampling_rate) for lead in probe.T] for probe in probes]
    return np.asarray(np.mean(measured, axis=0))


def lead_note(record: Record) -> str:
    """Return what to know about the choice of the first lead and about its values, in one sentence; else nothing.

    Examples
    --------
    >>> lead_note(Record.from_array(np.zeros((5000, 2)), sampling_rate=250, channels=["point", "value"]))
    "none of point, value is named like a lead of an ECG: 'point' shows one best (--lead takes another)"
    >>> counts = 900 + 100 * np.sin(np.arange(5000) / 40)
    >>> lead_note(Record.from_array(counts, sampling_rate=250, channels=["II"]))[:57]
    'II changes by 200 mV within a second, which no heart does'
    """
    return _unit_note(record) or _name_note(record)


def _name_note(record: Record) -> str:
    lead, names = record.channels[0], (*record.channels, *record.left_out)
    if len(names) == 1 or looks_like_ecg(lead):
        return ""
    return (
        f"none of {', '.join(sorted(names))} is named like a lead of an ECG: {lead!r} shows one best "
        "(--lead takes another)"
    )


def _unit_note(record: Record) -> str:
    length = max(1, round(record.sampling_rate))
    probe = record.read(0, _PROBES * round(_PROBE) * length, [0])[:, 0]
    seconds = probe[: len(probe) // length * length].reshape(-1, length)
    seconds = seconds[np.isfinite(seconds).all(axis=1)]
    height = float(np.median(np.ptp(seconds, axis=1))) if len(seconds) else np.nan
    if record.units[0] != "mV" or not (height > _TALLEST or 0 < height < _SMALLEST):
        return ""
    if record.scale_given not in ("", "mV"):
        way = f"it was read with {record.scale_given}; leave that out, or give another"
    elif height > 1:
        way = "say --units uV if it is in µV, or --gain (counts per mV) if it is counts of a converter"
    else:
        way = "say --units V if it is in V"
    return f"{record.channels[0]} changes by {_number(height)} mV within a second, which no heart does: {way}"


def _number(height: float) -> str:
    return f"{height:.0f}" if height > 1 else f"{height:.1g}"


def _measured(lead: FloatArray, rate: float) -> tuple[float, float]:
    """Return the mean quality of the pieces of ten seconds of a lead, and how far its QRS complexes stand out.

    What is flat or at the rails counts as 0.
    """
    clean = clean_lead(lead, rate)
    found = search_lead(clean, rate)
    if found.deflections is None or not len(found.peaks):
        return 0.0, 0.0
    measures = beat_measures(clean, beat_windows([clean], found.peaks, rate)[:, 0], found.peaks, rate)
    pieces = max(1, round(len(lead) / rate / PIECE))
    middles = (np.arange(pieces) + 0.5) * len(lead) / rate / pieces
    quality = quality_around(measures, found.peaks / rate, middles)
    kept = 1 - sum(map(len, unreadable(lead, rate))) / max(1, len(lead))
    stands_out = contrast(found.deflections.qrs, found.peaks, rate)
    return float(quality.mean() * kept), float(stands_out.mean() * kept)
