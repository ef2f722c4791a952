"""The signal of a record as a screen shows it, a piece at a time; samples are counted as in the file of the record."""

from __future__ import annotations

from typing import Any

import numpy as np

from offbeat.errors import ParameterError
from offbeat.records import Record
from offbeat.report.drawing.downsample import downsample

__all__ = ["LONGEST", "length_of", "peak_near", "piece"]

LONGEST = 120.0
"""Seconds of signal in one piece, at most."""

_MOST_POINTS = 20_000  # of a lead in one piece
_REACH = 0.08  # seconds to both sides in which the peak of a beat is looked for
_AROUND = 0.5  # seconds to both sides whose median is the baseline of a beat


def length_of(record: Record) -> int:
    """Return the number of samples of a record as its file counts them."""
    return round(record.n_times / _ratio(record))


def piece(record: Record, start: int, stop: int, points: int) -> dict[str, Any]:
    """Return a piece of all leads for JSON, in no more points than a screen shows; no peak is lost.

    Parameters
    ----------
    record : Record
        Only this piece of it is read.
    start, stop : int
        The first sample, and the one after the last.
    points : int
        How many points of each lead to return, about.

    Returns
    -------
    dict
        ``start`` and ``stop``, and ``leads``: of each ``at``, samples since ``start``, and ``values``, thousandths of
        the unit of the lead (µV), None where nothing was recorded.

    Raises
    ------
    ParameterError
        If the piece or the points are too many, or negative.
    """
    if not 0 <= start <= stop or stop - start > LONGEST * record.file_rate:
        raise ParameterError(f"expected a piece of up to {LONGEST:g} s from sample 0 on, got {start} to {stop}")
    if not 2 <= points <= _MOST_POINTS:
        raise ParameterError(f"expected 2 to {_MOST_POINTS:,} points of a piece, got {points}")
    ratio = _ratio(record)
    first = round(start * ratio)
    values = record.read(first, round(stop * ratio))
    leads = []
    for lead in values.T:
        at = downsample(lead, points)
        whole = np.rint(np.nan_to_num(lead[at]) * 1000.0).astype(np.int64).tolist()
        missing = np.isnan(lead[at]).tolist()
        kept = [None if gone else value for value, gone in zip(whole, missing, strict=True)]
        places = at if ratio == 1 else np.rint((at + first) / ratio).astype(np.int64) - start
        leads.append({"at": places.tolist(), "values": kept})
    return {"start": start, "stop": start + round(len(values) / ratio), "leads": leads}


def peak_near(record: Record, sample: int) -> int:
    """Return the sample of the largest deflection of the first lead within 80 ms; the same where nothing is recorded.

    Raises
    ------
    ParameterError
        If the sample lies outside of the record.

    Examples
    --------
    >>> lead = np.zeros(2500)
    >>> lead[1210] = -1.0
    >>> peak_near(Record.from_array(lead, sampling_rate=250), 1200)
    1210
    """
    if not 0 <= sample < length_of(record):
        raise ParameterError(f"expected a sample of the record, 0 to {length_of(record) - 1}, got {sample}")
    ratio = _ratio(record)
    peak = _peak(record, round(sample * ratio))
    return sample if peak is None else round(peak / ratio)


def _ratio(record: Record) -> float:
    """Return how many samples are read for each of the file."""
    return record.sampling_rate / record.file_rate


def _peak(record: Record, sample: int) -> int | None:
    """Return the peak near a sample, both as they are read; None where nothing is recorded."""
    reach, around = round(_REACH * record.sampling_rate), round(_AROUND * record.sampling_rate)
    first = max(0, sample - around)
    lead = record.read(first, sample + around + 1, [0])[:, 0]
    if np.isnan(lead).all():
        return None
    near = slice(max(0, sample - reach - first), sample + reach + 1 - first)
    height = np.abs(lead[near] - np.nanmedian(lead))
    return None if np.isnan(height).all() else first + near.start + int(np.nanargmax(height))
