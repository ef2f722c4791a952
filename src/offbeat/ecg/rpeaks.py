"""Find R peaks: by the detector of a library, whose result is revised by the size and spacing of the peaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from offbeat.ecg.cleaning import limit_artefacts
from offbeat.ecg.deflections import Deflections, Samples, largest_of_close, move_to_largest, usual_size
from offbeat.errors import DataError, MissingExtraError, ParameterError, ignoring
from offbeat.series.arrays import FloatArray

__all__ = ["METHODS", "LeadPeaks", "Method", "find_r_peaks", "library_r_peaks", "search_lead"]

Method = Literal["fast", "accurate"]
Detect = Callable[[FloatArray, float], Samples]

_SHORTEST = 2.0  # seconds: the least that detectors and filters need
_TOO_SMALL = 0.25  # of the usual size: a P or T wave, or noise
_PR = (0.25, 0.65)  # seconds before the next peak, and share of its size, below which a peak is its P wave
_QT, _FLAT = 0.3, 0.5  # seconds after a beat, and share of its slope, below which a peak is its T wave
_LONG = 1.3  # times the usual RR interval: a beat may have been missed
_SEARCH = (0.3, 0.25)  # seconds after a beat and before the next where no other can be
_LARGE_ENOUGH = (0.35, 0.4)  # of the usual size in the QRS band and in the wide band
_SILENCE = 4.0  # seconds without a beat, after which the detector is started anew
_CLEARLY_LARGER = 1.15  # times the usual upward wave: then the downward one is the peak
_BESIDE = 0.06  # seconds beside a peak that belong to its QRS complex
_ROOM = 1.0  # seconds after the end of a signal
_NEARLY = 0.7  # of the larger of two waves of a QRS complex: either may be the larger one in the next beat
_ROUNDS = 2  # of searching: two beats may have been missed in one gap


@dataclass(frozen=True, eq=False)
class LeadPeaks:
    """The R peaks of a lead and the deflections that they were found in; None for a lead without any."""

    peaks: Samples
    deflections: Deflections | None


def find_r_peaks(values: FloatArray, sampling_rate: float, *, method: Method = "fast") -> Samples:
    """Return the R peaks of one lead.

    The detector of a library finds most, after short artefacts were limited; where it stays silent for seconds, it is
    started anew. Then every peak is moved to the largest deflection near it; peaks much smaller than their neighbours
    are dropped, as are small ones just before a beat, which are P waves, and those soon after a beat that rise half as
    fast, which are T waves; where the next beat comes late, a large enough deflection in the gap is added, because
    detectors that rely on steepness miss wide ventricular beats; and of upward and downward waves of nearly one size
    the upward one is taken.

    Parameters
    ----------
    values : array of shape (n_times,)
        One lead, in any unit; without missing values.
    sampling_rate : float
        Samples per second (Hz).
    method : {"fast", "accurate"}
        The detector of SleepECG (Hermann & Brunner 2022), or gqrs of WFDB (Moody), a hundred times slower.

    Returns
    -------
    array of int, shape (n_beats,)
        Sample numbers, rising; empty for a signal that is flat or shorter than 2 seconds.

    Raises
    ------
    DataError
        If a value is missing.
    ParameterError
        If there is no such method.
    MissingExtraError
        If the library is not installed.

    Examples
    --------
    >>> beat = np.zeros(360); beat[100:110] = [0.1, 0.3, 0.7, 1, 0.5, -0.2, -0.3, -0.2, -0.1, 0]
    >>> find_r_peaks(np.tile(beat, 10), 360)[:3]
    array([102, 462, 822])
    """
    _check_method(method)
    if np.isnan(values).any():
        raise DataError("expected values without gaps, got NaN among them: fill or leave out such stretches")
    if _is_empty(values, sampling_rate):
        return np.empty(0, np.int64)
    limited = limit_artefacts(np.asarray(values, np.float64), sampling_rate)
    return search_lead(limited, sampling_rate, method).peaks


def search_lead(values: FloatArray, rate: float, method: Method = "fast") -> LeadPeaks:
    """Search a lead that :func:`~offbeat.ecg.cleaning.clean_lead` returned; see :func:`find_r_peaks`."""
    _check_method(method)
    if _is_empty(values, rate):
        return LeadPeaks(np.empty(0, np.int64), None)
    found = Deflections.of(values, rate)
    return LeadPeaks(_revise(_detected(values, found.qrs, rate, METHODS[method]), found), found)


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise ParameterError(f"method is one of {', '.join(METHODS)}, got {method!r}")


def _detected(values: FloatArray, qrs: FloatArray, rate: float, detect: Detect) -> Samples:
    """Return the peaks that the detector of a library finds, started anew where it was silent for long.

    Then only what is as large as its other peaks counts: in a standstill of the heart there is nothing to find.
    """
    if _is_empty(values, rate):
        return np.empty(0, np.int64)
    peaks = detect(values, rate)
    edges = np.concatenate([[0], peaks, [len(values)]])
    usual = float(np.median(np.diff(peaks))) if len(peaks) > 2 else 0.0
    size = float(np.median(_largest_near(peaks, qrs, rate))) if len(peaks) else 0.0
    found = [peaks]
    for i in np.flatnonzero(np.diff(edges) > max(_SILENCE * rate, 3 * usual)):
        start, stop = edges[i] + int(_SEARCH[0] * rate), edges[i + 1] - int(_SEARCH[1] * rate)
        if not _is_empty(values[start:stop], rate):
            more = detect(values[start:stop], rate) + start
            found.append(more[_largest_near(more, qrs, rate) >= _TOO_SMALL * size])
    return np.unique(np.concatenate(found))


def _largest_near(peaks: Samples, qrs: FloatArray, rate: float) -> FloatArray:
    return np.abs(qrs[move_to_largest(peaks, qrs, 0.1, rate)])


def library_r_peaks(values: FloatArray, sampling_rate: float) -> Samples:
    """Return the R peaks of SleepECG unrevised, to compare with those of :func:`find_r_peaks`."""
    if _is_empty(values, sampling_rate):
        return np.empty(0, np.int64)
    return _sleepecg(np.asarray(values, np.float64), sampling_rate)


def _is_empty(values: FloatArray, sampling_rate: float) -> bool:
    return len(values) < _SHORTEST * sampling_rate or bool(np.ptp(values) == 0)


def _sleepecg(values: FloatArray, sampling_rate: float) -> Samples:
    try:
        from sleepecg.heartbeats import detect_heartbeats
    except ImportError as error:
        raise MissingExtraError("finding R peaks needs SleepECG: pip install 'offbeat[ecg]'") from error
    begins = int(np.argmax(values != values[0]))  # the library leaves out a flat beginning, but needs two seconds
    if _is_empty(values[begins:], sampling_rate):
        return np.empty(0, np.int64)
    # Where a signal swings as fast as beats can follow, the library writes beyond its list of intervals: give it room.
    padded = np.pad(values, (0, round(_ROOM * sampling_rate)), mode="edge")
    found = np.asarray(detect_heartbeats(padded, sampling_rate), np.int64)
    return found[found < len(values)]


def _gqrs(values: FloatArray, sampling_rate: float) -> Samples:
    try:
        from wfdb.processing import gqrs_detect
    except ImportError as error:
        raise MissingExtraError("the accurate method needs wfdb: pip install 'offbeat[ecg]'") from error
    with ignoring(Warning):
        # gqrs expects units of an analog-to-digital converter; it was made with 200 to the millivolt.
        found = gqrs_detect(values, fs=sampling_rate, adc_gain=200, adc_zero=0)
    return np.asarray(found, np.int64)


METHODS: Mapping[str, Detect] = {"fast": _sleepecg, "accurate": _gqrs}
"""The detectors by the name of the method."""


def _revise(peaks: Samples, found: Deflections) -> Samples:
    """Move, drop and add peaks, see :func:`find_r_peaks`."""
    qrs, rate = found.qrs, found.rate
    peaks = largest_of_close(move_to_largest(peaks, qrs, 0.1, rate), qrs, rate)
    if len(peaks) < 3:
        return peaks
    size = np.abs(qrs[peaks])
    peaks = peaks[size >= _TOO_SMALL * usual_size(size)]
    for _ in range(_ROUNDS):
        added = _missed(peaks, found.heights, rate)
        if not added.size:
            break
        peaks = largest_of_close(np.append(peaks, move_to_largest(added, qrs, 0.08, rate)), qrs, rate)
    peaks = _without_t_waves(_without_p_waves(peaks, qrs, rate), qrs, rate)
    return _of_one_sign(peaks, qrs, rate)


def _of_one_sign(peaks: Samples, qrs: FloatArray, rate: float) -> Samples:
    """Move a peak to the wave beside it that is usual for its neighbours, if that is nearly as large.

    Where R and S waves are equally large, the larger one changes from beat to beat, and so would the place of a beat.
    """
    waves = [
        move_to_largest(peaks, qrs.clip(min=0), _BESIDE, rate),
        move_to_largest(peaks, qrs.clip(max=0), _BESIDE, rate),
    ]
    up, down = (usual_size(np.abs(qrs[wave])) for wave in waves)
    usual = np.where(down > _CLEARLY_LARGER * up, -1, 1)
    other = np.where(usual > 0, *waves)
    turned = (np.sign(qrs[peaks]) == -usual) & (np.abs(qrs[other]) >= _NEARLY * np.abs(qrs[peaks]))
    return np.unique(np.where(turned, other, peaks))


def _without_p_waves(peaks: Samples, qrs: FloatArray, rate: float) -> Samples:
    size = np.abs(qrs[peaks])
    is_p_wave = (np.diff(peaks) < _PR[0] * rate) & (size[:-1] < _PR[1] * size[1:])
    return np.asarray(peaks[~np.append(is_p_wave, False)])


def _without_t_waves(peaks: Samples, qrs: FloatArray, rate: float) -> Samples:
    """Return the peaks that are steep or come late after the beat before (Pan & Tompkins 1985)."""
    slopes = ndimage.maximum_filter1d(np.abs(np.diff(qrs, append=qrs[-1:])), 2 * int(_BESIDE * rate) + 1)[peaks]
    is_t_wave = (np.diff(peaks) < _QT * rate) & (slopes[1:] < _FLAT * slopes[:-1])
    return np.asarray(peaks[~np.append(False, is_t_wave)])


def _missed(peaks: Samples, heights: tuple[FloatArray, FloatArray], rate: float) -> Samples:
    """Return a peak in each long gap that holds a large enough deflection."""
    usual = [usual_size(height[peaks]) for height in heights]
    gaps = np.diff(peaks)
    late = gaps > _LONG * np.minimum(usual_size(gaps), 1.5 * rate)
    found = []
    for i in np.flatnonzero(late):
        start, stop = peaks[i] + int(_SEARCH[0] * rate), peaks[i + 1] - int(_SEARCH[1] * rate)
        if stop <= start:
            continue
        relative = [height[start:stop] / size[i] for height, size in zip(heights, usual, strict=True)]
        largest = int((relative[0] + relative[1]).argmax())
        if all(values[largest] >= need for values, need in zip(relative, _LARGE_ENOUGH, strict=True)):
            found.append(start + largest)
    return np.array(found, np.int64)
